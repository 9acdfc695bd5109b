"""The checks as a whole: whatever is sent, they accept or refuse, and never break."""

import copy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from claude_cli.simulator.answers.prompt_cache import PromptCache
from claude_cli.simulator.answers.replies import make_reply
from claude_cli.simulator.checks.headers import Dialect
from claude_cli.simulator.checks.parameters import check_model
from claude_cli.simulator.checks.request import check_count, check_message
from claude_cli.simulator.wire.rejections import Rejection
from claude_cli.simulator.wire.stream import stream_events
from tests.simulator.bodies import (
    CLOCK,
    WEATHER,
    assistant,
    count_rejection,
    image,
    message_body,
    pdf,
    rejection,
    text,
    tool_result,
    tool_use,
    user,
)

FULL = message_body(
    user([image(), pdf(citations={"enabled": False}), text("use get_weather")]),
    assistant([text("So be it."), tool_use()]),
    user([tool_result(content=[text("sunny"), image()]), text("And?")]),
    system=[text("Be kind.", cache_control={"type": "ephemeral", "ttl": "1h"})],
    tools=[
        {**WEATHER, "input_examples": [{"city": "Taipei"}]},
        CLOCK,
        {"type": "web_search_20250305", "name": "web_search", "max_uses": 2},
    ],
    tool_choice={"type": "auto"},
    thinking={"type": "adaptive", "display": "summarized"},
    output_config={
        "effort": "low",
        "format": {
            "type": "json_schema",
            "schema": {
                "type": "object",
                "properties": {"a": {"anyOf": [{"type": "string"}, {"type": "null"}]}},
                "required": ["a"],
                "additionalProperties": False,
            },
        },
    },
    metadata={"user_id": "u"},
    stop_sequences=["END"],
    cache_control={"type": "ephemeral"},
    container={"id": "c", "skills": []},
)
BETAS = Dialect(betas=frozenset(["mcp-client-2025-11-20", "context-management-2025-06-27"]))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats(-2, 2) | st.text("ab_-", max_size=3)
    | st.sampled_from(["text", "image", "tool_use", "tool_result", "auto", "object", "user"]),
    lambda inner: st.lists(inner, max_size=2)
    | st.dictionaries(
        st.sampled_from(["type", "text", "content", "source", "name", "id", "role", "schema"]),
        inner,
        max_size=3,
    ),
    max_leaves=5,
)  # fmt: skip


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) inside a JSON value."""
    keys = (
        value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    )
    found = [(value, key) for key in keys]
    for key in keys:
        found += places(value[key])
    return found


PLACES = len(places(FULL))


def test_the_full_request_is_accepted() -> None:
    assert rejection(FULL) is None


@settings(max_examples=600)
@given(st.integers(0, PLACES - 1), JSON, st.booleans())
def test_a_request_with_one_odd_value_is_refused_or_answered(
    place: int, value: Any, removed: bool
) -> None:
    body = copy.deepcopy(FULL)
    container, key = places(body)[place]
    if removed:
        del container[key]
    else:
        container[key] = value
    try:
        checked = check_message(body, BETAS)
    except Rejection as refused:
        assert refused.status in (400, 404)
        return
    made = make_reply(checked.body, checked.model, "0" * 32, PromptCache().use(body, checked.model))
    assert made.message["usage"]["output_tokens"] <= body["max_tokens"]
    assert list(stream_events(made.message, cut_input=made.cut_input))


@given(JSON)
def test_any_json_is_refused_in_order(body: Any) -> None:
    assert rejection(body) is not None
    assert count_rejection(body) is not None


def test_what_is_asked_can_be_counted() -> None:
    counted = {name: FULL[name] for name in ("model", "messages", "system", "tools", "thinking")}
    assert check_count(counted, Dialect()).model == check_model("claude-sonnet-4-6")
