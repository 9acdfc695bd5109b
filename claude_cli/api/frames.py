"""The events of a stream, as a gateway may have renumbered them → the order that the API promises.

Events that are too many are passed over, those that are too few are made up, and content blocks
are numbered 0, 1, 2 … as they begin. Whoever reads on gets what `raw` has as it was sent. Pure.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from claude_cli.api.deltas import is_well_formed, takes_input
from claude_cli.errors import ProtocolError
from claude_cli.types import ContentBlock, Message, StreamEvent
from claude_cli.values.strict_json import EXCERPT
from claude_cli.values.untyped import mapping, string

PASSED_OVER = "passed_over"
"""Type of an event or delta that says nothing new; its `raw` is still what was sent."""

BLOCKS = {
    "text_delta": "text",
    "citations_delta": "text",
    "thinking_delta": "thinking",
    "signature_delta": "thinking",
    "compaction_delta": "compaction",
}
"""Delta type → the block that it goes into; `input_json_delta` goes into any call of a tool."""

BEGINNINGS: dict[str, ContentBlock] = {
    "text_delta": {"type": "text", "text": ""},
    "thinking_delta": {"type": "thinking", "thinking": ""},
}
"""Deltas that make sense although their block never began → how it would have begun."""


class _Open(NamedTuple):
    """A block that has begun: its number, its type; `raw` is what began it, until a delta comes.

    `usual` is the type of a delta that goes into it as it was sent, once one has.
    """

    number: int
    kind: str
    raw: str
    usual: str | None = None


class Frames:
    """Takes one event after the other; gives what to read in its place."""

    def __init__(self) -> None:
        self._started = False
        self._id: object = None
        self._blocks = 0
        self._open: dict[int | None, _Open] = {}

    def feed(self, event: StreamEvent) -> Sequence[StreamEvent]:
        """Return the events to read in place of `event`; one that was made up has no `raw`.

        Raises ProtocolError for a piece of a tool call that never began. Other malformed events
        pass unchanged: the accumulator judges them.
        """
        match event.data["type"]:
            case "content_block_delta":
                return self._delta(event)
            case "message_start":
                return self._start_message(event)
            case "content_block_start":
                return self._start_block(event)
            case "content_block_stop":
                return self._stop_block(event)
            case "message_delta":
                return [*self._begin(), event]
        return [event]

    def _begin(self) -> Sequence[StreamEvent]:
        """Begin a message that was not begun."""
        if self._started:
            return ()
        self._started = True
        message: Message = {"type": "message", "role": "assistant", "content": []}
        return [StreamEvent({"type": "message_start", "message": message}, "")]

    def _start_message(self, event: StreamEvent) -> Sequence[StreamEvent]:
        message: Any = event.data.get("message")
        if not isinstance(message, dict):
            return [event]
        if self._started:
            same = None in (self._id, message.get("id")) or self._id == message["id"]
            return [_passed_over(event) if same else event]
        self._started, self._id = True, message.get("id")
        content = message.get("content")
        self._blocks = len(content) if isinstance(content, list) else 0
        return [event]

    def _start_block(self, event: StreamEvent) -> Sequence[StreamEvent]:
        index, block = _index(event), event.data.get("content_block")
        if not is_well_formed(block):
            return [event]
        before = self._open.get(index)
        if before and before.raw == event.raw:
            return [_passed_over(event)]
        stop = [self._stop(before)] if before else []
        return [*self._begin(), *stop, self._open_block(event, index, block)]

    def _delta(self, event: StreamEvent) -> Sequence[StreamEvent]:
        index, delta = _index(event), mapping(event.data.get("delta"))
        opened = self._open.get(index)
        if opened and opened.usual and opened.usual == delta.get("type"):  # one of thousands
            return (event,)
        kind = string(delta, "type")
        if opened is None:
            return self._stray_delta(event, index, kind)
        usual = kind if index == opened.number and _fits(kind, opened.kind) else None
        self._open[index] = opened._replace(raw="", usual=usual)
        if not _fits(kind, opened.kind):
            ignored = {**event.data, "delta": {"type": PASSED_OVER}}
            event = StreamEvent(ignored, event.raw)  # type: ignore[arg-type]
        return (_numbered(event, opened.number),)

    def _stray_delta(
        self, event: StreamEvent, index: int | None, kind: str
    ) -> Sequence[StreamEvent]:
        """A delta of a block that is not open: it goes into the one that it fits, or begins one."""
        fitting = [opened for opened in self._open.values() if _fits(kind, opened.kind)]
        if kind and (len(fitting) == 1 or (fitting and index is None)):
            return [_numbered(event, fitting[-1].number)]
        if kind in BEGINNINGS:
            begun = self._open_block(
                StreamEvent({"type": "content_block_start"}, ""), index, BEGINNINGS[kind]
            )
            return [*self._begin(), begun, _numbered(event, self._open[index].number)]
        if kind == "input_json_delta" and event.data["delta"].get("partial_json"):
            raise ProtocolError(
                f"the server sent a piece of a tool call that never began: {event.raw[:EXCERPT]}"
            )
        return [_passed_over(event)]

    def _stop_block(self, event: StreamEvent) -> Sequence[StreamEvent]:
        index = _index(event)
        if index is None and len(self._open) == 1:
            index = next(iter(self._open))
        opened = self._open.pop(index, None)
        return [_numbered(event, opened.number) if opened else _passed_over(event)]

    def _open_block(self, event: StreamEvent, index: int | None, block: Any) -> StreamEvent:
        self._open[index] = _Open(self._blocks, block["type"], event.raw)
        self._blocks += 1
        data: Any = {**event.data, "content_block": block}
        return _numbered(StreamEvent(data, event.raw), self._blocks - 1)

    def _stop(self, opened: _Open) -> StreamEvent:
        return StreamEvent({"type": "content_block_stop", "index": opened.number}, "")


def _index(event: StreamEvent) -> int | None:
    index = event.data.get("index")
    return index if type(index) is int else None


def _numbered(event: StreamEvent, number: int) -> StreamEvent:
    if event.data.get("index") == number:
        return event
    return StreamEvent({**event.data, "index": number}, event.raw)


def _passed_over(event: StreamEvent) -> StreamEvent:
    return StreamEvent({"type": PASSED_OVER}, event.raw)


def _fits(delta: str, block: str) -> bool:
    """Whether a delta of this type goes into a block of that type; one of unknown type may."""
    if delta == "input_json_delta":
        return takes_input(block)
    return BLOCKS.get(delta, block) == block
