"""The events of a streamed answer → its message. Pure.

The rules are those of Anthropic's "Streaming Messages". What is unknown does no harm: events and
deltas are passed over, blocks and fields are kept as they were sent.
"""

from collections.abc import Callable
from typing import Any

from claude_cli.api import failures
from claude_cli.api.deltas import DELTAS, OpenBlock, is_well_formed
from claude_cli.errors import ProtocolError
from claude_cli.types import ContentBlock, Message, StreamEvent
from claude_cli.values.strict_json import EXCERPT

LARGEST = 30 * 1024 * 1024
"""Bytes of one message: hardly more fits into the request that goes on from it, and twice as much,
which is what quotes and line ends take in JSON, fits into a line of a session."""

FIXED_FIELDS = frozenset({"type", "id", "role", "content", "usage"})
"""What no message_delta sets, though one may well have such a key for itself."""


class Accumulator:
    """Adds up events; `message` may be asked for at any time, also after `add` raised.

    `started` is True once the message began, `delta_arrived` once a part of the answer came (from
    then on it is billed), `complete` once a stop reason came. An answer that comes in one piece,
    as plain JSON, makes all three True.
    """

    def __init__(self) -> None:
        self.started = False
        self.delta_arrived = False
        self.complete = False
        self._envelope: dict[str, Any] = {"type": "message", "role": "assistant"}
        self._content: list[ContentBlock] = []
        self._open: dict[int, OpenBlock] = {}
        self._unparsed: dict[int, str] = {}
        self._size = 0

    @property
    def message(self) -> Message:
        """The message so far, a copy down to its blocks: what lies deeper must not be changed.

        Takes time in proportion to the number of blocks and the size of those still open.
        """
        content = [block.copy() for block in self._content]
        for index, block in self._open.items():
            content[index] = block.snapshot()
        message: Message = {**self._envelope, "content": content}  # type: ignore[typeddict-item]
        return message

    @property
    def unparsed_inputs(self) -> dict[int, str]:
        """Index of the block → JSON text, as far as it came, of each tool input that is not whole.

        In `message` these calls have the part of their input that can be read: they must not run.
        """
        unfinished = {
            index: block.grown.getvalue()
            for index, block in self._open.items()
            if block.takes_input and block.parsed_input() is None
        }
        return self._unparsed | unfinished

    def add(self, event: StreamEvent) -> None:
        """Take in the next event.

        Raises ProtocolError where it does not follow from the events before it or makes the
        message larger than LARGEST, and for an `error` event the error that it stands for. What
        does not follow once the message is complete does no harm.
        """
        take = _EVENTS.get(event.data["type"])
        if take is None:
            return
        try:
            take(self, event)
        except ProtocolError:
            if not self.complete:
                raise

    def _take_whole(self, event: StreamEvent) -> None:
        self._begin(event.data, event)
        self.delta_arrived = self.complete = True

    def _start_message(self, event: StreamEvent) -> None:
        self._begin(event.data.get("message"), event)

    def _begin(self, message: object, event: StreamEvent) -> None:
        if self.started:
            raise _broken("began a second message", event)
        if not isinstance(message, dict):
            raise _broken("began no message", event)
        content = message.get("content") or []
        if not isinstance(content, list):
            raise _broken("sent a message whose content is no list", event)
        _object(message.get("usage"), event)
        blocks = [_checked_block(block, event) for block in content]
        self._count(event.raw)
        self._content = blocks
        self._envelope = message
        self.started = True

    def _start_block(self, event: StreamEvent) -> None:
        index = event.data.get("index")
        if not self.started or type(index) is not int or index != len(self._content):
            raise _broken("sent content out of order", event)
        block = _checked_block(event.data.get("content_block"), event)
        self._count(event.raw)
        self._content.append(block)
        self._open[index] = OpenBlock(block)
        if block["type"] == "fallback":
            self._change_model(block)

    def _change_model(self, fallback: Any) -> None:
        """Name the model that took over, as the API does in an answer that is not streamed."""
        successor = fallback.get("to")
        if isinstance(successor, dict) and isinstance(successor.get("model"), str):
            self._envelope = {**self._envelope, "model": successor["model"]}

    def _take_delta(self, event: StreamEvent) -> None:
        self.delta_arrived = True
        block = self._open_block(event)
        delta = _object(event.data.get("delta"), event)
        kind = delta.get("type")
        take = DELTAS.get(kind) if isinstance(kind, str) else None
        if take is not None:
            self._count(take(block, delta))

    def _stop_block(self, event: StreamEvent) -> None:
        block = self._open_block(event)
        index = event.data["index"]
        self._content[index] = block.snapshot()
        json_text = block.grown.getvalue()
        if block.takes_input and json_text and block.parsed_input() is None:
            self._unparsed[index] = json_text
        del self._open[index]

    def _change_message(self, event: StreamEvent) -> None:
        """Overwrite, never add: the counts are totals. A field without a value changes nothing."""
        if not self.started:
            raise _broken("ended a message that it never began", event)
        delta = _object(event.data.get("delta"), event)
        usage = _object(event.data.get("usage"), event)
        stop_reason = delta.get("stop_reason")
        if not isinstance(stop_reason, str | None):
            raise _broken("gave a stop reason that is no string", event)
        self._count(event.raw)
        beside = {key: value for key, value in event.data.items() if key != "delta"}
        changes = {**_with_value(beside), **_with_value(delta), **_stop_fields(delta)}
        self._envelope = self._envelope | {
            key: value for key, value in changes.items() if key not in FIXED_FIELDS
        }
        if usage:
            before = self._envelope.get("usage") or {}
            self._envelope["usage"] = before | _with_value(usage)
        self.complete = self.complete or stop_reason is not None

    def _end_message(self, event: StreamEvent) -> None:
        """Keep what comes with the end: Bedrock's own counts do."""
        if self.started and not event.data.keys() <= {"type"}:
            self._count(event.raw)
            facts = _with_value({**event.data})
            self._envelope |= {key: facts[key] for key in facts if key not in FIXED_FIELDS}

    def _fail(self, event: StreamEvent) -> None:
        raise failures.from_envelope(None, event.data)

    def _open_block(self, event: StreamEvent) -> OpenBlock:
        index = event.data.get("index")
        block = self._open.get(index) if type(index) is int else None
        if block is None:
            raise _broken("sent more of a content block that is not open", event)
        return block

    def _count(self, text: str) -> None:
        self._size += len(text) if text.isascii() else len(text.encode("utf-8", "replace"))
        if self._size > LARGEST:
            raise ProtocolError(f"the server sent an answer of more than {LARGEST >> 20} MB")


