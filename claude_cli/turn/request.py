"""Flags, history and content blocks → the body of `POST /v1/messages`.

What outranks what, strongest first: -o, a typed flag, --body, the session, what a flag got from
the environment or the config file, the built-in default. What nobody set is not sent. Pure but for
the model catalogue, which settles aliases and the default of `max_tokens`.
"""

import copy
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from claude_cli.commandline.flags import RequestFlags
from claude_cli.errors import InputError, UsageError
from claude_cli.models import catalog
from claude_cli.turn.parameters import forbid_parallel_tools, parameters
from claude_cli.types import ContentBlock, MessageParam, RequestBody

PLACEHOLDER: ContentBlock = {"type": "text", "text": "."}
"""Stands for a turn whose only part is left out: the API refuses an empty one."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What a request is made of, beside the flags.

    `system_typed`: the system prompt was typed, so outranks that of --body and of the session.
    `base` is what --body held, `inherited` what the session says of model, system and tools,
    `history` and `tools` give the messages before this turn and the tools to offer, for a model.
    """

    content: list[ContentBlock]
    system: str | None = None
    system_typed: bool = True
    prefill: str | None = None
    base: Mapping[str, Any] | None = None
    inherited: Mapping[str, Any] | None = None
    history: Callable[[str], list[MessageParam]] = lambda model: []
    schema: dict[str, Any] | None = None
    tools: Callable[[str], list[dict[str, Any]]] = lambda model: []
    shows_thinking: bool = False


def build_request(flags: RequestFlags, turn: Turn) -> RequestBody:
    """Return the body that asks for this turn.

    Raises UsageError when there is nothing to ask, or for a flag or -o path that does not fit.
    """
    body: RequestBody = copy.deepcopy(dict(turn.base or {}))
    for key, value in (turn.inherited or {}).items():
        body.setdefault(key, value)
    given = parameters(flags, schema=turn.schema, shows_thinking=turn.shows_thinking)
    for flag, path, value in given:
        if flag in flags.given or not _holds(body, path.split(".")):
            _set(body, path.split("."), value, path)
    if turn.system is not None and (turn.system_typed or "system" not in body):
        body["system"] = turn.system
    model = body.get("model") or catalog.default_model()
    if not isinstance(model, str):
        raise InputError("model is no text in the request body")
    body["model"] = catalog.resolve_alias(model)
    if tools := turn.tools(body["model"]):
        body["tools"] = tools
    if flags.no_parallel_tools:
        forbid_parallel_tools(body)
    body.setdefault("max_tokens", catalog.default_max_tokens(body["model"], body.get("thinking")))
    body["messages"] = [*turn.history(body["model"]), *_base_messages(body), *_new_messages(turn)]
    body["stream"] = not flags.no_stream
    if flags.param:
        body = copy.deepcopy(body)  # history stays as it is
        for assignment in flags.param:
            assign(body, assignment)
    if not body.get("messages"):
        raise UsageError("nothing to ask", hint='claude-cli ask "your question", or pipe text in')
    return body


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


def _holds(body: Any, steps: list[str]) -> bool:
    for step in steps:
        if not isinstance(body, dict) or step not in body:
            return False
        body = body[step]
    return True


def _base_messages(body: RequestBody) -> list[MessageParam]:
    messages = body.get("messages", [])
    if not isinstance(messages, list):
        raise UsageError("--body: messages is no list")
    return messages


def assign(body: RequestBody, assignment: str) -> None:
    """Carry out one `-o`: `a.b=text` or `a.0.b:=JSON`, with list positions as numbers."""
    path, equals, text = assignment.partition("=")
    if not equals or not path.rstrip(":"):
        raise UsageError(f"-o {assignment}: write PATH=TEXT or PATH:=JSON")
    value: Any = text
    if path.endswith(":"):
        path = path[:-1]
        try:
            value = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise UsageError(f"-o {path}: not JSON: {error}") from error
    _set(body, path.split("."), value, path)


def _set(parent: Any, steps: list[str], value: Any, path: str) -> None:
    """Walk `steps` down from `parent`, making what is missing, and put `value` at the end."""
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        key = _key(parent, step, path)
        if following is None:
            _put(parent, key, value)
        else:
            if _absent(parent, key):
                _put(parent, key, [] if _is_position(following) else {})
            parent = parent[key]


def _key(parent: Any, step: str, path: str) -> str | int:
    if isinstance(parent, dict) and step:
        return step
    if isinstance(parent, list) and _is_position(step) and int(step) <= len(parent):
        return int(step)
    raise UsageError(f"-o {path}: there is no place {step!r} in a {type(parent).__name__}")


def _is_position(step: str) -> bool:
    return step.isascii() and step.isdigit() and len(step) < 10


def _absent(parent: Any, key: Any) -> bool:
    return key not in parent if isinstance(parent, dict) else key == len(parent)


def _put(parent: Any, key: Any, value: Any) -> None:
    if isinstance(parent, list) and key == len(parent):
        parent.append(value)
    else:
        parent[key] = value
