"""A tool that is a command: its input as JSON on stdin, its result on stdout, no shell."""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from claude_cli.disk import inputfile
from claude_cli.tools import pipes, processes, result
from claude_cli.tools.environment import tool_environment
from claude_cli.tools.tool import DEFAULT_TIMEOUT, Output, Status
from claude_cli.types import JSONValue


@dataclass(frozen=True, slots=True)
class Command:
    """A program and its arguments, the seconds that it may take, what is added to its environment.

    It runs in the user's working folder, one process a call, and its group ends with it.
    """

    argv: tuple[str, ...]
    timeout: float = DEFAULT_TIMEOUT
    env: Mapping[str, str] = field(default_factory=dict)

    def run(self, tool_input: JSONValue, stop: threading.Event) -> Output:
        try:
            process = processes.start(self.argv, tool_environment(self.env))
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            what = f"cannot start {inputfile.escaped(self.argv[0])}: {reason}"
            return Output(what, Status.FAILED, what)
        try:
            stdout = pipes.HeadReader(process.stdout, result.OUTPUT_LIMIT)
            stderr = pipes.TailReader(process.stderr, result.ERROR_LIMIT)
            pipes.feed(process.stdin, _encoded(tool_input))
            ended = processes.wait(process, self.timeout, stop)
            if ended:
                stdout.wait(pipes.REST_GRACE)
        finally:
            processes.end(process)
        if stdout.overflowed:
            return _flooded(stdout.text())
        if not ended:
            what = f"timed out after {self.timeout:g} s"
            return Output(f"{what}\n{stderr.text()}".strip(), Status.TIMED_OUT, what)
        if process.returncode:
            what = processes.exit_words(process.returncode)
            return Output(_reason(what, stdout, stderr), Status.FAILED, what)
        return Output(result.content_of(stdout.text()))


def _encoded(tool_input: JSONValue) -> bytes:
    readable = json.dumps(result.replace_surrogates(tool_input), ensure_ascii=False)
    return readable.encode() + b"\n"


def _reason(what: str, stdout: pipes.HeadReader, stderr: pipes.TailReader) -> str:
    """What a failed command said: its stderr; without one, how it ended and its stdout."""
    words = result.cut(stdout.text().strip(), result.ERROR_LIMIT)
    return stderr.text() or f"{what}\n{words}".strip()


def _flooded(text: str) -> Output:
    limit = result.OUTPUT_LIMIT // 1024 // 1024
    what = f"ended, because it wrote more than {limit} MB"
    return Output(f"{what}; they begin with:\n{result.cut(text)}", Status.FAILED, what)
