"""What each event of a stream adds to the screen, as pieces of plain text. Pure.

Nothing is checked or sanitised here: the accumulator polices the protocol, and what is not a string
where a string belongs is passed over.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple, cast

from claude_cli.types import Message, StreamEvent
from claude_cli.ui.block_notes import call_note, note
from claude_cli.ui.citations import Citations, escape_markdown
from claude_cli.values.untyped import Block, mapping, string

Citing = Literal["plain", "markdown", "none"]


class Piece(NamedTuple):
    """`text` is of the answer, `thinking` of its thinking; a `note` is one line on the rest."""

    kind: Literal["text", "thinking", "note"]
    text: str


class Pieces:
    """Turns the events of one answer into pieces; several messages may make one answer.

    Citations become `[n]` after the words of their block, and lines at the end. `citing` says for
    whom: plain text, Markdown that is going to be rendered, or not at all. Without `thinking` there
    are neither thinking pieces nor notes about it.
    """

    def __init__(
        self, prefill: str = "", *, citing: Citing = "plain", thinking: bool = True
    ) -> None:
        self._lead = prefill  # goes before the next text
        self._last = ""  # the latest text
        self._citing = citing
        self._citations = Citations()
        self._cited: list[int] = []  # numbers due at the end of the open block
        self._thinking = thinking
        self._thinking_lead = ""
        self._block: Block = {}
        self._input: list[str] = []
        self.is_paused = False
        """Whether the next message goes on with the words of this one."""
        self._is_cut = False
        self._resumes = False  # what it thinks is not of the answer

    def feed(self, event: StreamEvent) -> Sequence[Piece]:
        data: Mapping[str, Any] = event.data
        delta = data.get("delta")
        if isinstance(delta, dict) and delta.get("type") == "text_delta":
            text = delta.get("text")
            return (self._text(text),) if text and isinstance(text, str) else ()
        return tuple(self._other(data))

    def end(self) -> Sequence[Piece]:
        """Return what is due once the answer is over, whole or cut."""
        last = list(self._end_block())
        if lines := self._citations.lines():
            last.append(self._text(self._paragraph_break() + self._references(lines)))
        if self._lead:
            last.append(self._text(""))
        return last

    def _other(self, data: Mapping[str, Any]) -> Iterator[Piece]:
        match data.get("type"):
            case "message_start":
                self._begin_message()
            case "content_block_start":
                yield from self._begin_block(mapping(data.get("content_block")))
            case "content_block_delta":
                yield from self._delta(mapping(data.get("delta")))
            case "content_block_stop":
                yield from self._end_block()
            case "message_delta":
                self._note_stop(mapping(data.get("delta")))
            case "message":
                yield from self._whole(data)

    def _whole(self, message: Mapping[str, Any]) -> Iterator[Piece]:
        self._begin_message()
        content = message.get("content")
        for block in content if isinstance(content, list) else ():
            yield from self._begin_block(mapping(block))
            yield from self._end_block()
        self._note_stop(message)

    def _begin_message(self) -> None:
        """Keep the words of two messages apart, unless the second goes on with the first."""
        if self._last and not self.is_paused:
            self._lead = self._paragraph_break()
        self._resumes, self.is_paused = self._is_cut, False

    def _note_stop(self, delta: Mapping[str, Any]) -> None:
        self._is_cut = delta.get("stop_reason") == "max_tokens"
        self.is_paused = self._is_cut or delta.get("stop_reason") == "pause_turn"

    def _begin_block(self, block: Block) -> Iterator[Piece]:
        yield from self._end_block()  # in case its own stop never came
        self._block, self._input = block, []
        if block.get("type") == "text":
            self._thinking_lead = ""
            if text := string(block, "text"):
                yield self._text(text)
            citations = block.get("citations")
            for citation in citations if isinstance(citations, list) else ():
                self._cite(citation)
        elif block.get("type") == "thinking":
            yield from self._think(string(block, "thinking"))
        elif block.get("type") == "redacted_thinking" and not self._thinking:
            return
        elif block.get("type") not in ("server_tool_use", "mcp_tool_use") and (line := note(block)):
            yield Piece("note", line)

    def _delta(self, delta: Mapping[str, Any]) -> Iterator[Piece]:
        match delta.get("type"):
            case "thinking_delta":
                yield from self._think(string(delta, "thinking"))
            case "citations_delta":
                self._cite(delta.get("citation"))
            case "input_json_delta":
                self._input.append(string(delta, "partial_json"))

    def _end_block(self) -> Iterator[Piece]:
        block, self._block = self._block, {}
        if self._cited:
            marks = "".join(f"[{number}]" for number in self._cited)
            self._cited = []
            yield self._text(escape_markdown(marks) if self._citing == "markdown" else marks)
        if block.get("type") == "thinking":
            self._thinking_lead = "\n\n"
        elif block.get("type") in ("server_tool_use", "mcp_tool_use"):
            yield Piece("note", call_note(block, "".join(self._input)))

    def _text(self, text: str) -> Piece:
        if self._lead:
            text, self._lead = self._lead + text, ""
        self._last = text
        return Piece("text", text)

    def _think(self, text: str) -> Iterator[Piece]:
        if text and self._thinking and not self._resumes:
            yield Piece("thinking", self._thinking_lead + text)
            self._thinking_lead = ""

    def _cite(self, citation: Any) -> None:
        if self._citing == "none" or not isinstance(citation, dict):
            return
        number = self._citations.number(citation)
        if number not in self._cited:
            self._cited.append(number)

    def _references(self, lines: list[str]) -> str:
        if self._citing == "markdown":
            return "\\\n".join(map(escape_markdown, lines))  # a backslash keeps the line end
        return "\n".join(lines)

    def _paragraph_break(self) -> str:
        """Return what makes an empty line after the words so far."""
        newlines = len(self._last) - len(self._last.rstrip("\n"))
        return "\n" * (2 - newlines)


def text_of(message: Message, prefill: str = "", *, citing: Citing = "plain") -> str:
    """Return the words of a whole message as the text format prints them, less the last newline."""
    pieces = Pieces(prefill, citing=citing, thinking=False)
    event = StreamEvent(cast(Any, {**message, "type": "message"}), "")
    return "".join(
        piece.text for piece in (*pieces.feed(event), *pieces.end()) if piece.kind == "text"
    )
