"""What ends a request from our side."""

import os
import socket
import time
from collections.abc import Iterator
from math import inf

import pytest

from claude_cli.api.network.watch import LONGEST, Watch
from claude_cli.errors import ReaderGone, TemporaryFailure


@pytest.fixture
def silent_socket() -> Iterator[socket.socket]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours


def test_without_a_deadline_an_operation_may_take_its_time() -> None:
    watch = Watch()
    assert watch.limit(600) == 600
    assert watch.limit(inf) == LONGEST
    assert watch.time_left == inf


def test_no_operation_may_outlast_the_deadline() -> None:
    watch = Watch(max_time=5)
    assert 4.9 < watch.limit(600) <= 5
    assert watch.limit(1) == 1


def test_once_the_deadline_is_over_no_operation_may_begin() -> None:
    watch = Watch(max_time=0.001)
    time.sleep(0.002)
    with pytest.raises(TemporaryFailure, match=r"--max-time 0\.001 s"):
        watch.limit(600)


def test_an_operation_that_was_cut_short_blames_the_deadline() -> None:
    watch = Watch()
    watch.silence = 2
    assert "silent for 2 s" in watch.silent(2).message
    watch = Watch(max_time=1)
    assert "--max-time" in watch.silent(watch.limit(watch.silence)).message


def test_a_silence_without_end_is_no_deadline() -> None:
    watch = Watch()
    watch.silence = inf
    assert "--max-time" not in watch.silent(watch.limit(watch.silence)).message


def test_waiting_ends_when_the_socket_is_ready(
    silent_socket: socket.socket, pipe: tuple[int, int]
) -> None:
    watch = Watch(reader_fd=pipe[1])
    assert watch.wait_until_ready(silent_socket.fileno(), to_write=True, limit=5)
    assert not watch.wait_until_ready(silent_socket.fileno(), to_write=False, limit=0.01)


def test_waiting_ends_when_nobody_reads_our_stdout(
    silent_socket: socket.socket, pipe: tuple[int, int]
) -> None:
    watch = Watch(reader_fd=pipe[1])
    os.close(pipe[0])
    with pytest.raises(ReaderGone):
        watch.wait_until_ready(silent_socket.fileno(), to_write=False, limit=5)


def test_sleeping_ends_when_nobody_reads_our_stdout(pipe: tuple[int, int]) -> None:
    watch = Watch(reader_fd=pipe[1])
    watch.sleep(0.001)
    os.close(pipe[0])
    with pytest.raises(ReaderGone):
        watch.sleep(5)


def test_sleeping_takes_its_time() -> None:
    started = time.monotonic()
    Watch().sleep(0.02)
    assert time.monotonic() - started >= 0.02


def test_a_closed_stdout_is_not_watched(pipe: tuple[int, int]) -> None:
    os.close(pipe[1])
    assert Watch(reader_fd=pipe[1]).reader_fd is None
