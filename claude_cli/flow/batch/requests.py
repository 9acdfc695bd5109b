"""The rows of a `batch` command line → the requests of a job, all checked before any is sent."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from claude_cli.api.betas import BatchBetas
from claude_cli.commandline.flags.batch import BatchAsked
from claude_cli.disk.appendlog import encode_line
from claude_cli.errors import InputError
from claude_cli.flow.batch.bodies import Builder, common_parts, shared_fitting
from claude_cli.flow.batch.items import Item, Named, custom_id_of, items_of, rows_in_words
from claude_cli.flow.batch.meanings import SettledNames
from claude_cli.flow.batch.problems import Problems
from claude_cli.flow.batch.row_texts import RowTexts, row_texts
from claude_cli.jobs.draft import Draft, Identity
from claude_cli.turn.gather import reading_of
from claude_cli.turn.toolcalls import Tools
from claude_cli.types import RequestBody
from claude_cli.ui.notices import Notices
from claude_cli.ui.progress import Progress


@dataclass(slots=True)
class Total:
    """What the requests to one model weigh: how many, their bytes, the longest answers."""

    rows: int = 0
    size: int = 0
    output: int = 0


class Read(NamedTuple):
    """Facts about the whole input: its total by model, the betas that its requests need, the schema
    that answers are to fit, what aliases of models mean; and what the job would be by other
    meanings."""

    totals: dict[str, Total]
    betas: list[str]
    schema: dict[str, Any] | None
    aliases: dict[str, str]
    others: list[Identity]

    @property
    def about(self) -> dict[str, Any]:
        """What the header of the job says of it."""
        return {
            "totals": {model: asdict(total) for model, total in self.totals.items()},
            "betas": self.betas,
            "schema": self.schema,
            "aliases": self.aliases,
        }


def read_requests(
    asked: BatchAsked,
    draft: Draft,
    notices: Notices,
    names: SettledNames,
    *,
    others: Sequence[SettledNames] = (),
    items: Named | None = None,
) -> Read:
    """Put every row into `draft` as the request that it makes; `items` are other rows than the
    command line names. `others` are other meanings of the `names`.

    Raises InputError where a row is bad, after the problems were named, and UsageError for flags
    that fit no row.
    """
    texts = row_texts(asked)
    question = common_parts(asked, texts, notices)
    found = items or _items_of(asked, texts, notices)
    with (
        Tools(asked.tools, asked.connection, notices) as tools,
        closing(found.items),
        closing(Progress(notices, found.total)) as progress,
    ):
        builder = Builder(asked, texts, question, tools, notices, names)
        intake = _Intake(builder, draft, asked.rows.id_field, others)
        for number, item in enumerate(found.items, 1):
            progress.show(number, "rows read")
            intake.take(item)
    intake.tell(notices)
    if tools.runs_any:
        notices.notice(
            "a batch offers tools but runs none: a row ends where the model calls one (tool_use)"
        )
    betas, identities = intake.betas.needed, intake.identities
    return Read(intake.totals, betas, builder.schema, names.aliases_met, identities)


class _Intake:
    """Puts the requests of rows into a draft, and sums up what they are; bad rows are collected."""

    def __init__(
        self, builder: Builder, draft: Draft, id_field: str | None, others: Sequence[SettledNames]
    ) -> None:
        self.totals: dict[str, Total] = {}
        self.betas = BatchBetas()
        self._builder = builder
        self._draft = draft
        self._id_field = id_field
        self._would_be = [_WouldBe(builder.by_other_names(other)) for other in others]
        self._problems = Problems()
        self._rows = self._blank = 0

    @property
    def identities(self) -> list[Identity]:
        """What the job would be by each of the other meanings that every row fits."""
        return [other.identity for other in self._would_be]

    def take(self, item: Item) -> None:
        if item.is_blank:
            self._blank += 1
            return
        self._rows += 1
        before = self._draft.size
        try:
            custom_id = custom_id_of(item, self._id_field)
            body = self._builder.build(item)
            self._put_in(item, body, custom_id)
        except InputError as error:
            self._problems.add(item.place, error.message)
            return
        self._weigh(body, self._draft.size - before)
        self.betas.add(body)
        self._would_be = [other for other in self._would_be if other.adds(item, custom_id)]

    def tell(self, notices: Notices) -> None:
        """Name what is wrong with the rows, and count the blank ones. Raises InputError where a row
        is bad, or where there is none."""
        for line in self._problems.lines():
            notices.error(InputError(line))
        if self._problems.count:
            raise InputError(f"{rows_in_words(self._problems.count, 'bad ')}: nothing was sent")
        if not self._rows:
            raise InputError("there are no rows: nothing was sent")
        if self._blank:
            notices.notice(f"passed over: {rows_in_words(self._blank, 'blank ')}")

    def _put_in(self, item: Item, body: RequestBody, custom_id: str | None) -> None:
        doubled = self._draft.add(item.line, body, custom_id, item.fields)
        if doubled is not None:
            raise InputError(f"the custom_id {custom_id} is that of {item.unit} {doubled} too")

    def _weigh(self, body: RequestBody, size: int) -> None:
        model = str(body["model"])
        if model not in self.totals:
            self.totals[model] = Total()
        total = self.totals[model]
        most = body.get("max_tokens")
        total.rows += 1
        total.output += most if isinstance(most, int) else 0
        total.size += size


class _WouldBe:
    """The job of the same rows by other meanings of aliases."""

    def __init__(self, builder: Builder) -> None:
        self.identity = Identity()
        self._builder = builder

    def adds(self, item: Item, custom_id: str | None) -> bool:
        """Take a row in; False for one of which these meanings make no request."""
        try:
            body = self._builder.build(item)
        except InputError:
            return False
        self.identity.add(custom_id, encode_line(body))
        return True


def _items_of(asked: BatchAsked, texts: RowTexts, notices: Notices) -> Named:
    """The rows that the command line names, with what they attach."""
    reading = reading_of(asked.content, notices, shared_fitting(asked))
    named = items_of(asked, reading)
    if not texts.attach and asked.rows.each is None:
        return named
    from claude_cli.flow.batch.attached import with_attachments

    # what is told of each picture, --verbose alone shows
    reading = reading._replace(tell=notices.detail)
    return named._replace(items=with_attachments(named.items, texts.specs_of, reading))
