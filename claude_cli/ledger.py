"""What was spent: one line per answered request, append-only, and its sums. It never holds text.

Each line begins with a checksum of the rest: a digit that changes on the disk would be another sum.
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, BinaryIO, Literal, NamedTuple
from zlib import crc32

from claude_cli.disk import appendlog, paths
from claude_cli.disk.atomic_file import write_whole
from claude_cli.disk.private_files import open_to_read
from claude_cli.errors import ClaudeCliError, InputUnreadable

Period = Literal["day", "month", "model", "session", "platform"]
_UNSAID = {"platform": "direct"}
"""What a line means that says nothing: older versions knew one platform."""
_SEAL = re.compile(rb'\{"sum":"([0-9a-f]{8})",(.*)', re.DOTALL)
CLOSE = 64 * 1024
"""Bytes of the ledger that are read rather than searched."""
WORTH_A_MARK = 1024 * 1024
"""Bytes that were read, from which on it is remembered how far."""
DISORDER = timedelta(hours=1)
"""By how much an entry may be older than one before it: clocks differ, and are set."""
COUNTS = ("input_tokens", "output_tokens", "cache_write_tokens", "cache_read_tokens")


@dataclass(slots=True, eq=False, repr=False)
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


def record(entries: Iterable[dict[str, Any]]) -> int:
    """Append entries made by `entry`, and return the size of the ledger, in bytes. Raises what
    `appendlog.append` raises."""
    return appendlog.append_lines(ledger_file(), map(_sealed, entries)).end


def size() -> int:
    """Bytes of the ledger; 0 where there is none, or none that can be looked at."""
    with suppress(OSError):
        return ledger_file().stat().st_size
    return 0


def count_since(start: int, *, job: str, retry: int | None) -> int:
    """How many entries of a job are behind the first `start` bytes of the ledger."""
    count = 0
    with suppress(InputUnreadable), open_to_read(ledger_file()) as file:
        file.seek(start)
        for line in appendlog.lines_of(file):
            entry = _opened(line.rstrip(b"\n")) if line and job.encode() in line else None
            count += entry is not None and (entry.get("job"), entry.get("retry")) == (job, retry)
    return count


def entry(
    *,
    model: str,
    usage: Mapping[str, Any] | None,
    cost_usd: Decimal | None,
    priced: str,
    session: str | None = None,
    job: str | None = None,
    retry: int | None = None,
    platform: str | None = None,
) -> dict[str, Any]:
    """One answered request as a line; `priced` is the date of the price table, `retry` the number
    of the job's retry that asked it."""
    usage = usage or {}
    return {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "model": model,
        "session": session,
        "job": job,
        "retry": retry,
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


class Spent:
    """What was spent since a moment, in one session if one is named: `usd`, of the entries that
    have a price; `unpriced` have none, `damaged` lines are in no sum.

    Entries are in the order of time. So the first `look` searches the file for the moment, and
    each further one reads what was added. After much reading a mark in the cache folder tells the
    next run how far this one came.
    """

    def __init__(self, since: datetime, session: str | None = None) -> None:
        self.usd = Decimal(0)
        self.unpriced = self.damaged = 0
        self._since = since.astimezone(UTC).isoformat(timespec="seconds")
        self._searched = (since - DISORDER).astimezone(UTC).isoformat(timespec="seconds")
        self._session = session
        self._at = self._marked = -1

    def look(self) -> Decimal:
        """Read on, and return `usd`. Raises what `appendlog.read_lines` raises."""
        try:
            with open_to_read(ledger_file()) as file:
                self._read_on(file)
        except InputUnreadable:
            if ledger_file().exists():
                raise
        return self.usd

    def _read_on(self, file: BinaryIO) -> None:
        size = os.fstat(file.fileno()).st_size
        if not 0 <= self._at <= size:
            self._begin(file, size)
        file.seek(self._at)
        for line in appendlog.lines_of(file):
            if line is None:
                self._at, self.damaged = file.tell(), self.damaged + 1
                continue
            if not line.endswith(b"\n"):  # somebody is writing it
                break
            self._at += len(line)
            self._add(line.rstrip(b"\n"))
        if self._at - self._marked > WORTH_A_MARK:
            self._leave_mark(file)

    def _begin(self, file: BinaryIO, size: int) -> None:
        self.usd, self.unpriced, self.damaged = Decimal(0), 0, 0
        if not self._find_mark(file, size):
            self._at = self._marked = self._search(file, size)

    def _add(self, data: bytes) -> None:
        entry = _opened(data) if data.strip() else {}
        if entry is None:
            self.damaged += 1
        elif self._counts(entry):
            cost = _decimal(entry.get("cost_usd"))
            self.unpriced += cost is None
            self.usd += cost or 0

    def _counts(self, entry: dict[str, Any]) -> bool:
        of_session = self._session in (None, entry.get("session"))
        return of_session and str(entry.get("time", "")) >= self._since

    def _search(self, file: BinaryIO, size: int) -> int:
        """The start of a line before which every entry is too old."""
        low, high = 0, size
        while high - low > CLOSE:
            middle = (low + high) // 2
            file.seek(middle)
            file.readline(CLOSE)  # the rest of a line
            start, entry = file.tell(), _opened(file.readline(CLOSE).rstrip(b"\n"))
            if entry and str(entry["time"]) < self._searched and start < high:
                low = start
            else:
                high = middle
        return low

    def _leave_mark(self, file: BinaryIO) -> None:
        mark = {
            "since": self._since,
            "session": self._session,
            "at": self._at,
            "before": self._crc_before(file, self._at),
            "usd": str(self.usd),
            "unpriced": self.unpriced,
            "damaged": self.damaged,
        }
        self._marked = self._at
        with suppress(ClaudeCliError):  # it saves time, no more
            write_whole(_mark_file(), _sealed(mark))

    def _find_mark(self, file: BinaryIO, size: int) -> bool:
        """Go on where another run came to, if the ledger still has what was before."""
        with suppress(OSError), open(_mark_file(), "rb") as kept:
            data = kept.read(CLOSE).rstrip(b"\n")
            mark = _unsealed(data) if _SEAL.match(data) else None
            if mark and (mark["since"], mark["session"]) == (self._since, self._session):
                return self._take(mark, file, size)
        return False

    def _take(self, mark: dict[str, Any], file: BinaryIO, size: int) -> bool:
        at, usd = mark["at"], _decimal(mark["usd"])
        if usd is None or at > size or self._crc_before(file, at) != mark["before"]:
            return False
        self._at = self._marked = at
        self.usd, self.unpriced, self.damaged = usd, mark["unpriced"], mark["damaged"]
        return True

    @staticmethod
    def _crc_before(file: BinaryIO, at: int) -> int:
        file.seek(max(at - CLOSE, 0))
        return crc32(file.read(at - file.tell()))


def _mark_file() -> Path:
    return paths.cache_dir() / "ledger-mark.json"


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


def _sealed(entry: dict[str, Any]) -> bytes:
    """The entry as a line that begins with the checksum of what follows."""
    rest = appendlog.encode_line(entry)[1:]
    return b'{"sum":"%08x",%s' % (crc32(rest[:-1]), rest)


def _opened(data: bytes) -> dict[str, Any] | None:
    """The entry on a line; None where it is damaged. Version 0.1.0 wrote no checksums."""
    value = _unsealed(data)
    return value if value and {"time", "model"} <= value.keys() else None


def _unsealed(data: bytes) -> dict[str, Any] | None:
    seal = _SEAL.match(data)
    if seal and crc32(seal[2]) != int(seal[1], 16):
        return None
    value, damage = appendlog.decode_line(data)
    return None if damage else value


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
