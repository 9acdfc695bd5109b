"""Files that a typed line names, and files that are dropped."""

import os
from pathlib import Path

import pytest

from claude_cli.content.specs import Spec
from claude_cli.flow.chat.mentioned import mention_of, mentioned
from claude_cli.ui.editor.typed_line import TypedLine, untyped


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the files of these tests are; it is home, too."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    for name in ("a.txt", "b c.txt", "雪.md", "it's", "end.", "scan1.pdf", "scan2.pdf"):
        Path(name).write_text("x")
    Path("src").mkdir()
    return tmp_path


def typed(text: str) -> TypedLine:
    return TypedLine(text, b"\1" * len(text))


@pytest.mark.parametrize(
    ("line", "targets"),
    [
        ("what is in @a.txt, and @'b c.txt'?", ["a.txt", "b c.txt"]),
        (r"@b\ c.txt and @雪.md", ["b c.txt", "雪.md"]),
        ("@~/a.txt", ["{home}/a.txt"]),
        ("@it's @end.", ["it's", "end."]),
        ("@a.txt @a.txt", ["a.txt"]),
        ("@src/ @src", ["src/"]),
        ("@scan*.pdf", ["scan*.pdf"]),
        ("@none.txt @*none* @@a.txt x@a.txt @- @clip: @file_123 @https://a/b.png", []),
        ("@/dev/null @a.txt/ @\0", []),
    ],
)
def test_what_is_there_is_attached_and_all_else_is_text(
    folder: Path, line: str, targets: list[str]
) -> None:
    found = [spec.target for spec in mentioned(typed(line))]
    assert found == [target.replace("{home}", str(folder)) for target in targets]


def test_options_are_those_of_an_attachment() -> None:
    assert mentioned(typed("@scan1.pdf;pages=2-3.")) == [Spec("path", "scan1.pdf", None, ((2, 3),))]


def test_only_an_at_sign_that_was_typed_counts() -> None:
    line = "@a.txt @'b c.txt'"
    assert mentioned(untyped(line)) == []
    half = TypedLine(line, bytes(7) + b"\1" + bytes(9))
    assert [spec.target for spec in mentioned(half)] == ["b c.txt"]


@pytest.mark.parametrize(
    ("before", "pasted", "mention"),
    [
        ("", "{home}/a.txt", "@{home}/a.txt "),
        ("look at ", "'{home}/b c.txt' ", "@'{home}/b c.txt' "),
        ("", "{home}/b\\ c.txt", "@{home}/b\\ c.txt "),
        ("", "{home}/none.txt", ""),
        ("", "{home}/src", ""),
        ("", "a.txt", ""),
        ("", "{home}/a.txt\n{home}/a.txt", ""),
        ("", "see {home}/a.txt", ""),
        ("@", "{home}/a.txt", ""),
        ("/attach ", "{home}/a.txt", ""),
        ("!cat ", "{home}/a.txt", ""),
        ("", "", ""),
        ("", "'", ""),
    ],
)
@pytest.mark.skipif(os.name == "nt", reason="terminals there quote in another way")
def test_a_file_that_is_dropped_becomes_a_mention(
    folder: Path, before: str, pasted: str, mention: str
) -> None:
    home = str(folder)
    assert mention_of(before, pasted.replace("{home}", home)) == mention.replace("{home}", home)
