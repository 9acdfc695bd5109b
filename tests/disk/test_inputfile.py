"""Input files: capped, never waited for, and named harmlessly."""

import contextlib
import os
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from claude_cli.disk import inputfile
from claude_cli.disk.encodings import wide
from claude_cli.errors import InputError, InputUnreadable
from tests.refusals import open_descriptors

posix = pytest.mark.skipif(os.name == "nt", reason="needs POSIX file kinds")


@contextlib.contextmanager
def within(seconds: float) -> Iterator[None]:
    begin = time.monotonic()
    yield
    assert time.monotonic() - begin < seconds


@contextlib.contextmanager
def unprivileged() -> Iterator[None]:
    """Root may read everything: step down while it lasts."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_file_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"\x00\r\n\xff" * 1000)
    assert inputfile.read_bytes(path, limit=4000) == b"\x00\r\n\xff" * 1000


def test_an_open_file_is_a_regular_one(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a")
    with inputfile.open_regular(tmp_path / "a") as file:
        assert file.read() == b"a"
    for name in ("missing", "x" * 300, "a/below", "."):
        with pytest.raises(InputUnreadable):
            inputfile.open_regular(tmp_path / name)


@posix
def test_what_takes_the_place_of_a_file_meanwhile_is_closed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_bytes(b"a")
    seen = os.stat(tmp_path / "a")
    os.mkfifo(tmp_path / "b")
    before = open_descriptors()
    monkeypatch.setattr(os, "stat", lambda path: seen)
    with pytest.raises(InputUnreadable, match="is a named pipe"):
        inputfile.read_bytes(tmp_path / "b", limit=10)
    monkeypatch.undo()
    assert open_descriptors() == before


def test_an_empty_file_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    assert inputfile.read_bytes(tmp_path / "a", limit=10) == b""


def test_one_byte_too_many_is_refused_with_the_hint(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"12345")
    assert inputfile.read_bytes(path, limit=5) == b"12345"
    with pytest.raises(InputError, match="larger than 4 bytes") as refused:
        inputfile.read_bytes(path, limit=4, hint_if_larger="cut it")
    assert refused.value.hint == "cut it"


def test_a_sparse_file_of_ten_gigabytes_is_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "sparse"
    with path.open("wb") as file:
        file.truncate(10 << 30)
    with within(1), pytest.raises(InputError, match="larger"):
        inputfile.read_bytes(path, limit=1 << 20)


def test_a_growing_file_is_read_to_the_limit_and_one_byte_more(tmp_path: Path) -> None:
    path = tmp_path / "growing"
    path.write_bytes(bytes(1000))
    fd = os.open(path, os.O_RDONLY)
    try:
        assert len(inputfile._read_fd(fd, size=10, limit=100)) == 101
        assert os.lseek(fd, 0, os.SEEK_CUR) == 101
    finally:
        os.close(fd)


@posix
@pytest.mark.parametrize("path", ["/dev/zero", "/dev", "/proc/self/environ", "/proc/self/mem"])
def test_what_is_no_file_on_a_disk_is_unreadable_at_once(path: str) -> None:
    if not os.path.exists(path):
        pytest.skip(f"no {path} here")
    with within(1), pytest.raises(InputUnreadable, match=path):
        inputfile.read_bytes(path, limit=1 << 20)


@posix
def test_a_fifo_without_a_writer_is_unreadable_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    with within(1), pytest.raises(InputUnreadable, match="named pipe") as refused:
        inputfile.read_bytes(tmp_path / "fifo", limit=10)
    assert "stdin" in str(refused.value.hint)


@posix
def test_a_fifo_that_takes_the_files_place_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    with within(1):
        os.close(os.open(tmp_path / "fifo", inputfile._FLAGS))


@pytest.fixture
def passed_pipe() -> Iterator[tuple[int, int]]:
    """The ends of a pipe as a shell passes it on; a test may close the second."""
    reader, writer = os.pipe()
    os.set_inheritable(reader, True)
    yield reader, writer
    for fd in (reader, writer):
        with contextlib.suppress(OSError):
            os.close(fd)


@posix
@pytest.mark.parametrize("folder", ["/dev/fd", "/proc/self/fd"])
def test_a_pipe_that_was_passed_on_is_read_to_its_end_as_often_as_one_likes(
    passed_pipe: tuple[int, int], folder: str
) -> None:
    reader, writer = passed_pipe
    os.write(writer, b"one ")
    os.write(writer, b"two")
    os.close(writer)
    path = f"{folder}/{reader}"
    assert inputfile.is_passed_pipe(path)
    for _ in range(2):
        assert inputfile.read_bytes(path, limit=7) == b"one two"


@posix
def test_a_pipe_that_was_passed_on_is_read_to_the_limit_and_one_byte_more(
    passed_pipe: tuple[int, int],
) -> None:
    reader, writer = passed_pipe
    os.write(writer, b"123456")
    with pytest.raises(InputError, match="larger than 4 bytes"):
        inputfile.read_bytes(f"/dev/fd/{reader}", limit=4)
    assert os.read(reader, 10) == b"6"


@posix
def test_no_other_descriptor_is_read_as_a_pipe(passed_pipe: tuple[int, int]) -> None:
    reader, writer = passed_pipe
    own, end = os.pipe()
    for number in (0, 1, 2, own, 999_999, "9" * 30, "x", "-1", "٣", f"{reader}/"):
        assert not inputfile.is_passed_pipe(f"/dev/fd/{number}")
    assert not inputfile.is_passed_pipe(f"/dev/{reader}")
    os.set_inheritable(writer, True)
    with within(1), pytest.raises(InputUnreadable, match=f"/dev/fd/{writer}"):
        inputfile.read_bytes(f"/dev/fd/{writer}", limit=10)
    for fd in (own, end):
        os.close(fd)


@posix
def test_a_socket_is_unreadable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # the name of a socket must be short
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("s")
        with within(1), pytest.raises(InputUnreadable, match="socket"):
            inputfile.read_bytes("s", limit=10)


@posix
def test_missing_denied_and_dangling_are_unreadable_and_named(tmp_path: Path) -> None:
    (tmp_path / "dangling").symlink_to("nowhere")
    denied = tmp_path / "denied"
    denied.write_bytes(b"x")
    denied.chmod(0)
    with unprivileged():
        for name in ("missing", "dangling", "denied"):
            with pytest.raises(InputUnreadable, match=f"cannot read .*{name}: "):
                inputfile.read_bytes(tmp_path / name, limit=10)


def test_a_path_with_a_nul_is_unreadable() -> None:
    with pytest.raises(InputUnreadable, match=r"a\\x00b"):
        inputfile.read_bytes("a\0b", limit=10)


@pytest.mark.skipif(sys.platform != "linux", reason="needs a file system that takes any byte")
@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (b"two\nlines", r"two\nlines"),
        (b"\x1b[2J", r"\x1b[2J"),
        (b"caf\xe9", r"caf\xe9"),
        ("\u202etxt".encode(), r"\u202etxt"),
        ("日本語".encode(), "日本語"),
    ],
)
def test_any_file_name_works_and_is_shown_escaped(tmp_path: Path, name: bytes, shown: str) -> None:
    path = os.path.join(tmp_path, os.fsdecode(name))
    Path(path).write_bytes(b"12")
    assert inputfile.read_bytes(path, limit=2) == b"12"
    with pytest.raises(InputError) as refused:
        inputfile.read_bytes(path, limit=1)
    assert f"/{shown} is larger" in refused.value.message


@given(st.text())
def test_an_escaped_text_prints_on_one_line(text: str) -> None:
    shown = inputfile.escaped(text)
    assert shown.isprintable()
    assert (shown == text) == text.isprintable()


@given(st.text(), st.text())
def test_text_is_kept_but_for_a_byte_order_mark(before: str, after: str) -> None:
    text = f"{before}\r\n{after}\r"
    assume(wide(text.encode()) is None)  # NUL at every other place: that would be UTF-16
    expected = text.removeprefix("\ufeff")
    assert inputfile.decode_text(text.encode(), "a") == expected


def test_text_that_is_not_utf8_is_refused_with_the_offset_of_the_byte(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes("naïve".encode() + b"\xff")
    with pytest.raises(InputError, match="byte 0xff at offset 6"):
        inputfile.read_text(tmp_path / "a", limit=100)


@posix
@pytest.mark.parametrize("text", ["", "naïve", "日本語"])
def test_a_word_of_the_command_line_is_the_text_that_it_is(text: str) -> None:
    assert inputfile.argument_text(text, "--stop") == text
    undecoded = text.encode().decode("ascii", "surrogateescape")  # as under LANG=C
    assert inputfile.argument_text(undecoded, "--stop") == text


@posix
def test_a_word_that_is_not_utf8_is_refused_with_the_offset_of_the_byte() -> None:
    with pytest.raises(InputError, match=r"--stop is not UTF-8 text: byte 0xff at offset 2"):
        inputfile.argument_text("ab\udcff", "--stop")


@pytest.mark.parametrize("encoding", ["UTF-16", "UTF-16LE", "BIG5"])
def test_text_in_another_encoding_gets_the_command_that_recodes_it(encoding: str) -> None:
    text = "玉山有多高" if encoding == "BIG5" else "hello"
    with pytest.raises(InputError) as refused:
        inputfile.decode_text(text.encode(encoding), "a")
    assert f"iconv -f {encoding} -t UTF-8" in str(refused.value.hint)


def test_text_that_is_utf8_but_for_a_few_bytes_gets_the_command_that_drops_them() -> None:
    with pytest.raises(InputError, match="UTF-8 but for some bytes: byte 0xe9 at offset 9") as bad:
        inputfile.decode_text("café\ncaf".encode() + b"\xe9", "a")
    assert bad.value.hint == "iconv -f UTF-8 -t UTF-8 -c drops them"
    with pytest.raises(InputError) as bad:
        inputfile.decode_text("é".encode() + b"\xe9", "a", lossy=inputfile.STRICT)
    assert str(bad.value.hint).startswith("--lossy replaces such bytes by U+FFFD; iconv")


def test_lossy_replaces_what_is_not_utf8_and_says_how_many() -> None:
    notices: list[str] = []
    lossy = inputfile.Lossy(True, notices.append)
    assert (
        inputfile.decode_text("\ufffdé".encode() + b"\xe9 \xff", "a", lossy=lossy)
        == "\ufffdé\ufffd \ufffd"
    )
    assert notices == ["a is not all UTF-8: 2 × U+FFFD took the place of what is not"]
    assert inputfile.decode_text(b"plain", "a", lossy=lossy) == "plain" and len(notices) == 1


def test_lossy_makes_no_text_of_utf16() -> None:
    with pytest.raises(InputError, match="not UTF-8"):
        inputfile.decode_text("hello".encode("utf-16"), "a", lossy=inputfile.Lossy(True, print))
