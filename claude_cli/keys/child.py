"""A child process that is given so long and no longer, whatever it leaves behind."""

import subprocess
import threading
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

MOST_OUTPUT = 64 * 1024
"""Bytes that are read of each pipe; a key is far shorter."""


class Ended(NamedTuple):
    """How a child ended, and the text that it printed."""

    status: int
    output: str
    complaint: str


class ChildTrouble(Exception):
    """A child that printed too much, or had not ended in time; it is killed."""


def run_child(words: Sequence[str], *, patience: float, secret: str = "") -> Ended:
    """Run `words` with `secret` as its stdin. Raises ChildTrouble, and OSError where it cannot run.

    Its pipes are left to daemon threads: a process that the child started and that holds them
    open is not waited for beyond `patience` seconds, as `subprocess.run` would.
    """
    pipe = subprocess.PIPE
    deadline = time.monotonic() + patience
    child = subprocess.Popen(
        words, stdin=pipe if secret else subprocess.DEVNULL, stdout=pipe, stderr=pipe
    )
    threads = [_Reader(child.stdout), _Reader(child.stderr), _Writer(child.stdin, secret)]
    try:
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        if any(len(thread.data) > MOST_OUTPUT for thread in threads):
            raise ChildTrouble("printed too much")
        child.wait(max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        raise ChildTrouble(f"did not end within {patience:.0f} s") from None
    finally:
        child.kill()
        child.wait()
    if any(thread.is_alive() for thread in threads):
        raise ChildTrouble("left a process behind that holds its output")
    output, complaint = (thread.data.decode("utf-8", "replace") for thread in threads[:2])
    return Ended(child.returncode, output, complaint)


class _Reader(threading.Thread):
    """Reads a pipe to its end, or until it held too much; then closes it."""

    def __init__(self, pipe: Any) -> None:
        super().__init__(daemon=True)
        self.data = b""
        self._pipe = pipe
        self.start()

    def run(self) -> None:
        with self._pipe:
            self.data = self._pipe.read(MOST_OUTPUT + 1)


class _Writer(_Reader):
    """Writes the secret to a child's stdin and closes it."""

    def __init__(self, pipe: Any, secret: str) -> None:
        self._secret = secret.encode()
        super().__init__(pipe)

    def run(self) -> None:
        if self._pipe is None:
            return
        try:
            with self._pipe:
                self._pipe.write(self._secret)
        except OSError:  # it did not want to read: how it ends will tell
            pass
