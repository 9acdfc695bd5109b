"""What the API refuses in the parameters around the messages, model by model: limits, thinking,
effort, sampling, speed.
"""

from typing import Any

from claude_cli.simulator.checks.headers import Dialect
from claude_cli.simulator.checks.models import EFFORTS, Model, find_model
from claude_cli.simulator.checks.parameter_shapes import SAMPLING
from claude_cli.simulator.checks.prompt import (
    blocks_of,
    compaction_edit,
    output_format,
    thinks,
    thinks_manually,
)
from claude_cli.simulator.wire.rejections import Rejection, invalid

LEAST_TRIGGER = 50_000
"""Input tokens below which nothing is compacted."""


def check_model(name: str) -> Model:
    """The model of this id or alias; a 404 where there is none, or none any more."""
    model = find_model(name)
    if model is None or model.facts.lifecycle == "retired":
        raise Rejection(404, f"model: {name}")
    return model


def check_parameters(body: dict[str, Any], model: Model, dialect: Dialect) -> None:
    """Raises for what shapes cannot tell of everything but messages and tools."""
    _check_system(body)
    _check_thinking(body, model, dialect)
    _check_effort(body, model)
    _check_max_tokens(body, model, dialect)
    _check_sampling(body, model)
    _check_serving(body, model, dialect)
    _check_compaction(body)
    if body.get("output_format") and (body.get("output_config") or {}).get("format"):
        raise invalid("output_format", "cannot be combined with output_config.format")


def _check_system(body: dict[str, Any]) -> None:
    for index, block in enumerate(blocks_of(body.get("system"))):
        if not block["text"].strip():
            path = "system" if isinstance(body["system"], str) else f"system.{index}.text"
            raise invalid(path, "text content blocks must contain non-whitespace text")


def _check_thinking(body: dict[str, Any], model: Model, dialect: Dialect) -> None:
    thinking = body.get("thinking")
    if thinking is None:
        return
    kind = thinking["type"]
    if kind not in model.thinking_types:
        raise invalid("thinking.type", _thinking_advice(kind, model))
    if kind in ("disabled", "between_tools"):
        effort = (body.get("output_config") or {}).get("effort") or model.facts.default_effort
        if effort and effort not in (model.facts.disabled_efforts or EFFORTS):
            raise invalid("thinking.type", f"`{kind}` is not supported at effort '{effort}'")
    interleaves = model.facts.interleaves and dialect.has_beta("interleaved-thinking-")
    if (
        kind == "enabled"
        and not interleaves
        and thinking["budget_tokens"] >= body.get("max_tokens", 10**9)
    ):
        problem = "`max_tokens` must be greater than `thinking.budget_tokens`"
        raise invalid("thinking.budget_tokens", problem)


def _thinking_advice(kind: str, model: Model) -> str:
    if kind == "adaptive":
        return f"adaptive thinking is not supported on {model.id}"
    if kind == "enabled":
        instead = "use `thinking.type.adaptive` and `output_config.effort`"
    else:
        instead = f"use one of: {', '.join(model.thinking_types)}"
    return f"`{kind}` is not supported on {model.id}; {instead}"


def _check_effort(body: dict[str, Any], model: Model) -> None:
    effort = (body.get("output_config") or {}).get("effort")
    if effort is not None and effort not in (model.facts.effort or ()):
        problem = f"{model.id} does not support the effort '{effort}'"
        raise invalid("output_config.effort", problem)


def _check_max_tokens(body: dict[str, Any], model: Model, dialect: Dialect) -> None:
    limit, most = body.get("max_tokens"), model.max_tokens
    if dialect.batch and dialect.has_beta("output-300k-"):
        most = model.facts.batch_output or most
    if limit is not None and limit > most:
        problem = f"{limit} > {most}, the maximum number of output tokens of {model.id}"
        raise invalid("max_tokens", problem)
    if limit != 0:
        return
    conflicts = {
        "stream": bool(body.get("stream")),
        "thinking": thinks_manually(body),
        "output_config.format": output_format(body) is not None,
        "tool_choice": (body.get("tool_choice") or {}).get("type") in ("any", "tool"),
    }
    for name, conflicting in conflicts.items():
        if conflicting:
            raise invalid("max_tokens", f"0 cannot be combined with `{name}`")


def _check_sampling(body: dict[str, Any], model: Model) -> None:
    both = "temperature" in body and "top_p" in body
    if both and not model.facts.temperature_and_top_p:
        raise invalid("temperature", f"and `top_p` cannot both be specified for {model.id}")
    if not model.facts.sampling:
        for name in SAMPLING:
            if name in body and body[name] != SAMPLING[name]:
                raise invalid(name, f"may only be left at its default on {model.id}")
    if not thinks(body, model):
        return
    if body.get("temperature", 1) != 1:
        raise invalid("temperature", "may only be set to 1 when thinking is enabled")
    if "top_k" in body:
        raise invalid("top_k", "must be unset when thinking is enabled")
    if body.get("top_p", 1) < 0.95:
        raise invalid("top_p", "must be at least 0.95 when thinking is enabled")


def _check_serving(body: dict[str, Any], model: Model, dialect: Dialect) -> None:
    if body.get("inference_geo") and not model.facts.geo:
        raise invalid("inference_geo", f"is not supported on {model.id}")
    if "speed" in body and model.facts.fast == "beta" and not dialect.has_beta("fast-mode-"):
        raise invalid("speed", "Extra inputs are not permitted")
    if body.get("speed") == "fast" and model.facts.fast == "no":
        raise invalid("speed", f"'fast' is not supported on {model.id}")


def _check_compaction(body: dict[str, Any]) -> None:
    """A request to compact is answered by the summary alone: nothing may shape an answer."""
    edit = compaction_edit(body)
    trigger = (edit.get("trigger") or {}).get("value", LEAST_TRIGGER) if edit else LEAST_TRIGGER
    if not isinstance(trigger, int) or trigger < LEAST_TRIGGER:
        problem = f"must be at least {LEAST_TRIGGER} input tokens"
        raise invalid("context_management.edits.trigger", problem)
    if not body.get("compaction"):
        return
    conflicts = {
        "context_management": bool(body.get("context_management")),
        "stop_sequences": bool(body.get("stop_sequences")),
        "output_config.format": output_format(body) is not None,
        "tool_choice": (body.get("tool_choice") or {}).get("type") in ("any", "tool"),
    }
    for name, conflicting in conflicts.items():
        if conflicting:
            raise invalid("compaction", f"cannot be combined with `{name}`")
