"""The deltas of one content block → that block. Pure.

A block that arrives without deltas, of a kind known or unknown, stays as it was sent.
"""

from collections.abc import Callable
from io import StringIO
from typing import Any

from claude_cli.errors import ProtocolError
from claude_cli.types import ContentBlock
from claude_cli.values.strict_json import decode_json

GROWING_FIELDS = {"text": "text", "thinking": "thinking"}
"""Block type → the string in it that deltas add to."""

FIELD_TYPES = {"text": str, "citations": list, "thinking": str, "signature": str, "input": dict}
"""What the fields that deltas change hold, where they are there and not null."""


class OpenBlock:
    """A content block on its way: how it began, and what its deltas brought since."""

    def __init__(self, start: ContentBlock) -> None:
        self.kind = start["type"]
        self.takes_input = takes_input(self.kind)
        self.grown = StringIO()
        self.replaced: dict[str, Any] = {}
        self.citations: list[Any] = []
        self._start = start

    def grow(self, text: str) -> str:
        self.grown.write(text)
        return text

    def parsed_input(self) -> dict[str, Any] | None:
        """The tool input that came in deltas; None while it is no whole JSON object.

        `null` and blanks are how some models call a tool without parameters.
        """
        text = self.grown.getvalue()
        if not text.strip() and text:
            return {}
        try:
            value = decode_json(text)
        except ProtocolError:
            return None
        return {} if value is None else value if isinstance(value, dict) else None

    def _input(self) -> dict[str, Any] | None:
        """The input, or of one that is not whole the members that are."""
        if (whole := self.parsed_input()) is not None:
            return whole
        from claude_cli.values.json_prefix import parse_prefix

        value = parse_prefix(self.grown.getvalue())
        return value if isinstance(value, dict) else None

    def snapshot(self) -> ContentBlock:
        """The block so far, as the API would have sent it in one piece."""
        block: Any = {**self._start, **self.replaced}
        if self.citations:
            block["citations"] = [*(block.get("citations") or ()), *self.citations]
        if self.takes_input:
            block["input"] = self._input() or block.get("input") or {}
        elif grown := self.grown.getvalue():
            field = GROWING_FIELDS[self.kind]
            block[field] = (block.get(field) or "") + grown
        return block  # type: ignore[no-any-return]


def _add_text(block: OpenBlock, delta: dict[str, Any]) -> str:
    text = _string(delta, "text")
    return block.grow(text) if block.kind == "text" else ""


def _add_thinking(block: OpenBlock, delta: dict[str, Any]) -> str:
    thinking = _string(delta, "thinking")
    return block.grow(thinking) if block.kind == "thinking" else ""


def _add_input(block: OpenBlock, delta: dict[str, Any]) -> str:
    json_text = _string(delta, "partial_json")
    return block.grow(json_text) if block.takes_input else ""


def _add_citation(block: OpenBlock, delta: dict[str, Any]) -> str:
    citation = delta.get("citation")
    if not isinstance(citation, dict):
        raise ProtocolError("the server sent a citations_delta without a citation")
    if block.kind != "text":
        return ""
    block.citations.append(citation)
    return str(citation)


def _replace_signature(block: OpenBlock, delta: dict[str, Any]) -> str:
    signature = _string(delta, "signature")
    if block.kind != "thinking":
        return ""
    block.replaced["signature"] = signature
    return signature


def _replace_compaction(block: OpenBlock, delta: dict[str, Any]) -> str:
    if block.kind != "compaction":
        return ""
    block.replaced |= {key: value for key, value in delta.items() if key != "type"}
    return str(delta)


DELTAS: dict[str, Callable[[OpenBlock, dict[str, Any]], str]] = {
    "text_delta": _add_text,
    "thinking_delta": _add_thinking,
    "input_json_delta": _add_input,
    "signature_delta": _replace_signature,
    "citations_delta": _add_citation,
    "compaction_delta": _replace_compaction,
}
"""Delta type → what it does to its block; gives what it brought, as text that can be counted.

A delta that does not fit its block does nothing.
"""


def takes_input(kind: str) -> bool:
    """Whether blocks of type `kind` are calls of a tool, whose input comes as pieces of JSON."""
    return kind.endswith("tool_use")


def is_well_formed(block: object) -> bool:
    """Whether `block` is an object with a type, and has in it what its deltas build upon."""
    if not isinstance(block, dict) or not isinstance(block.get("type"), str):
        return False
    if block["type"] not in GROWING_FIELDS and not takes_input(block["type"]):
        return True
    return all(isinstance(block.get(name), kind | None) for name, kind in FIELD_TYPES.items())


def _string(delta: dict[str, Any], field: str) -> str:
    value = delta.get(field)
    if not isinstance(value, str):
        raise ProtocolError(f"the server sent a {delta['type']} whose {field} is no string")
    return value
