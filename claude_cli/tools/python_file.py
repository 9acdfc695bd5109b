"""Python files whose public functions are tools. Never imported here: a child process does that.

One child a file describes the functions and runs their calls, several at once; what the file keeps
in memory lives as long as the child. A call that takes too long ends the child, and
with it the other calls that it was running; the next call starts a new one.
"""

import threading
from dataclasses import dataclass
from pathlib import Path

from claude_cli.child.replies import NoReply, Reply
from claude_cli.disk import inputfile
from claude_cli.errors import InputError
from claude_cli.tools import result
from claude_cli.tools.input_check import name_problem, property_problem
from claude_cli.tools.python_process import ChildDied, PythonProcess
from claude_cli.tools.tool import DEFAULT_TIMEOUT, Output, Status, ToolSpec
from claude_cli.types import JSONValue

_FILE_LIMIT = 4 * 1024 * 1024


class PythonFile:
    """The tools of one file and the child that runs them; `close` ends it."""

    def __init__(self, path: Path, timeout: float = DEFAULT_TIMEOUT) -> None:
        """`timeout` is for each call, and for the import of the file."""
        self._path = path
        self._shown = inputfile.escaped(str(path))
        self._timeout = timeout
        self._child: PythonProcess | None = None
        self._starting = threading.Lock()

    def load(self) -> tuple[list[ToolSpec], list[str]]:
        """The file's functions as tools, and notices for the user.

        Raises InputUnreadable, and InputError where the file cannot be imported or has no tool.
        """
        inputfile.read_bytes(self._path, limit=_FILE_LIMIT)
        self._child, description = self._start(threading.Event())
        notices = [f"{self._shown}: {notice}" for notice in description["notices"]]
        definitions = []
        for definition in description["tools"]:
            problem = name_problem(definition["name"])
            if problem := problem or property_problem(definition["input_schema"]):
                notices.append(f"{self._shown}: {definition['name']} is no tool: {problem}")
            else:
                definitions.append(definition)
        if not definitions:
            self.close()
            raise InputError(
                f"{self._shown} has no public function with annotations",
                hint="; ".join(notices) or None,
            )
        tools = [
            ToolSpec(definition, PythonFunction(self, definition["name"]), str(self._path))
            for definition in definitions
        ]
        return tools, notices

    def call(self, name: str, tool_input: JSONValue, stop: threading.Event) -> Output:
        """Calls one function with the input's members as named arguments."""
        try:
            child = self._running_child(stop)
            reply = child.ask(name, tool_input, self._timeout, stop)
        except InputError as error:
            return _failed(error.message)
        except NoReply as error:
            what = f"timed out after {self._timeout:g} s"
            return Output(f"{what}\n{error}".strip(), Status.TIMED_OUT, what)
        except ChildDied as error:
            return _failed(f"the process of {self._shown} ended: {error}")
        if "error" in reply:
            return _failed(str(reply["error"]))
        return Output(result.text_of(str(reply["text"])))

    def close(self) -> None:
        """Ends the child, if there is one, and lets its clean-up code run."""
        if self._child is not None:
            self._child.retire()
            self._child = None

    def _running_child(self, stop: threading.Event) -> PythonProcess:
        with self._starting:
            if self._child is None or not self._child.is_usable:
                self.close()
                self._child, _ = self._start(stop)
            return self._child

    def _start(self, stop: threading.Event) -> tuple[PythonProcess, Reply]:
        try:
            child = PythonProcess(self._path)
            description = child.description(self._timeout, stop)
        except NoReply as error:
            problem = f"{self._shown} was not imported within {self._timeout:g} s"
            raise InputError(problem) from error
        except OSError as error:
            raise InputError(f"cannot start Python for {self._shown}: {error.strerror}") from error
        except ChildDied as error:
            raise InputError(f"{self._shown}: {_last_line(str(error))}") from error
        if "error" in description:
            child.retire()
            raise InputError(f"{self._shown}: {_first_line(description['error'])}")
        return child, description


@dataclass(frozen=True, slots=True)
class PythonFunction:
    """The runner of one function of a file."""

    file: PythonFile
    name: str

    def run(self, tool_input: JSONValue, stop: threading.Event) -> Output:
        return self.file.call(self.name, tool_input, stop)


def _failed(words: str) -> Output:
    content = result.cut(words, result.ERROR_LIMIT)
    return Output(content, Status.FAILED, _first_line(content))


def _first_line(words: str) -> str:
    return words.strip().partition("\n")[0]


def _last_line(words: str) -> str:
    return words.strip().rpartition("\n")[2]
