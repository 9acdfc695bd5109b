"""`-m MODEL[:X]`, several times → the requests that put the same question to each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, get_args, get_type_hints

from claude_cli.commandline.flags.asked import Asked
from claude_cli.commandline.flags.request import RequestFlags
from claude_cli.errors import UsageError
from claude_cli.turn.caching import with_breakpoints
from claude_cli.turn.compose import check, read_schema, warn
from claude_cli.turn.connection import model_names
from claude_cli.turn.gather import fitting_of, gather
from claude_cli.turn.other_model import tool_for
from claude_cli.turn.request import Turn, build_request
from claude_cli.turn.toolcalls import Tools
from claude_cli.types import ContentBlock, RequestBody
from claude_cli.ui.notices import Notices

FEWEST_TOKENS = 1024
"""A number from here on is a budget for thinking: the API takes no smaller one."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model that is asked: what it is called, as it was typed, and its request."""

    label: str
    body: RequestBody


@dataclass(frozen=True, slots=True)
class Comparison:
    """One question, and all who are asked it; `schema` is what answers have to fit."""

    content: list[ContentBlock]
    candidates: list[Candidate]
    schema: dict[str, Any] | None

    @property
    def bodies(self) -> list[RequestBody]:
        return [candidate.body for candidate in self.candidates]


def compose_all(asked: Asked, models: Sequence[str], notices: Notices, tools: Tools) -> Comparison:
    """Read what is asked, once, and build a request for each model.

    Raises UsageError for fewer than two models, and what reading and checking raise.
    """
    if len(models) < 2:
        raise UsageError("there is nothing to compare", hint="-m MODEL twice, or more often")
    names = model_names(asked.connection)
    known_models = [names.catalogue_name(split(label)[0]) for label in models]
    fitting = fitting_of(asked.request, known_models, names)
    question = gather(asked.words, asked.content, notices, lambda base: fitting)
    schema = read_schema(asked.request, notices)

    def definitions(model: str) -> list[dict[str, Any]] | None:
        first = known_models[0]
        offered = tools.definitions(first)
        return offered and [tool_for(tool, first, model) for tool in offered]

    turn = Turn(
        content=question.content,
        system=question.system,
        system_typed="system" in asked.content.given,
        prefill=asked.content.prefill,
        base=question.base,
        schema=schema,
        tools=definitions,
        add_connectors=tools.name_connectors,
        names=names,
    )
    candidates = []
    for label in models:
        flags = flags_of(asked.request, label)
        body = build_request(flags, turn)
        known = names.catalogue_body(body)
        for problem in check(asked._replace(request=flags), question.attachments, known):
            warn(problem, known, notices)
        candidates.append(Candidate(label, body))
    return Comparison(question.content, candidates, schema)


def as_sent(candidate: Candidate, asked: Asked) -> RequestBody:
    return with_breakpoints(candidate.body, asked.request.cache)


def split(label: str) -> tuple[str, str | None]:
    """`MODEL:X` → its model and X; an X that is no effort and no way to think is part of an id."""
    model, _, extra = label.rpartition(":")
    if model and _field_of(extra):
        return model, extra
    return label, None


def flags_of(flags: RequestFlags, label: str) -> RequestFlags:
    """The request flags of one candidate: what its label says counts as typed."""
    model, extra = split(label)
    fields: dict[str, Any] = {"model": model}
    if extra is not None:
        fields[str(_field_of(extra))] = extra
    return flags._replace(given=flags.given | fields.keys(), **fields)


def _field_of(extra: str) -> str | None:
    """The request flag that X is a value of."""
    if extra in _EFFORTS:
        return "effort"
    is_budget = extra.isascii() and extra.isdigit() and int(extra[:9]) >= FEWEST_TOKENS
    return "thinking" if extra in ("off", "adaptive") or is_budget else None


_EFFORTS = [
    word for one in get_args(get_type_hints(RequestFlags)["effort"]) for word in get_args(one)
]
