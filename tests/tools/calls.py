"""Calls, commands and processes for the tests of this folder."""

import os
import sys
import time
from pathlib import Path
from typing import Any

from claude_cli.tools.command import Command
from claude_cli.tools.consent import Verdict
from claude_cli.tools.tool import ToolSpec
from claude_cli.types import ContentBlock, JSONValue


def python(code: str, timeout: float = 5.0, **env: str) -> Command:
    """A command that runs a few lines of Python."""
    return Command((sys.executable, "-c", code), timeout, env)


def shell(code: str, timeout: float = 5.0) -> Command:
    return Command(("sh", "-c", code), timeout)


def tool(name: str, runner: Command | None, **schema: Any) -> ToolSpec:
    return ToolSpec({"name": name, "input_schema": {"type": "object"} | schema}, runner, "test")


def call(name: str, number: int = 1, **tool_input: JSONValue) -> ContentBlock:
    return {"type": "tool_use", "id": f"toolu_{number}", "name": name, "input": tool_input}


def allow(name: str, tool_input: JSONValue) -> Verdict:
    return Verdict(True)


def number_in(path: Path, seconds: float = 30.0) -> int:
    """The process id that a tool writes to a file, once it is there."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if path.exists() and (text := path.read_text()).endswith("\n"):
            return int(text)
        time.sleep(0.01)
    raise AssertionError(f"nothing was written to {path}")


def is_gone(pid: int, seconds: float = 30.0) -> bool:
    """Has this process ended, or does it within so many seconds? A zombie has."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        if _is_zombie(pid):
            return True
        time.sleep(0.01)
    return False


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:  # gone meanwhile, or a system without /proc
        return False
