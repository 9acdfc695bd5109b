"""What every request of a chat is made of beside its messages, and how it changes on the way."""

from collections.abc import Callable, Mapping
from functools import partial, reduce
from math import isfinite, nan
from typing import Any, Literal, get_args, get_origin, get_type_hints

from claude_cli.commandline.flags.asked import Asked
from claude_cli.commandline.flags.marks import own_settings
from claude_cli.commandline.flags.request import RequestFlags
from claude_cli.errors import UsageError
from claude_cli.turn.assignment import is_within, place_of, without
from claude_cli.turn.compose import read_schema, shows_thinking
from claude_cli.turn.connection import model_names
from claude_cli.turn.gather import Question, read_system
from claude_cli.turn.parameters import PLACES, SCHEMAS
from claude_cli.turn.request import PLACEHOLDER, Turn, build_request, messages_of, model_of
from claude_cli.turn.toolcalls import Tools
from claude_cli.types import ContentBlock, MessageParam, RequestBody
from claude_cli.ui.notices import Notices

History = Callable[[str], list[MessageParam]]
"""Gives the messages before a turn, for a model."""

FLAG_OF = {place: flag for flag, place in reversed(PLACES.items())} | own_settings(RequestFlags)
"""Dotted place in the body → the flag that sets it, the first where there are several; and the
name of a flag that has no place there."""

NUMBERS = {int: "a whole number", float: "a number"}


