"""The records of a session file: how each kind is made, and what of a line is one. Pure.

Every record begins with `kind`, `id`, `parent` and `at`, in this order, so that a scan can read
the head of a line without decoding the rest. A message in memory has no id: ids live here.
"""

import os
import re
import time
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, Required, TypeAlias, TypedDict

from claude_cli.disk.appendlog import decode_line
from claude_cli.session.shapes import is_known, is_whole
from claude_cli.types import ContentBlock, Message

FORMAT = 1
"""Format of the session files that this version writes; a newer one is read only."""

MOST_TOKENS = 10**15
"""A greater number is no count of tokens."""

Content: TypeAlias = str | list[ContentBlock]
Status: TypeAlias = Literal["complete", "partial"]


class Record(TypedDict, total=False):
    """One line of a session file; `kind` says which fields count."""

    kind: Required[str]
    """header, user, assistant, head or name; damaged where only the links are legible."""
    id: Required[str]
    parent: Required[str | None]
    """What it follows; for a head, the record that becomes the head (null: an empty context)."""
    at: str
    """When it was written, UTC, ISO 8601."""

    # header
    format: int
    settings: dict[str, Any]
    """Fields of the request body that the conversation keeps: model, system, tools …"""
    terminal: bool
    forked_from: str

    # user
    header: str | None
    """The header whose settings were in force."""
    compacts: str
    """The head of the older turns that this one and its answer stand for."""
    blobs: list[str]
    """SHA-256 of the attachments that `content` refers to."""
    content: Content

    # assistant
    status: Status
    model: str | None
    """The model that was asked for; `message` says which one answered."""
    tokens: int
    """All tokens of the exchange, in and out, cache included."""
    prefill: str
    """The start of the answer that the request gave; `message` holds what came after it."""
    message: Message

    # name
    name: str


class Link(NamedTuple):
    """The head of a line."""

    kind: str
    id: str
    parent: str | None


_LINK = re.compile(
    rb'\s*\{\s*"kind":\s*"([a-z]+)",\s*"id":\s*"([^"\\]+)",\s*"parent":\s*(?:null|"([^"\\]+)")'
)


def new_id() -> str:
    return os.urandom(6).hex()


def now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def header(settings: Mapping[str, Any], **origin: Any) -> Record:
    """`origin` tells where the session comes from: terminal, forked_from."""
    return _record("header", None) | {  # type: ignore[return-value]
        "format": FORMAT,
        **origin,
        "settings": dict(settings),
    }


def user(
    parent: str | None,
    content: Content,
    header_id: str,
    *,
    blobs: list[str] | None = None,
    compacts: str | None = None,
) -> Record:
    record = _record("user", parent)
    record["header"] = header_id
    if compacts:
        record["compacts"] = compacts
    if blobs:
        record["blobs"] = blobs
    record["content"] = content
    return record


def assistant(
    parent: str | None,
    message: Message,
    *,
    status: Status = "complete",
    model: str | None = None,
    prefill: str | None = None,
) -> Record:
    record = _record("assistant", parent)
    record["status"] = status
    record["model"] = model
    record["tokens"] = count_tokens(message)
    if prefill:
        record["prefill"] = prefill
    record["message"] = message
    return record


def head(target: str | None) -> Record:
    return _record("head", target)


def name(text: str) -> Record:
    record = _record("name", None)
    record["name"] = text
    return record


def _record(kind: str, parent: str | None) -> Record:
    return {"kind": kind, "id": new_id(), "parent": parent, "at": now()}


def count_tokens(message: Message) -> int:
    """Tokens in, out, and to and from the cache; what the message does not tell counts as none."""
    cached = ("cache_creation_input_tokens", "cache_read_input_tokens")
    counts = [count_of(message, field) for field in ("input_tokens", *cached, "output_tokens")]
    return sum(filter(None, counts))


def count_of(message: Message, field: str) -> int | None:
    """What the `usage` of a message says in one of its fields; None where that is no count."""
    usage: Any = message.get("usage")
    count = usage.get(field) if isinstance(usage, dict) else None
    return count if isinstance(count, int) and 0 <= count <= MOST_TOKENS else None


def blocks_of(content: Content) -> list[ContentBlock]:
    """The content as a list, which is what the API makes of a text too."""
    return [ContentBlock(type="text", text=content)] if isinstance(content, str) else content


def prompt_of(content: Content) -> str:
    """The words of a prompt: its last text, for they stand behind attachments and piped text."""
    texts = [block.get("text", "") for block in blocks_of(content) if block["type"] == "text"]
    return str(texts[-1]) if texts else ""


def with_prompt(content: Content, text: str) -> list[ContentBlock]:
    """The content with `text` for the words of the prompt."""
    blocks = blocks_of(content)
    words = max((n for n, block in enumerate(blocks) if block["type"] == "text"), default=None)
    kept = [block for n, block in enumerate(blocks) if n != words]
    return [*kept, ContentBlock(type="text", text=text)]


def is_prompt(record: Record) -> bool:
    """True for a user record that asks something, not only hands back results of tools."""
    content = record.get("content")
    if record["kind"] != "user" or content is None:
        return False
    return isinstance(content, str) or any(b["type"] != "tool_result" for b in content)


def opens_turn(record: Record) -> bool:
    """True for a prompt that a conversation may begin with: it answers no earlier tool call."""
    content = record.get("content")
    if record["kind"] != "user" or content is None:
        return False
    return isinstance(content, str) or "tool_result" not in [b["type"] for b in content]


def decode(data: bytes | None) -> tuple[Record | None, str | None]:
    """The record on a line, and what is wrong with the line; (None, None) for a blank one.

    Where the fields of a record are not legible, or not what its kind demands, it comes back as
    `damaged`: it still links what came before it and after. So does a kind that is unknown.
    """
    value, damage = decode_line(data)
    if value is None:
        link = read_link(data or b"")
        return (_linking(link._replace(kind="damaged")) if link else None), damage
    kind, record_id, parent = value.get("kind"), value.get("id"), value.get("parent")
    if not (
        isinstance(kind, str) and isinstance(record_id, str) and isinstance(parent, str | None)
    ):
        return None, "not a record of a session"
    if not is_known(kind):
        link = Link(kind, record_id, parent)
        return _linking(link), damage or "a kind of record that this version does not know"
    if "parent" not in value:
        return None, damage or f"not a whole record of its kind, {kind}"
    if not is_whole(value, data or b""):
        link = Link("damaged", record_id, parent)
        return _linking(link), damage or f"not a whole record of its kind, {kind}"
    return value, damage  # type: ignore[return-value]


def _linking(link: Link) -> Record:
    """A record of which nothing but its place in the tree is known."""
    return {"kind": link.kind, "id": link.id, "parent": link.parent}


def read_link(data: bytes) -> Link | None:
    """The head of a line, without decoding the rest; None where it does not look like ours."""
    found = _LINK.match(data)
    if not found:
        return None
    kind, record_id, parent = found.groups()
    return Link(_text(kind), _text(record_id), None if parent is None else _text(parent))


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
