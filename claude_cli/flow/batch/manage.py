"""`batch list`, `cancel` and `delete`: jobs here, and batches on the server."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from claude_cli.api import batches
from claude_cli.api.client import ApiClient
from claude_cli.commandline.flags.connection import ConnectionFlags
from claude_cli.errors import ClaudeCliError, InputError
from claude_cli.flow.batch.job import at_home, found_job, is_complete, server_of
from claude_cli.jobs import hosted
from claude_cli.jobs.store import JobStore
from claude_cli.turn.connection import connect
from claude_cli.ui.notices import Notices
from claude_cli.ui.tables import Column, Columns, ListFormat, print_rows

COLUMNS: Columns = {
    "job": "JOB",
    "batch": "BATCH",
    "state": "STATE",
    "rows": ">ROWS",
    "created": Column("CREATED", spare=2),
    "input": Column("INPUT", cut="start", spare=1),
}


def list_jobs(connection: ConnectionFlags, format: ListFormat, notices: Notices) -> None:
    """Print the jobs that are here, and every batch that the server has, the newest first.

    Where the server cannot be asked, raises why, behind the jobs that are here.
    """
    if connection.simulate:
        notices.notice("a simulator starts without batches, and its jobs are not kept")
    server = _ask_server(connection, notices)
    rows = _listed(server, notices)
    print_rows([*rows] if format == "json" else rows, COLUMNS, format)
    if server.failure:
        raise server.failure


def cancel_job(name: str, connection: ConnectionFlags, notices: Notices) -> None:
    """Ask the server to end what has not ended; what is under way may still succeed."""
    with found_job(name, connection) as job:
        if job is None:
            with connect(connection, notices) as client:
                batches.cancel_batch(client, name)
                notices.notice(f"{name} is being cancelled")
            return
        waiting = [batch for one in job.all for batch in hosted.unfetched(one).values()]
        if not waiting:
            raise InputError(f"job {job.id} has nothing on the server that could be cancelled")
        with connect(at_home(connection, job), notices) as client:
            for batch_id in waiting:
                if batches.show_batch(client, batch_id).get("processing_status") == "in_progress":
                    batches.cancel_batch(client, batch_id)
                    notices.notice(f"{batch_id} is being cancelled")


def delete_job(name: str, connection: ConnectionFlags, notices: Notices) -> None:
    """Delete a job's batches on the server, with their results, and then the job here.

    Of one whose batches cannot be told, for its journal is damaged, only what is here.
    """
    if not connection.is_free and (damage := JobStore().drop_damaged(name)):
        notices.warning(f"{damage.message}: deleted here alone, batch list has its batches")
        return
    with found_job(name, connection) as job:
        if job is None:
            with connect(connection, notices) as client:
                batches.delete_batch(client, name)
            return
        with job.hold():
            if job.batches:
                with connect(at_home(connection, job), notices) as client:
                    for batch_id in job.batches:
                        _delete_batch(client, batch_id, notices)
            job.delete()


def _delete_batch(client: ApiClient, batch_id: str, notices: Notices) -> None:
    try:
        batches.delete_batch(client, batch_id)
    except InputError as error:
        if error.status != 404:
            raise
        notices.notice(f"{batch_id} is not on the server any more")


class _Server(NamedTuple):
    """What a server says of its batches, by their ids; `failure` is why it says nothing."""

    base_url: str | None
    batches: dict[str, dict[str, Any]]
    failure: ClaudeCliError | None = None


def _ask_server(connection: ConnectionFlags, notices: Notices) -> _Server:
    base_url = None
    try:
        base_url = server_of(connection)
        with connect(connection, notices) as client:
            is_served = batches.PATH not in client.connection.platform.missing
            found = batches.list_batches(client) if is_served else ()
            return _Server(base_url, {str(batch.get("id")): batch for batch in found})
    except ClaudeCliError as failure:
        return _Server(base_url, {}, failure)


def _listed(server: _Server, notices: Notices) -> Iterator[dict[str, Any]]:
    remote = server.batches
    store = JobStore()
    for header in store.headers():
        try:
            job = store.open(str(header["id"]))
            complete = all(map(is_complete, job.all))
        except ClaudeCliError as error:
            notices.warning(error.message)
            yield {**dict.fromkeys(COLUMNS), "job": header["id"], "state": "damaged"}
            continue
        is_here = header.get("base_url") == server.base_url
        state = "finished" if complete else "not finished"
        row = {
            "job": job.id,
            "batch": None,
            "state": state,
            "rows": header.get("rows"),
            "created": header.get("time"),
            "input": header.get("input"),
        }
        for one in job.all if is_here else ():
            for batch_id in one.journal.batches:
                if server.failure is None:
                    state = remote.pop(batch_id, {}).get("processing_status", "gone")
                yield {**row, "batch": batch_id, "state": state, "rows": one.header.get("rows")}
        if not is_here:
            yield {**row, "state": f"{state}, at {header.get('base_url')}"}
        elif not job.batches:
            yield row
        job.close()
    for batch_id, batch in remote.items():
        yield {
            "job": None,
            "batch": batch_id,
            "state": batch.get("processing_status"),
            "rows": hosted.size_of(batch),
            "created": batch.get("created_at"),
            "input": None,
        }
