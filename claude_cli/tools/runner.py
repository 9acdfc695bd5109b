"""From the `tool_use` blocks of an answer to the `tool_result` blocks of the next request.

Whatever goes wrong with a call becomes an error result for the model, never an exception. When the
caller is interrupted, everything that runs is ended before the interrupt goes on.
"""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from dataclasses import dataclass
from typing import Final, TypeAlias

from claude_cli.tools.consent import Verdict
from claude_cli.tools.input_check import input_problem
from claude_cli.tools.tool import Output, Runner, Status, ToolOutcome, ToolSpec
from claude_cli.types import ContentBlock, JSONValue
from claude_cli.values.surrogates import whole_characters

MAX_PARALLEL: Final = 16

_LOOK_AROUND: Final = 0.25
"""Seconds between two chances for Ctrl-C: on Windows nothing interrupts a longer wait."""

Decide: TypeAlias = Callable[[str, JSONValue], Verdict]


@dataclass(frozen=True, slots=True)
class _Refusal:
    """Stands in for the runner of a call that is not to run."""

    output: Output

    def run(self, tool_input: JSONValue, stop: threading.Event) -> Output:
        return self.output


def run_calls(
    tools: Sequence[ToolSpec], calls: Sequence[ContentBlock], decide: Decide
) -> list[ToolOutcome]:
    """Answers all `tool_use` blocks of one answer, in their order.

    First `decide` is asked about each call that could run, one after the other; then the allowed
    ones run at the same time. After a verdict with `quit` nothing runs, and each outcome says so.
    """
    by_name = {tool.name: tool for tool in tools}
    runners: list[Runner] = []
    for call in calls:
        runner = _runner_for(by_name.get(_name(call)), call)
        if not isinstance(runner, _Refusal):
            verdict = decide(_name(call), _input(call))
            if verdict.quit:
                return [_run(_denial(verdict), each, threading.Event()) for each in calls]
            if not verdict.allowed:
                runner = _denial(verdict)
        runners.append(runner)
    return _run_at_once(runners, calls)


def _runner_for(tool: ToolSpec | None, call: ContentBlock) -> Runner:
    """The tool's runner, if there is one and the input fits."""
    if tool is None or tool.runner is None:
        return _refused(Status.UNKNOWN, f"There is no tool {_name(call)} here.")
    schema = tool.definition.get("input_schema", {"type": "object"})
    if problem := input_problem(_input(call), schema):
        heading = f"The input does not fit the schema of {_name(call)}:"
        return _refused(Status.INVALID, f"{heading}\n{problem}")
    return tool.runner


def _refused(status: Status, words: str) -> _Refusal:
    sendable = whole_characters(words)
    return _Refusal(Output(sendable, status, " ".join(sendable.splitlines())))


def _denial(verdict: Verdict) -> _Refusal:
    status = Status.QUIT if verdict.quit else Status.DENIED
    return _Refusal(Output(verdict.reason, status, verdict.notice))


def _run_at_once(runners: Sequence[Runner], calls: Sequence[ContentBlock]) -> list[ToolOutcome]:
    stop = threading.Event()
    with ThreadPoolExecutor(MAX_PARALLEL) as pool:
        try:
            jobs = [
                pool.submit(_run, runner, call, stop)
                for runner, call in zip(runners, calls, strict=True)
            ]
            while wait_for(jobs, _LOOK_AROUND).not_done:
                pass
        finally:
            # Only an interrupt finds anything left to stop. Leaving the pool waits for the threads.
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
    return [job.result() for job in jobs]


def _run(runner: Runner, call: ContentBlock, stop: threading.Event) -> ToolOutcome:
    began = time.monotonic()
    output = runner.run(_input(call), stop)
    return ToolOutcome(
        _result_block(call, output),
        _name(call),
        output.status,
        time.monotonic() - began,
        output.detail,
    )


def _result_block(call: ContentBlock, output: Output) -> ContentBlock:
    block: ContentBlock = {"type": "tool_result", "tool_use_id": str(call.get("id", ""))}
    if output.content:
        block["content"] = output.content
    if output.status is not Status.OK:
        block["is_error"] = True
    return block


def _name(call: ContentBlock) -> str:
    return str(call.get("name", ""))


def _input(call: ContentBlock) -> JSONValue:
    """What is called for; null is how some models call a tool without parameters."""
    tool_input = call.get("input")
    return {} if tool_input is None else tool_input
