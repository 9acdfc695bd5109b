"""A job through the Message Batches API: each part is sent once, found again, waited for, fetched.

A create is never sent again while a batch may exist that came of it: whoever lost its reply looks
for it on the server, or is told which batch it is.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import IO, Any, NamedTuple

from claude_cli.api import batches
from claude_cli.api.client import ApiClient
from claude_cli.api.payload import PIECE, Payload
from claude_cli.errors import ClaudeCliError, InputError, TemporaryFailure
from claude_cli.jobs.index import Part, Request
from claude_cli.jobs.results import Results, read_result
from claude_cli.jobs.store import Job
from claude_cli.values.untyped import mapping, whole_number

EARLIER, LATER = timedelta(minutes=10), timedelta(hours=1)
"""How far the server's clock, and a slow upload, may put a batch from our intent."""

Progress = Callable[[int], None]
"""Is called with how much has been done so far."""

SAMPLE = 20
"""Results that tell whose batch it is."""

_OPENING, _CLOSING = b'{"requests":[', b"]}"


class Unsent(NamedTuple):
    """The parts that are still to be sent, and those whose create got no reply."""

    fresh: list[Part]
    lost: list[Part]


class Found(NamedTuple):
    """What the server has that may be a lost part."""

    batch: str | None
    """The batch that it is."""
    undecided: list[str]
    """Batches of that time and size that have not ended: their ids cannot be seen yet."""


def unsent(job: Job) -> Unsent:
    """What of the job has no batch yet."""
    parts, sent = job.index.parts(), job.journal.parts
    fresh = [part for part in parts if part.number not in sent]
    return Unsent(fresh, [p for p in parts if p.number in sent and sent[p.number].is_lost])


def create(client: ApiClient, job: Job, part: Part, progress: Progress) -> str:
    """Send one part and return its batch; `progress` gets the bytes that have gone.

    Raises TemporaryFailure, whatever happened, where a batch may have come of it; what the server
    said where surely none did.
    """
    job.journal.intend(part.number, part.size)
    job.note_journal()
    try:
        batch = batches.create_batch(client, _payload(job, part, progress), job.header["betas"])
    except ClaudeCliError as error:
        if batches.was_refused(error):
            job.journal.refused(part.number)
            raise
        raise may_exist(job, error.message) from error
    job.journal.created(part.number, batch["id"])
    job.note_journal()
    return str(batch["id"])


def may_exist(job: Job, why: str) -> TemporaryFailure:
    """The failure of a part of which nobody knows whether it was sent."""
    return TemporaryFailure(
        f"a batch of job {job.id} may exist although its reply got lost ({why}); "
        "it is not sent a second time",
        hint="run the same command again to look for it; --adopt msgbatch_… names it; with "
        "--resubmit failed it sends these rows once more, and is billed again if there is one",
    )


def search(client: ApiClient, job: Job, part: Part, known: set[str]) -> Found:
    """Look on the server for the batch that a lost create of `part` made.

    It must have come about at that time, with that many requests, be none of the `known` ones, and
    its results must have the ids of the part.
    """
    undecided = []
    for batch in _of_that_time(client, job.journal.parts[part.number].intended):
        if batch.get("id") in known or size_of(batch) != part.rows:
            continue
        if batch.get("processing_status") != "ended":
            undecided.append(str(batch.get("id")))
        elif batch.get("results_url") and _has_our_ids(client, job, part, batch):
            job.journal.created(part.number, str(batch["id"]), adopted=True)
            return Found(str(batch["id"]), [])
    return Found(None, undecided)


def adopt(client: ApiClient, job: Job, batch_id: str) -> Part:
    """Take a batch that the user names for the lost part that has its size.

    Raises InputError where no lost part can be it.
    """
    batch = batches.show_batch(client, batch_id)
    for part in unsent(job).lost:
        if size_of(batch) == part.rows:
            if batch.get("results_url") and not _has_our_ids(client, job, part, batch):
                raise InputError(f"{batch_id} holds other requests than job {job.id}")
            job.journal.created(part.number, batch_id, adopted=True)
            return part
    raise InputError(
        f"{batch_id} has {size_of(batch)} requests: no part of job {job.id} that lost its reply has"
    )


