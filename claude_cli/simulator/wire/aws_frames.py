"""Server-sent events → the frames of an AWS event stream, as Amazon Bedrock sends them.

Source: Amazon Bedrock, InvokeModelWithResponseStream; "Event stream encoding".
"""

import base64
import json
import struct
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from zlib import crc32

from claude_cli.simulator.wire.exchange import Step

CONTENT_TYPE = "application/vnd.amazon.eventstream"
_TEXT = 7
_CHUNK = {
    ":event-type": "chunk",
    ":content-type": "application/json",
    ":message-type": "event",
}
EXCEPTIONS = {
    "api_error": "internalServerException",
    "invalid_request_error": "validationException",
    "overloaded_error": "serviceUnavailableException",
    "rate_limit_error": "throttlingException",
    "timeout_error": "modelTimeoutException",
}
"""Type of an error event → the exception that says the same in a frame; a type that ends in
`Exception` is the name of one."""


def frame(headers: Mapping[str, str], payload: bytes) -> bytes:
    """One message with headers that are texts."""
    block = b"".join(_header(name, value) for name, value in headers.items())
    prelude = struct.pack("!II", len(block) + len(payload) + 16, len(block))
    data = prelude + struct.pack("!I", crc32(prelude)) + block + payload
    return data + struct.pack("!I", crc32(data))


METRICS = "amazon-bedrock-invocationMetrics"
"""What Bedrock adds to the last event."""


def framed(steps: Iterable[Step]) -> Iterator[Step]:
    """The steps of a streamed answer, each of its events as a frame."""
    usage: dict[str, Any] = {}
    for step in steps:
        if not isinstance(step, bytes):
            yield step
            continue
        data = step.partition(b"data: ")[2].rstrip(b"\n")
        if step.startswith((b"event: message_start\n", b"event: message_delta\n")):
            usage |= _usage(data)
        elif step.startswith(b"event: message_stop\n") and data.endswith(b"}"):
            metrics = json.dumps({METRICS: _metrics(usage)}).encode()
            data = data[:-1] + b", " + metrics[1:]
        yield _framed_event(step, data)


def _usage(data: bytes) -> dict[str, Any]:
    try:
        event = json.loads(data)
        return dict(event.get("message", event)["usage"])
    except (ValueError, KeyError, TypeError, AttributeError):  # a fault has spoiled it
        return {}


def _metrics(usage: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "inputTokenCount": usage.get("input_tokens", 0),
        "outputTokenCount": usage.get("output_tokens", 0),
        "invocationLatency": 1,
        "firstByteLatency": 1,
    }


def _framed_event(event: bytes, data: bytes) -> bytes:
    if event.startswith(b"event: error\n"):
        error = json.loads(data)["error"]
        kind = error["type"]
        other = kind if kind.endswith("Exception") else "internalServerException"
        name = EXCEPTIONS.get(kind, other)
        headers = {":exception-type": name, ":message-type": "exception"}
        return frame(headers, json.dumps({"message": error["message"]}).encode())
    return frame(_CHUNK, json.dumps({"bytes": base64.b64encode(data).decode()}).encode())


def _header(name: str, value: str) -> bytes:
    called, raw = name.encode(), value.encode()
    return bytes([len(called)]) + called + bytes([_TEXT]) + struct.pack("!H", len(raw)) + raw
