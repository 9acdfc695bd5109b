"""The rows of a `batch` command line → the requests of a job, all checked before any is sent."""

from contextlib import closing
from dataclasses import dataclass
from typing import Any, NamedTuple

from claude_cli.api.betas import needed_in_batch
from claude_cli.errors import InputError
from claude_cli.flow.batch.asked import BatchAsked
from claude_cli.flow.batch.bodies import Builder, common_parts
from claude_cli.flow.batch.items import custom_id_of, items_of, rows_in_words
from claude_cli.jobs.store import Draft
from claude_cli.turn.gather import lossy_of
from claude_cli.turn.toolcalls import Tools
from claude_cli.types import RequestBody
from claude_cli.ui.notices import Notices
from claude_cli.ui.progress import Progress

MOST_TOLD = 20
"""Bad rows that are named; the others are counted."""


@dataclass(slots=True)
class Total:
    """What the requests to one model weigh: how many, their bytes, the longest answers."""

    rows: int = 0
    size: int = 0
    output: int = 0


class Read(NamedTuple):
    """What the input came to: its total by model, the betas that its requests need, and the schema
    that answers are to fit."""

    totals: dict[str, Total]
    betas: list[str]
    schema: dict[str, Any] | None


@dataclass(slots=True)
class _Findings:
    """What is wrong with the input: told as it is found, summed up at the end."""

    notices: Notices
    count: int = 0

    def add(self, place: str, problem: str) -> None:
        self.count += 1
        if self.count <= MOST_TOLD:
            self.notices.error(InputError(f"{place}: {problem}"))

    def conclude(self, rows: int) -> None:
        """Raise InputError where a row is bad, or where there is none."""
        if self.count:
            more = self.count - MOST_TOLD
            rest = f", {more} more than are named" if more > 0 else ""
            raise InputError(f"{rows_in_words(self.count, 'bad ')}{rest}: nothing was sent")
        if not rows:
            raise InputError("there are no rows: nothing was sent")


def read_requests(asked: BatchAsked, draft: Draft, notices: Notices) -> Read:
    """Put every row into `draft` as the request that it makes.

    Raises InputError where a row is bad, after the first twenty were named, and UsageError for
    flags that fit no row.
    """
    question = common_parts(asked, notices)
    findings = _Findings(notices)
    totals: dict[str, Total] = {}
    betas: dict[str, None] = {}
    rows = 0
    with (
        Tools(asked.tools, asked.connection.config, notices) as tools,
        closing(items_of(asked, lossy_of(asked.content, notices))) as items,
        closing(Progress(notices, None)) as progress,
    ):
        builder = Builder(asked, question, tools, notices)
        for rows, item in enumerate(items, 1):
            progress.show(rows, "rows read")
            try:
                custom_id = custom_id_of(item, asked.rows.id_field)
                body = builder.build(item)
                before = draft.size
                doubled = draft.add(item.line, body, custom_id, item.fields)
                if doubled is not None:
                    raise InputError(f"the custom_id {custom_id} is that of line {doubled} too")
            except InputError as error:
                findings.add(item.place, error.message)
                continue
            _add_to(totals, body, draft.size - before)
            betas |= dict.fromkeys(needed_in_batch(body))
    findings.conclude(rows)
    if tools.runs_any:
        notices.notice("tools are offered and not run: a call ends its row, by tool_use")
    return Read(totals, [*betas], builder.schema)


def _add_to(totals: dict[str, Total], body: RequestBody, size: int) -> None:
    total = totals.setdefault(str(body["model"]), Total())
    most = body.get("max_tokens")
    total.rows += 1
    total.output += most if isinstance(most, int) else 0
    total.size += size
