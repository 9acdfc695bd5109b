"""From `-a SPEC` to bytes or a reference."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_cli.content import sources, unfold
from claude_cli.content.kinds import READ_LIMIT
from claude_cli.content.pdf import inspect
from claude_cli.content.pictures import Fitting
from claude_cli.content.reading import read_sources
from claude_cli.content.sources import Reading, Source
from claude_cli.content.specs import Spec, parse_spec
from claude_cli.errors import ClaudeCliError, InputError, InputUnreadable
from claude_cli.models.vision import LARGEST
from claude_cli.values import media
from tests.content import samples
from tests.content.picture_files import quarters, saved


def read(text: str, stdin: bytes = b"") -> Source:
    return read_sources([parse_spec(text)], Reading(stdin=stdin))[0]


def test_references_are_read_without_being_opened() -> None:
    assert read("https://127.0.0.1:1/a.png?q") == Source(
        "a.png", "image/png", "url", reference="https://127.0.0.1:1/a.png?q"
    )
    assert read("file_1") == Source("file_1", media.PDF, "file", reference="file_1")


@pytest.mark.parametrize("name", [*samples.IMAGES, "text"])
def test_the_clipboard_is_read_as_what_it_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    media_type, data = samples.IMAGES.get(name, ("text/plain", "grüße".encode()))
    (tmp_path / "held").write_bytes(data)
    (tmp_path / "pbpaste").write_text(f"#!/bin/sh\nexec /bin/cat {tmp_path}/held\n")
    (tmp_path / "pbpaste").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert read("clip:") == Source("clipboard", media_type, "clip", data)


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
        (b"@PJL\r\n" + samples.pdf_of(1), "a.dat is a PDF behind 6 bytes that do not belong to it"),
    ],
)
def test_what_cannot_be_sent_is_refused_by_name(tmp_path: Path, data: bytes, message: str) -> None:
    (tmp_path / "a.dat").write_bytes(data)
    with pytest.raises(InputError, match=message):
        read(str(tmp_path / "a.dat"))


def test_pages_of_a_pdf_are_taken_and_in_its_title(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(samples.pdf_of(3))
    source = read(f"{tmp_path}/a.pdf;pages=2-,1")
    assert source.name == "a.pdf, pages 2-,1"
    assert inspect(source.data).pages == 3
    assert inspect(read("-;pages=2", samples.pdf_of(3)).data).pages == 1
    (tmp_path / "a.txt").write_text("x")
    with pytest.raises(InputError, match=r"a\.txt is no PDF"):
        read(f"{tmp_path}/a.txt;pages=1")


def test_a_dash_stands_for_stdin() -> None:
    assert read("-", stdin=samples.PNG) == Source("stdin", "image/png", "stdin", samples.PNG)
    with pytest.raises(InputError, match="stdin is empty"):
        read("-")


def found(target: Path | str) -> tuple[list[str], list[str], list[str]]:
    """The names of what a folder or pattern gives, and what is said of it."""
    notices: list[str] = []
    details: list[str] = []
    spec = parse_spec(str(target))
    read = read_sources([spec], Reading(tell=notices.append, detail=details.append))
    return [source.name for source in read], notices, details


def test_a_folder_gives_each_file_that_can_be_sent_and_counts_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "src").mkdir()
    for name, data in {
        "page10.txt": b"ten", "page2.txt": b"two", "a.png": samples.PNG, ".hidden": b"x",
        "b.zip": b"PK\x03\x04", "c.bin": b"a\0b", "empty": b"",
    }.items():  # fmt: skip
        (tmp_path / "src" / name).write_bytes(data)
    names, notices, details = found("src/")
    assert names == ["src/a.png", "src/page2.txt", "src/page10.txt"]
    assert notices == [
        "src/: 2 text files, 1 image, 1 KB; left out: 1 hidden, 3 that cannot be sent"
    ]
    assert details == [
        "left out: src/b.zip is a ZIP archive or Office document",
        "left out: src/c.bin is no text: it has a NUL byte at offset 1",
        "left out: src/empty is empty",
    ]
    assert found("src/*.txt")[0] == ["src/page2.txt", "src/page10.txt"]


@pytest.mark.parametrize("target", ["", "*.pdf"])
def test_a_folder_or_pattern_without_a_file_to_send_is_unreadable(
    tmp_path: Path, target: str
) -> None:
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04")
    with pytest.raises(InputUnreadable, match="names no file that can be attached"):
        read(os.path.join(tmp_path, target))


def test_a_folder_that_is_too_large_is_refused_with_numbers_before_it_is_read(
    tmp_path: Path,
) -> None:
    for name in ("a.pdf", "b.pdf"):
        with (tmp_path / name).open("wb") as file:
            file.write(b"%PDF-1.7\n")
            file.truncate(20 << 20)
    with pytest.raises(InputError, match="2 PDFs, 41,944 KB: a request takes 33,554,432 bytes"):
        read(str(tmp_path))


def test_a_folder_of_just_as_much_as_a_request_takes_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.txt").write_text("12345")
    (tmp_path / "b.txt").write_text("67890")
    monkeypatch.setattr(unfold, "READ_LIMIT", 10)
    assert len(unfold.unfold(parse_spec(str(tmp_path)), Reading())) == 2
    monkeypatch.setattr(unfold, "READ_LIMIT", 9)
    with pytest.raises(InputError, match="a request takes 9 bytes"):
        unfold.unfold(parse_spec(str(tmp_path)), Reading())


@pytest.mark.skipif(os.name == "nt", reason="needs inherited descriptors")
def test_what_a_command_prints_is_called_after_none_of_its_descriptors() -> None:
    reader, writer = os.pipe()
    os.set_inheritable(reader, True)
    os.write(writer, b"hi")
    os.close(writer)
    source = read(f"/dev/fd/{reader}")
    os.close(reader)
    assert (source.name, source.origin, source.data) == ("<(command)", "pipe", b"hi")


@pytest.mark.skipif(os.name == "nt", reason="needs inherited descriptors")
def test_what_a_command_prints_may_not_be_larger_than_a_request_picture_or_not() -> None:
    reader, writer = os.pipe()
    os.set_inheritable(reader, True)

    def write() -> None:
        with os.fdopen(writer, "wb") as pipe:
            pipe.write(b"BM".ljust(READ_LIMIT + 1, b"x"))

    printing = threading.Thread(target=write)
    printing.start()
    reading = Reading(fitting=Fitting(LARGEST))
    with pytest.raises(InputError, match="is larger than 33,554,432 bytes"):
        read_sources([parse_spec(f"/dev/fd/{reader}")], reading)
    printing.join()
    os.close(reader)


def test_a_file_beyond_any_request_is_refused_with_the_way_out(tmp_path: Path) -> None:
    with (tmp_path / "huge.pdf").open("wb") as file:
        file.truncate(READ_LIMIT + 1)
    with pytest.raises(InputError) as refused:
        read(str(tmp_path / "huge.pdf"))
    assert "files upload" in str(refused.value.hint)


def test_a_picture_that_will_be_smaller_may_be_larger_than_a_request(tmp_path: Path) -> None:
    (tmp_path / "scan.bmp").write_bytes(saved(quarters(4000, 3000), "BMP"))
    with (tmp_path / "huge.txt").open("wb") as file:
        file.truncate(READ_LIMIT + 1)
    reading = Reading(fitting=Fitting(LARGEST))
    [source] = read_sources([parse_spec(str(tmp_path / "scan.bmp"))], reading)
    assert source.original and source.original.size > READ_LIMIT
    with pytest.raises(InputError, match="huge"):
        read_sources([parse_spec(str(tmp_path / "huge.txt"))], reading)


def test_the_pages_of_a_scan_are_called_by_their_numbers(tmp_path: Path) -> None:
    page = quarters(400, 300)
    for pages in (1, 2):
        scan = saved(page, "TIFF", save_all=True, append_images=[page] * (pages - 1))
        (tmp_path / f"{pages}.tif").write_bytes(scan)
    reading = Reading(fitting=Fitting(LARGEST))
    specs = [parse_spec(str(tmp_path / name)) for name in ("1.tif", "2.tif")]
    names = [source.name for source in read_sources(specs, reading)]
    assert names == ["1.tif", "2.tif, page 1", "2.tif, page 2"]


@pytest.mark.parametrize(("earlier", "sides"), [(19, [2100]), (20, [1988])])
def test_from_the_21st_picture_of_a_conversation_on_they_are_smaller(
    earlier: int, sides: list[int]
) -> None:
    source = Source("stdin", "image/png", "stdin", saved(quarters(2100, 300), "PNG"))
    read = sources.fit_source(source, Reading(fitting=Fitting(LARGEST, lambda: earlier)))
    sizes = [media.pixel_size(source.data) for source in read.sources]
    assert [size and size[0] for size in sizes] == sides


def test_attachments_that_are_too_large_together_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"%PDF-1.7\n".ljust(12 << 20))
    spec = parse_spec(str(path))
    assert len(read_sources([spec] * 2)) == 2
    told = r"33.6 MB, which the first 2 of them fill"
    with pytest.raises(InputError, match=told):
        read_sources([spec] * 3)


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


@pytest.mark.parametrize("separator", ["\n", "\r\n", "\0"])
def test_a_list_names_files_in_its_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, separator: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("b 2.txt", "a.txt", "c.zip"):
        Path(name).write_bytes(b"PK\x03\x04" if name == "c.zip" else b"x")
    data = separator.join(["b 2.txt", "c.zip", "", "./a.txt", ""]).encode()
    notices: list[str] = []
    spec = Spec("list", "-")
    found = read_sources([spec, parse_spec("a.txt")], Reading(stdin=data, tell=notices.append))
    assert [source.name for source in found] == ["b 2.txt", "./a.txt", "a.txt"]
    assert notices == ["stdin: 2 text files, 1 KB; left out: 1 that cannot be sent"]


def test_a_file_of_a_list_that_is_not_there_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "list").write_text(f"{tmp_path}/nowhere\n")
    with pytest.raises(InputUnreadable, match="nowhere"):
        read_sources([Spec("list", str(tmp_path / "list"))])
    with pytest.raises(InputUnreadable, match="names no file"):
        read_sources([Spec("list", "-")], Reading(stdin=b"\n"))


def test_a_list_of_too_many_files_is_refused_before_they_are_read() -> None:
    with pytest.raises(InputError, match="10,001 files"):
        read_sources([Spec("list", "-")], Reading(stdin=b"nowhere\n" * 10_001))
