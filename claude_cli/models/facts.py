"""What is known of one model, and what it will therefore refuse in a request body. Pure.

`catalog` finds the facts. A fact that is not known refuses nothing, and
neither does a body of an odd shape: the API will judge that.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from claude_cli.types import RequestBody


class ModelFacts(NamedTuple):
    """What is known of one model; None is unknown. The fields are explained in models.toml."""

    line: str | None = None
    released: str | None = None
    dated: bool = False
    context_window: int | None = None
    max_output: int | None = None
    batch_output: int | None = None
    cache_minimum: int | None = None
    image_edge: int | None = None
    image_tokens: int | None = None
    sampling: bool | None = None
    temperature_and_top_p: bool | None = None
    thinking: Mapping[str, bool] = MappingProxyType({})
    thinks: bool | None = None
    shows_thinking: bool | None = None
    interleaves: bool | None = None
    binds_thinking: bool | None = None
    disabled_efforts: list[str] | None = None
    effort: list[str] | None = None
    default_effort: str | None = None
    prefill: bool | None = None
    system_turns: bool | None = None
    structured_outputs: bool | None = None
    forced_tools: bool | None = None
    code_calls_tools: bool | None = None
    code_execution: str | None = None
    refused_tools: Sequence[str] = ()
    fast: str | None = None
    geo: bool | None = None
    lifecycle: str | None = None
    deprecated: str | None = None
    ends: str | None = None


# What an id has beyond its name: a date, -latest, or what Bedrock and Vertex AI put behind.
_ID_TAIL = re.compile(r"(?:[-@]\d{8}|-latest|-v\d+|:\d+)+$")


def undated(model: str) -> str:
    """`us.anthropic.claude-sonnet-4-5-20250929-v1:0` → `claude-sonnet-4-5`."""
    return _ID_TAIL.sub("", model[max(model.rfind("claude-"), 0) :])


def refusals(known: ModelFacts, body: RequestBody) -> Iterator[str]:
    """What in `body` the model refuses, with the way out: how "MODEL …" goes on, one by one."""
    for check in _CHECKS:
        yield from check(known, body)


def may_prefill(known: ModelFacts, body: RequestBody) -> bool:
    """Whether `body` ends in the start of an answer, and the model is known to take that."""
    return known.prefill is True and _ends_in_prefill(body) and not any(_prefill(known, body))


def _lifecycle(known: ModelFacts, body: RequestBody) -> Iterator[str]:
    successor = f"use -m {known.line}" if known.line else "take another model"
    if known.lifecycle == "retired":
        when = f" on {known.ends}" if known.ends else ""
        yield f"was retired{when} and is no longer found: {successor}"
    elif known.lifecycle == "deprecated":
        when = f" and ends on {known.ends}" if known.ends else ""
        yield f"is deprecated{when}: {successor}"


def _sampling(known: ModelFacts, body: RequestBody) -> Iterator[str]:
    given = [name for name in ("temperature", "top_p", "top_k") if body.get(name) is not None]
    if known.sampling is False:
        refused = [name for name in given if body[name] != _DEFAULT_SAMPLING[name]]
        if refused:
            named = " or ".join(refused)
            yield f"takes no {named}: leave it out; say in the prompt how varied answers are to be"
        return
    thinks = known.sampling and _thinking_kind(body) in ("enabled", "adaptive")
    if thinks and ("top_k" in given or ("temperature" in given and body["temperature"] != 1)):
        yield "takes no temperature but 1 and no top_k while it thinks: leave them out"
    if known.temperature_and_top_p is False and {"temperature", "top_p"} <= set(given):
        yield "takes temperature or top_p, not both: leave one out"


_DEFAULT_SAMPLING = {"temperature": 1, "top_p": 0.99, "top_k": None}
"""What a model takes that takes no other: the API's page on Haiku 5.5 has them."""


