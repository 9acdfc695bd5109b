"""The parent's end of `python_child.py`: requests out, replies in, matched by their ids.

A child that once failed to reply, died or wrote nonsense is ended and never used again.
"""

import itertools
import json
import sys
import threading
from pathlib import Path
from typing import IO, Final

from claude_cli.child import group, pipes
from claude_cli.child.environment import without_credentials
from claude_cli.child.replies import Inbox, Inboxes, NoReply, Outbox, Reply, wait_for
from claude_cli.tools import result
from claude_cli.types import JSONValue
from claude_cli.values.strict_json import parse_json

_SCRIPT: Final = Path(__file__).with_name("python_child.py")
_LINE_LIMIT: Final = result.OUTPUT_LIMIT + 1
_DESCRIPTION: Final = 0
_EXIT_GRACE: Final = 0.5


class ChildDied(Exception):
    """The child ended or broke the protocol. The text tells how, then what it wrote to stderr."""


class PythonProcess:
    """One running child."""

    def __init__(self, path: Path) -> None:
        self._ids = itertools.count(_DESCRIPTION + 1)
        self._inboxes = Inboxes()
        self._cause: str | None = None
        self._described = self._inboxes.expect(_DESCRIPTION)
        self._environment = _environment()
        # -P: modules of this folder must not hide others; -B: leaves nothing beside the file.
        self._process = group.start(
            [sys.executable, "-P", "-B", str(_SCRIPT), str(path.absolute())],
            self._environment,
        )
        self._stderr = pipes.TailReader(self._process.stderr, result.ERROR_LIMIT)
        self._outbox = Outbox(self._process.stdin)
        pipes.in_thread(self._read, self._process.stdout)

    @property
    def is_usable(self) -> bool:
        """Whether it answers, and was started with nothing that is known by now to be a key."""
        return self._inboxes.is_open and self._environment == _environment()

    def description(self, timeout: float, stop: threading.Event) -> Reply:
        """What the child says of its file, once. Raises NoReply and ChildDied, as `ask`."""
        return self._receive(self._described, timeout, stop)

    def ask(self, name: str, tool_input: JSONValue, timeout: float, stop: threading.Event) -> Reply:
        """The reply to one call; several threads may ask at once.

        Raises NoReply after `timeout` seconds or when `stop` is set, and ChildDied.
        """
        number = next(self._ids)
        inbox = self._inboxes.expect(number)
        request = {"id": number, "name": name, "input": tool_input}
        self._outbox.send(json.dumps(request).encode("ascii") + b"\n")
        return self._receive(inbox, timeout, stop)

    def retire(self) -> None:
        """Ends a child that has nothing to do: its input ends, so that its clean-up code runs."""
        self._outbox.close()
        group.has_ended(self._process, _EXIT_GRACE)
        self._end("retired")

    def _end(self, cause: str) -> None:
        """Ends the child. The first cause is the one that the other calls are told."""
        self._cause = self._cause or cause
        self._inboxes.close()
        self._outbox.close()
        group.end(self._process)

    def _receive(self, inbox: Inbox, timeout: float, stop: threading.Event) -> Reply:
        try:
            reply = wait_for(inbox, timeout, stop)
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

    def _read(self, pipe: IO[bytes]) -> None:
        try:
            while reply := _decoded(pipe.readline(_LINE_LIMIT)):
                self._inboxes.deliver(reply["id"], reply)
        finally:
            self._inboxes.close()


def _environment() -> dict[str, str]:
    return without_credentials({"PYDANTIC_ERRORS_INCLUDE_URL": "0"})


def _decoded(line: bytes) -> Reply | None:
    """A reply, or None for the end of the pipe and for what is no reply."""
    try:
        reply = parse_json(line.decode("ascii"))
    except ValueError:
        return None
    return reply if isinstance(reply, dict) and isinstance(reply.get("id"), int) else None
