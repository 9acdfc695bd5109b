"""A tool that is a command: its input as JSON on stdin, its result on stdout, no shell."""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from claude_cli.child import group
from claude_cli.child.environment import without_credentials
from claude_cli.child.run import Ended, run
from claude_cli.disk import inputfile
from claude_cli.tools import result
from claude_cli.tools.tool import DEFAULT_TIMEOUT, Output, Status
from claude_cli.types import JSONValue
from claude_cli.values.surrogates import utf8


@dataclass(frozen=True, slots=True)
class Command:
    """A program and its arguments, the seconds that it may take, what is added to its environment.

    It runs in the user's working folder, one process a call, and its group ends with it.
    """

    argv: tuple[str, ...]
    timeout: float = DEFAULT_TIMEOUT
    env: Mapping[str, str] = field(default_factory=dict, repr=False)

    def run(self, tool_input: JSONValue, stop: threading.Event) -> Output:
        try:
            ended = run(
                self.argv,
                seconds=self.timeout,
                stdin=_encoded(tool_input),
                env=without_credentials(self.env),
                most=result.OUTPUT_LIMIT,
                most_stderr=result.ERROR_LIMIT,
                stop=stop,
            )
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            what = f"cannot start {inputfile.escaped(self.argv[0])}: {reason}"
            return Output(what, Status.FAILED, what)
        if ended.flooded:
            return _failure(f"ended from here: {ended.trouble}", ended)
        if ended.status is None:
            return _failure(f"timed out after {self.timeout:g} s", ended, Status.TIMED_OUT)
        if ended.status:
            return _failure(group.exit_words(ended.status), ended)
        return Output(result.content_of(ended.stdout))


def _encoded(tool_input: JSONValue) -> bytes:
    return utf8(json.dumps(tool_input, ensure_ascii=False)) + b"\n"


def _failure(what: str, ended: Ended, status: Status = Status.FAILED) -> Output:
    """How it ended, and the last words of both of its streams."""
    words = [what]
    for name, text in (("stdout", ended.stdout), ("stderr", ended.stderr)):
        if said := result.last_part(text.strip()):
            words += [f"{name}:", said]
    return Output("\n".join(words), status, what)