class ChatSettings:
    """The flags that a chat began with, and what slash commands made of them.

    `opening` are the messages of --body: they come before all others. The prompt cache is on
    unless somebody says otherwise.
    """

    def __init__(self, asked: Asked, question: Question, tools: Tools, notices: Notices) -> None:
        self.flags = asked.request
        self._system = question.system
        self._system_typed = "system" in asked.content.given
        self._base = dict(question.base or {})
        self.opening = messages_of(self._base)
        self._base.pop("messages", None)
        self._read_schema = partial(read_schema, notices=notices)
        self._schema = self._read_schema(asked.request)
        self._prefill = asked.content.prefill
        self._tools = tools
        self._shows_thinking = shows_thinking(asked.output, notices)
        self.names = model_names(asked.connection)
        self._left_out: set[str] = set()

    @property
    def schema(self) -> dict[str, Any] | None:
        """The JSON Schema that answers have to fit."""
        return self._schema if any(getattr(self.flags, flag) for flag in SCHEMAS) else None

    @property
    def cache(self) -> str | None:
        """How long the breakpoints of the prompt cache last."""
        return self._caching(self.flags).cache

    def request(
        self, inherited: Mapping[str, Any], content: list[ContentBlock], history: History
    ) -> RequestBody:
        """The body that asks `content`; `inherited` is what the session says."""
        return self._build(
            self.flags, inherited, content, history, prefill=self._prefill, schema=self.schema
        )

    def open_request(
        self, inherited: Mapping[str, Any], content: list[ContentBlock], history: History
    ) -> RequestBody:
        """The same without a prefill: the history ends in an answer that is gone on with."""
        return self._build(self.flags, inherited, content, history, schema=self.schema)

    def model(self, inherited: Mapping[str, Any]) -> str:
        """The catalogue's name of the model that is asked next."""
        base = _without(self._base, self._left_out)
        named = model_of(self.flags, base, _without(inherited, self._left_out), self.names)
        return self.names.known_as(named)

    def plain_request(
        self, inherited: Mapping[str, Any], content: list[ContentBlock], history: History
    ) -> RequestBody:
        """The same for an answer that is not shown: without prefill, schema, stop sequences and
        tool calls."""
        body = self._build(self.flags, inherited, content, history)
        body.pop("stop_sequences", None)
        if "tools" in body:
            body["tool_choice"] = {"type": "none"}
        return body

    def without_messages(self, inherited: Mapping[str, Any]) -> RequestBody:
        """What the next request has beside its messages."""
        body = self.request(inherited, [PLACEHOLDER], _nothing)
        del body["messages"]
        return body

    def set(self, **fields: Any) -> None:
        """Set request flags, by field. Raises UsageError where no request can be made of them:
        then nothing has changed."""
        flags = self.flags._replace(**fields, given=self.flags.given | set(fields))
        schema = self._read_schema(flags) if {*SCHEMAS} & {*fields} else self._schema
        self._build(flags, {}, [PLACEHOLDER], _nothing, schema=schema)
        self.flags, self._schema = flags, schema

    def set_system(self, text: str) -> None:
        """Set the system prompt; `@PATH` reads it from a file."""
        self._system, self._system_typed = read_system(text), True

    def assign(self, assignment: str) -> None:
        """Do in every request what -o does; but a text in the place of a flag is a value of that
        flag, as if it were typed there."""
        path, equals, text = assignment.partition("=")
        others = [one for one in self.flags.param or () if place_of(one) != path]
        if equals and path in FLAG_OF:
            flag = FLAG_OF[path]
            rivals = {name: None for name, place in PLACES.items() if place == path}
            self.set(param=others, **{**rivals, flag: _value(flag, text, path)})
        else:
            self.set(param=[*(self.flags.param or ()), assignment])

    def unset(self, path: str, inherited: Mapping[str, Any]) -> None:
        """Send no longer what a flag, /set, --body or the session has at `path`.

        Raises UsageError where none of them has anything.
        """
        body = self.without_messages(inherited)
        self._left_out.add(path)
        kept = [one for one in self.flags.param or () if not is_within(place_of(one), path)]
        unset = RequestFlags()
        flags = (flag for flag, place in PLACES.items() if is_within(place, path))
        changes = {flag: getattr(unset, flag) for flag in flags}
        self.flags = self.flags._replace(param=kept, **changes)
        if path == "system":
            self._system = None
        if self.without_messages(inherited) == body:
            raise UsageError(f"{path} is not set", hint="/set shows what is sent")

    def inherit_all(self) -> None:
        """Take over everything that another session says."""
        self._left_out.clear()

    def _build(
        self,
        flags: RequestFlags,
        inherited: Mapping[str, Any],
        content: list[ContentBlock],
        history: History,
        **parts: Any,
    ) -> RequestBody:
        turn = Turn(
            content=content,
            system=self._system,
            system_typed=self._system_typed,
            base=_without(self._base, self._left_out),
            inherited=_without(inherited, self._left_out),
            history=history,
            tools=self._tools.definitions,
            add_connectors=self._tools.name_connectors,
            shows_thinking=self._shows_thinking,
            names=self.names,
            **parts,
        )
        return build_request(self._caching(flags), turn)

    def _caching(self, flags: RequestFlags) -> RequestFlags:
        """The flags, with the prompt cache on where nobody said anything of it."""
        is_default = flags.cache is None and "cache_control" not in self._left_out
        return flags._replace(cache="5m") if is_default else flags


def _nothing(model: str) -> list[MessageParam]:
    return []


def _without(values: Mapping[str, Any], places: set[str]) -> dict[str, Any]:
    return reduce(without, places, dict(values))


def _value(flag: str, text: str, path: str) -> Any:
    """A text as the value of a flag, with the flag's type. Raises UsageError for what is none."""
    hint = get_type_hints(RequestFlags)[flag]
    types = (hint,) if get_origin(hint) is Literal else get_args(hint) or (hint,)
    words = [word for one in types if get_origin(one) is Literal for word in get_args(one)]
    if bool in types:
        words = ["true", "false"]
    if words and text not in words:
        raise UsageError(f"{path} must be one of {', '.join(words)}, not {text}")
    if bool in types:
        return text == "true"
    if list[str] in types:
        return [text]
    number = next(filter(NUMBERS.__contains__, types), None)
    if number is None:
        return text
    try:
        value = number(text)
    except ValueError:
        value = nan
    if isinstance(value, float) and not isfinite(value):
        hint = None if text else f"/unset {path} leaves it out"
        raise UsageError(f"{path} must be {NUMBERS[number]}, not {text or 'empty'}", hint=hint)
    return value
