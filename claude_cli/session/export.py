"""A conversation as one document: Markdown, JSON, or the articles of a page.

Exported is the chain from the head, the prompt that waits for an answer included; other branches
stay in the session. The texts are whatever users and models wrote: who shows them sanitises. A
document comes in pieces, a record each.
"""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, NamedTuple

from claude_cli.errors import InputUnreadable
from claude_cli.session.format import Record
from claude_cli.session.journal import Session
from claude_cli.session.prompts import blocks_of
from claude_cli.types import ContentBlock


class Part(NamedTuple):
    """A block, made ready to be shown."""

    kind: str
    """text, thinking, code or attachment, the text of which is a data URL or empty."""
    title: str
    text: str


class Article(NamedTuple):
    """A message, made ready to be shown: `user` or `assistant`, a heading, its blocks."""

    kind: str
    heading: str
    parts: Iterator[Part]


_IMAGES = re.compile(r"image/(png|jpeg|gif|webp)")


def to_json(
    session: Session, records: list[Record] | None = None, *, attachments: bool = True
) -> Iterator[str]:
    """The settings of the conversation and its records (all of them, or those that are given),
    with the attachments put back in.

    Without `attachments` the records are as they are stored; else raises InputUnreadable where one
    is missing.
    """
    records = _records(session) if records is None else records
    document: dict[str, Any] = {
        "session": session.id,
        "name": session.name,
        "settings": session.transcript.settings,
        "records": [],
    }
    before, after = _pretty(document).rsplit("[]", 1)
    yield f"{before}["
    between, closing = "\n    ", "]"
    for record in records:
        shown = session.with_attachments(record) if attachments else record
        yield between + _pretty(shown).replace("\n", "\n    ")
        between, closing = ",\n    ", "\n  ]"
    yield f"{closing}{after}\n"


def to_markdown(session: Session, records: list[Record] | None = None) -> Iterator[str]:
    """Texts as they are, tool calls and results as fenced code; thinking is left out. Each piece
    is a document of its own: the title, then all records or those that are given."""
    records = _records(session) if records is None else records
    yield f"# {title(session)}\n"
    for record in records:
        shown = [part for part in _parts(_blocks(record)) if part.kind != "thinking"]
        yield "\n\n".join([f"\n## {_heading(record)}", *map(_markdown, shown)]) + "\n"


def articles(session: Session) -> Iterator[Article]:
    """Each message of the conversation, made ready to be drawn, thinking included."""
    for record in _records(session):
        with suppress(InputUnreadable):  # then the reader is told what was attached, not more
            record = session.with_attachments(record)
        yield Article(record["kind"], _heading(record), _parts(_blocks(record)))


def _records(session: Session) -> list[Record]:
    """All that is exported, before a word is printed: reading it may fail."""
    transcript = session.transcript
    turns = [record for turn in transcript.turns() for record in turn]
    return [*turns, *(r for r in transcript.waiting() if r["kind"] != "damaged")]


def title(session: Session) -> str:
    return " ".join((session.name or session.id or "Conversation").split())


def _heading(record: Record) -> str:
    if record["kind"] == "user":
        return "User"
    if record["kind"] == "summary":
        return "Summary of what was said so far"
    model = record["message"].get("model") or record.get("model")
    cut = ", cut off" if record.get("status") == "partial" else ""
    return f"Assistant ({model}{cut})" if model else f"Assistant{cut}"


def _blocks(record: Record) -> list[ContentBlock]:
    if record["kind"] == "user":
        return blocks_of(record["content"])
    content = record["message"]["content"]
    if prefill := record.get("prefill"):
        return [ContentBlock(type="text", text=prefill), *content]
    return content


def _parts(blocks: list[ContentBlock]) -> Iterator[Part]:
    for block in blocks:
        match block["type"]:
            case "text":
                yield Part("text", "", str(block.get("text", "")))
            case "thinking":
                yield Part("thinking", "Thinking", str(block.get("thinking", "")))
            case "redacted_thinking":
                yield Part("thinking", "Thinking", "(redacted)")
            case "tool_use" | "server_tool_use" | "mcp_tool_use":
                yield Part("code", f"Call of {block.get('name')}", _pretty(block.get("input")))
            case "tool_result" | "mcp_tool_result":
                yield from _result_parts(block)
            case "image" | "document" if isinstance(block.get("source"), dict):
                yield _attachment(block)
            case other:
                yield Part("code", str(other), _pretty(block))


def _result_parts(block: ContentBlock) -> Iterator[Part]:
    title = "Error" if block.get("is_error") else "Result"
    content = block.get("content", "")
    if isinstance(content, list) and all(isinstance(inner, dict) for inner in content):
        for part in _parts([inner for inner in content if "type" in inner]):
            yield Part("code", title, part.text) if part.kind == "text" else part
    else:
        yield Part("code", title, content if isinstance(content, str) else _pretty(content))


def _attachment(block: ContentBlock) -> Part:
    source: dict[str, Any] = block["source"]
    kind = source.get("media_type", "")
    where = source.get("url") or source.get("file_id") or kind
    names = [str(name) for name in (block["type"], block.get("title"), where) if name]
    data = source.get("data") if source.get("type") == "base64" else None
    shown = isinstance(data, str) and isinstance(kind, str) and _IMAGES.fullmatch(kind)
    return Part("attachment", ", ".join(names), f"data:{kind};base64,{data}" if shown else "")


def _pretty(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


def _markdown(part: Part) -> str:
    if part.kind == "text":
        return part.text
    if part.kind == "attachment":
        return f"*Attached: {part.title}*"
    longest = max((len(run) for run in re.findall("`+", part.text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{part.title}:\n\n{fence}\n{part.text}\n{fence}"
