"""Replies written beforehand: what `--script FILE` and `Simulator.enqueue` take.

The file is JSON Lines: one object, one reply, in the order in which they are asked for; an object
may also spread over several lines, and blank lines separate. After the last reply the simulator
answers by itself again. A reply says one of

    {"text": "Hello."}
    {"content": [{"type": "tool_use", "name": "get_weather", "input": {"city": "Taipei"}}]}
    {"error": {"status": 529, "type": "overloaded_error", "message": "Busy", "headers": {}}}
    {"sse": "event: ping\\ndata: {}\\n\\n"}                 sent as it stands, stream or not
    {"raw": {"status": 200, "headers": {}, "body": "<html>"}}

and beside it, where it makes sense,

    "repeat": 3                 the same reply for three requests
    "delta_characters": 5       of text in one delta of the stream
    "id", "model", "stop_reason", "stop_sequence", "stop_details", "usage", "container",
    "context_management", "diagnostics"      fields of the message; `usage` only where it differs

so that a message as `--format json` prints it is a reply, too. Missing ids, signatures, stop
reason and token counts are filled in; `max_tokens` and stop sequences do not cut what was scripted.
"""

import json
import re
import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from claude_cli.errors import InputError, InputUnreadable
from claude_cli.simulator.exchange import Response
from claude_cli.simulator.models import Model
from claude_cli.simulator.prompt_cache import InputUse
from claude_cli.simulator.rejections import Rejection, invalid, status_of
from claude_cli.simulator.replies import (
    Reply,
    make_usage,
    message_id,
    tool_use_id,
    usual_stop_reason,
)
from claude_cli.simulator.shapes import (
    Shape,
    any_object,
    anything,
    array,
    integer,
    nullable,
    record,
    string,
)
from claude_cli.simulator.signatures import sign
from claude_cli.simulator.stream import DELTA_CHARACTERS, content_events

SIZE_LIMIT = 256_000_000
"""Bytes of a script file."""
_NOT_BLANK = re.compile(r"\S")


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


@dataclass(frozen=True)
class Scripted:
    """One reply of a script, checked."""

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
        content = [_completed(b, i, model, fingerprint) for i, b in enumerate(self._content)]
        usage = make_usage(body, use, content)
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


def _completed(block: dict[str, Any], index: int, model: Model, fingerprint: str) -> dict[str, Any]:
    if _is_complete(block):
        return block
    if block["type"] == "thinking":
        return {**block, "signature": sign(model.id, block["thinking"])}
    on_server = block["type"] == "server_tool_use"
    return {**block, "id": tool_use_id(fingerprint, index, on_server=on_server)}


class Script:
    """The replies still to come, in order. Thread safe."""

    def __init__(self) -> None:
        self._replies: deque[Scripted] = deque()
        self._lock = threading.Lock()
        self.signatures: set[str] = set()
        """Of scripted thinking blocks: taken when they come back."""

    def add(self, fields: dict[str, Any]) -> None:
        """Raises InputError where `fields` are no reply."""
        try:
            _SHAPE("", fields)
            if sum(kind in fields for kind in _KINDS) != 1:
                raise invalid("", f"a reply has one of {', '.join(_KINDS)}")
        except Rejection as rejection:
            raise InputError(f"not a scripted reply: {rejection.message}") from rejection
        scripted = Scripted(fields)
        scripted.prepare()
        with self._lock:
            self.signatures.update(scripted.signatures)
            self._replies.extend([scripted] * fields.get("repeat", 1))

    def next(self) -> Scripted | None:
        with self._lock:
            return self._replies.popleft() if self._replies else None


def load_script(path: Path) -> Script:
    """The script in a file; InputUnreadable, or InputError that names file and line."""
    script = Script()
    for line, fields in _objects(path):
        try:
            script.add(fields)
        except InputError as error:
            raise InputError(f"{path}:{line}: {error.message}") from error
    return script


def _objects(path: Path) -> Iterator[tuple[int, Any]]:
    """The JSON values of the file and the lines on which they begin."""
    text = _read(path)
    decoder, position, line = json.JSONDecoder(), 0, 1
    while match := _NOT_BLANK.search(text, position):
        line += text.count("\n", position, match.start())
        try:
            value, position = decoder.raw_decode(text, match.start())
        except (ValueError, RecursionError) as error:
            raise InputError(f"{path}:{line}: not JSON: {error}") from error
        yield line, value
        line += text.count("\n", match.start(), position)


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(SIZE_LIMIT + 1)
    except OSError as error:
        raise InputUnreadable(f"cannot read the script {path}: {error.strerror}") from error
    if len(content) > SIZE_LIMIT:
        raise InputError(f"the script {path} is larger than {SIZE_LIMIT:,} bytes")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"the script {path} is not UTF-8 at byte {error.start}") from error
