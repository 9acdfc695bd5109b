"""The format of a session file: what a record is, how it is made, and how a line becomes one. Pure.

A record is one JSON object a line. It begins with `kind`, `id`, `parent` and `at`, in this order,
so that a scan can look at the beginning of a line without decoding the rest; no other module knows
an order of keys. A message in memory has no id: ids live here.
"""

import os
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple, Required, TypeAlias, TypedDict
from zlib import crc32

from claude_cli.disk.appendlog import decode_line, decode_objects, encode_line
from claude_cli.session import upgrade
from claude_cli.session.shapes import OPTIONAL_TEXT, SHAPES, is_too_deep
from claude_cli.types import ContentBlock, Message

FORMAT = 1
"""Format of the session files that this version writes; a newer one is read only."""

MOST_TOKENS = 10**15
"""A greater number is no count of tokens."""

ANSWERS = ("assistant", "summary")
"""The kinds of records that hold a message of the API."""

CHANGED = "changed after it was written"
"""What is wrong with a line that can be read and does not fit its checksum."""

Content: TypeAlias = str | list[ContentBlock]
Status: TypeAlias = Literal["complete", "partial"]


class Record(TypedDict, total=False):
    """One line of a session file; `kind` says which fields count."""

    kind: Required[str]
    """header, user, assistant, summary, head or name; damaged where only the links are legible."""
    id: Required[str]
    parent: Required[str | None]
    """What it follows; for a head, the record that becomes the head (null: an empty context)."""
    at: str
    """When it was written, UTC, ISO 8601."""

    # header
    format: int
    settings: dict[str, Any]
    """Fields of the request body that the conversation keeps: model, system, tools …"""
    simulated: bool
    """Whether a simulator answers."""
    forked_from: str

    # user
    header: str | None
    """The header whose settings were in force."""
    blobs: list[str]
    """SHA-256 of the attachments that `content` refers to."""
    originals: dict[str, str]
    """Of pictures that were made smaller before they were sent: SHA-256 of what was sent → of the
    file."""
    content: Content

    # assistant
    status: Status
    model: str | None
    """The model that was asked for; `message` says which one answered."""
    tokens: int
    """All tokens of the exchange that ended it, in and out, cache included."""
    completes: list[str]
    """The parts of which this answer is the whole, the newest first: its `usage` counts them."""
    bound_to: str
    """Digest of what was sent before `message`, where that has thinking (see binding.py)."""
    sent: dict[str, Any]
    """Digests of what was sent before `message`, where it was to be cached (see fingerprint.py)."""
    prefill: str
    """The start of the answer that the request gave; `message` holds what came after it."""
    message: Message

    # summary: of all turns before it, which it stands for; also model, tokens and message
    prompt: Content
    """What the model was told to do."""

    # name
    name: str


class Link(NamedTuple):
    """The beginning of a line."""

    kind: str
    id: str
    parent: str | None


def new_header(settings: Mapping[str, Any], *, simulated: bool = False, **origin: Any) -> Record:
    """`origin` tells where the session comes from: forked_from."""
    return _record("header", None) | {  # type: ignore[return-value]
        "format": FORMAT,
        **({"simulated": True} if simulated else {}),
        **origin,
        "settings": dict(settings),
    }


def new_user(
    parent: str | None,
    content: Content,
    header_id: str,
    *,
    blobs: list[str] | None = None,
    originals: Mapping[str, str] | None = None,
) -> Record:
    record = _record("user", parent)
    record["header"] = header_id
    if blobs:
        record["blobs"] = blobs
    if blobs and originals:
        record["originals"] = dict(originals)
    record["content"] = content
    return record


def new_answer(
    parent: str | None,
    message: Message,
    *,
    status: Status = "complete",
    model: str | None = None,
    prefill: str | None = None,
    bound_to: str | None = None,
    sent: dict[str, Any] | None = None,
) -> Record:
    record = _record("assistant", parent)
    record["status"] = status
    record["model"] = model
    record["tokens"] = count_tokens(message)
    if bound_to:
        record["bound_to"] = bound_to
    if sent:
        record["sent"] = sent
    if prefill:
        record["prefill"] = prefill
    record["message"] = message
    return record


def new_summary(
    parent: str | None, prompt: Content, message: Message, *, model: str | None = None
) -> Record:
    """`parent` is the head of the turns that the summary stands for."""
    record = _record("summary", parent)
    record["model"] = model
    record["tokens"] = count_tokens(message)
    record["prompt"] = prompt
    record["message"] = message
    return record


def new_head(target: str | None) -> Record:
    return _record("head", target)


def new_name(text: str) -> Record:
    record = _record("name", None)
    record["name"] = text
    return record


def _record(kind: str, parent: str | None) -> Record:
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return {"kind": kind, "id": os.urandom(6).hex(), "parent": parent, "at": at}


def tokens_of(record: Record) -> int:
    """All tokens of the exchange that an answer ended with, which was one of several if it was cut
    and gone on with."""
    counted = record.get("tokens") if "completes" in record else None
    return counted if isinstance(counted, int) else count_tokens(record["message"])


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


def sealed(record: Record) -> Mapping[str, Any]:
    """The record as it is written: with a checksum of its line at the end, so that a damaged disk
    or an editor does not go unnoticed."""
    line = encode_line(record).rstrip(b"\n")
    return {**record, "sum": f"{crc32(line):08x}"}


