"""The append-only file: whole records or none, whatever happens to the process or the disk."""

import errno
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_cli.disk import appendlog
from claude_cli.disk.appendlog import (
    append,
    decode_line,
    decode_objects,
    encode_line,
    read_lines,
    read_records,
)
from claude_cli.errors import (
    CannotWrite,
    InputError,
    TemporaryFailure,
)
from tests.refusals import full_beyond

posix = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX")

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


def values(path: Path) -> list[dict[str, Any]]:
    return [line.value for line in read_records(path) if line.value is not None]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "data" / "log.jsonl"


def run_python(code: str, *arguments: str) -> "subprocess.Popen[bytes]":
    root = Path(__file__).parents[2]
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdout=subprocess.PIPE,
        stdin=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(root)},
    )


# What comes back


@given(st.dictionaries(st.text(), json_values))
def test_a_record_comes_back_as_it_was_with_its_order_of_keys(record: dict[str, Any]) -> None:
    line = encode_line(record)
    assert line.count(b"\n") == 1
    value, damage = decode_line(line[:-1])
    assert damage is None
    assert json.dumps(value) == json.dumps(json.loads(json.dumps(record)))


def test_objects_of_many_lines_are_decoded_together_and_nothing_else_is() -> None:
    lines = [b'{"a":1}', b'{"a":"\xc3\xa4"}', b"{}"]
    assert decode_objects(lines) == [{"a": 1}, {"a": "ä"}, {}]
    for odd in (b"", b"1", b"[]", b'{"a":', b'{"a":"\xff"}', b"{},{}", b'{"a":' + b"[" * 100_000):
        assert decode_objects([*lines, odd]) is None
    assert decode_objects([b'{"a":[{}', b"{}]}"]) is None


def test_records_are_appended_in_order_and_the_span_tells_where(log: Path) -> None:
    first = append(log, [{"n": 1}])
    second = append(log, [{"n": 2}, {"n": 3}])
    assert values(log) == [{"n": 1}, {"n": 2}, {"n": 3}]
    assert (first.start, first.end) == (0, second.start)
    assert second.end == log.stat().st_size


def test_a_lone_surrogate_becomes_the_replacement_character(log: Path) -> None:
    append(log, [{"text": "a\ud800b😀"}])
    assert values(log) == [{"text": "a\ufffdb😀"}]


def test_line_separators_of_unicode_do_not_cut_a_record(log: Path) -> None:
    append(log, [{"text": "a\u2028b\x85c\x0bd"}])
    assert values(log) == [{"text": "a\u2028b\x85c\x0bd"}]


# Damage


def test_a_file_cut_at_every_byte_keeps_all_whole_records_and_takes_a_new_one(log: Path) -> None:
    append(log, [{"n": 1, "text": "é"}, {"n": 2, "deep": [{}]}, {"n": 3}])
    whole = log.read_bytes()
    for cut in range(len(whole) + 1):
        log.write_bytes(whole[:cut])
        append(log, [{"n": "new"}])
        # A cut right before a newline leaves a whole record too.
        kept = sum(1 for end in range(cut + 1) if whole[end : end + 1] == b"\n")
        assert [v["n"] for v in values(log)] == [*[1, 2, 3][:kept], "new"]
        assert log.read_bytes().startswith(whole[:cut])


@pytest.mark.parametrize(
    ("line", "damage"),
    [
        (b'{"n": 1, "te', "torn, or not JSON"),
        (b"\0" * 40, "NUL bytes"),
        (b'{"n": "\xff"}', "not UTF-8"),
        (b"[1, 2]", "not a JSON object"),
        (b'{"n": ' + b"[" * 200_000, "torn, or not JSON"),
        (b'{"n": ' + b"9" * 5000 + b"}", "torn, or not JSON"),
    ],
    ids=["torn", "NUL", "UTF-8", "no object", "deep", "huge integer"],
)
def test_a_damaged_line_is_told_with_its_number_and_skipped(
    log: Path, line: bytes, damage: str
) -> None:
    append(log, [{"n": 1}])
    with log.open("ab") as file:
        file.write(line + b"\n\n")
    append(log, [{"n": 2}])
    found = list(read_records(log))
    assert [(f.number, f.value) for f in found] == [(1, {"n": 1}), (2, None), (4, {"n": 2})]
    assert found[1].damage == damage
    assert line in log.read_bytes()


