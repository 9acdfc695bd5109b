"""Programs that make text of files: run without a shell and under limits."""

import os
import sys
import time
from pathlib import Path

import pytest

from claude_cli.content import loaders
from claude_cli.content.reading import read_sources
from claude_cli.content.sources import Reading
from claude_cli.content.specs import parse_spec
from claude_cli.errors import InputError, InputUnreadable

ZIP = b"PK\x03\x04rest"
SHOUT = [sys.executable, "-c", "import sys; print(open(sys.argv[1], 'rb').read()[:2])", "{path}"]


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code, "{path}"]


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "-rf; a b.DOCX"
    path.write_bytes(ZIP)
    return path


def test_a_loader_makes_a_text_of_a_file_whatever_its_name_is(
    document: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(document.parent)
    for spec in (document.name, str(document), "*.DOCX", "."):
        [source] = read_sources([parse_spec(spec)], Reading(loaders={"docx": SHOUT}))
        assert (source.media_type, source.data) == ("text/plain", b"b'PK'\n")
        assert source.name == document.name


def test_a_loader_wins_over_what_the_bytes_are(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("xy")
    [source] = read_sources([parse_spec(f"{tmp_path}/a.txt")], Reading(loaders={"txt": SHOUT}))
    assert source.data == b"b'xy'\n"


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        (["/nowhere/pandoc", "{path}"], "cannot be started: No such file"),
        (python("import sys; print('half'); sys.exit('bad\\x1b[2J zip')"), r"bad\\x1b"),
        (python("pass"), "printed nothing"),
        (python("print('x' * 3_000_000)"), "printed more than"),
        (python("import time; time.sleep(60)"), "did not end within"),
    ],
    ids=["missing", "fails", "silent", "endless", "slow"],
)
def test_what_a_loader_does_wrong_is_told(
    document: Path, monkeypatch: pytest.MonkeyPatch, command: list[str], problem: str
) -> None:
    monkeypatch.setattr(loaders, "MOST", 1_000_000)
    monkeypatch.setattr(loaders, "SECONDS", 0.5 if "sleep" in command[-2] else 30)
    begin = time.monotonic()
    with pytest.raises(InputError, match=problem) as refused:
        loaders.load(str(document), command)
    assert "its loader" in refused.value.message
    assert time.monotonic() - begin < 30


def test_no_key_reaches_a_loader(document: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-canary")
    seen = loaders.load(str(document), python("import os; print(dict(os.environ))"))
    assert b"PATH" in seen and b"canary" not in seen


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX file kinds")
def test_only_a_file_is_given_to_a_loader(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.docx")
    for name in ("a.docx", "nowhere.docx"):
        with pytest.raises(InputUnreadable):
            read_sources([parse_spec(f"{tmp_path}/{name}")], Reading(loaders={"docx": SHOUT}))


@pytest.mark.parametrize(
    ("name", "data", "here", "line"),
    [
        ("a.docx", ZIP, "pandoc", 'pandoc makes text of it: docx = ["pandoc", "-t", "gfm",'),
        ("a.docx", ZIP, "markitdown", 'makes text of it: docx = ["markitdown", "{path}"] below'),
        ("a.docx", ZIP, "", 'once it is installed: docx = ["pandoc",'),
        ("a.xlsx", ZIP, "xlsx2csv", 'xlsx = ["xlsx2csv", "{path}"]'),
        ("a.pptx", ZIP, "", 'pptx = ["markitdown",'),
        ("a.rtf", b"{\\rtf1 hi}", "", 'rtf = ["pandoc",'),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "catdoc", 'doc = ["catdoc",'),
    ],
)
def test_a_file_without_a_loader_shows_the_line_with_a_program_that_is_here(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    data: bytes,
    here: str,
    line: str,
) -> None:
    (tmp_path / name).write_bytes(data)
    programs = tmp_path / "bin"
    programs.mkdir()
    if here:
        (programs / here).write_text("#!/bin/sh\n")
        (programs / here).chmod(0o755)
    monkeypatch.setenv("PATH", str(programs))
    with pytest.raises(InputError) as refused:
        read_sources([parse_spec(f"{tmp_path}/{name}")])
    assert line in str(refused.value.hint)
