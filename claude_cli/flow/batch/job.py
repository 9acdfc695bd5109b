"""The job of a command line: made of its rows, or found again by its name."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path

from claude_cli.api import batches
from claude_cli.commandline.flags.batch import BatchAsked
from claude_cli.commandline.flags.connection import ConnectionFlags
from claude_cli.errors import (
    ClaudeCliError,
    InputError,
    UsageError,
)
from claude_cli.flow.batch.estimate import estimate
from claude_cli.flow.batch.meanings import older_meanings, settled
from claude_cli.flow.batch.requests import Read, read_requests
from claude_cli.jobs import hosted
from claude_cli.jobs.draft import Draft, begin
from claude_cli.jobs.journal import Engine
from claude_cli.jobs.store import Job, JobStore
from claude_cli.turn.connection import find_place, model_names
from claude_cli.turn.preview import without_tokens
from claude_cli.turn.spending import price_table
from claude_cli.ui.notices import Notices
from claude_cli.ui.streams import open_stdout


@contextmanager
def prepared(asked: BatchAsked, notices: Notices) -> Iterator[tuple[Job | None, bool]]:
    """The job of the command line, and whether it is new; None when that was all (--dry-run).

    Raises InputError, before a row is read, for batches where the platform has none.
    """
    engine: Engine = "live" if asked.live.live else "hosted"
    if engine == "hosted":
        find_place(asked.connection, offline=True).platform.require(batches.PATH)
    passing = asked.send.dry_run or asked.connection.is_free
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory())) if passing else None
        store = JobStore(folder)
        with begin(store) as draft:
            job, is_new = _keep(asked, engine, store, draft, notices)
        stack.callback(job.close)
        if asked.send.dry_run:
            preview(job, asked.connection, notices)
            yield None, True
            return
        if is_new:
            _tell_older(store, job, notices)
        yield job, is_new


@contextmanager
def found_job(name: str, connection: ConnectionFlags) -> Iterator[Job | None]:
    """The local job of that name; None for a batch that only the server knows, or a cassette.

    Raises UsageError for a job in place of a cassette's batch, InputError for an unknown one.
    """
    job = _find(name, connection)
    with closing(job) if job else nullcontext():
        yield job


def _find(name: str, connection: ConnectionFlags) -> Job | None:
    if connection.replay is not None:
        if name.startswith("msgbatch_"):
            return None
        raise UsageError(f"{name} is in no cassette", hint="name its batch, msgbatch_…")
    try:
        return JobStore().open(name)
    except ClaudeCliError:
        if name.startswith("msgbatch_"):
            return None
        raise


def server_of(flags: ConnectionFlags) -> str:
    """The base URL that belongs to the identity of a job; empty for a simulator."""
    return "" if flags.simulate else find_place(flags).base_url.rstrip("/")


def at_home(flags: ConnectionFlags, job: Job) -> ConnectionFlags:
    """The connection to the server that has the job, with the betas that were asked for it.

    Raises UsageError where another server is named.
    """
    there = job.header["base_url"]
    if flags.simulate or (flags.base_url and server_of(flags) != there):
        named = "the simulator" if flags.simulate else flags.base_url
        raise UsageError(f"job {job.id} is at {there}, not at {named}", hint=f"--base-url {there}")
    betas = dict.fromkeys([*job.header.get("beta", []), *(flags.beta or [])])
    return flags._replace(base_url=there, beta=[*betas])


def is_complete(job: Job) -> bool:
    """Whether nothing is left to be sent, waited for or fetched."""
    if job.engine == "live":
        return None not in job.index.outcomes()
    return not any(hosted.unsent(job)) and not hosted.unfetched(job)


def require_sent(job: Job) -> None:
    """Raise InputError for a job that must be run again before it can be waited for."""
    if job.engine == "live":
        raise InputError(f"job {job.id} is a live one: run the same command again to go on")
    if any(hosted.unsent(job)):
        raise InputError(
            f"job {job.id} is not all sent", hint="run the same command again to go on"
        )


def tell_age(job: Job, asked: BatchAsked, notices: Notices) -> bool:
    """Whether the job is finished and nothing is to be sent again; a notice tells its age."""
    if asked.resubmit or not is_complete(job):
        return False
    fetched = [sent.fetched for one in job.all for sent in one.journal.parts.values()]
    moments = [moment for moment in fetched if moment]
    answered = [one.header["answered"] for one in job.all if one.header.get("answered")]
    moments += map(datetime.fromisoformat, answered)
    age = _age(max(moments)) if moments else "before"
    notices.notice(f"job {job.id} is finished: these are its results, fetched {age}")
    return True


def _keep(
    asked: BatchAsked, engine: Engine, store: JobStore, draft: Draft, notices: Notices
) -> tuple[Job, bool]:
    base_url = server_of(asked.connection)
    names = model_names(asked.connection)
    place = {"input": asked.input_path, "engine": engine, "base_url": base_url}
    others = [settled(names, older) for older in older_meanings(store, names, place)]
    read = read_requests(asked, draft, notices, settled(names, {}), others=others)
    if not draft.is_known(engine, base_url):
        if older := _by_an_older_meaning(store, read, engine, base_url, notices):
            return older, False
        if asked.resubmit == "failed":
            raise UsageError(
                "--resubmit failed: no job of these requests is known, with this model and these "
                "flags",
                hint="without --resubmit they are sent as a new job",
            )
    about = {
        "input": asked.input_path,
        "prefill": asked.content.prefill,
        "beta": asked.connection.beta or [],
        **read.about,
    }
    return draft.keep(engine, base_url, about)


def _by_an_older_meaning(
    store: JobStore, read: Read, engine: Engine, base_url: str, notices: Notices
) -> Job | None:
    """The job of these rows in which aliases of models meant what they do not mean any more."""
    for identity in read.others:
        job = store.find(identity.job_id(engine, base_url))
        if job is not None:
            meant = job.header["aliases"].items()
            changed = [f"{name} was {old}" for name, old in meant if read.aliases.get(name) != old]
            notices.notice(f"job {job.id} goes on as it began: {', '.join(changed)}")
            return job
    return None


def preview(job: Job, flags: ConnectionFlags, notices: Notices) -> None:
    """Print the requests as the Batches API takes them."""
    stdout = open_stdout()
    with job.open_requests() as file:
        for request in job.index.requests():
            stdout.write(without_tokens(hosted.request_line(file, request).decode()) + "\n")
    notices.notice(f"{estimate(job, price_table(flags), None)}; nothing was sent")


def _tell_older(store: JobStore, job: Job, notices: Notices) -> None:
    """An input that was changed makes another job: say so, it is paid for again."""
    for header in store.headers():
        same_input = job.header.get("input") and header.get("input") == job.header["input"]
        if same_input and header.get("id") != job.id and header.get("engine") == job.engine:
            notices.notice(
                f"this is a new job, {job.id}: another one of the same input is {header['id']}, "
                f"begun {_age(datetime.fromisoformat(header['time']))}"
            )
            return


def _age(moment: datetime) -> str:
    seconds = int((datetime.now(UTC) - moment).total_seconds())
    for size, unit in ((86_400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            count = seconds // size
            return f"{count} {unit}{'' if count == 1 else 's'} ago"
    return "less than a minute ago"
