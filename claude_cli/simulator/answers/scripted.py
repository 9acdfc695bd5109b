"""One scripted reply: which fields it may have, and what it makes of a request. The format is told
in `script`.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from claude_cli.simulator.answers.prompt_cache import InputUse
from claude_cli.simulator.answers.replies import (
    Reply,
    make_usage,
    message_id,
    tool_use_id,
    usual_stop_reason,
)
from claude_cli.simulator.checks.binding import sign_thinking
from claude_cli.simulator.checks.models import Model
from claude_cli.simulator.wire.exchange import Response
from claude_cli.simulator.wire.rejections import Rejection, invalid, status_of
from claude_cli.simulator.wire.shapes import (
    Shape,
    any_object,
    anything,
    array,
    integer,
    nullable,
    record,
    string,
)
from claude_cli.simulator.wire.stream import DELTA_CHARACTERS, content_events


def _string_or_bytes(path: str, value: Any) -> None:
    if not isinstance(value, bytes):
        string()(path, value)


_BLOCK_FIELDS: dict[str, dict[str, Shape]] = {
    "text": {"text": string()},
    "thinking": {"thinking": string()},
    **{
        kind: {"name": string(), "input": any_object}
        for kind in ("tool_use", "server_tool_use", "mcp_tool_use")
    },
}
"""What streaming a block needs; a block of another type is sent whole."""


def _block(path: str, value: Any) -> None:
    any_object(path, value)
    string(least=1)(f"{path}.type", value.get("type"))
    for name, shape in _BLOCK_FIELDS.get(value["type"], {}).items():
        shape(f"{path}.{name}", value.get(name))


_KINDS: dict[str, Shape] = {
    "text": string(),
    "content": array(_block),
    "error": record(
        {},
        {
            "status": integer(300, 599),
            "type": string(),
            "message": string(),
            "headers": any_object,
            "details": any_object,
        },
    ),
    "sse": _string_or_bytes,
    "raw": record(
        {}, {"status": integer(200, 599), "headers": any_object, "body": _string_or_bytes}
    ),
}
_MESSAGE_FIELDS: dict[str, Shape] = {
    "id": string(),
    "model": string(),
    "stop_reason": nullable(string()),
    "stop_sequence": nullable(string()),
    "stop_details": nullable(any_object),
    "usage": nullable(any_object),
    "container": nullable(any_object),
    "context_management": nullable(any_object),
    "diagnostics": nullable(any_object),
    "input_transformations": nullable(array(any_object)),
}
_IGNORED: dict[str, Shape] = {
    name: anything for name in ("type", "role", "request_id", "claude_cli")
}
_SHAPE = record(
    {},
    {
        **_KINDS,
        **_MESSAGE_FIELDS,
        **_IGNORED,
        "repeat": integer(1, 1_000_000),
        "delta_characters": integer(1),
    },
)


def check_reply(fields: Any) -> None:
    """Raises a Rejection where `fields` are no scripted reply."""
    _SHAPE("", fields)
    if sum(kind in fields for kind in _KINDS) != 1:
        raise invalid("", f"a reply has one of {', '.join(_KINDS)}")


@dataclass(frozen=True)
class Scripted:
    """One reply, its `fields` checked."""

    fields: dict[str, Any]

    def response(self) -> Response | None:
        """What is sent instead of a message, if anything; raises a scripted error."""
        if "error" in self.fields:
            raise _rejection(self.fields["error"])
        raw = self.fields.get("raw")
        if raw is None:
            return None
        headers = {name.lower(): str(value) for name, value in raw.get("headers", {}).items()}
        return Response(raw.get("status", 200), headers, _encoded(raw.get("body", "")))

    @cached_property
    def sse(self) -> list[bytes] | None:
        """A stream to be sent as it stands, cut after its blank lines."""
        raw = self.fields.get("sse")
        return None if raw is None else re.split(rb"(?<=\n\n)", _encoded(raw))

    def reply(self, body: dict[str, Any], model: Model, fingerprint: str, use: InputUse) -> Reply:
        """The scripted message, completed for this request."""
        content = [_completed(block, i, fingerprint) for i, block in enumerate(self._content)]
        content = sign_thinking(content, body, model)
        usage = make_usage(body, model, use, content)
        message = {
            "id": message_id(fingerprint),
            "type": "message",
            "role": "assistant",
            "model": model.id,
            "content": content,
            "stop_reason": usual_stop_reason(content),
            "stop_sequence": None,
            **{name: self.fields[name] for name in _MESSAGE_FIELDS if name in self.fields},
            "usage": {**usage, **(self.fields.get("usage") or {})},
        }
        return Reply(message, events=self._events, delta_characters=self._delta_characters)

    def prepare(self) -> None:
        """Encodes the stream now rather than while a client waits."""
        _ = self.sse, self._events

    @cached_property
    def _events(self) -> list[bytes] | None:
        """The stream of the content, made once however often it is sent; None where the content
        is completed anew for each request.
        """
        if not all(_is_complete(block) for block in self._content):
            return None
        return list(content_events(self._content, None, self._delta_characters))

    @property
    def signatures(self) -> list[str]:
        """Those that the script gives to its thinking blocks itself."""
        return [block["signature"] for block in self._content if "signature" in block]

    @property
    def _content(self) -> list[dict[str, Any]]:
        if "text" in self.fields:
            return [{"type": "text", "text": self.fields["text"]}]
        content: list[dict[str, Any]] = self.fields.get("content", [])
        return content

    @property
    def _delta_characters(self) -> int:
        return int(self.fields.get("delta_characters", DELTA_CHARACTERS))


def _encoded(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode(errors="replace")


def _rejection(error: dict[str, Any]) -> Rejection:
    status = error.get("status") or status_of(error.get("type", ""))
    return Rejection(
        status,
        error.get("message", "scripted error"),
        error_type=error.get("type"),
        headers={name: str(value) for name, value in error.get("headers", {}).items()},
        details=error.get("details"),
    )


def _is_complete(block: dict[str, Any]) -> bool:
    match block["type"]:
        case "tool_use" | "server_tool_use":
            return "id" in block
        case "thinking":
            return "signature" in block
    return True


def _completed(block: dict[str, Any], index: int, fingerprint: str) -> dict[str, Any]:
    if _is_complete(block) or block["type"] == "thinking":
        return block
    on_server = block["type"] == "server_tool_use"
    return {**block, "id": tool_use_id(fingerprint, index, on_server=on_server)}
