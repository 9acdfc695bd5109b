"""Flags, history and content blocks → the body of `POST /v1/messages`.

What outranks what, strongest first: -o, a typed flag, --body, the session, what a flag got from
the environment or the config file, the built-in default. What nobody set is not sent. Pure but for
the model catalogue, which settles aliases and the default of `max_tokens`.
"""

import copy
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from claude_cli.api.network.watch import BETWEEN_BYTES, FIRST_BYTE
from claude_cli.commandline.flags.request import RequestFlags
from claude_cli.errors import InputError, UsageError
from claude_cli.models import catalog
from claude_cli.models.names import PLAIN, ModelNames
from claude_cli.turn.assignment import assign, holds, put
from claude_cli.turn.caching import cache_control, has_room
from claude_cli.turn.parameters import forbid_parallel_tools, parameters, think_least
from claude_cli.types import ContentBlock, MessageParam, RequestBody

PLACEHOLDER: ContentBlock = {"type": "text", "text": "."}
"""Stands for a turn whose only part is left out: the API refuses an empty one."""


class Turn(NamedTuple):
    """What a request is made of, beside the flags.

    `system_typed`: the system prompt was typed, so outranks that of --body and of the session.
    `base` is what --body held, `inherited` what the session says of model, system and tools,
    `history` and `tools` give the messages before this turn and the tools to offer, for a model;
    `add_connectors` names the MCP servers that the API is to ask;
    `names` are the user's own names of models.
    """

    content: list[ContentBlock]
    system: str | None = None
    system_typed: bool = True
    prefill: str | None = None
    base: Mapping[str, Any] | None = None
    inherited: Mapping[str, Any] | None = None
    history: Callable[[str], list[MessageParam]] = lambda model: []
    schema: dict[str, Any] | None = None
    tools: Callable[[str], list[dict[str, Any]] | None] = lambda model: None
    add_connectors: Callable[[RequestBody], None] = lambda body: None
    shows_thinking: bool = False
    names: ModelNames = PLAIN

    def __repr__(self) -> str:
        return f"Turn({self.content})"  # `base` may have a token


def built_in() -> dict[str, str]:
    """Flag → its built-in default, in words for the help."""
    return {
        "model": catalog.default_model(),
        "max_tokens": f"{catalog.ANSWER_TOKENS}, {catalog.THINKING_TOKENS} where it thinks",
        "cache": "off, 5m in a chat",
        "timeout": f"{FIRST_BYTE:g}, {BETWEEN_BYTES:g}",
    }


def model_of(
    flags: RequestFlags,
    base: Mapping[str, Any] | None,
    inherited: Mapping[str, Any] | None,
    names: ModelNames,
) -> str:
    """The id of the model that a request names, but for -o. Raises InputError for one that is no
    text."""
    named = (base or {}).get("model") or (inherited or {}).get("model")
    if flags.model and ("model" in flags.given or not named):
        named = flags.model
    if not isinstance(named, str | None):
        raise InputError("model is no text in the request body")
    return names.resolve(named or catalog.default_model())


def build_request(flags: RequestFlags, turn: Turn) -> RequestBody:
    """Return the body that asks for this turn.

    Raises UsageError when there is nothing to ask, or for a flag or -o path that does not fit.
    """
    body: RequestBody = copy.deepcopy(dict(turn.base or {}))
    for key, value in (turn.inherited or {}).items():
        body.setdefault(key, value)
    if flags.skill and not isinstance(container := body.get("container"), dict):
        body["container"] = {"id": container} if container else {}
    given = parameters(flags, schema=turn.schema, shows_thinking=turn.shows_thinking)
    for flag, place, value in given:
        if flag in flags.given or not (holds(body, place) or flag == "cache"):
            put(body, place, value)
    if turn.system is not None and (turn.system_typed or "system" not in body):
        body["system"] = turn.system
    body["model"] = model_of(flags, turn.base, turn.inherited, turn.names)
    known_as = turn.names.known_as(body["model"])
    if (tools := turn.tools(known_as)) is not None:
        body["tools"] = tools
    if isinstance(body.get("container"), dict):
        from claude_cli.turn.container.skills import provide_code_execution

        provide_code_execution(body, known_as)
    turn.add_connectors(body)
    if not body.get("tools", True):
        del body["tools"]
    if flags.no_parallel_tools:
        forbid_parallel_tools(body)
    if flags.thinking == "off":
        think_least(body, catalog.facts(known_as))
    body.setdefault("max_tokens", catalog.default_max_tokens(known_as, body.get("thinking")))
    body["messages"] = [*turn.history(known_as), *messages_of(body), *_new_messages(turn)]
    body["stream"] = not flags.no_stream
    _cache_by_default(body, flags)
    if flags.param:
        body = copy.deepcopy(body)  # history stays as it is
        for assignment in flags.param:
            assign(body, assignment)
        body["messages"] = messages_of(body)
    if not body["messages"]:
        raise UsageError(
            "nothing to ask", hint="type a prompt behind the command, in quotes, or pipe text in"
        )
    return body


def _cache_by_default(body: RequestBody, flags: RequestFlags) -> None:
    """Set a breakpoint that nobody typed where there is room for it: it gives way to all others."""
    if flags.cache is None or "cache" in flags.given or "cache_control" in body:
        return
    if (control := cache_control(flags.cache)) and has_room(body, flags.cache):
        body["cache_control"] = control


def _new_messages(turn: Turn) -> Iterable[MessageParam]:
    if turn.content:
        yield {"role": "user", "content": turn.content}
    if turn.prefill:
        if turn.prefill != turn.prefill.rstrip():
            raise UsageError(
                "--prefill ends in white space, which the API refuses",
                hint="leave it off: the answer goes on from there",
                flag="prefill",
            )
        yield {"role": "assistant", "content": turn.prefill}


def messages_of(body: Mapping[str, Any]) -> list[MessageParam]:
    """The messages of a body. Raises UsageError unless each has a role and a content."""
    messages = body.get("messages", [])
    if not isinstance(messages, list):
        raise UsageError("messages is no list")
    for number, message in enumerate(messages, 1):
        if not isinstance(message, dict) or "role" not in message or "content" not in message:
            raise UsageError(f"message {number} of the body has no role or no content")
    return messages