def decode(data: bytes | None) -> tuple[Record | None, str | None]:
    """The record on a line, and what is wrong with the line; (None, None) for a blank one.

    Where the fields of a record are not legible, or not what its kind demands, it comes back as
    `damaged`: it still links what came before it and after. So does a kind that is unknown. One
    that fits its kind and not its checksum comes back unchanged, with CHANGED.
    """
    value, damage = decode_line(data)
    data = data or b""
    if value is None:
        link = read_link(data)
        return (_linking(link._replace(kind="damaged")) if link else None), damage
    return _record_of(value, data, damage if _is_intact(data) else CHANGED)


def decode_all(lines: Sequence[bytes | None]) -> list[tuple[Record | None, str | None]]:
    """What `decode` gives for each line: in one go where all are as they were written, for then
    each of them is an object."""
    written = [line for line in lines if line and _is_as_written(line)]
    if len(written) == len(lines) and (values := decode_objects(written)):
        return [_record_of(value, line, None) for value, line in zip(values, written, strict=True)]
    return [decode(line) for line in lines]


def _record_of(
    value: dict[str, Any], data: bytes, damage: str | None
) -> tuple[Record | None, str | None]:
    """The record that the value of a line is, and what is wrong with the line."""
    kind, record_id, parent = value.get("kind"), value.get("id"), value.get("parent")
    if not (
        isinstance(kind, str) and isinstance(record_id, str) and isinstance(parent, OPTIONAL_TEXT)
    ):
        return None, "not a record of a session"
    has_shape = SHAPES.get(kind)
    if has_shape is None:
        link = Link(kind, record_id, parent)
        return _linking(link), damage or "a kind of record that this version does not know"
    if "parent" not in value:
        return None, damage or f"not a whole record of its kind, {kind}"
    if not has_shape(value) or is_too_deep(value, data):
        link = Link("damaged", record_id, parent)
        return _linking(link), damage or f"not a whole record of its kind, {kind}"
    value.pop("sum", None)
    return upgrade.linked(value) if "compacts" in value else value, damage  # type: ignore[return-value]


def _linking(link: Link) -> Record:
    """A record of which nothing but its place in the tree is known."""
    return {"kind": link.kind, "id": link.id, "parent": link.parent}


# What the beginning of a line says, for scans that decode few lines of many

_LINK = re.compile(
    rb'\s*\{\s*"kind":\s*"([a-z]+)",\s*"id":\s*"([^"\\]+)",\s*"parent":\s*(?:null|"([^"\\]+)")'
)
_ANSWER = re.compile(
    rb'\{"kind":"assistant","id":"[^"\\]+","parent":"[^"\\]+","at":"[^"\\]*",'
    rb'"status":"complete","model":(?:"([^"\\]*)"|null),"tokens":(\d{1,15}),'
)
_USER = re.compile(rb'\{"kind":"user","id":"[^"\\]+","parent":')
_SUM = re.compile(rb',"sum":"([0-9a-f]{8})"\}\s*$')
_SUM_FITS = 40
_RESULTS = b'"type":"tool_result"'
_HEADER = b'{"kind":"header"'
_KIND_ENDS = 40
"""Bytes within which the kind of a record stands, whoever wrote it."""
_QUOTED_DIGEST = re.compile(rb'"([0-9a-f]{64})"')


class AnswerGlance(NamedTuple):
    model: str
    tokens: int


def _is_as_written(line: bytes) -> bool:
    """Whether a line is to the byte what `sealed` makes a record."""
    return line[-18:] == b',"sum":"%08x"}' % crc32(b"}", crc32(line[:-18]))


def _is_intact(line: bytes) -> bool:
    """False for a line that was changed after it was written; one without a checksum may be."""
    if _is_as_written(line):
        return True
    found = _SUM.search(line, max(0, len(line) - _SUM_FITS))
    if not found:
        return b',"sum":' not in line[-_SUM_FITS:]
    before = memoryview(line)[: found.start()]
    return f"{crc32(b'}', crc32(before)):08x}".encode() == found[1]


def read_link(data: bytes) -> Link | None:
    """The beginning of a line, without decoding the rest; None where it does not look like ours."""
    found = _LINK.match(data)
    if not found:
        return None
    kind, record_id, parent = found.groups()
    return Link(_text(kind), _text(record_id), None if parent is None else _text(parent))


def glance_at_answer(line: bytes) -> AnswerGlance | None:
    """What a whole line says that is a complete answer of ours; None for any other."""
    found = _ANSWER.match(line) if line.endswith(b"}") and _is_intact(line) else None
    return AnswerGlance(_text(found[1] or b""), int(found[2])) if found else None


def glance_at_prompt(line: bytes) -> bool | None:
    """Whether a whole user record of ours opens a turn; None for any other line."""
    ours = line.endswith(b"}") and _USER.match(line) and b'"compacts":"' not in line[:200]
    if not ours or not _is_intact(line):
        return None
    return _RESULTS not in line


def may_be(kind: str, line: bytes | None) -> bool:
    """False for a line that cannot be a record of that kind."""
    return bool(line) and f'"{kind}"'.encode() in (line or b"")[:_KIND_ENDS]


def may_begin_session(line: bytes) -> bool:
    """Whether a first line without any record may be what a crash left of ours."""
    return line.startswith(_HEADER) or _HEADER.startswith(line) or not line.strip(b"\0\n")


def digests_in(line: bytes | None) -> Iterator[str]:
    """The digests of attachments that a line may refer to, whatever is wrong with it."""
    if line and b'"blobs"' in line:
        yield from map(bytes.decode, _QUOTED_DIGEST.findall(line))


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
