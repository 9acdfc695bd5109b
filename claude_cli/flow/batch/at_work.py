"""A job at work: the four values that every step of sending and waiting needs together."""

from dataclasses import dataclass

from claude_cli.api.client import ApiClient
from claude_cli.commandline.flags.batch import BatchAsked
from claude_cli.jobs.store import Job
from claude_cli.ui.notices import Notices


@dataclass(frozen=True, slots=True)
class Run:
    """The command line that asked for a job, the client, the job, and where notices go."""

    asked: BatchAsked
    client: ApiClient
    job: Job
    notices: Notices
