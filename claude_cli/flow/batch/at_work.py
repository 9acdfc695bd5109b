"""A job at work: the four values that every step of sending and waiting needs together."""

from dataclasses import dataclass

from claude_cli.api.client import ApiClient
from claude_cli.commandline.flags.batch import BatchAsked
from claude_cli.flow.batch.items import rows_in_words
from claude_cli.jobs.store import Job
from claude_cli.ui.notices import Notices


@dataclass(frozen=True, slots=True)
class Run:
    """The command line that asked for a job, the client, the job, and where notices go."""

    asked: BatchAsked
    client: ApiClient
    job: Job
    notices: Notices

    def forget_answers(self) -> None:
        """Make every row one that is not sent yet, for --resubmit all."""
        for retry in self.job.retries:
            retry.delete()
        self.job.forget_retries()
        again = self.job.index.send_again()
        self.job.journal.resubmitted(again)
        self.notices.notice(f"to be sent again: {rows_in_words(again)}")