def unfetched(job: Job) -> dict[int, str]:
    """Part → batch, of the parts whose results are not all here."""
    here = job.journal.parts
    return {
        part.number: here[part.number].batch or ""
        for part in job.index.parts()
        if _has_batch(job, part.number)
        and (not here[part.number].is_complete or job.index.missing(part.number))
    }


def fetch(
    client: ApiClient,
    job: Job,
    part: int,
    batch: dict[str, Any],
    results: Results,
    progress: Progress,
) -> None:
    """Download the results of a part that has ended; `progress` gets how many have come.

    What was here before stays and is not kept twice. Ids that are doubled, unknown or missing are
    counted in the journal. Raises what `result_lines` raises; what came by then is kept.
    """
    download = job.index.fact("downloads") + 1
    job.index.set_fact("downloads", download)
    mismatched_ids = {"doubled": 0, "unknown": 0}
    for number, line in enumerate(batches.result_lines(client, batch), 1):
        result = read_result(line)
        found = job.index.find(result.custom_id) if result else None
        if result is None or found is None or found.part != part:
            mismatched_ids["unknown"] += 1
        elif found.seen == download:
            mismatched_ids["doubled"] += 1
        elif found.at is None:
            results.keep(found.row, line, result, is_charged=found.is_charged, download=download)
        else:
            job.index.see(found.row, download)
        progress(number)
    results.flush()
    mismatched_ids["missing"] = job.index.missing(part)
    job.journal.fetched(part, {what: count for what, count in mismatched_ids.items() if count})


def _has_batch(job: Job, part: int) -> bool:
    return part in job.journal.parts and job.journal.parts[part].batch is not None


def size_of(batch: dict[str, Any]) -> int:
    """The number of a batch's requests: the counts add up to it at any time."""
    return sum(whole_number(count) for count in mapping(batch.get("request_counts")).values())


def processing_of(batch: dict[str, Any]) -> int:
    """How many of a batch's requests are still to be answered."""
    return whole_number(mapping(batch.get("request_counts")).get("processing"))


def moment(text: Any) -> datetime | None:
    """A moment that the API tells; None for what is none."""
    try:
        found = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return found if found.tzinfo else None


def _payload(job: Job, part: Part, progress: Progress) -> Payload:
    """The body of a create, read from the job's files for each try."""

    def pieces() -> Iterator[bytes]:
        sent = 0
        for piece in _pieces(job, part.number):
            yield piece
            sent += len(piece)
            progress(sent)

    return Payload("application/json", part.size, pieces)


def _pieces(job: Job, part: int) -> Iterator[bytes]:
    waiting = bytearray(_OPENING)
    comma = b""
    with job.open_requests() as file:
        for request in job.index.requests(part):
            waiting += comma + request_line(file, request)
            comma = b","
            if len(waiting) >= PIECE:
                yield bytes(waiting)
                waiting.clear()
    yield bytes(waiting + _CLOSING)


def request_line(requests: IO[bytes], request: Request) -> bytes:
    """A request as the Batches API takes it: `{"custom_id", "params"}`."""
    if requests.tell() != request.start:
        requests.seek(request.start)
    body = requests.readline()[: request.length]
    return b'{"custom_id":"%s","params":%s}' % (request.custom_id.encode(), body)


def _of_that_time(client: ApiClient, intended: datetime) -> Iterator[dict[str, Any]]:
    for batch in batches.list_batches(client):  # the newest first
        created = moment(batch.get("created_at"))
        if created is not None and created < intended - EARLIER:
            return
        if created is None or created <= intended + LATER:
            yield batch


def _has_our_ids(client: ApiClient, job: Job, part: Part, batch: dict[str, Any]) -> bool:
    seen = 0
    for line in batches.result_lines(client, batch):
        result = read_result(line)
        found = job.index.find(result.custom_id) if result else None
        if found is None or found.part != part.number:
            return False
        seen += 1
        if seen == SAMPLE:
            break
    return seen > 0