def _thinking(known: ModelFacts, body: RequestBody) -> Iterator[str]:
    kind = _thinking_kind(body)
    if known.thinking.get(kind) is False:
        yield _REFUSED_THINKING.get(kind, f"takes no thinking of type {kind}: leave it out")
    elif kind in ("disabled", "between_tools") and known.disabled_efforts:
        effort = _output_config(body).get("effort")
        if effort and effort not in known.disabled_efforts:
            efforts = _listed(known.disabled_efforts)
            yield f"cannot stop thinking at effort {effort}: use --effort {efforts}"


_REFUSED_THINKING = {
    "enabled": "takes no thinking budget: use --thinking adaptive, with --effort for how much",
    "adaptive": "does not think adaptively: use --thinking TOKENS, or leave it out",
    "disabled": "cannot stop thinking: leave --thinking out, use --effort low to think less",
}


def _effort(known: ModelFacts, body: RequestBody) -> Iterator[str]:
    effort = _output_config(body).get("effort")
    if effort is None or known.effort is None or effort in known.effort:
        return
    if known.effort:
        yield f"takes no effort {effort}: use --effort {_listed(known.effort)}"
    else:
        yield "takes no effort: leave --effort out"


def _max_tokens(known: ModelFacts, body: RequestBody) -> Iterator[str]:
    asked = body.get("max_tokens")
    if known.max_output and isinstance(asked, int) and asked > known.max_output:
        yield f"writes {known.max_output} tokens at most: use --max-tokens {known.max_output}"


def _prefill(known: ModelFacts, body: RequestBody) -> Iterator[str]:
    if not _ends_in_prefill(body):
        return
    if known.prefill is False:
        yield "takes no prefill: use --schema, or say in the prompt how the answer begins"
    elif known.prefill and _thinking_kind(body) in ("enabled", "adaptive"):
        yield "takes no prefill while it thinks: leave --thinking or --prefill out"
    elif known.prefill and _output_config(body).get("format"):
        yield "takes no prefill with --schema: leave one out"
    elif known.prefill and _forces_tool(body):
        yield "takes no prefill with a forced tool: use --tool-choice=auto"


def _structured_outputs(known: ModelFacts, body: RequestBody) -> Iterator[str]:
    if known.structured_outputs is False and _output_config(body).get("format"):
        yield "has no structured outputs: leave --schema out and ask for JSON in the prompt"


def _tool_choice(known: ModelFacts, body: RequestBody) -> Iterator[str]:
    if not _forces_tool(body):
        return
    if known.forced_tools is False:
        yield "cannot be made to call a tool: use --tool-choice=auto"
    elif known.forced_tools and _thinking_kind(body) == "enabled":
        yield "cannot be made to call a tool with a thinking budget: use --tool-choice=auto"


def _tools(known: ModelFacts, body: RequestBody) -> Iterator[str]:
    tools = body.get("tools")
    for tool in tools if isinstance(tools, list) else ():
        if isinstance(tool, dict) and tool.get("type") in known.refused_tools:
            yield f"takes no {tool['type']}: use computer_toolset_20260801"


_CHECKS = (
    _lifecycle,
    _max_tokens,
    _sampling,
    _thinking,
    _effort,
    _prefill,
    _structured_outputs,
    _tools,
    _tool_choice,
)


def _thinking_kind(body: RequestBody) -> str:
    thinking = body.get("thinking")
    return str(thinking.get("type", "")) if isinstance(thinking, dict) else ""


def _output_config(body: RequestBody) -> dict[str, Any]:
    config = body.get("output_config")
    return config if isinstance(config, dict) else {}


def _forces_tool(body: RequestBody) -> bool:
    choice = body.get("tool_choice")
    return isinstance(choice, dict) and choice.get("type") in ("any", "tool")


def _ends_in_prefill(body: RequestBody) -> bool:
    """Whether the last message is the start of an answer, not a paused turn that is resumed."""
    messages = body.get("messages")
    last = messages[-1] if isinstance(messages, list) and messages else None
    if not isinstance(last, dict) or last.get("role") != "assistant":
        return False
    content = last.get("content")
    if not isinstance(content, list):
        return True
    return all(isinstance(block, dict) and block.get("type") == "text" for block in content)


def _listed(words: list[str]) -> str:
    return " or ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]
