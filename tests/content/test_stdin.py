"""Stdin: who may read it, how long, how much, and what it was."""

import io
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_cli.content import stdin
from claude_cli.content.sources import Source
from claude_cli.content.specs import parse_spec
from claude_cli.content.stdin import read_stdin, stdin_consumer, stdin_content
from claude_cli.errors import InputError, InputUnreadable, UsageError
from claude_cli.values import media
from tests.content import samples
from tests.thorough import MANY

posix = pytest.mark.skipif(os.name == "nt", reason="select() takes only sockets there")


class Pipe:
    """A pipe that stdin is the reading end of."""

    def __init__(self) -> None:
        read, self.write_fd = os.pipe()
        self.stream = os.fdopen(read, "rb")

    def close_writer(self) -> None:
        if self.write_fd >= 0:
            os.close(self.write_fd)
            self.write_fd = -1


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    made = Pipe()
    yield made
    made.close_writer()
    made.stream.close()


def feed(pipe: Pipe, *pieces: bytes, pause: float = 0.0) -> threading.Thread:
    def write() -> None:
        for piece in pieces:
            time.sleep(pause)
            os.write(pipe.write_fd, piece)
        pipe.close_writer()

    thread = threading.Thread(target=write)
    thread.start()
    return thread


@pytest.mark.parametrize(
    ("prompt", "attach", "files", "consumer"),
    [
        ([], [], {}, None),
        (["why", "-"], ["a.png"], {"--body": "b.json", "INPUT": None}, None),
        (["-"], ["a.png"], {"--body": None}, "PROMPT"),
        (["why"], ["a.png", "-;type=text/csv"], {}, "-a"),
        (["why"], [], {"--body": "-"}, "--body"),
    ],
)
def test_stdin_has_one_consumer(
    prompt: list[str], attach: list[str], files: dict[str, str | None], consumer: str | None
) -> None:
    assert stdin_consumer(prompt, [parse_spec(spec) for spec in attach], files) == consumer


@pytest.mark.parametrize(
    ("prompt", "attach", "files"),
    [
        (["-"], ["-"], {}),
        (["-"], [], {"--body": "-"}),
        ([], ["-", "-"], {}),
        ([], ["-"], {"--body": "-"}),
        ([], [], {"--body": "-", "INPUT": "-"}),
    ],
)
def test_two_consumers_are_wrong_usage(
    prompt: list[str], attach: list[str], files: dict[str, str | None]
) -> None:
    with pytest.raises(UsageError, match=r"' and '.* both read stdin"):
        stdin_consumer(prompt, [parse_spec(spec) for spec in attach], files)


def test_a_closed_stdin_is_none() -> None:
    stream = io.BytesIO(b"x")
    stream.close()
    assert read_stdin(None) == read_stdin(stream) == b""


def test_a_stream_without_a_descriptor_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_stdin(io.BytesIO(b"a\r\nb"), on_silence=pytest.fail) == b"a\r\nb"
    monkeypatch.setattr(stdin, "READ_LIMIT", 4)
    assert read_stdin(io.BytesIO(b"1234"), on_silence=pytest.fail) == b"1234"
    with pytest.raises(InputError):
        read_stdin(io.BytesIO(b"12345"))


def test_dev_null_is_none() -> None:
    with open(os.devnull, "rb") as stream:
        assert read_stdin(stream, on_silence=pytest.fail) == b""


@posix
def test_a_descriptor_that_cannot_be_read_is_none(tmp_path: Path, pipe: Pipe) -> None:
    with open(os.open(tmp_path / "out", os.O_WRONLY | os.O_CREAT), "rb", closefd=True) as stream:
        assert read_stdin(stream) == b""


@posix
def test_a_folder_as_stdin_is_unreadable(tmp_path: Path) -> None:
    class Folder(io.BytesIO):
        def fileno(self) -> int:
            return fd

    fd = os.open(tmp_path, os.O_RDONLY)
    try:
        with pytest.raises(InputUnreadable, match="cannot read stdin"):
            read_stdin(Folder())
    finally:
        os.close(fd)


