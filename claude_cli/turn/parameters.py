"""Request flags → the parameters of a Messages body. Pure.

A parameter that nobody set is not sent: newer models refuse even a default `temperature`.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from claude_cli.commandline.flags.marks import places
from claude_cli.commandline.flags.request import RequestFlags
from claude_cli.errors import UsageError
from claude_cli.models.facts import ModelFacts
from claude_cli.session.containers import offers_code
from claude_cli.turn.assignment import holds, put
from claude_cli.turn.caching import cache_control
from claude_cli.types import RequestBody

PLACES = places(RequestFlags)
"""Flag → its dotted place in the body; several flags may have the same one."""

SCHEMAS = ("schema", "schema_list")

Parameter = tuple[str, str, Any]
"""The flag that gives it, its dotted place in the body, its value."""


OFF = {"type": "disabled"}
INTERLEAVED = "interleaved-thinking-2025-05-14"
"""The beta under which a thinking budget spans several answers, so may exceed max_tokens."""


def parameters(
    flags: RequestFlags, *, schema: dict[str, Any] | None, shows_thinking: bool
) -> Iterator[Parameter]:
    """Yield what the flags set; `schema` is what --schema or --schema-list held.

    Raises UsageError for a value that no server would understand.
    """
    made: dict[str, Callable[[Any], Any]] = {
        "thinking": lambda value: _thinking(value, shows_thinking),
        **dict.fromkeys(SCHEMAS, lambda value: {"type": "json_schema", "schema": value}),
        "tool_choice": _tool_choice,
        "skill": _skills,
        "cache": cache_control,
        "no_parallel_tools": lambda value: None,  # needs the tools: see forbid_parallel_tools
    }
    schema_flag = flag_of_schema(flags)
    for flag, place in PLACES.items():
        value = getattr(flags, flag)
        if flag in SCHEMAS:
            value = schema if flag == schema_flag else None
        if value is not None and flag in made:
            value = made[flag](value)
        if value is not None:
            yield flag, place, value


def flag_of_schema(flags: RequestFlags) -> str | None:
    """Which flag has the schema: one that was typed before one of the config file.

    Raises UsageError where both have one.
    """
    have = [flag for flag in SCHEMAS if getattr(flags, flag) is not None]
    have = [flag for flag in have if flag in flags.given] or have
    if len(have) > 1:
        raise UsageError("--schema and --schema-list exclude each other", hint="leave one out")
    return have[0] if have else None


def check_budget(body: RequestBody, betas: Iterable[str]) -> None:
    """Raise UsageError where thinking would leave no room for an answer."""
    thinking = body.get("thinking")
    budget = thinking.get("budget_tokens") if isinstance(thinking, dict) else None
    most = body.get("max_tokens")
    fits = not isinstance(budget, int) or not isinstance(most, int) or budget < most
    if not fits and INTERLEAVED not in betas:
        raise UsageError(
            f"--thinking {budget} leaves no room in --max-tokens {most}",
            hint=f"--max-tokens N makes room, --beta {INTERLEAVED} needs none",
        )


def check_uploads(body: RequestBody) -> None:
    """Raise UsageError for files in the last turn that no code of this request could read."""
    if offers_code(body):
        return
    for message in body["messages"][-2:]:  # a prefill may stand behind the user's
        content = message["content"]
        for block in content if isinstance(content, list) else ():
            if isinstance(block, dict) and block.get("type") == "container_upload":
                raise UsageError(
                    f"no code reads {block.get('file_id')} in the container",
                    hint="-T code_execution or --skill NAME lets the model run some",
                )


def _thinking(value: str, shown: bool) -> dict[str, Any]:
    if value == "off":
        return dict(OFF)
    if value == "adaptive":
        return {"type": "adaptive", **({"display": "summarized"} if shown else {})}
    if not (value.isascii() and value.isdigit() and len(value) < 10):
        what = f"--thinking is off, adaptive or a number of tokens, not {value!r}"
        raise UsageError(what, flag="thinking")
    if int(value) < 1024:
        what = "--thinking: the API takes a budget of at least 1024 tokens"
        raise UsageError(what, flag="thinking")
    return {"type": "enabled", "budget_tokens": int(value)}


def _skills(specs: list[str]) -> list[dict[str, str]] | None:
    from claude_cli.turn.container.skills import container_skills

    return container_skills(specs) or None


def think_least(body: RequestBody, known: ModelFacts) -> None:
    """Where the model refuses to be kept from thinking, ask for what comes nearest."""
    if body.get("thinking") != OFF or known.thinking.get("disabled") is not False:
        return
    if known.thinking.get("between_tools"):
        body["thinking"] = {"type": "between_tools"}
        return
    del body["thinking"]
    if "low" in (known.effort or ()) and not holds(body, "output_config.effort"):
        put(body, "output_config.effort", "low")


def thinks_anyway(flags: RequestFlags, body: RequestBody) -> str | None:
    """What to tell where `--thinking off` could not be sent as such; None where it was."""
    if flags.thinking != "off" or body.get("thinking") == OFF:
        return None
    kind = (body.get("thinking") or {}).get("type")
    instead = f"thinking of type {kind} is asked for" if kind else "as little as its effort allows"
    return f"{body['model']} cannot stop thinking: {instead}"


def _tool_choice(name: str) -> dict[str, Any]:
    return {"type": name} if name in ("auto", "any", "none") else {"type": "tool", "name": name}


def auto_tool_choice(body: RequestBody) -> RequestBody:
    """The body without a call that is forced: it was made, or the answer would never end."""
    choice = body.get("tool_choice")
    if not isinstance(choice, dict) or choice.get("type") not in ("any", "tool"):
        return body.copy()
    free = {key: value for key, value in choice.items() if key != "name"}
    return {**body, "tool_choice": {**free, "type": "auto"}}


def forbid_parallel_tools(body: RequestBody) -> None:
    """Ask for one call at a time, where there are tools: without them the API takes no choice."""
    if body.get("tools"):
        choice = body.setdefault("tool_choice", {"type": "auto"})
        if choice.get("type") != "none":
            choice["disable_parallel_tool_use"] = True
