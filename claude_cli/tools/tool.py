"""What a tool is: the definition that the API sees and, for one that runs here, its runner.

The result of a call has two shapes: `Output` is what a runner says, `ToolOutcome` adds the
`tool_result` block that goes back to the model.
"""

import threading
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol, TypeAlias

from claude_cli.types import ContentBlock, JSONValue

Definition: TypeAlias = dict[str, Any]
"""One entry of a request's `tools`."""

DEFAULT_TIMEOUT = 60.0


class Status(Enum):
    """How a call ended. Everything but OK goes back to the model as an error."""

    OK = "ok"
    FAILED = "failed"
    TIMED_OUT = "timed out"
    INVALID = "invalid"
    UNKNOWN = "unknown"
    DENIED = "denied"
    QUIT = "quit"


@dataclass(frozen=True, slots=True)
class Output:
    """What a run brought: the content for the model, how it ended, and a line for the user."""

    content: str | list[ContentBlock]
    status: Status = Status.OK
    detail: str = ""


class Runner(Protocol):
    """A way to run a tool on this machine.

    `run` never raises for what the tool does. It returns soon after `stop` is set, and whenever it
    returns or is interrupted, nothing that it started is still running.
    """

    def run(self, tool_input: JSONValue, stop: threading.Event) -> Output: ...


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool as `-T` named it. Without a runner its calls are for somebody else to answer."""

    definition: Definition
    runner: Runner | None
    origin: str

    @property
    def name(self) -> str | None:
        """The name that calls use; a toolset has none."""
        return self.definition.get("name")


@dataclass(frozen=True, slots=True)
class ToolOutcome:
    """One answered call: the `tool_result` block, and what the user may want to know of it.

    `detail` is one line, empty where all went well. It may hold untrusted text.
    """

    block: ContentBlock
    name: str
    status: Status
    seconds: float
    detail: str