@posix
def test_a_terminal_is_read_only_when_asked_for() -> None:
    import pty

    ours, theirs = pty.openpty()
    with open(theirs, "rb", buffering=0) as raw, io.BufferedReader(raw) as stream:
        os.write(ours, b"typed\n\x04")
        assert read_stdin(stream) == b""
        assert read_stdin(stream, asked_for=True) == b"typed\n"
    os.close(ours)


def test_a_pipe_is_read_to_its_end(pipe: Pipe) -> None:
    thread = feed(pipe, b"one\r\n", b"\xef\xbb\xbftwo", pause=0.01)
    assert read_stdin(pipe.stream) == b"one\r\n\xef\xbb\xbftwo"
    thread.join()


@posix
def test_a_pipe_that_was_made_non_blocking_is_waited_for(pipe: Pipe) -> None:
    os.set_blocking(pipe.stream.fileno(), False)
    thread = feed(pipe, b"one", b"two", pause=0.05)
    assert read_stdin(pipe.stream) == b"onetwo"
    thread.join()


@posix
def test_silence_is_told_once_and_the_wait_goes_on(
    pipe: Pipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stdin, "PATIENCE", 0.05)
    calls: list[float] = []
    threads = threading.active_count()
    thread = feed(pipe, b"late", b"later", pause=0.2)
    data = read_stdin(pipe.stream, on_silence=lambda: calls.append(1))
    thread.join()
    assert data == b"latelater"
    assert calls == [1]
    assert threading.active_count() == threads


@posix
def test_a_pipe_that_speaks_in_time_is_not_told_of(pipe: Pipe) -> None:
    thread = feed(pipe, b"now")
    assert read_stdin(pipe.stream, on_silence=pytest.fail) == b"now"
    thread.join()


@posix
def test_an_endless_stdin_is_capped_within_a_second() -> None:
    begin = time.monotonic()
    with open("/dev/zero", "rb") as stream, pytest.raises(InputError, match="stdin holds more"):
        read_stdin(stream)
    assert time.monotonic() - begin < 8


def test_a_gigabyte_on_stdin_is_capped_within_a_second(tmp_path: Path) -> None:
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(1 << 30)
    begin = time.monotonic()
    with (tmp_path / "huge").open("rb") as stream:
        with pytest.raises(InputError, match="33,554,432 bytes"):
            read_stdin(stream)
        assert os.lseek(stream.fileno(), 0, os.SEEK_CUR) == 33_554_433
    assert time.monotonic() - begin < 8


@pytest.mark.parametrize("blank", [b"", b"\n", b" \r\n\t", b"\xef\xbb\xbf", "\u3000".encode()])
def test_blank_stdin_counts_as_none(blank: bytes) -> None:
    assert stdin_content(blank) == ""


@MANY
@given(st.text(min_size=1))
def test_text_is_kept_byte_for_byte_but_for_a_bom(text: str) -> None:
    found = stdin_content(b"\xef\xbb\xbf." + text.encode())
    assert found == "." + text


def test_an_image_or_a_pdf_becomes_an_attachment() -> None:
    for media_type, data in (*samples.IMAGES.values(), (media.PDF, samples.pdf_of(1))):
        assert stdin_content(data) == Source("stdin", media_type, "stdin", data)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"caf\xe9", "stdin is not UTF-8 text: byte 0xe9 at offset 3"),
        (b"\x1f\x8b\x08", "stdin is a gzip file"),
    ],
)
def test_other_binary_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        stdin_content(data)


@given(st.binary(max_size=100))
def test_any_bytes_are_content_or_refused(data: bytes) -> None:
    try:
        found = stdin_content(data)
    except InputError:
        return
    assert isinstance(found, str) or found.data == data
