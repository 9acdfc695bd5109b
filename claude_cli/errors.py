"""Every way to fail, and the exit code that tells a script which one it was.

    ClaudeCliError
    ├── UsageError          2   flags that do not fit together
    ├── BatchIncomplete     5   some requests of a batch failed
    ├── SchemaMismatch      6   the answer does not fit --schema
    ├── TooExpensive        7   it could cost more than was allowed
    ├── InputError         65   bad input, or a request the API rejected
    ├── InputUnreadable    66   an input or a session cannot be read
    ├── Unreachable        69   DNS, connect, TLS, proxy
    ├── CannotCreate       73   a file or folder cannot be created
    ├── CannotWrite        74   disk or stdout
    ├── TemporaryFailure   75   worth another try later
    ├── ProtocolError      76   the server broke the protocol
    ├── AccessDenied       77   key, permission or billing
    └── ConfigError        78   configuration, key, insecure URL

Workers raise these; only `app.main` prints and exits. `Interrupted` and `ReaderGone` are no
errors: they carry a signal up to `main`, which dies of it.
"""

import signal
from enum import IntEnum
from typing import ClassVar


class ExitCode(IntEnum):
    """Exit codes; 64 and up follow BSD sysexits. `meaning` feeds the reference's table."""

    meaning: str

    def __new__(cls, value: int, meaning: str) -> "ExitCode":
        member = int.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member

    OK = 0, "complete, delivered, saved"
    USAGE = 2, "wrong usage"
    CUT = 3, "answer cut: `max_tokens`, context window, turn limit"
    REFUSAL = 4, "refusal"
    BATCH = 5, "some batch requests failed"
    SCHEMA = 6, "the answer does not fit `--schema`"
    COST = 7, "it could cost more than `--max-cost` or `--budget`"
    INPUT = 65, "bad input or rejected request (400, 404, 413, 422)"
    UNREADABLE = 66, "an input or session cannot be read"
    UNREACHABLE = 69, "cannot reach the API: DNS, connect, TLS, proxy"
    BUG = 70, "a bug in claude-cli"
    CREATE = 73, "cannot create a file or folder"
    WRITE = 74, "cannot write: disk or stdout"
    TEMPORARY = 75, "temporary, try again later: 408, 409, 429, 5xx, timeout, broken stream, lock"
    PROTOCOL = 76, "the server broke the protocol"
    ACCESS = 77, "key, permission or billing (401, 402, 403)"
    CONFIG = 78, "configuration: no key, malformed key or config, insecure URL"


class ClaudeCliError(Exception):
    """A failure with a line for the user.

    `message` and `hint` may hold untrusted text: whoever prints them sanitises. `status` is the
    HTTP status where a response came, so that a caller can tell a rejection from a lost reply.
    `flag` is the parameter whose value is at fault: who knows where it came from can say so.
    `is_final` says that the same request is not to be sent again, whatever the status.
    """

    code: ClassVar[ExitCode] = ExitCode.BUG
    is_final = False

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        request_id: str | None = None,
        status: int | None = None,
        flag: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.request_id = request_id
        self.status = status
        self.flag = flag


class UsageError(ClaudeCliError):
    code = ExitCode.USAGE


class BatchIncomplete(ClaudeCliError):
    code = ExitCode.BATCH


class SchemaMismatch(ClaudeCliError):
    code = ExitCode.SCHEMA


class TooExpensive(ClaudeCliError):
    code = ExitCode.COST


class InputError(ClaudeCliError):
    code = ExitCode.INPUT


class InputUnreadable(ClaudeCliError):
    code = ExitCode.UNREADABLE


class Unreachable(ClaudeCliError):
    code = ExitCode.UNREACHABLE


class CannotCreate(ClaudeCliError):
    code = ExitCode.CREATE


class CannotWrite(ClaudeCliError):
    code = ExitCode.WRITE


class TemporaryFailure(ClaudeCliError):
    code = ExitCode.TEMPORARY


class ProtocolError(ClaudeCliError):
    code = ExitCode.PROTOCOL


class AccessDenied(ClaudeCliError):
    code = ExitCode.ACCESS


class ConfigError(ClaudeCliError):
    code = ExitCode.CONFIG


NOT_THERE = (FileNotFoundError, NotADirectoryError)
"""What the system raises for a path that leads nowhere: one below a file too (HOME=/dev/null)."""


class Interrupted(BaseException):
    """A signal asked us to stop; `main` dies of the same signal once everything is cleaned up."""

    CAUSES = ("SIGTERM", "SIGHUP", "SIGQUIT")

    def __init__(self, signum: signal.Signals) -> None:
        super().__init__(signum.name)
        self.signum = signum


class ReaderGone(BaseException):
    """Nobody reads our stdout any more: end the request, then die of SIGPIPE, silently."""
