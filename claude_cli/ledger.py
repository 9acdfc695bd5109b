"""What was spent: one line per answered request, append-only, and its sums. It never holds text."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Literal

from claude_cli.disk import appendlog, paths
from claude_cli.errors import InputUnreadable

Period = Literal["day", "month", "model", "session"]
COUNTS = ("input_tokens", "output_tokens", "cache_write_tokens", "cache_read_tokens")


@dataclass(slots=True)
class Sum:
    """The requests of one day, month, model or session; `cost_usd` is None once one is unknown."""

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


def ledger_file() -> Path:
    return paths.state_dir() / "ledger.jsonl"


def record(entries: Iterable[dict[str, Any]]) -> None:
    """Append entries made by `entry`. Raises what `appendlog.append` raises."""
    appendlog.append(ledger_file(), entries)


def entry(
    *,
    model: str,
    usage: dict[str, Any] | None,
    cost_usd: Decimal | None,
    priced: str,
    session: str | None = None,
    job: str | None = None,
) -> dict[str, Any]:
    """One answered request as a line; `priced` is the date of the price table."""
    usage = usage if isinstance(usage, dict) else {}
    return {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "model": model,
        "session": session,
        "job": job,
        "input_tokens": usage.get("input_tokens"),
        "output_tokens": usage.get("output_tokens"),
        "cache_write_tokens": usage.get("cache_creation_input_tokens"),
        "cache_read_tokens": usage.get("cache_read_input_tokens"),
        "cost_usd": None if cost_usd is None else str(cost_usd),
        "priced": priced,
    }


def sums(by: Period, since: str | None = None) -> list[Sum]:
    """The ledger's sums, sorted by key; `since` is the first day that counts, YYYY-MM-DD (UTC)."""
    found: dict[str, Sum] = {}
    for line in _entries():
        if since is None or str(line.get("time"))[:10] >= since:
            key = _key(line, by)
            found.setdefault(key, Sum(key)).add(line)
    return sorted(found.values(), key=lambda row: row.key)


def _entries() -> Iterator[dict[str, Any]]:
    try:
        for line in appendlog.read_records(ledger_file()):
            if line.value is not None:
                yield line.value
    except InputUnreadable:
        if ledger_file().exists():
            raise


def _key(line: dict[str, Any], by: Period) -> str:
    if by in ("day", "month"):
        return str(line.get("time"))[: 10 if by == "day" else 7]
    return str(line.get(by) or "none")


def _decimal(value: Any) -> Decimal | None:
    """USD below a trillion; None for what is none."""
    try:
        cost = Decimal(value) if isinstance(value, str) else None
    except InvalidOperation:
        return None
    return cost if cost is not None and cost.is_finite() and cost.adjusted() < 12 else None
