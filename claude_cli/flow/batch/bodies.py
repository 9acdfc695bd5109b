"""A row and the flags → the request body that it makes."""

import copy
import json
from collections.abc import Callable, Sequence
from typing import Any

from claude_cli.commandline.flags.batch import BatchAsked
from claude_cli.content.blocks import build_block
from claude_cli.content.pdf import PdfFacts, inspect
from claude_cli.content.pictures import Fitting
from claude_cli.content.sources import Source
from claude_cli.errors import InputError, UsageError
from claude_cli.flow.batch.items import Item
from claude_cli.flow.batch.meanings import SettledNames
from claude_cli.flow.batch.row_texts import RowTexts
from claude_cli.jobs.template import Template
from claude_cli.models import catalog
from claude_cli.turn.caching import with_breakpoints
from claude_cli.turn.compose import read_schema, warn
from claude_cli.turn.connection import model_names
from claude_cli.turn.gather import Question, asks_for_stdin, fitting_of, gather
from claude_cli.turn.parameters import check_budget, check_uploads, thinks_anyway
from claude_cli.turn.request import Turn, build_request, messages_of
from claude_cli.turn.toolcalls import Tools
from claude_cli.types import ContentBlock, RequestBody
from claude_cli.ui.notices import Notices

MOST_WARNINGS = 20
"""Different warnings that are shown; with a model in each row there could be many."""


class Builder:
    """Makes the request body of each row. Raises InputError for attachments that are unfit."""

    def __init__(
        self,
        asked: BatchAsked,
        texts: RowTexts,
        question: Question,
        tools: Tools,
        notices: Notices,
        names: SettledNames,
    ) -> None:
        self._asked = asked
        self._question = question
        self._tools = tools
        self._texts = texts
        self._rows_vary = texts.vary
        self._notices = notices
        self.schema = read_schema(asked.request, notices)
        """What --schema holds, made ready to be sent."""
        self._reported: set[str] = set()
        self._names = names
        self._is_silent = False
        self._base = ""
        self._pattern: RequestBody = {}
        self._check_shared()

    def by_other_names(self, names: SettledNames) -> "Builder":
        """One that makes the requests that these names of models would give, and warns of none."""
        other = copy.copy(self)
        other._names, other._base, other._is_silent = names, "", True
        return other

    def build(self, item: Item) -> RequestBody:
        """Raises InputError for a row that makes no request, UsageError for flags at fault."""
        base = {**(self._question.base or {}), **(item.params or {})}
        content = self._content(item)
        system = self._texts.system_of(item)
        try:
            if self._asked.request.param:  # may reach into the messages
                body = self._build(content, base, system)
                self._check(body)
            else:
                body = self._fill(content, base, system)
            check_uploads(body)
            self._check_attached(item.attached, body, item.facts.__getitem__)
            body = with_breakpoints(body, self._asked.request.cache)
        except UsageError as error:
            if item.params is None:
                raise
            raise InputError(error.message) from error
        return body

    def _fill(
        self, content: list[ContentBlock], base: dict[str, Any], system: str | None
    ) -> RequestBody:
        """Put messages and the row's system prompt into the body of the row before, where nothing
        else of it differs.

        Building each body anew would cost more than all the rest of reading a row.
        """
        messages = messages_of(base)
        base.pop("messages", None)
        written = (
            json.dumps(base) if base else "{}"
        )  # to Python 1 equals 1.0 and true, to the API it does not
        if written != self._base:
            self._pattern = self._build([{"type": "text", "text": "."}], base, system)
            self._check(self._pattern)
            self._base = written
        question, *prefill = self._pattern["messages"]
        asked = [{**question, "content": content}] if content else []
        if not (messages or asked):
            raise InputError("nothing to ask")
        own = {} if system is None else {"system": system}
        return {**self._pattern, **own, "messages": [*messages, *asked, *prefill]}

    def _build(
        self, content: list[ContentBlock], base: dict[str, Any], system: str | None
    ) -> RequestBody:
        turn = Turn(
            content=content,
            system=self._question.system if system is None else system,
            prefill=self._asked.content.prefill,
            base=base,
            schema=self.schema,
            tools=self._tools.definitions,
            names=self._names,
        )
        body = build_request(self._asked.request, turn)
        body.pop("stream")
        return body

    def _content(self, item: Item) -> list[ContentBlock]:
        prompt = self._prompt(item)
        content = [*self._question.content, *map(build_block, item.attached)]
        if prompt and not prompt.isspace():
            content.append({"type": "text", "text": prompt})
        elif not item.attached and item.params is None:
            raise InputError("the prompt is empty")
        return content

    def _prompt(self, item: Item) -> str:
        if self._texts.prompt is not None:
            if not (self._rows_vary or item.params is not None or item.path is not None):
                raise _all_alike(self._texts.prompt, item)
            return self._texts.prompt_of(item)
        if item.params is not None or item.attached:
            return ""
        if "line" in item.fields and len(item.fields) == 1:
            return str(item.fields["line"])
        raise UsageError(
            "the rows have fields and there is no prompt to put them into",
            hint="claude-cli batch run INPUT 'Translate: {text}'",
        )

    def _check(self, body: RequestBody) -> None:
        """Refuse what no batch takes; warn once of each thing that the model will refuse."""
        check_budget(body, self._asked.connection.beta or ())
        if not self._asked.live.live:
            if refused := {"speed", "fallbacks"} & body.keys():
                raise InputError(f"{min(refused)} cannot be used in a batch", hint="use --live")
            if body.get("max_tokens") == 0:
                raise InputError("max_tokens 0 cannot be used in a batch")
        known = self._names.catalogue_body(body)
        note = thinks_anyway(self._asked.request, known)
        for problem in [*catalog.warnings(known), *([note] if note else [])]:
            if self._asked.request.strict_model:
                raise InputError(problem)
            self._warn(problem, known)

    def _check_shared(self) -> None:
        """Refuse flags that mean nothing here, and attachments that the API is sure to refuse."""
        if "fallback" in self._asked.request.given and not self._asked.live.live:
            raise UsageError("--fallback asks row by row: a batch cannot", hint="use --live")
        model = self._names.resolve(self._asked.request.model or catalog.default_model())
        messages = [{"role": "user", "content": self._question.content}]
        self._check_attached(self._question.attachments, {"model": model, "messages": messages})

    def _check_attached(
        self,
        attached: Sequence[Source],
        body: RequestBody,
        look: Callable[[bytes], PdfFacts] = inspect,
    ) -> None:
        if not attached:
            return
        from claude_cli.content.limits import check_sources

        known = self._names.catalogue_body(body)
        window = catalog.facts(known["model"]).context_window
        messages = body["messages"]
        for problem in check_sources(attached, messages, context_window=window, look=look):
            self._warn(problem, known)

    def _warn(self, problem: str, body: RequestBody) -> None:
        if self._is_silent:
            return
        if problem not in self._reported and len(self._reported) < MOST_WARNINGS:
            self._reported.add(problem)
            warn(problem, body, self._notices)


