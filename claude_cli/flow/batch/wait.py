"""The wait for a job's batches: asked for until they have ended, with what is known of them shown.

That is little until then: of a batch that is under way the API counts what is left, no more.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from itertools import repeat
from typing import Any, NamedTuple

from claude_cli.api import batches
from claude_cli.api.client import ApiClient
from claude_cli.errors import Interrupted, TemporaryFailure, Unreachable
from claude_cli.jobs import hosted
from claude_cli.jobs.store import Job
from claude_cli.ui.notices import Notices
from claude_cli.ui.progress import Progress, length

FIRST_PAUSE = 1.0
"""Seconds before the second look; each pause is twice the one before, up to --poll."""

PATIENCE = 10
"""Polls in a row that may fail before the wait is given up."""


class Waited(NamedTuple):
    """A part of a job whose batch has ended."""

    part: int
    batch: dict[str, Any]


def ended(client: ApiClient, job: Job, poll: float, notices: Notices) -> Iterator[Waited]:
    """Yield each part that is to be fetched as soon as its batch has ended."""
    rows: int = job.header["rows"]
    begun = min(sent.intended for sent in job.journal.parts.values())
    progress = Progress(notices, rows, (datetime.now(UTC) - begun).total_seconds())
    polled = _Polled(client, hosted.unfetched(job))
    pauses = pauses_up_to(poll)
    with closing(progress):
        while polled.waiting:
            for waited in polled.newly_ended():
                progress.close()
                yield waited
            if polled.waiting:
                known = job.index.outcomes().items()
                here = [f"{count} {outcome}" for outcome, count in known if outcome]
                done = rows - polled.processing
                progress.show_for(next(pauses), done, "processed", *here, *polled.deadline)


def wait_for_batch(client: ApiClient, batch_id: str, poll: float, notices: Notices) -> None:
    """Wait for the end of a batch that was not made here."""
    rows = hosted.size_of(batches.show_batch(client, batch_id))
    polled = _Polled(client, {0: batch_id})
    pauses = pauses_up_to(poll)
    with closing(Progress(notices, rows)) as progress:
        while not list(polled.newly_ended()):
            done = rows - polled.processing
            progress.show_for(next(pauses), done, "processed", *polled.deadline)


@contextmanager
def told_how_to_come_back(name: str, notices: Notices, *, goes_on: bool = True) -> Iterator[None]:
    """Tell it where a signal ends the wait; a job on the server `goes_on` without us."""
    try:
        yield
    except (KeyboardInterrupt, Interrupted):
        notices.notice(
            f"job {name} goes on; run the same command again, or: claude-cli batch wait {name}"
            if goes_on
            else f"job {name} is not finished: run the same command again to go on"
        )
        raise


def pauses_up_to(longest: float) -> Iterator[float]:
    """Seconds to wait before each further look, without end."""
    pause = FIRST_PAUSE
    while pause < longest:
        yield pause
        pause *= 2
    yield from repeat(longest)


class _Polled:
    """Batches that are asked for until each has ended; a network may come and go meanwhile."""

    def __init__(self, client: ApiClient, waiting: dict[int, str]) -> None:
        self.waiting = waiting
        """Part → batch, of those that have not ended."""
        self._client = client
        self._under_way: dict[int, dict[str, Any]] = {}
        self._failures = 0

    def newly_ended(self) -> Iterator[Waited]:
        """Ask once for each. Raises what the client raises, ten failures in a row."""
        for part, batch_id in list(self.waiting.items()):
            try:
                batch = batches.show_batch(self._client, batch_id)
            except (TemporaryFailure, Unreachable):
                self._failures += 1
                if self._failures >= PATIENCE:
                    raise
                continue
            self._failures = 0
            self._under_way[part] = batch
            if batch.get("processing_status") == "ended":
                del self.waiting[part], self._under_way[part]
                yield Waited(part, batch)

    @property
    def processing(self) -> int:
        """Requests that are still to be answered, as far as is known."""
        return sum(map(hosted.processing_of, self._under_way.values()))

    @property
    def deadline(self) -> list[str]:
        """When the first batch expires, in words; nothing where no batch says it."""
        moments = [hosted.moment(batch.get("expires_at")) for batch in self._under_way.values()]
        left = min((m - datetime.now(UTC) for m in moments if m), default=None)
        return [] if left is None else [f"expires in {length(left.total_seconds())}"]
