"""The flags of a command line → the request body, and what it was made of.

`ask`, `stream` and `count` share this: read what is asked, open the session, build, check.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from claude_cli.commandline.flags.asked import Asked
from claude_cli.commandline.flags.connection import ConnectionFlags
from claude_cli.commandline.flags.output import OutputFlags
from claude_cli.commandline.flags.question import SessionFlags
from claude_cli.commandline.flags.request import RequestFlags
from claude_cli.content.sources import Source
from claude_cli.errors import InputError, UsageError
from claude_cli.models import catalog
from claude_cli.turn.connection import find_place, model_names
from claude_cli.turn.gather import Question, fitting_by, gather
from claude_cli.turn.keeping.conversation import Conversation
from claude_cli.turn.parameters import (
    check_budget,
    check_uploads,
    flag_of_schema,
    thinks_anyway,
)
from claude_cli.turn.request import Turn, build_request
from claude_cli.turn.toolcalls import Tools
from claude_cli.types import ContentBlock, RequestBody
from claude_cli.ui.notices import Notices

if TYPE_CHECKING:
    from claude_cli.turn.going_on.go_on import Begun
    from claude_cli.turn.other_model import OtherModel


class Composed(NamedTuple):
    """A request that is ready to be sent."""

    question: Question
    conversation: Conversation
    turn: Turn
    body: RequestBody
    begun: "Begun | None" = None
    """The answer whose rest is asked for."""

    def __repr__(self) -> str:
        return f"Composed({self.question})"


def compose(asked: Asked, notices: Notices, tools: Tools) -> Composed:
    """Read, open and build everything that a request needs; nothing is sent or saved."""
    names = model_names(asked.connection)
    conversation = open_conversation(asked.connection, asked.session, notices)
    fitting = fitting_by(asked.request, conversation, names)
    question = gather(asked.words, asked.content, notices, fitting)
    turn = Turn(
        content=conversation.with_results(_content(asked, question, conversation)),
        system=question.system,
        system_typed="system" in asked.content.given,
        prefill=None if asked.session.go_on else asked.content.prefill,
        base=question.base,
        inherited=conversation.settings,
        history=conversation.history,
        tools=tools.definitions,
        add_connectors=tools.name_connectors,
        schema=read_schema(asked.request, notices),
        shows_thinking=shows_thinking(asked.output, notices),
        names=names,
    )
    body = conversation.sendable(build_request(asked.request, turn))
    begun = None
    if asked.session.go_on:
        from claude_cli.turn.going_on.go_on import cut_answer, request_of_rest

        begun = cut_answer(conversation.session.transcript, body)
        body = request_of_rest(body)
    known = names.catalogue_body(body)
    for problem in check(asked, question.attachments, known):
        warn(problem, known, notices)
    return Composed(question, conversation, turn, body, begun)


def open_conversation(
    connection: ConnectionFlags, session: SessionFlags, notices: Notices
) -> Conversation:
    """Open the session that the flags name, for the platform that is to go on with it."""
    return Conversation(
        session,
        notices,
        simulated=connection.is_free,
        names=model_names(connection),
        platform=find_place(connection, offline=True).platform,
    )


def _content(asked: Asked, question: Question, conversation: Conversation) -> list[ContentBlock]:
    """What is asked. A session alone asks nothing: its last answer would become a prefill."""
    if asked.session.go_on:
        if question.content or (question.base or {}).get("messages"):
            raise UsageError("--go-on takes no prompt", hint="leave one of the two out")
        from claude_cli.turn.going_on.go_on import check_was_cut

        check_was_cut(conversation.session.transcript)
        return []
    asks = question.content or (question.base or {}).get("messages")
    if conversation.is_resumed and not asks:
        raise UsageError(
            "there is no prompt for this session",
            hint="add one, or --go-on to go on with an answer that was cut",
        )
    return question.content


def other_model(request: RequestFlags, connection: ConnectionFlags) -> "OtherModel | None":
    """The model that `--fallback` names."""
    if not request.fallback:
        return None
    from claude_cli.turn.other_model import OtherModel

    names = model_names(connection)
    return OtherModel(names.resolve(request.fallback), names)


def _stand_in(asked: Asked) -> list[str]:
    """What the model of `--fallback` is called in the catalogue: a mistake shows before it is
    needed."""
    fallback = asked.request.fallback
    return [model_names(asked.connection).catalogue_name(fallback)] if fallback else []


def warn(problem: str, body: RequestBody, notices: Notices) -> None:
    """Warn of a problem. With --quiet only one is shown: that the model is retired."""
    notices.warning(problem, always=problem == catalog.retirement(body["model"]))


def shows_thinking(flags: OutputFlags, notices: Notices) -> bool:
    return notices.on_terminal if flags.show_thinking is None else flags.show_thinking


def read_schema(flags: RequestFlags, notices: Notices) -> dict[str, Any] | None:
    """What --schema or --schema-list holds, made ready to be sent."""
    flag = flag_of_schema(flags)
    if flag is None:
        return None
    from claude_cli.turn.answer_schema import prepare

    schema, notes = prepare(getattr(flags, flag), is_list=flag == "schema_list")
    for note in notes:
        notices.warning(note)
    return schema


def check(asked: Asked, attachments: Sequence[Source], body: RequestBody) -> list[str]:
    """Return what the API or the model will refuse in `body`, a sentence each; its model is called
    as in the catalogue.

    Raises UsageError and InputError for what is sure to be refused, or with --strict-model.
    """
    check_budget(body, asked.connection.beta or ())
    check_uploads(body)
    problems = catalog.warnings(body)
    if note := thinks_anyway(asked.request, body):
        problems.append(note)
    if problems and asked.request.strict_model:
        raise InputError(problems[0])
    for model in (body["model"], *_stand_in(asked)):
        if not catalog.is_known(model) and (near := catalog.nearest(model)):
            problems.append(f"{model} is no model that is known here; did you mean {near}?")
    if attachments:
        from claude_cli.content.limits import check_sources

        window = catalog.facts(body["model"]).context_window
        problems += check_sources(attachments, body["messages"], context_window=window)
    return problems