def _all_alike(template: Template, item: Item) -> UsageError:
    """The error of a prompt that would ask the same for every row, and be paid for each time."""
    names = ", ".join(f"{{{name}}}" for name in [*item.fields][:10])
    if any("｛" in text for text in template.texts):
        return UsageError(
            "the braces ｛ and ｝ of the prompt are full-width: they are text, and name no field",
            hint=f"write {{ and }}; the fields of the rows: {names}",
        )
    return UsageError(
        "the prompt has no field of the rows, nor have -a and -s: all requests would be the same",
        hint=f"put a field into it: {names}",
    )


def common_parts(asked: BatchAsked, texts: RowTexts, notices: Notices) -> Question:
    """What all rows share: attachments, system prompt, --body. Stdin is INPUT's, or a flag's."""
    alone = asked.content._replace(
        attach=texts.shared,
        system=None if texts.system else asked.content.system,
        no_stdin=True,
        edit=False,
        prefill=None,
        template=None,
        field=None,
    )
    asks_for_stdin([], alone, INPUT=asked.input)
    fitting = shared_fitting(asked)
    return gather([], alone, notices, lambda base: fitting)


def shared_fitting(asked: BatchAsked) -> Fitting | None:
    """What the pictures of all rows have to fit: what the model of the flags sees."""
    names = model_names(asked.connection)
    model = names.catalogue_name(asked.request.model or catalog.default_model())
    return fitting_of(asked.request, [model], names)
