"""From `-a SPEC` to bytes or a reference."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_cli.content import sources
from claude_cli.content.sources import Source, Spec
from claude_cli.errors import ClaudeCliError, InputError, InputUnreadable, UsageError
from claude_cli.values import media
from tests.content import samples


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("a.png", Spec("path", "a.png", None)),
        ("a;b.txt", Spec("path", "a;b.txt", None)),
        ("x;type=y;type=text/csv", Spec("path", "x;type=y", "text/csv")),
        ("a.bin;type=IMAGE/JPG", Spec("path", "a.bin", "image/jpeg")),
        ("a;type=text/plain;charset=utf-8", Spec("path", "a", "text/plain")),
        ("notes:2024.txt", Spec("path", "notes:2024.txt", None)),
        ("C:\\a.png", Spec("path", "C:\\a.png", None)),
        ("c://a.png", Spec("path", "c://a.png", None)),
        ("./https://x", Spec("path", "./https://x", None)),
        ("./file_011CNha8", Spec("path", "./file_011CNha8", None)),
        ("file_list.txt", Spec("path", "file_list.txt", None)),
        ("-", Spec("stdin", "-", None)),
        ("-;type=image/png", Spec("stdin", "-", "image/png")),
        ("file_011CNha8", Spec("file", "file_011CNha8", media.PDF)),
        ("file_011CNha8;type=text/plain", Spec("file", "file_011CNha8", media.PDF)),
        ("file_011CNha8;type=image/png", Spec("file", "file_011CNha8", "image/png")),
        ("https://x.org/a.PNG?s=1#f", Spec("url", "https://x.org/a.PNG?s=1#f", "image/png")),
        ("HTTPS://x.org/a.pdf", Spec("url", "HTTPS://x.org/a.pdf", media.PDF)),
        ("https://x/a;type=image/webp", Spec("url", "https://x/a", "image/webp")),
        ("https://x/a.png;type=application/pdf", Spec("url", "https://x/a.png", media.PDF)),
    ],
)
def test_a_spec_is_taken_apart(text: str, spec: Spec) -> None:
    assert sources.parse_spec(text) == spec


@pytest.mark.parametrize(
    "text",
    [
        "",
        ";type=image/png",
        "a.png;type=",
        "a.png;type=png",
        "a.zip;type=application/zip",
        "a.heic;type=image/heic",
        "http://x.org/a.png",
        "file:///etc/passwd",
        "file:a.png",
        "data:image/png;base64,AAAA",
        "ftp://x/a.pdf",
        "s3://bucket/a.pdf",
        "https:a.png",
        "https:///a.png",
        "https://x y/a.png",
        "https://x/a\n.png",
        "https://x.png",
        "https://x.org/page",
        "https://x.org/a.txt",
        "https://x.org/a.html;type=text/html",
    ],
)
def test_a_spec_that_nothing_can_be_made_of_is_wrong_usage(text: str) -> None:
    with pytest.raises(UsageError):
        sources.parse_spec(text)


def test_a_url_without_a_known_suffix_asks_for_its_type() -> None:
    with pytest.raises(UsageError) as refused:
        sources.parse_spec("https://x.org/picture")
    assert ";type=" in str(refused.value.hint)


@given(st.text(st.characters(exclude_categories=())))
def test_any_spec_is_understood_or_wrong_usage(text: str) -> None:
    for spec in (text, f"https://{text}", f"{text};type=image/png", f"a;type={text}"):
        try:
            assert sources.parse_spec(spec).target
        except UsageError as err:
            assert err.message


def read(text: str, stdin: bytes = b"") -> Source:
    return sources.read_sources([sources.parse_spec(text)], stdin=stdin)[0]


def test_references_are_read_without_being_opened() -> None:
    assert read("https://127.0.0.1:1/a.png?q") == Source(
        "a.png", "image/png", "url", reference="https://127.0.0.1:1/a.png?q"
    )
    assert read("file_1") == Source("file_1", media.PDF, "file", reference="file_1")


@pytest.mark.parametrize("name", samples.IMAGES)
def test_the_bytes_decide_not_the_suffix(tmp_path: Path, name: str) -> None:
    media_type, data = samples.IMAGES[name]
    path = tmp_path / "photo.txt"
    path.write_bytes(data)
    assert read(str(path)) == Source("photo.txt", media_type, "path", data)


def test_a_text_called_png_is_a_text(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"hello")
    assert read(str(tmp_path / "a.png")).media_type == "text/plain"


def test_a_type_that_the_user_gave_wins_over_the_bytes(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\x00\x01")
    assert read(f"{tmp_path}/a;type=image/png").media_type == "image/png"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "a.dat is empty"),
        (b"PK\x03\x04rest", "a.dat is a ZIP archive"),
        (b"\x00\x00\x00\x18ftypheic", "a.dat is a HEIC image"),
        (b"abc\x00def", "NUL byte at offset 3"),
    ],
)
def test_what_cannot_be_sent_is_refused_by_name(tmp_path: Path, data: bytes, message: str) -> None:
    (tmp_path / "a.dat").write_bytes(data)
    with pytest.raises(InputError, match=message):
        read(str(tmp_path / "a.dat"))


def test_a_dash_stands_for_stdin() -> None:
    assert read("-", stdin=samples.PNG) == Source("stdin", "image/png", "stdin", samples.PNG)
    with pytest.raises(InputError, match="stdin is empty"):
        read("-")


def test_a_folder_says_what_would_work(tmp_path: Path) -> None:
    with pytest.raises(InputUnreadable, match="is a folder") as refused:
        read(str(tmp_path))
    assert "FOLDER/*" in str(refused.value.hint)


def test_a_file_beyond_any_request_is_refused_with_the_way_out(tmp_path: Path) -> None:
    with (tmp_path / "huge.pdf").open("wb") as file:
        file.truncate(sources.READ_LIMIT + 1)
    with pytest.raises(InputError) as refused:
        read(str(tmp_path / "huge.pdf"))
    assert "files upload" in str(refused.value.hint)


def test_attachments_that_are_too_large_together_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"%PDF-1.7\n".ljust(12 << 20))
    spec = sources.parse_spec(str(path))
    assert len(sources.read_sources([spec] * 2)) == 2
    with pytest.raises(InputError, match="together"):
        sources.read_sources([spec] * 3)


@pytest.mark.skipif(sys.platform != "linux", reason="needs a file system that takes any byte")
def test_a_name_that_is_not_utf8_is_sent_as_valid_unicode(tmp_path: Path) -> None:
    path = os.path.join(os.fsencode(tmp_path), b"caf\xe9\n.txt")
    Path(os.fsdecode(path)).write_bytes(b"hi")
    assert read(os.fsdecode(path)).name == "caf\ufffd\n.txt"


@given(st.binary(max_size=100))
def test_any_bytes_are_a_source_or_refused(data: bytes) -> None:
    try:
        source = sources.from_bytes(data, "a", "path")
    except ClaudeCliError as err:
        assert isinstance(err, InputError)
    else:
        assert source.data == data


def test_prompt_words_are_joined_by_one_space() -> None:
    assert sources.prompt_text(["why", "  is ", "it\n"]) == "why   is  it\n"
    assert sources.prompt_text([]) == ""


def test_an_argument_that_is_not_utf8_is_refused_with_its_offset() -> None:
    with pytest.raises(InputError, match="the prompt is not UTF-8 text: byte 0xff at offset 3"):
        sources.prompt_text([os.fsdecode(b"ab"), os.fsdecode(b"\xff")])


def test_an_argument_is_utf8_under_a_plain_c_locale() -> None:
    script = "import sys; from claude_cli.content.sources import prompt_text as p; "
    script += "sys.stdout.buffer.write(p(sys.argv[1:]).encode('utf-8'))"
    plain = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    done = subprocess.run(
        [sys.executable, "-c", script, "日本語", "é"],
        env=os.environ | plain | {"PYTHONPATH": str(Path(__file__).parents[2])},
        stdout=subprocess.PIPE,
        check=True,
    )
    assert done.stdout.decode() == "日本語 é"


def test_a_piped_ask_without_attachments_loads_nothing_heavy() -> None:
    script = (
        "import sys; import claude_cli.types, claude_cli.errors; before = set(sys.modules); "
        "import claude_cli.content.blocks, claude_cli.content.stdin; "
        "print(*sorted(set(sys.modules) - before))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    loaded = [name for name in done.stdout.split() if not name.startswith("claude_cli")]
    assert not set(loaded) & {
        "base64", "binascii", "mimetypes", "pypdf", "select", "subprocess", "tempfile", "urllib",
    }  # fmt: skip


def test_reading_takes_no_time_over_a_device() -> None:
    begin = time.monotonic()
    with pytest.raises(InputUnreadable, match="a device"):
        read("/dev/zero" if os.name != "nt" else "NUL")
    assert time.monotonic() - begin < 8
