"""A conversation as one document: Markdown, a self-contained HTML page, or JSON.

Exported is the chain from the head, the prompt that waits for an answer included; other branches
stay in the session. The texts are whatever users and models wrote: HTML is escaped, and a caller
that shows Markdown or JSON on a terminal sanitises. A document comes in pieces, a record each: a
session of outlines is written in bounded memory.
"""

import html
import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal, NamedTuple

from claude_cli.disk.atomic_file import write_new
from claude_cli.errors import InputUnreadable
from claude_cli.session.journal import Session
from claude_cli.session.records import Record, blocks_of
from claude_cli.types import ContentBlock

ExportFormat = Literal["markdown", "html", "json"]
SUFFIXES: dict[str, ExportFormat] = {".html": "html", ".htm": "html", ".json": "json"}


class Part(NamedTuple):
    """A block, made ready to be shown."""

    kind: str
    """text, thinking, code or attachment, the text of which is a data URL or empty."""
    title: str
    text: str


_IMAGES = re.compile(r"image/(png|jpeg|gif|webp)")
_CONTROLS = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 127], "\ufffd")
_PAGE_START = """<!DOCTYPE html>
<html>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 50rem; margin: auto; padding: 1rem; }}
article {{ border-left: .25rem solid #8888; margin: 1.5rem 0; padding-left: 1rem; }}
article.user {{ border-color: #3a7bd5; }}
h2 {{ font-size: .9rem; margin: 0; opacity: .7; }}
p, pre {{ white-space: pre-wrap; overflow-wrap: anywhere; }}
pre {{ background: #8882; padding: .5rem; }}
img {{ max-width: 100%; }}
</style>
</head>
<body>
<h1>{title}</h1>
"""
_PAGE_END = "</body>\n</html>\n"


def to_json(session: Session, *, attachments: bool = True) -> Iterator[str]:
    """The settings of the conversation and its records, with the attachments put back in.

    Without `attachments` the records are as they are stored; else raises InputUnreadable where one
    is missing.
    """
    document: dict[str, Any] = {
        "session": session.id,
        "name": session.name,
        "settings": session.transcript.settings,
        "records": [],
    }
    before, after = _pretty(document).rsplit("[]", 1)
    yield f"{before}["
    between, closing = "\n    ", "]"
    for record in _records(session):
        shown = session.with_attachments(record) if attachments else record
        yield between + _pretty(shown).replace("\n", "\n    ")
        between, closing = ",\n    ", "\n  ]"
    yield f"{closing}{after}\n"


def to_markdown(session: Session) -> Iterator[str]:
    """Texts as they are, tool calls and results as fenced code; thinking is left out. Each piece
    is a document of its own."""
    yield f"# {_title(session)}\n"
    for record in _records(session):
        shown = [part for part in _parts(_blocks(record)) if part.kind != "thinking"]
        yield "\n\n".join([f"\n## {_heading(record)}", *map(_markdown, shown)]) + "\n"


def to_html(session: Session) -> Iterator[str]:
    """One page that loads nothing and runs nothing, light or dark as the reader likes it."""
    yield _PAGE_START.format(title=_escape(_title(session)))
    for record in _records(session):
        with suppress(InputUnreadable):  # then the page tells what was attached, not more
            record = session.with_attachments(record)
        parts = "\n".join(map(_html, _parts(_blocks(record))))
        heading = _escape(_heading(record))
        yield f'<article class="{record["kind"]}">\n<h2>{heading}</h2>\n{parts}\n</article>\n'
    yield _PAGE_END


def _records(session: Session) -> Iterator[Record]:
    transcript = session.transcript
    chain = [record for turn in transcript.turns() for record in turn]
    waiting = [record for record in transcript.waiting() if record["kind"] != "damaged"]
    return map(session.whole, [*chain, *waiting])


def _title(session: Session) -> str:
    return " ".join((session.name or session.id or "Conversation").split())


def _heading(record: Record) -> str:
    if record["kind"] == "user":
        return "User"
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
            case "tool_result":
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


def _html(part: Part) -> str:
    title, text = _escape(part.title), _escape(part.text)
    if part.kind == "attachment":
        return f'<img src="{text}" alt="{title}">' if text else f"<p><em>Attached: {title}</em></p>"
    if part.kind == "text":
        return f"<p>{text}</p>"
    opened = " open" if part.kind == "code" else ""
    return f"<details{opened}>\n<summary>{title}</summary>\n<pre>{text}</pre>\n</details>"


def _escape(text: str) -> str:
    return html.escape(text.translate(_CONTROLS))


EXPORTS: dict[ExportFormat, Callable[[Session], Iterator[str]]] = {
    "markdown": to_markdown,
    "html": to_html,
    "json": to_json,
}


def write_export(session: Session, path: str, format: ExportFormat | None = None) -> None:
    """Write a conversation into a new file; None is the format of its suffix, else Markdown."""
    chosen = format or SUFFIXES.get(Path(path).suffix.lower(), "markdown")
    write_new(path, EXPORTS[chosen](session))
