"""What the API refuses in cache breakpoints: too many of them, short-lived before long-lived, an
automatic one that contradicts the last block.
"""

from itertools import pairwise
from typing import Any

from claude_cli.simulator.checks.prompt import placed_blocks
from claude_cli.simulator.wire.rejections import Rejection, invalid

BREAKPOINT_LIMIT = 4


def check_cache(body: dict[str, Any]) -> None:
    marks = _marks(body)
    automatic = body.get("cache_control")
    if automatic and marks and marks[-1][0] == _last_path(body):
        _check_agreement(automatic, marks[-1][1])
    elif automatic:
        marks.append(("cache_control", automatic))
    if len(marks) > BREAKPOINT_LIMIT:
        problem = f"A maximum of {BREAKPOINT_LIMIT} blocks with cache_control may be provided"
        raise Rejection(400, f"{marks[BREAKPOINT_LIMIT][0]}: {problem}, found {len(marks)}")
    _check_order(marks)


def _marks(body: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Path and value of each breakpoint, in the order of the prompt: tools, system, messages."""
    parts = [(f"tools.{index}", tool) for index, tool in enumerate(body.get("tools", []))]
    system = body.get("system")
    if isinstance(system, list):
        parts += [(f"system.{index}", block) for index, block in enumerate(system)]
    parts += [(placed.path, placed.block) for placed in placed_blocks(body, nested=True)]
    return [(path, part["cache_control"]) for path, part in parts if part.get("cache_control")]


def _last_path(body: dict[str, Any]) -> str | None:
    return next((placed.path for placed in reversed(list(placed_blocks(body)))), None)


def _check_agreement(automatic: dict[str, Any], explicit: dict[str, Any]) -> None:
    if automatic.get("ttl", "5m") != explicit.get("ttl", "5m"):
        raise invalid("cache_control", "its ttl differs from that of the last block")


def _check_order(marks: list[tuple[str, dict[str, Any]]]) -> None:
    for (_, earlier), (path, later) in pairwise(marks):
        if (earlier.get("ttl", "5m"), later.get("ttl", "5m")) == ("5m", "1h"):
            problem = "a ttl='1h' block must not come after a ttl='5m' block"
            raise invalid(f"{path}.cache_control.ttl", problem)
