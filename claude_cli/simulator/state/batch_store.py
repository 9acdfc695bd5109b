"""The batches of the account and how they grow old. Time passes for them when they are looked at:
no thread works on them.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from claude_cli.simulator.state.batch_results import (
    CANCELED,
    USUAL,
    Ordered,
    Outcome,
    parse_outcomes,
    result_lines,
)
from claude_cli.simulator.state.batch_rows import Rows

DAY = 86_400.0
BATCH_SECONDS = 0.05
"""Between the creation of a batch and its end."""
CANCELING_SECONDS = 0.05
"""Between a cancellation and the end, if that does not come before."""
COUNTS = ("processing", "succeeded", "errored", "canceled", "expired")


@dataclass(eq=False, slots=True)
class Batch:
    """One batch. Times are seconds since the epoch."""

    id: str
    rows: Rows = field(repr=False)
    outcomes: dict[int, Outcome] = field(repr=False)
    """By the place of the request, those that are not USUAL."""
    seconds: float = BATCH_SECONDS
    created: float = field(default_factory=time.time)
    cancel_initiated: float | None = None
    archived: float | None = None

    @property
    def ends(self) -> float:
        end = self.created + self.seconds
        if self.cancel_initiated is None:
            return end
        return min(end, self.cancel_initiated + CANCELING_SECONDS)

    @property
    def status(self) -> str:
        if time.time() >= self.ends:
            return "ended"
        return "in_progress" if self.cancel_initiated is None else "canceling"

    @property
    def processed(self) -> int:
        """How many requests, from the first on, were done before a cancellation."""
        if self.cancel_initiated is None:
            return len(self.rows)
        done = (self.cancel_initiated - self.created) / self.seconds
        return int(len(self.rows) * min(1.0, done))

    def cancel(self) -> None:
        if self.cancel_initiated is None:
            self.cancel_initiated = time.time()

    def lines(self) -> Iterator[bytes]:
        """The results, not in the order of the requests, each a line without its newline."""
        processed = self.processed
        for index, request in self.rows.shuffled():
            outcome = self.outcomes.get(index, USUAL) if index < processed else CANCELED
            yield from result_lines(request, outcome, f"{self.id}-{index}")

    def shown(self, results_url: str) -> dict[str, Any]:
        """The batch as the API describes it."""
        status = self.status
        ended = status == "ended"
        return {
            "id": self.id,
            "type": "message_batch",
            "processing_status": status,
            "request_counts": self._counts(ended),
            "created_at": _written(self.created),
            "expires_at": _written(self.created + DAY),
            "ended_at": _written(self.ends) if ended else None,
            "cancel_initiated_at": _written(self.cancel_initiated),
            "archived_at": _written(self.archived),
            "results_url": results_url if ended and self.archived is None else None,
        }

    def _counts(self, ended: bool) -> dict[str, int]:
        """All but `processing` stay 0 until the end."""
        total, processed = len(self.rows), self.processed
        if not ended:
            return {**dict.fromkeys(COUNTS, 0), "processing": total}
        unusual = Counter(
            outcome.kind for index, outcome in self.outcomes.items() if index < processed
        )
        unusual["canceled"] += total - processed
        unusual["succeeded"] = total - sum(
            count for kind, count in unusual.items() if kind != "succeeded"
        )
        return {name: unusual[name] for name in COUNTS}


def _written(seconds: float | None) -> str | None:
    """RFC 3339."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat()


class Batches:
    """All batches; a test may change its fields while it serves. Thread safe."""

    def __init__(self) -> None:
        self.seconds = BATCH_SECONDS
        """What a batch created from now on takes."""
        self.results_origin: str | None = None
        """Where `results_url` points, such as `http://127.0.0.1:9`; None is the simulator."""
        self.orders: list[tuple[str, Outcome]] = []
        """Patterns of custom ids and what becomes of those that fit."""
        self._batches: dict[str, Batch] = {}
        self._made = 0
        self._lock = threading.Lock()

    def order(self, results: Mapping[str, Ordered]) -> None:
        """Orders results for the batches created from now on, instead of what was ordered before;
        see `batch_results`. Raises UsageError.
        """
        self.orders = parse_outcomes(results)

    def add(self, fingerprint: str, rows: Rows, outcomes: dict[int, Outcome]) -> Batch:
        with self._lock:
            self._made += 1
            batch_id = f"msgbatch_{self._made:04}{fingerprint[:20]}"
            batch = Batch(batch_id, rows, outcomes, self.seconds)
            self._batches[batch_id] = batch
            return batch

    def find(self, batch_id: str) -> Batch | None:
        return self._batches.get(batch_id)

    def remove(self, batch: Batch) -> None:
        with self._lock:
            self._batches.pop(batch.id, None)

    def archive(self, batch_id: str) -> None:
        """Makes its results too old to be downloaded."""
        self._batches[batch_id].archived = time.time()

    def __iter__(self) -> Iterator[Batch]:
        """In the order of their creation."""
        with self._lock:
            return iter(list(self._batches.values()))