def test_a_line_is_read_up_to_its_limit_and_no_byte_further(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(appendlog, "LINE_LIMIT", 10)
    sizes = [9, 10, 11, 12, 21, 22, 10]
    log.parent.mkdir()
    for end in ("\n", ""):
        log.write_text("\n".join("x" * size for size in sizes) + end)
        kept = [data and len(data) for _, data in read_lines(log)]
        assert kept == [9, 10, None, None, None, None, 10]


def test_a_record_behind_a_run_of_nul_is_still_read(log: Path) -> None:
    append(log, [{"n": 1}])
    with log.open("ab") as file:
        file.write(b"\0" * 100 + b'{"n":2}\n')
    assert [(f.number, f.value, f.damage) for f in read_records(log)][1:] == [
        (2, {"n": 2}, "NUL bytes")
    ]


def test_a_line_without_end_is_skipped_in_bounded_memory(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(appendlog, "LINE_LIMIT", 1000)
    append(log, [{"n": 1}])
    with log.open("ab") as file:
        file.write(b"x" * 5000 + b"\n" + b"y" * 1001 + b"\n")
    append(log, [{"n": 2}])
    assert [(f.number, f.value is None) for f in read_records(log)] == [
        (1, False),
        (2, True),
        (3, True),
        (4, False),
    ]


def test_a_record_that_could_not_be_read_back_is_refused(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(appendlog, "LINE_LIMIT", 1000)
    append(log, [{"text": "x" * 900}])
    with pytest.raises(InputError):
        append(log, [{"n": 2}, {"text": "x" * 1000}])
    assert len(values(log)) == 1


# Several processes

HOLD = """
import fcntl, sys, time
file = open(sys.argv[1], "ab")
fcntl.flock(file, fcntl.LOCK_EX)
print("locked", flush=True)
sys.stdin.read()
"""


@posix
def test_a_lock_that_is_held_elsewhere_is_waited_for_and_then_told(log: Path) -> None:
    append(log, [{"n": 1}])
    with run_python(HOLD, str(log)) as holder:
        assert holder.stdout and holder.stdout.readline() == b"locked\n"
        started = time.monotonic()
        with pytest.raises(TemporaryFailure):
            append(log, [{"n": 2}], wait=0.3)
        assert 0.3 <= time.monotonic() - started < 8
        assert values(log) == [{"n": 1}]  # reading takes no lock
        holder.communicate()
    append(log, [{"n": 3}], wait=0)
    assert values(log) == [{"n": 1}, {"n": 3}]


@posix
def test_a_file_that_is_deleted_while_its_lock_is_waited_for_is_made_again(log: Path) -> None:
    append(log, [{"n": 1}])
    with run_python(HOLD, str(log)) as holder:
        assert holder.stdout and holder.stdout.readline() == b"locked\n"
        code = "import sys; from pathlib import Path; from claude_cli.disk.appendlog import append;"
        code += "print(flush=True); append(Path(sys.argv[1]), [{'n': 2}], wait=20)"
        with run_python(code, str(log)) as waiter:
            assert waiter.stdout and waiter.stdout.readline() == b"\n"
            time.sleep(0.1)
            log.unlink()
            holder.communicate()
            waiter.communicate()
            assert waiter.returncode == 0
    assert values(log) == [{"n": 2}]


APPEND = """
import sys
from pathlib import Path
from claude_cli.disk.appendlog import append
for n in range(int(sys.argv[3])):
    append(Path(sys.argv[1]), [{"who": sys.argv[2], "n": n, "pad": "x" * 5000}], wait=60)
    print(n, flush=True)
"""


@posix
def test_eight_processes_at_once_all_succeed(log: Path) -> None:
    started = [run_python(APPEND, str(log), str(who), "10") for who in range(8)]
    for process in started:
        process.communicate()
    assert [process.returncode for process in started] == [0] * 8
    found = values(log)
    assert len(found) == 80
    for who in "01234567":
        assert [v["n"] for v in found if v["who"] == who] == list(range(10))


@posix
def test_a_storm_of_kills_loses_no_record_that_was_acknowledged(log: Path) -> None:
    acknowledged = set()
    for round_ in range(20):
        with run_python(APPEND, str(log), str(round_), "100000") as process:
            assert process.stdout
            lines = [process.stdout.readline() for _ in range(3 + round_ % 3)]
            process.send_signal(signal.SIGKILL)
            lines += process.stdout.readlines()
        acknowledged |= {(str(round_), int(line)) for line in lines if line.endswith(b"\n")}
    assert len(acknowledged) >= 60
    assert acknowledged <= {(v["who"], v["n"]) for v in values(log)}
    assert sum(line.damage is not None for line in read_records(log)) <= 20


# A disk that refuses


@posix
@pytest.mark.parametrize("room", [0, 1, 50])
def test_a_size_limit_leaves_the_file_as_it_was(log: Path, room: int) -> None:
    append(log, [{"n": 1}])
    before = log.read_bytes()
    with full_beyond(len(before) + room):
        for path in (log, log.with_name("new.jsonl")):
            with pytest.raises(CannotWrite):
                append(path, [{"n": 2, "text": "x" * 100}])
    assert log.read_bytes() == before
    assert not log.with_name("new.jsonl").exists()


@posix
def test_what_cannot_be_taken_back_either_is_a_torn_line(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(log, [{"n": 1}])

    def refuse(fd: int, size: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "ftruncate", refuse)
    with full_beyond(log.stat().st_size + 9), pytest.raises(CannotWrite, match="File too large"):
        append(log, [{"n": 2, "text": "x" * 100}])
    append(log, [{"n": 3}])
    assert values(log) == [{"n": 1}, {"n": 3}]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
    try:
        mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except OSError:
        mounted = False
    if not mounted:
        pytest.skip("a tmpfs cannot be mounted here")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk_leaves_the_file_as_it_was(small_disk: Path) -> None:
    log = small_disk / "log.jsonl"
    append(log, [{"n": 1}])
    before = log.read_bytes()
    with pytest.raises(CannotWrite):
        append(log, [{"n": 2}, {"text": "x" * 100_000}])
    assert log.read_bytes() == before
    with pytest.raises(CannotWrite):
        append(small_disk / "new.jsonl", [{"text": "x" * 100_000}])
    assert os.listdir(small_disk) == ["log.jsonl"]
    append(log, [{"n": 3}])
    assert values(log) == [{"n": 1}, {"n": 3}]


@posix
def test_an_interruption_in_the_middle_takes_the_record_back(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(log, [{"n": 1}])
    before = log.read_bytes()

    def interrupt(fd: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fdatasync", interrupt, raising=False)
    with pytest.raises(KeyboardInterrupt):
        append(log, [{"n": 2}])
    assert log.read_bytes() == before


# Other platforms


@posix
def test_without_flock_bytes_are_locked_as_windows_does_it(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stand-in locks bytes by POSIX's means: by process, so a child has to hold the lock."""
    import fcntl

    def locking(fd: int, kind: int, length: int) -> None:
        start = os.lseek(fd, 0, os.SEEK_CUR)
        assert start > 1 << 30, "a lock on bytes that are in use would block their readers"
        fcntl.lockf(
            fd, fcntl.LOCK_UN if kind == 0 else fcntl.LOCK_EX | fcntl.LOCK_NB, length, start
        )

    stand_in = SimpleNamespace(locking=locking, LK_NBLCK=2, LK_UNLCK=0)
    monkeypatch.setitem(sys.modules, "msvcrt", stand_in)
    append(log, [{"n": 1}])
    with monkeypatch.context() as windows:
        windows.setattr(sys, "platform", "win32")
        append(log, [{"n": 2}], wait=0)
        append(log, [{"n": 3}], wait=0)
    hold = HOLD.replace("flock(file, fcntl.LOCK_EX)", "lockf(file, fcntl.LOCK_EX)")
    with run_python(hold, str(log)) as holder:
        assert holder.stdout and holder.stdout.readline() == b"locked\n"
        with monkeypatch.context() as windows:
            windows.setattr(sys, "platform", "win32")
            with pytest.raises(TemporaryFailure):
                append(log, [{"n": 4}], wait=0)
        holder.communicate()
    assert values(log) == [{"n": 1}, {"n": 2}, {"n": 3}]


def test_importing_loads_nothing_that_only_posix_has() -> None:
    code = (
        "import pathlib, sys; before = set(sys.modules);"  # pathlib may load pwd where there is one
    )
    code += "import claude_cli.disk.appendlog;"
    code += "print(*({'fcntl', 'resource', 'termios', 'pwd'} & (set(sys.modules) - before)))"
    with run_python(code) as process:
        out, _ = process.communicate()
    assert out.split() == []
