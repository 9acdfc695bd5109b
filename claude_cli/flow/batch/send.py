"""The parts of a job are sent, each once; one whose create got no reply is looked for."""

import time
from contextlib import closing
from functools import partial

from claude_cli.api.client import ApiClient
from claude_cli.flow.batch.cost import tell_cost
from claude_cli.flow.batch.items import BatchAsked, rows_in_words
from claude_cli.flow.batch.wait import pauses_up_to
from claude_cli.jobs import hosted
from claude_cli.jobs.index import Part
from claude_cli.jobs.store import Job, JobStore
from claude_cli.ui.notices import Notices
from claude_cli.ui.progress import Progress


def send_parts(
    asked: BatchAsked, client: ApiClient, job: Job, notices: Notices, *, patient: bool
) -> None:
    """Send every part that has no batch. Raises TemporaryFailure where one may have one."""
    if asked.send.resubmit:
        again = job.index.send_again(asked.send.resubmit, hosted.dead_parts(job))
        job.journal.resubmitted(again)
        notices.notice(f"to be sent again: {rows_in_words(again)}")
    if asked.send.adopt:
        hosted.adopt(client, job, asked.send.adopt)
    for part in hosted.unsent(job).lost:
        _find_lost(asked, client, job, part, notices, patient=patient)
    fresh = hosted.unsent(job).fresh
    if fresh:
        tell_cost(asked, client, job, notices)
    for part in fresh:
        with closing(Progress(notices, part.size)) as progress:
            told = partial(progress.show, what="bytes sent")
            batch = hosted.create(client, job, part, told)
        notices.notice(f"job {job.id}: {rows_in_words(part.rows)} sent as {batch}")


def _find_lost(
    asked: BatchAsked,
    client: ApiClient,
    job: Job,
    part: Part,
    notices: Notices,
    *,
    patient: bool,
) -> None:
    """Find the batch of a create that got no reply; one that has not ended is waited for."""
    known = JobStore(job.folder.parent).known_batches()
    told = False
    pauses = pauses_up_to(asked.poll)
    while True:
        found = hosted.search(client, job, part, known)
        if found.batch:
            notices.notice(f"{found.batch} was found on the server: it is of job {job.id}")
            return
        if not (found.undecided and patient):
            maybe = f"it may be {found.undecided[0]}" if found.undecided else "none was found"
            raise hosted.may_exist(job, maybe)
        if not told:
            notices.notice(
                f"the reply to a create got lost: {found.undecided[0]} may be its batch, which "
                "its results will tell"
            )
            told = True
        time.sleep(next(pauses))
