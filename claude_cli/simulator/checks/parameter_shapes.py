"""The shapes of the top-level fields of a Messages and a count_tokens request, and which of them
a beta header has to open first.
"""

from functools import lru_cache
from typing import Any

from claude_cli.simulator.checks.block_shapes import CACHE_CONTROL, TEXT
from claude_cli.simulator.checks.headers import Dialect
from claude_cli.simulator.checks.tool_shapes import MCP_SERVERS, TOOL_CHOICE, TOOLS
from claude_cli.simulator.checks.turn_shapes import EFFORT, messages_shape
from claude_cli.simulator.wire.rejections import Rejection, invalid
from claude_cli.simulator.wire.shapes import (
    Fields,
    Shape,
    any_object,
    array,
    boolean,
    integer,
    nullable,
    number,
    one_of,
    record,
    string,
    string_or,
    tagged,
)


def _check_stop_sequence(path: str, value: Any) -> None:
    string()(path, value)
    if not value.strip():
        raise invalid(path, "each stop sequence must contain non-whitespace")


def _no_thread(path: str, value: Any) -> None:
    """The simulator keeps no threads; told so, the official SDK sends the whole conversation."""
    if value is not None:
        problem = f"{path}: message threads are not available here; send the whole conversation"
        raise Rejection(400, problem, details={"error_code": "thread_unsupported_request"})


SAMPLING = {"temperature": 1, "top_p": 0.99, "top_k": None}
"""The sampling parameters, and the values that models take which take no others."""
JSON_FORMAT = record({"type": one_of("json_schema"), "schema": any_object})
_OUTPUT_CONFIG: Fields = {
    "effort": EFFORT,
    "format": nullable(JSON_FORMAT),
}
_TASK_BUDGET: Fields = {
    "task_budget": record(
        {"type": one_of("tokens"), "total": integer(20_000)}, {"remaining": nullable(integer())}
    )
}
_SKILL = record(
    {"type": one_of("anthropic", "custom"), "skill_id": string(least=1)}, {"version": string()}
)
_CONTAINER = record({}, {"id": nullable(string()), "skills": nullable(array(_SKILL, most=20))})

# What count_tokens takes too.
_INPUT: Fields = {
    "model": string(least=1),
    "system": string_or(array(tagged({"text": TEXT}))),
    "tools": TOOLS,
    "tool_choice": TOOL_CHOICE,
    "cache_control": CACHE_CONTROL,
    "speed": nullable(one_of("standard", "fast")),
}
_OUTPUT: Fields = {
    "max_tokens": integer(),
    "temperature": number(0, 1),
    "top_p": number(0, 1),
    "top_k": integer(),
    "stop_sequences": array(_check_stop_sequence),
    "stream": boolean,
    "metadata": record({}, {"user_id": nullable(string())}),
    "service_tier": one_of("auto", "standard_only"),
    "container": nullable(string_or(_CONTAINER)),
    "inference_geo": nullable(one_of("us", "global")),
    "diagnostics": nullable(record({}, {"previous_message_id": nullable(string())})),
}
_BETA_FIELDS = {
    "context_management": ("context-management-", "compact-2026-01-12"),
    "compaction": ("compact-2026-09-04",),
    "mcp_servers": ("mcp-client-",),
    "fallbacks": ("server-side-fallback-",),
    "output_format": ("structured-outputs-",),
    "billing_policy": ("user-profiles-billing-",),
    "fallback_credit_token": ("fallback-credit-",),
    "thread": ("message-threads-",),
}
_BETA_SHAPES: Fields = {
    "context_management": nullable(record({}, {"edits": array(any_object)})),
    "compaction": nullable(
        record({"type": one_of("summarize")}, {"instructions": nullable(string())})
    ),
    "mcp_servers": MCP_SERVERS,
    "fallbacks": nullable(string_or(array(any_object, most=3))),
    "output_format": nullable(JSON_FORMAT),
    "billing_policy": nullable(
        record({"type": one_of("billing_policy")}, {"bill_to": one_of("self", "user_profile")})
    ),
    "fallback_credit_token": nullable(string_or(any_object)),
    "thread": _no_thread,
}
_NOT_COUNTED = ("fallbacks", "fallback_credit_token")
"""What count_tokens does not take."""


def check_message_shape(body: Any, dialect: Dialect) -> None:
    """Raises unless `body` has the fields of a Messages request and no others."""
    fields = {**_opened(dialect), **_OUTPUT}
    if dialect.strict:
        fields = {name: shape for name, shape in fields.items() if name not in SAMPLING}
    required = ("model", "max_tokens", "messages")
    record({name: fields[name] for name in required}, fields)("", body)


def check_count_shape(body: Any, dialect: Dialect) -> None:
    """Raises unless `body` has the fields of a count_tokens request and no others."""
    opened = _opened(dialect)
    fields = {name: shape for name, shape in opened.items() if name not in _NOT_COUNTED}
    record({name: fields[name] for name in ("model", "messages")}, fields)("", body)


@lru_cache(maxsize=64)
def _opened(dialect: Dialect) -> Fields:
    """The fields of the input, those included that the request's betas open."""
    config = _OUTPUT_CONFIG
    if dialect.has_beta("task-budgets-"):
        config = {**config, **_TASK_BUDGET}
    opened = {
        name: shape for name, shape in _BETA_SHAPES.items() if dialect.has_beta(*_BETA_FIELDS[name])
    }
    return {
        **_INPUT,
        "messages": messages_shape(dialect),
        "thinking": _thinking(dialect),
        "output_config": nullable(record({}, config)),
        **opened,
    }


def _thinking(dialect: Dialect) -> Shape:
    updates = ("updates",) if dialect.has_beta("thinking-display-updates-") else ()
    shown: dict[str, Shape] = {"display": nullable(one_of("summarized", "omitted", *updates))}
    if dialect.has_beta("thinking-binding-controls-"):
        shown["block_binding"] = nullable(
            record({}, {"prefix_mismatch_behavior": nullable(one_of("error", "drop_block"))})
        )
    return tagged(
        {
            "adaptive": record({"type": one_of("adaptive")}, shown),
            "enabled": record({"type": one_of("enabled"), "budget_tokens": integer(1024)}, shown),
            "disabled": record({"type": one_of("disabled")}),
            "between_tools": record({"type": one_of("between_tools")}),
        }
    )
