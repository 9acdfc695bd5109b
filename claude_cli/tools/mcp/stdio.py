"""An MCP server that is a child process: a JSON-RPC message a line, on its stdin and stdout."""

import contextlib
import os
import queue
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import IO, Final, TypeAlias

from claude_cli.child import group, pipes
from claude_cli.disk import inputfile
from claude_cli.tools.mcp.channel import Heard, NoReply, ServerGone
from claude_cli.tools.mcp.protocol import RpcMessage, decode, encode, reply_to

_POSIX = ("HOME", "LOGNAME", "PATH", "SHELL", "TERM", "USER")
_WINDOWS = (
    *("APPDATA", "HOMEDRIVE", "HOMEPATH", "LOCALAPPDATA", "PATH", "PROCESSOR_ARCHITECTURE"),
    *("PROGRAMFILES", "SYSTEMDRIVE", "SYSTEMROOT", "TEMP", "USERNAME", "USERPROFILE"),
)
INHERITED: Final[tuple[str, ...]] = _WINDOWS if os.name == "nt" else _POSIX
"""All that a server gets of our environment; the specification names them."""

MOST_LINE_BYTES: Final = 16 * 1024 * 1024
MOST_STDERR_BYTES: Final = 16 * 1024
MOST_GARBAGE_LINES: Final = 1000
"""Lines of stdout that are no messages: some servers greet, one that writes more is broken."""
LEAVING_SECONDS: Final = 2.0
"""How long a server may take to end after its stdin was closed, before it gets a signal."""

Inbox: TypeAlias = "queue.SimpleQueue[RpcMessage | None]"


@dataclass(frozen=True, slots=True)
class ServerCommand:
    """A program with its arguments, what is added to its environment, and its folder."""

    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    cwd: str | None = None

    @property
    def environment(self) -> dict[str, str]:
        known = {name: os.environ[name] for name in INHERITED if name in os.environ}
        harmless = {name: value for name, value in known.items() if not value.startswith("()")}
        return {**harmless, **self.env}


class StdioChannel:
    """One running server. Raises ServerGone where it cannot be started."""

    def __init__(self, command: ServerCommand, heard: Heard) -> None:
        self._heard = heard
        self._lock = threading.Lock()
        self._inboxes: dict[int, Inbox] = {}
        self._outbox: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._ended = ""
        try:
            self._process = group.start(command.argv, command.environment, cwd=command.cwd)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            shown = inputfile.escaped(command.argv[0])
            raise ServerGone(f"cannot start {shown}: {reason}") from error
        self._stderr = pipes.TailReader(self._process.stderr, MOST_STDERR_BYTES)
        pipes.in_thread(self._write, self._process.stdin)
        pipes.in_thread(self._read, self._process.stdout)

    def ask(self, request: RpcMessage, seconds: float, stop: threading.Event) -> RpcMessage:
        inbox = self._expect(request["id"])
        self._outbox.put(encode(request))
        reply = _wait_for(inbox, seconds, stop)
        if reply is None:
            raise ServerGone(f"{self._how_it_ended()}\n{self._stderr.text()}".strip())
        return reply

    def tell(self, notification: RpcMessage) -> None:
        self._outbox.put(encode(notification))

    def close(self) -> None:
        """As the specification wants it: stdin closed, then time to leave, then signals."""
        self._outbox.put(None)
        group.has_ended(self._process, LEAVING_SECONDS)
        group.end(self._process)

    def _expect(self, number: int) -> Inbox:
        inbox: Inbox = queue.SimpleQueue()
        with self._lock:
            if self._ended:
                inbox.put(None)
            else:
                self._inboxes[number] = inbox
        return inbox

    def _how_it_ended(self) -> str:
        if self._ended == "its stdout ended" and group.has_ended(self._process, LEAVING_SECONDS):
            return group.exit_words(self._process.returncode)
        return self._ended

    def _write(self, pipe: IO[bytes]) -> None:
        while (line := self._outbox.get()) is not None:
            pipe.write(line)
            pipe.flush()

    def _read(self, pipe: IO[bytes]) -> None:
        ended = "its stdout ended"
        try:
            ended = self._read_lines(pipe)
        finally:
            with self._lock:
                self._ended = ended
                waiting = [*self._inboxes.values()]
            for inbox in waiting:
                inbox.put(None)

    def _read_lines(self, pipe: IO[bytes]) -> str:
        """Hand on each message until the end; return what ended it."""
        garbage = 0
        while line := pipe.readline(MOST_LINE_BYTES + 1):
            if len(line) > MOST_LINE_BYTES:
                return f"it wrote a line of more than {MOST_LINE_BYTES // 2**20} MB"
            if message := decode(line):
                self._take(message)
                continue
            garbage += bool(line.strip())
            if garbage > MOST_GARBAGE_LINES:
                return "what it writes are no messages"
        return "its stdout ended"

    def _take(self, message: RpcMessage) -> None:
        if "method" not in message:
            number = message["id"]
            with self._lock:
                inbox = self._inboxes.pop(number, None) if isinstance(number, int) else None
            if inbox:
                inbox.put(message)
        elif reply := reply_to(message):
            self._outbox.put(encode(reply))
        else:
            self._heard(message)


def _wait_for(inbox: Inbox, seconds: float, stop: threading.Event) -> RpcMessage | None:
    deadline = time.monotonic() + seconds
    while not stop.is_set() and (left := deadline - time.monotonic()) > 0:
        with contextlib.suppress(queue.Empty):
            return inbox.get(timeout=min(left, group.LOOK_AROUND))
    raise NoReply
