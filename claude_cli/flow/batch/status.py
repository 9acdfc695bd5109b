"""`batch status`: how far a job is, in words or as JSON."""

from datetime import UTC, datetime
from typing import Any

from claude_cli.api import batches
from claude_cli.api.client import ApiClient
from claude_cli.commandline.flags.connection import ConnectionFlags
from claude_cli.errors import InputError
from claude_cli.flow.batch.items import rows_in_words
from claude_cli.flow.batch.job import at_home, found_job, is_complete
from claude_cli.jobs import hosted
from claude_cli.jobs.store import Job
from claude_cli.turn.connection import connect
from claude_cli.ui.notices import Notices
from claude_cli.ui.progress import length
from claude_cli.ui.tables import ListFormat, print_record

UNKNOWN = "unknown to the server"

RUN_AGAIN = "the same command again goes on"

STATES = {
    "finished": ("finished: all results are here", "claude-cli batch results {}"),
    "may exist": ("the reply to a create got lost: its batch may exist", RUN_AGAIN),
    "not sent": ("not all of it is sent", RUN_AGAIN),
    "in progress": ("the server is at work on it", "claude-cli batch wait {}"),
    "ended": ("the server is done; not all results are here", "claude-cli batch results {}"),
    "not finished": ("not all rows are answered", RUN_AGAIN),
}
"""State of a job → what it means, and what to do next."""


def show_status(
    name: str, connection: ConnectionFlags, format: ListFormat, notices: Notices
) -> None:
    """Print how far a job is; the server is asked for batches whose results are not here."""
    with found_job(name, connection) as job:
        if job is None:
            with connect(connection, notices) as client:
                batch = batches.show_batch(client, name)
            print_record(batch if format == "json" else {"batch": _batch_in_words(batch)}, format)
            return
        remote: dict[str, dict[str, Any]] = {}
        if any(map(hosted.unfetched, job.all)):
            with connect(at_home(connection, job), notices) as client:
                for one in job.all:
                    remote |= {name: _show(client, name) for name in hosted.unfetched(one).values()}
        status = _status(job, remote)
        if job.retries:
            status["retries"] = [_status(retry, remote) for retry in job.retries]
        print_record(status if format == "json" else _in_words(status), format)


def _show(client: ApiClient, batch_id: str) -> dict[str, Any]:
    try:
        return batches.show_batch(client, batch_id)
    except InputError as error:
        if error.status != 404:
            raise
        return {"id": batch_id, "processing_status": UNKNOWN}


def _status(job: Job, shown: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """`shown`: the batches that the server was asked for, by their ids."""
    remote = [shown[batch] for batch in job.journal.batches if batch in shown]
    outcomes = job.index.outcomes()
    unsent = hosted.unsent(job) if job.engine == "hosted" else hosted.Unsent([], [])
    if is_complete(job):
        state = "finished"
    elif unsent.lost:
        state = "may exist"
    elif unsent.fresh:
        state = "not sent"
    elif all(batch.get("processing_status") == "ended" for batch in remote):
        state = "ended" if remote else "not finished"
    else:
        state = "in progress"
    return {
        "job": job.id,
        "state": state,
        "engine": job.engine,
        "rows": job.header["rows"],
        "input": job.header.get("input"),
        "models": [*job.header.get("totals", {})],
        "created": job.header.get("time"),
        "base_url": job.header.get("base_url"),
        "results": {outcome: count for outcome, count in outcomes.items() if outcome},
        "batches": remote or job.journal.batches,
    }


def _in_words(status: dict[str, Any]) -> dict[str, Any]:
    retries = status.get("retries", [])
    unfinished = [one for one in (status, *retries) if one["state"] != "finished"]
    _, following = STATES[(unfinished or [status])[0]["state"]]
    known = [b if isinstance(b, str) else _batch_in_words(b) for b in status["batches"]]
    return {
        "job": status["job"],
        "state": STATES[status["state"]][0],
        "rows": status["rows"],
        "results": _counts(status) or "none yet",
        **{f"batch {number}": words for number, words in enumerate(known, 1)},
        **{f"retry {number}": _retry_in_words(one) for number, one in enumerate(retries, 1)},
        "engine": status["engine"],
        "input": status["input"],
        "created": status["created"],
        "next": following.format(status["job"]),
    }


def _retry_in_words(status: dict[str, Any]) -> str:
    """`2 rows, claude-opus-4-8: finished: all results are here (1 succeeded, 1 errored)`."""
    here = f" ({_counts(status)})" if status["results"] else ""
    models = ", ".join(status["models"])
    return f"{rows_in_words(status['rows'])}, {models}: {STATES[status['state']][0]}{here}"


def _counts(status: dict[str, Any]) -> str:
    return ", ".join(f"{count} {outcome}" for outcome, count in status["results"].items())


def _batch_in_words(batch: dict[str, Any]) -> str:
    """`msgbatch_1: in progress, 3 rows, 3 to be answered, expires in 23 h 59 min`."""
    words = [str(batch.get("processing_status")).replace("_", " ")]
    if size := hosted.size_of(batch):
        words.append(rows_in_words(size))
    if left := hosted.processing_of(batch):
        words.append(f"{left} to be answered")
    expires = hosted.moment(batch.get("expires_at"))
    if expires and batch.get("processing_status") == "in_progress":
        words.append(f"expires in {length((expires - datetime.now(UTC)).total_seconds())}")
    return f"{batch.get('id')}: {', '.join(words)}"
