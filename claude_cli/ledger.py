"""What was spent: one line per answered request, append-only, and its sums. It never holds text.

Each line begins with a checksum of the rest: a digit that changes on the disk would be another sum.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Literal, NamedTuple
from zlib import crc32

from claude_cli.disk import appendlog, paths
from claude_cli.errors import InputUnreadable

Period = Literal["day", "month", "model", "session", "platform"]
_UNSAID = {"platform": "direct"}
"""What a line means that says nothing: older versions knew one platform."""
_SEAL = re.compile(rb'\{"sum":"([0-9a-f]{8})",(.*)', re.DOTALL)
COUNTS = ("input_tokens", "output_tokens", "cache_write_tokens", "cache_read_tokens")


@dataclass(slots=True)
class Sum:
    """The requests of one day, month, model, session or platform; `cost_usd` is None once one
    is unknown."""

    key: str
    requests: int = 0
    tokens: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTS, 0))
    cost_usd: Decimal | None = Decimal(0)

    def add(self, entry: dict[str, Any]) -> None:
        self.requests += 1
        for name in COUNTS:
            count = entry.get(name)
            self.tokens[name] += count if isinstance(count, int) else 0
        cost = _decimal(entry.get("cost_usd"))
        self.cost_usd = None if cost is None or self.cost_usd is None else self.cost_usd + cost


class Sums(NamedTuple):
    """`damaged` counts the lines that are in no sum, `first_damaged` is the number of one."""

    rows: list[Sum]
    damaged: int
    first_damaged: int


def ledger_file() -> Path:
    return paths.state_dir() / "ledger.jsonl"


def record(entries: Iterable[dict[str, Any]]) -> None:
    """Append entries made by `entry`. Raises what `appendlog.append` raises."""
    appendlog.append(ledger_file(), map(_sealed, entries))


def entry(
    *,
    model: str,
    usage: Mapping[str, Any] | None,
    cost_usd: Decimal | None,
    priced: str,
    session: str | None = None,
    job: str | None = None,
    platform: str | None = None,
) -> dict[str, Any]:
    """One answered request as a line; `priced` is the date of the price table."""
    usage = usage or {}
    return {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "model": model,
        "session": session,
        "job": job,
        "platform": platform,
        "input_tokens": _count(usage, "input_tokens"),
        "output_tokens": _count(usage, "output_tokens"),
        "cache_write_tokens": _count(usage, "cache_creation_input_tokens"),
        "cache_read_tokens": _count(usage, "cache_read_input_tokens"),
        "cost_usd": None if cost_usd is None else str(cost_usd),
        "priced": priced,
    }


def _count(usage: Mapping[str, Any], name: str) -> int | None:
    value = usage.get(name)
    return value if type(value) is int else None


def sums(by: Period, since: str | None = None, until: str | None = None) -> Sums:
    """The ledger's sums, sorted by key; `since` and `until` are the first and the last day that
    count, YYYY-MM-DD (UTC)."""
    found: dict[str, Sum] = {}
    damaged = first_damaged = 0
    for number, line in _entries():
        if line is None:
            damaged, first_damaged = damaged + 1, first_damaged or number
        elif (since or "") <= str(line["time"])[:10] <= (until or "~"):
            key = _key(line, by)
            found.setdefault(key, Sum(key)).add(line)
    return Sums(sorted(found.values(), key=lambda row: row.key), damaged, first_damaged)


def _entries() -> Iterator[tuple[int, dict[str, Any] | None]]:
    """Number and entry of each line that is not blank; None for one that is damaged."""
    number = 0
    try:
        for number, data in appendlog.read_lines(ledger_file()):
            if data is None or data.strip():
                yield number, None if data is None else _opened(data)
    except InputUnreadable:
        if ledger_file().exists():
            raise
        return
    if not number:  # it is made with its first line: somebody has emptied it
        yield 1, None


def _sealed(entry: dict[str, Any]) -> dict[str, Any]:
    return {"sum": f"{crc32(appendlog.encode_line(entry)[1:-1]):08x}", **entry}


def _opened(data: bytes) -> dict[str, Any] | None:
    """The entry on a line; None where it is damaged. Version 0.1.0 wrote no checksums."""
    seal = _SEAL.match(data)
    if seal and crc32(seal[2]) != int(seal[1], 16):
        return None
    value, damage = appendlog.decode_line(data)
    return value if value and not damage and {"time", "model"} <= value.keys() else None


def _key(line: dict[str, Any], by: Period) -> str:
    if by in ("day", "month"):
        return str(line.get("time"))[: 10 if by == "day" else 7]
    return str(line.get(by) or _UNSAID.get(by, "none"))


def _decimal(value: Any) -> Decimal | None:
    """USD below a trillion; None for what is none."""
    try:
        cost = Decimal(value) if isinstance(value, str) else None
    except InvalidOperation:
        return None
    return cost if cost is not None and cost.is_finite() and cost.adjusted() < 12 else None