_EVENTS: dict[str, Callable[[Accumulator, StreamEvent], None]] = {
    "content_block_delta": Accumulator._take_delta,
    "content_block_start": Accumulator._start_block,
    "content_block_stop": Accumulator._stop_block,
    "message_start": Accumulator._start_message,
    "message_delta": Accumulator._change_message,
    "message_stop": Accumulator._end_message,
    "message": Accumulator._take_whole,
    "error": Accumulator._fail,
}
"""Event type → what it does; what is not here, such as a ping, changes no message."""


def _checked_block(block: Any, event: StreamEvent) -> ContentBlock:
    if not is_well_formed(block):
        raise _broken("sent a content block that is none", event)
    checked: ContentBlock = block
    return checked


def _object(value: object, event: StreamEvent) -> dict[str, Any]:
    """Return the JSON object `value`; null, or nothing at all, counts as an empty one."""
    if isinstance(value, dict):
        return value
    if value is not None:
        raise _broken("sent something else where an object belongs", event)
    return {}


def _with_value(fields: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if value is not None}


def _stop_fields(delta: dict[str, Any]) -> dict[str, Any]:
    """Return what says why the answer stopped: here null is an answer too."""
    return {key: value for key, value in delta.items() if key.startswith("stop_")}


def _broken(deed: str, event: StreamEvent) -> ProtocolError:
    return ProtocolError(f"the server {deed}: {event.raw[:EXCERPT]}")
