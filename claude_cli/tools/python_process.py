"""The parent's end of `python_child.py`: requests out, replies in, matched by their ids.

A child that once failed to reply, died or wrote nonsense is ended and never used again.
"""

import contextlib
import itertools
import json
import queue
import sys
import threading
import time
from pathlib import Path
from typing import IO, Any, Final, TypeAlias

from claude_cli.child import group, pipes
from claude_cli.child.environment import without_credentials
from claude_cli.tools import result
from claude_cli.types import JSONValue
from claude_cli.values.strict_json import parse_json

_SCRIPT: Final = Path(__file__).with_name("python_child.py")
_LINE_LIMIT: Final = result.OUTPUT_LIMIT + 1
_DESCRIPTION: Final = 0
_EXIT_GRACE: Final = 0.5

Reply: TypeAlias = dict[str, Any]
Inbox: TypeAlias = "queue.SimpleQueue[Reply | None]"
"""Where one reply arrives; None means that none will."""


class NoReply(Exception):
    """No reply came in time, or somebody asked to stop. The text is what went to stderr."""


class ChildDied(Exception):
    """The child ended or broke the protocol. The text tells how, then what it wrote to stderr."""


class PythonProcess:
    """One running child."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._ids = itertools.count(_DESCRIPTION + 1)
        self._outbox: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._inboxes: dict[int, Inbox] = {}
        self._cause: str | None = None
        self.answers = True
        self._described = self._expect(_DESCRIPTION)
        self._environment = _environment()
        # -P: modules of this folder must not hide others; -B: leaves nothing beside the file.
        self._process = group.start(
            [sys.executable, "-P", "-B", str(_SCRIPT), str(path.absolute())],
            self._environment,
        )
        self._stderr = pipes.TailReader(self._process.stderr, result.ERROR_LIMIT)
        pipes.in_thread(self._write, self._process.stdin)
        pipes.in_thread(self._read, self._process.stdout)

    @property
    def is_usable(self) -> bool:
        """Whether it answers, and was started with nothing that is known by now to be a key."""
        return self.answers and self._environment == _environment()

    def description(self, timeout: float, stop: threading.Event) -> Reply:
        """What the child says of its file, once. Raises NoReply and ChildDied, as `ask`."""
        return self._receive(self._described, timeout, stop)

    def ask(self, name: str, tool_input: JSONValue, timeout: float, stop: threading.Event) -> Reply:
        """The reply to one call; several threads may ask at once.

        Raises NoReply after `timeout` seconds or when `stop` is set, and ChildDied.
        """
        number = next(self._ids)
        inbox = self._expect(number)
        request = {"id": number, "name": name, "input": tool_input}
        self._outbox.put(json.dumps(request).encode("ascii") + b"\n")
        return self._receive(inbox, timeout, stop)

    def retire(self) -> None:
        """Ends a child that has nothing to do: its input ends, so that its clean-up code runs."""
        self._outbox.put(None)
        group.has_ended(self._process, _EXIT_GRACE)
        self._end("retired")

    def _end(self, cause: str) -> None:
        """Ends the child. The first cause is the one that the other calls are told."""
        with self._lock:
            self._cause = self._cause or cause
            self.answers = False
        self._outbox.put(None)
        group.end(self._process)

    def _expect(self, number: int) -> Inbox:
        inbox: Inbox = queue.SimpleQueue()
        with self._lock:
            if self.answers:
                self._inboxes[number] = inbox
            else:
                inbox.put(None)
        return inbox

    def _receive(self, inbox: Inbox, timeout: float, stop: threading.Event) -> Reply:
        try:
            reply = _wait_for(inbox, timeout, stop)
        except NoReply:
            self._end("another call took too long")
            raise NoReply(self._stderr.text()) from None
        except BaseException:
            self._end("the program was interrupted")
            raise
        if reply is None:
            self._end(self._how_it_ended())
            raise ChildDied(f"{self._cause}\n{self._stderr.text()}".strip())
        return reply

    def _how_it_ended(self) -> str:
        if group.has_ended(self._process, _EXIT_GRACE):
            return group.exit_words(self._process.returncode)
        return "it broke the protocol"

    def _write(self, pipe: IO[bytes]) -> None:
        while (line := self._outbox.get()) is not None:
            pipe.write(line)
            pipe.flush()

    def _read(self, pipe: IO[bytes]) -> None:
        try:
            while reply := _decoded(pipe.readline(_LINE_LIMIT)):
                if inbox := self._inboxes.pop(reply["id"], None):
                    inbox.put(reply)
        finally:
            with self._lock:
                self.answers = False
                waiting = list(self._inboxes.values())
            for inbox in waiting:
                inbox.put(None)


def _environment() -> dict[str, str]:
    return without_credentials({"PYDANTIC_ERRORS_INCLUDE_URL": "0"})


def _wait_for(inbox: Inbox, timeout: float, stop: threading.Event) -> Reply | None:
    deadline = time.monotonic() + timeout
    while not stop.is_set() and (left := deadline - time.monotonic()) > 0:
        with contextlib.suppress(queue.Empty):
            return inbox.get(timeout=min(left, group.LOOK_AROUND))
    raise NoReply


def _decoded(line: bytes) -> Reply | None:
    """A reply, or None for the end of the pipe and for what is no reply."""
    try:
        reply = parse_json(line.decode("ascii"))
    except ValueError:
        return None
    return reply if isinstance(reply, dict) and isinstance(reply.get("id"), int) else None
