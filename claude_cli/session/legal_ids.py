"""Ids of tool calls that another provider made, in a form that the API takes. Pure."""

import re
from itertools import count
from typing import Any

from claude_cli.types import RequestBody

NAME_LIMIT = 128
"""Characters of the longest name of a tool."""

_ILLEGAL = re.compile(r"[^a-zA-Z0-9_-]")


def with_legal_ids(body: RequestBody) -> RequestBody:
    """`body` with ids and names of client tool calls that the API takes, each id once."""
    ids = _Ids()
    messages = []
    for message in body["messages"]:
        content = message.get("content")
        if isinstance(content, list) and any(map(_is_call, content)):
            message = {**message, "content": [ids.legal_block(block) for block in content]}
        messages.append(message)
    return {**body, "messages": messages}


def _is_call(block: Any) -> bool:
    return isinstance(block, dict) and block.get("type") in ("tool_use", "tool_result")


class _Ids:
    """The ids of a request so far: a result belongs to the latest call of its id."""

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self._legal: dict[str, str] = {}

    def legal_block(self, block: Any) -> Any:
        if not _is_call(block):
            return block
        if block["type"] == "tool_result":
            call = str(block.get("tool_use_id", ""))
            return _with(block, tool_use_id=self._legal.get(call, call))
        name = _ILLEGAL.sub("_", str(block.get("name", "")))[:NAME_LIMIT]
        return _with(block, id=self._new(str(block.get("id", ""))), name=name)

    def _new(self, call: str) -> str:
        legal = base = _ILLEGAL.sub("_", call) or "call"
        numbers = count(len(self._seen))
        while legal in self._seen:
            legal = f"{base}_{next(numbers)}"
        self._seen.add(legal)
        self._legal[call] = legal
        return legal


def _with(block: Any, **fields: str) -> Any:
    """The block itself where nothing changes; its order of keys stays in any case."""
    if all(block.get(key) == value for key, value in fields.items()):
        return block
    return {key: fields.get(key, value) for key, value in block.items()}
