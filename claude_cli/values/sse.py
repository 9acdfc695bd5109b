"""Chunks of bytes → server-sent events. Pure; knows no HTTP.

Lines, fields and dispatch follow the WHATWG HTML standard, "Server-sent events". What serves
reconnecting (`id`, `retry`) is left out: a request that costs money is never repeated unasked.
"""

from typing import NamedTuple

from claude_cli.errors import ProtocolError
from claude_cli.values.strict_json import decode_json

LARGEST = 16 * 1024 * 1024
"""Bytes in a line; also characters in the data lines of one event."""

_BOM = "\ufeff"


class ServerSentEvent(NamedTuple):
    """One event; `event` is "message" where the server gave it no name. One that stands for several
    has the data of each in `raw`, on lines of their own."""

    event: str
    data: str
    raw: str = ""


class SSEDecoder:
    """Bytes in chunks, cut anywhere, → server-sent events. Takes time linear in the bytes.

    Events without data, or with empty data, are dropped: they say nothing. Bytes that are not
    UTF-8 become U+FFFD. After an error the decoder is of no use any more.
    """

    def __init__(self) -> None:
        self._begun = bytearray()  # a line that has not ended yet
        self._after_cr = False
        self._at_start = True
        self._name = ""
        self._data: list[str] = []
        self._size = 0

    def feed(self, chunk: bytes) -> list[ServerSentEvent]:
        """Return the events that `chunk` completes.

        Raises ProtocolError for a line or an event beyond LARGEST.
        """
        if self._after_cr or b"\r" in chunk:
            chunk = self._with_newlines(chunk)
        end = chunk.rfind(b"\n") + 1
        lines = chunk[:end]
        if end and self._begun:
            lines = bytes(self._begun) + lines
            self._begun.clear()
        if end < len(chunk):
            self._begun += chunk[end:]
        if len(lines) > LARGEST or len(self._begun) > LARGEST:
            _check_lines(lines, self._begun)
        return self._take_lines(self._decode(lines)) if end else []

    def end(self) -> list[ServerSentEvent]:
        """Return the last event where nothing but its closing blank line is missing.

        An event that was cut earlier is dropped: what it would have said is not known.
        """
        line = self._decode(self._begun)
        self._begun.clear()
        self._take_line(line)
        return [event for event in self._dispatch() if _is_whole(event)]

    def _with_newlines(self, chunk: bytes) -> bytes:
        """Return `chunk` with LF for each CRLF and CR, also where a chunk ends between the two."""
        if not chunk:
            return chunk
        begins_inside = self._after_cr and chunk.startswith(b"\n")
        self._after_cr = chunk.endswith(b"\r")
        if begins_inside:
            chunk = chunk[1:]
        return chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    def _decode(self, lines: bytes | bytearray) -> str:
        """Decode whole lines; a line end is never part of a character, so none spoils the next."""
        text = lines.decode("utf-8", "replace")
        if self._at_start and text:
            self._at_start = False
            text = text.removeprefix(_BOM)
        return text

    def _take_lines(self, lines: str) -> list[ServerSentEvent]:
        events: list[ServerSentEvent] = []
        blocks = lines.split("\n\n")
        rest = blocks.pop()
        for block in blocks:
            # The short way for the two lines that nearly every event is.
            head, _, data = block.partition("\ndata: ")
            name = head.removeprefix("event: ")
            is_named = name and name != head and "\n" not in name
            if is_named and data and "\n" not in data and not (self._name or self._data):
                events.append(ServerSentEvent(name, data))
            else:
                events += self._take_block(block)
                events += self._dispatch()
        if rest:
            events += self._take_block(rest[:-1])
        return events

    def _take_block(self, lines: str) -> list[ServerSentEvent]:
        events: list[ServerSentEvent] = []
        for line in lines.split("\n"):
            if line:
                self._take_line(line)
            else:
                events += self._dispatch()
        return events

    def _take_line(self, line: str) -> None:
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            self._name = value
        elif field == "data":
            self._data.append(value)
            self._size += len(line)
            if self._size > LARGEST:
                raise ProtocolError(f"the server sent an event of more than {LARGEST >> 20} MB")

    def _dispatch(self) -> list[ServerSentEvent]:
        event = ServerSentEvent(self._name or "message", "\n".join(self._data))
        self._name = ""
        self._data.clear()
        self._size = 0
        return [event] if event.data else []


def _is_whole(event: ServerSentEvent) -> bool:
    try:
        decode_json(event.data)
    except ProtocolError:
        return False
    return True


def _check_lines(ended: bytes, begun: bytearray) -> None:
    """Raise ProtocolError if one of the lines is too long."""
    if len(begun) > LARGEST or max(map(len, ended.split(b"\n"))) > LARGEST:
        raise ProtocolError(f"the server sent a line of more than {LARGEST >> 20} MB")
