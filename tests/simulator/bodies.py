"""Requests for the tests of the simulator: the smallest that pass, and pieces to put into them."""

import base64
import struct
import zlib
from collections.abc import Callable
from typing import Any

from claude_cli.simulator.checks.headers import check_headers
from claude_cli.simulator.checks.request import check_count, check_message
from claude_cli.simulator.wire.rejections import Rejection

HEADERS = {
    "x-api-key": "sk-ant-test",
    "anthropic-version": "2023-06-01",
    "content-type": "application/json",
}
WEATHER: dict[str, Any] = {
    "name": "get_weather",
    "description": "Weather of a city",
    "input_schema": {
        "type": "object",
        "properties": {"city": {"type": "string"}, "days": {"type": "integer", "minimum": 2}},
        "required": ["city"],
    },
}
CLOCK: dict[str, Any] = {"name": "clock", "input_schema": {"type": "object", "properties": {}}}


def message_body(*messages: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A Messages request; without messages the user says hi."""
    return {
        "model": "claude-sonnet-4-6",
        "max_tokens": 1000,
        "messages": list(messages) or [user("hi")],
        **fields,
    }


def user(content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content}


def assistant(content: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": content}


def text(words: str, **fields: Any) -> dict[str, Any]:
    return {"type": "text", "text": words, **fields}


def tool_use(call: str = "toolu_1", name: str = "get_weather") -> dict[str, Any]:
    return {"type": "tool_use", "id": call, "name": name, "input": {"city": "Taipei"}}


def tool_result(call: str = "toolu_1", content: Any = "sunny", **fields: Any) -> dict[str, Any]:
    return {"type": "tool_result", "tool_use_id": call, "content": content, **fields}


def png(width: int = 3, height: int = 2) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IEND", b"")


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def image(data: bytes | None = None, media_type: str = "image/png") -> dict[str, Any]:
    source = {"type": "base64", "media_type": media_type, "data": encoded(data or png())}
    return {"type": "image", "source": source}


def pdf(pages: int = 1, **fields: Any) -> dict[str, Any]:
    data = encoded(b"%PDF-1.4\n" + b"<</Type /Page>>\n" * pages + b"%%EOF")
    source = {"type": "base64", "media_type": "application/pdf", "data": data}
    return {"type": "document", "source": source, **fields}


def rejection(body: Any, **headers: str) -> Rejection | None:
    """What `POST /v1/messages` refuses; underscores in header names stand for hyphens."""
    return _rejection(check_message, body, headers)


def count_rejection(body: Any, **headers: str) -> Rejection | None:
    """The same for `POST /v1/messages/count_tokens`."""
    return _rejection(check_count, body, headers)


def _rejection(check: Callable[..., Any], body: Any, headers: dict[str, str]) -> Rejection | None:
    extra = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        check(body, check_headers({**HEADERS, **extra}))
    except Rejection as rejection:
        return rejection
    return None


def refusal_of(body: Any, **headers: str) -> str:
    """The line of a 400 that must come."""
    found = rejection(body, **headers)
    assert found is not None, "the request was accepted"
    assert (found.status, found.error_type) == (400, "invalid_request_error")
    return found.message
