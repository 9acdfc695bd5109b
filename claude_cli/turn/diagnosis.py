"""The cache doctor: what an answer took from the prompt cache, and why it took no more. Pure."""

from datetime import UTC, datetime
from typing import Any

from claude_cli.api.connection import Connection
from claude_cli.api.platforms import DIRECT
from claude_cli.models import catalog
from claude_cli.session.fingerprint import count_blocks, difference
from claude_cli.session.format import Record, count_of
from claude_cli.types import CacheUse, Message, RequestBody

LOOK_BACK = 20
"""Blocks before a breakpoint in which the API looks for what is cached."""
SECONDS = {"5m": 300, "1h": 3600}

WORDS = {"model_changed": "model", "system_changed": "system", "tools_changed": "tools"}
"""What the API says of a miss, in our words; its other types stand for themselves."""
SAY_NOTHING = ("previous_message_not_found", "unavailable")


OFFICIAL = "api.anthropic.com"


def answers_diagnostics(connection: Connection, *, is_simulated: bool) -> bool:
    """Whether `diagnostics` may be sent: a gateway in between could refuse a field that it does not
    know."""
    is_official = is_simulated or connection.address.host == OFFICIAL
    return is_official and connection.platform is DIRECT


def diagnose(body: RequestBody, model: str, message: Message, last: Record | None) -> CacheUse:
    """`model` is its name in the catalogue, `last` the answer that the session had before."""
    read = count_of(message, "cache_read_input_tokens") or 0
    written = count_of(message, "cache_creation_input_tokens") or 0
    total = read + written + (count_of(message, "input_tokens") or 0)
    minimum = catalog.facts(model).cache_minimum
    sent: Any = last.get("sent") if last else None
    expected = sent.get("cached") if isinstance(sent, dict) else None
    if not read and not written and minimum and total < minimum:
        return CacheUse(read, written, 0, f"too short: {total} of {minimum} tokens")
    if not isinstance(expected, int) or last is None or expected <= read:
        return CacheUse(read, written, 0, None)
    return CacheUse(read, written, expected - read, _reason(body, message, last, sent))


def _reason(body: RequestBody, message: Message, last: Record, sent: dict[str, Any]) -> str:
    changed = difference(sent, body) or _told(message)
    if changed:
        return changed
    if _seconds_since(last) > SECONDS.get(sent.get("ttl", ""), 0):
        return f"time over: it is kept for {sent.get('ttl')}"
    blocks = sent.get("blocks")
    if isinstance(blocks, int) and count_blocks(body) - blocks > LOOK_BACK:
        return "breakpoint moved"
    return "the server did not keep it"


def _told(message: Message) -> str | None:
    """What the API's `diagnostics` say, where they say something."""
    found: Any = message.get("diagnostics")
    reason = found.get("cache_miss_reason") if isinstance(found, dict) else None
    kind = reason.get("type") if isinstance(reason, dict) else None
    if not isinstance(kind, str) or kind in SAY_NOTHING:
        return None
    return WORDS.get(kind, kind)


def _seconds_since(record: Record) -> float:
    try:
        then = datetime.fromisoformat(record.get("at", ""))
        return (datetime.now(UTC) - then).total_seconds()
    except (ValueError, TypeError):
        return 0.0
