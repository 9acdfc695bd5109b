"""Whether a JSON object has what a record of its kind must have. Pure."""

from collections.abc import Callable, Iterable
from types import NoneType
from typing import Any

DEEPEST = 250
"""Levels of nesting of a record: more than what comes from the API can have. Whoever writes a
record out again has less stack left than its decoder had."""

OPTIONAL_TEXT = (str, NoneType)
"""For `isinstance`, which takes a third of the time that it takes with `str | None`."""


def _is_content(content: Any) -> bool:
    return isinstance(content, str) or _is_blocks(content)


def _is_blocks(content: Any) -> bool:
    if not isinstance(content, list):
        return False
    for block in content:  # noqa: SIM110 - all() costs twice as much, for each record of a session
        if not (isinstance(block, dict) and isinstance(block.get("type"), str)):
            return False
    return True


def _is_user(value: dict[str, Any]) -> bool:
    return (
        _is_content(value.get("content"))
        and isinstance(value.get("blobs", []), list)
        and isinstance(value.get("header"), OPTIONAL_TEXT)
        and isinstance(value.get("compacts"), OPTIONAL_TEXT)  # see upgrade.py
    )


def _is_assistant(value: dict[str, Any]) -> bool:
    message = value.get("message")
    return (
        isinstance(message, dict)
        and _is_blocks(message.get("content"))
        and isinstance(value.get("model"), OPTIONAL_TEXT)
        and isinstance(value.get("prefill"), OPTIONAL_TEXT)
        and isinstance(value.get("bound_to"), OPTIONAL_TEXT)
        and ("completes" not in value or _are_ids(value["completes"]))
    )


def _are_ids(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _is_summary(value: dict[str, Any]) -> bool:
    return _is_assistant(value) and _is_content(value.get("prompt"))


def _is_header(value: dict[str, Any]) -> bool:
    settings = value.get("settings")
    if not isinstance(settings, dict) or not isinstance(value.get("format"), int):
        return False
    tools = settings.get("tools", [])
    return (
        isinstance(settings.get("model", ""), str)
        and _is_content(settings.get("system", ""))
        and isinstance(tools, list)
        and all(isinstance(tool, dict) for tool in tools)
    )


SHAPES: dict[str, Callable[[dict[str, Any]], bool]] = {
    "header": _is_header,
    "user": _is_user,
    "assistant": _is_assistant,
    "summary": _is_summary,
    "head": lambda value: True,
    "name": lambda value: isinstance(value.get("name"), str),
}
"""Kind of record → whether a value is one."""


def is_too_deep(value: dict[str, Any], line: bytes) -> bool:
    """Whether a record is deeper than DEEPEST; `line` is what it was decoded from."""
    if len(line) <= 2 * DEEPEST:  # what is opened is closed
        return False
    if line.count(b"[") + line.count(b"{") <= DEEPEST:
        return False
    level: list[Any] = [value]
    for _ in range(DEEPEST):
        level = [child for parent in level for child in _children(parent)]
        if not level:
            return False
    return True


def _children(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
