"""An MCP server that is a child process: a JSON-RPC message a line, on its stdin and stdout."""

import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import IO, Final

from claude_cli.child import group, pipes
from claude_cli.child.replies import Inboxes, Outbox, wait_for
from claude_cli.disk import inputfile
from claude_cli.tools.mcp.channel import Heard, ServerGone
from claude_cli.tools.mcp.protocol import RpcMessage, decode, encode, reply_to
from claude_cli.values.secrecy import is_long, named_secrets
from claude_cli.values.shown_command import secrets_in_command

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


@dataclass(frozen=True, slots=True)
class ServerCommand:
    """A program with its arguments, what is added to its environment, and its folder."""

    argv: tuple[str, ...] = field(repr=False)
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    cwd: str | None = None

    @property
    def secrets(self) -> list[str]:
        """What it may repeat of its variables and arguments."""
        words = filter(is_long, secrets_in_command(self.argv))
        return [*named_secrets(self.env.items()), *words]

    @property
    def environment(self) -> dict[str, str]:
        known = {name: os.environ[name] for name in INHERITED if name in os.environ}
        harmless = {name: value for name, value in known.items() if not value.startswith("()")}
        return {**harmless, **self.env}


class StdioChannel:
    """One running server. Raises ServerGone where it cannot be started."""

    def __init__(self, command: ServerCommand, heard: Heard) -> None:
        self._heard = heard
        self._inboxes = Inboxes()
        try:
            self._process = group.start(command.argv, command.environment, cwd=command.cwd)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            shown = inputfile.escaped(command.argv[0])
            raise ServerGone(f"cannot start {shown}: {reason}") from error
        self._stderr = pipes.TailReader(self._process.stderr, MOST_STDERR_BYTES)
        self._outbox = Outbox(self._process.stdin)
        pipes.in_thread(self._read, self._process.stdout)

    def ask(self, request: RpcMessage, seconds: float, stop: threading.Event) -> RpcMessage:
        inbox = self._inboxes.expect(request["id"])
        self._outbox.send(encode(request))
        reply = wait_for(inbox, seconds, stop)
        if reply is None:
            raise ServerGone(f"{self._how_it_ended()}\n{self._stderr.text()}".strip())
        return reply

    def tell(self, notification: RpcMessage) -> None:
        self._outbox.send(encode(notification))

    def close(self) -> None:
        """As the specification wants it: stdin closed, then time to leave, then signals."""
        self._outbox.close()
        group.has_ended(self._process, LEAVING_SECONDS)
        group.end(self._process)

    def _how_it_ended(self) -> str:
        if self._ended == "its stdout ended" and group.has_ended(self._process, LEAVING_SECONDS):
            return group.exit_words(self._process.returncode)
        return self._ended

    def _read(self, pipe: IO[bytes]) -> None:
        try:
            self._ended = self._read_lines(pipe)
        finally:
            self._inboxes.close()

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
            self._inboxes.deliver(message["id"], message)
        elif reply := reply_to(message):
            self._outbox.send(encode(reply))
        else:
            self._heard(message)
