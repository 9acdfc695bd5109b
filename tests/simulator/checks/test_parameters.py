"""Fields around the messages: names, ranges, and what each model takes."""

from typing import Any

import pytest

from claude_cli.simulator.checks.headers import Dialect
from claude_cli.simulator.checks.request import check_message
from claude_cli.simulator.wire.rejections import Rejection
from tests.simulator.bodies import CLOCK, count_rejection, message_body, refusal_of, rejection, text

STRICT = {"anthropic_version": "2026-10-21"}


@pytest.mark.parametrize("missing", ["model", "max_tokens", "messages"])
def test_required_fields(missing: str) -> None:
    body = {name: value for name, value in message_body().items() if name != missing}
    assert refusal_of(body) == f"{missing}: Field required"


@pytest.mark.parametrize("body", [None, [], "text", 3])
def test_the_body_must_be_an_object(body: Any) -> None:
    assert "object" in refusal_of(body)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"temprature": 1}, "temprature: Extra inputs are not permitted"),
        ({"betas": []}, "betas: Extra inputs are not permitted"),
        ({"max_tokens": "5"}, "max_tokens: "),
        ({"max_tokens": True}, "max_tokens: "),
        ({"max_tokens": -1}, "max_tokens: "),
        ({"max_tokens": 1.5}, "max_tokens: "),
        ({"max_tokens": 200_000}, "max_tokens: 200000 > 128000"),
        ({"temperature": 1.1}, "temperature: "),
        ({"temperature": None}, "temperature: "),
        ({"top_p": -0.1}, "top_p: "),
        ({"top_k": -1}, "top_k: "),
        ({"temperature": 0.5, "top_p": 0.5}, "temperature: and `top_p` cannot both"),
        ({"stop_sequences": "x"}, "stop_sequences: "),
        ({"stop_sequences": ["a", " \n"]}, "stop_sequences.1: "),
        ({"stream": "yes"}, "stream: "),
        ({"metadata": {"user": "x"}}, "metadata.user: Extra inputs"),
        ({"service_tier": "fast"}, "service_tier: "),
        ({"inference_geo": "eu"}, "inference_geo: "),
        ({"speed": "ludicrous"}, "speed: "),
        ({"system": " \n"}, "system: "),
        ({"system": [text("")]}, "system.0.text: "),
        ({"system": [text("a"), {"type": "image"}]}, "system.1: Input tag 'image'"),
        ({"output_config": {"effort": "extreme"}}, "output_config.effort: "),
        ({"output_config": {"format": {"schema": {}}}}, "output_config.format.type: Field"),
        ({"output_config": {"task_budget": {}}}, "output_config.task_budget: Extra inputs"),
        ({"container": {"skills": [{"type": "anthropic"}]}}, "container.skills.0.skill_id: "),
        ({"context_management": {"edits": []}}, "context_management: Extra inputs"),
        ({"mcp_servers": []}, "mcp_servers: Extra inputs"),
        ({"fallbacks": "default"}, "fallbacks: Extra inputs"),
        ({"output_format": None}, "output_format: Extra inputs"),
        ({"thinking": {"type": "sometimes"}}, "thinking: Input tag 'sometimes'"),
        ({"thinking": {}}, "thinking.type: Field required"),
        ({"thinking": {"type": "enabled"}}, "thinking.budget_tokens: Field required"),
        ({"thinking": {"type": "enabled", "budget_tokens": 1023}}, "thinking.budget_tokens: "),
        ({"thinking": {"type": "enabled", "budget_tokens": 1024}}, "thinking.budget_tokens: "),
        ({"thinking": {"type": "enabled", "budget_tokens": 1024}, "max_tokens": 1024},
         "thinking.budget_tokens: "),
        ({"thinking": {"type": "disabled", "display": "omitted"}}, "thinking.display: "),
        ({"messages": []}, "messages: "),
        ({"cache_control": {"type": "permanent"}}, "cache_control.type: "),
    ],
)  # fmt: skip
def test_a_bad_field_is_named(fields: dict[str, Any], expected: str) -> None:
    assert refusal_of(message_body(**fields)).startswith(expected)


@pytest.mark.parametrize(
    "fields",
    [
        {"system": ""},
        {"system": "Be kind."},
        {"system": [text("a", cache_control={"type": "ephemeral", "ttl": "1h"})]},
        {"temperature": 0},
        {"top_p": 1, "top_k": 0},
        {"stop_sequences": ["\n\nHuman:"]},
        {"metadata": {"user_id": None}},
        {"service_tier": "standard_only", "inference_geo": "us"},
        {"container": "container_1"},
        {"container": {"id": None, "skills": []}},
        {"diagnostics": {"previous_message_id": None}},
        {"thinking": {"type": "adaptive", "display": "omitted"}},
        {"thinking": {"type": "enabled", "budget_tokens": 1024}, "max_tokens": 1025},
        {"output_config": {"effort": "max"}},
        {"output_config": None},
        {"max_tokens": 0},
    ],
)
def test_legal_fields_pass(fields: dict[str, Any]) -> None:
    assert rejection(message_body(**fields)) is None


@pytest.mark.parametrize(
    ("beta", "fields"),
    [
        ("context-management-2025-06-27", {"context_management": {"edits": []}}),
        ("mcp-client-2025-11-20", {"mcp_servers": []}),
        ("server-side-fallback-2026-06-01", {"fallbacks": "default"}),
        ("user-profiles-billing-2026-10-01", {"billing_policy": {"type": "billing_policy"}}),
        ("fallback-credit-2026-06-01", {"fallback_credit_token": "t"}),
        ("compact-2026-09-04", {"compaction": {"type": "summarize"}}),
        ("thinking-display-updates-2026-08-18",
         {"thinking": {"type": "adaptive", "display": "updates"}}),
        ("thinking-binding-controls-2026-08-01",
         {"thinking": {"type": "adaptive", "block_binding": {}}}),
        ("task-budgets-2026-03-13",
         {"output_config": {"task_budget": {"type": "tokens", "total": 20_000}}}),
        ("structured-outputs-2025-11-13",
         {"output_format": {"type": "json_schema",
                            "schema": {"type": "object", "additionalProperties": False}}}),
    ],
)  # fmt: skip
def test_a_beta_opens_its_field(beta: str, fields: dict[str, Any]) -> None:
    assert rejection(message_body(**fields), anthropic_beta=beta) is None
    assert rejection(message_body(**fields)) is not None


@pytest.mark.parametrize(
    "fields",
    [
        {"stop_sequences": ["a"]},
        {"context_management": {"edits": []}},
        {"tools": [CLOCK], "tool_choice": {"type": "any"}},
        {"output_config": {"format": {"type": "json_schema", "schema": {"type": "integer"}}}},
    ],
)
def test_nothing_shapes_the_answer_to_a_request_to_compact(fields: dict[str, Any]) -> None:
    body = message_body(compaction={"type": "summarize"}, **fields)
    betas = "compact-2026-09-04,context-management-2025-06-27"
    assert refusal_of(body, anthropic_beta=betas).startswith("compaction: cannot be combined")


@pytest.mark.parametrize(
    "model", ["gpt-5", "claude", "claude-opus-9", "claude-sonnet-4-6-20250514",
              "claude-3-5-sonnet-20241022", "claude-opus-4-0"],
)  # fmt: skip
def test_an_unknown_or_retired_model_is_a_404(model: str) -> None:
    found = rejection(message_body(model=model))
    assert found is not None
    assert (found.status, found.error_type) == (404, "not_found_error")
    assert model in found.message


ADAPTIVE: dict[str, Any] = {"type": "adaptive"}
ENABLED: dict[str, Any] = {"type": "enabled", "budget_tokens": 1024}
DISABLED: dict[str, Any] = {"type": "disabled"}
BETWEEN: dict[str, Any] = {"type": "between_tools"}


@pytest.mark.parametrize(
    ("model", "accepted"),
    [
        ("claude-haiku-4-5", [ENABLED, DISABLED]),
        ("claude-opus-4-5", [ENABLED, DISABLED]),
        ("claude-sonnet-4-6", [ADAPTIVE, ENABLED, DISABLED]),
        ("claude-opus-4-7", [ADAPTIVE, DISABLED]),
        ("claude-opus-4-8", [ADAPTIVE, DISABLED]),
        ("claude-sonnet-5", [ADAPTIVE, DISABLED]),
        ("claude-opus-5", [ADAPTIVE, DISABLED]),
        ("claude-fable-5", [ADAPTIVE]),
        ("claude-opus-5-5", [ADAPTIVE]),
        ("claude-fable-5-1", [ADAPTIVE]),
        ("claude-sonnet-5-5", [ADAPTIVE, BETWEEN]),
        ("claude-haiku-5-5", [ADAPTIVE, DISABLED]),
    ],
)
def test_each_model_takes_its_own_types_of_thinking(
    model: str, accepted: list[dict[str, Any]]
) -> None:
    for thinking in (ADAPTIVE, ENABLED, DISABLED, BETWEEN):
        body = message_body(model=model, max_tokens=2000, thinking=thinking)
        if thinking in accepted:
            assert rejection(body) is None, thinking
        else:
            assert refusal_of(body).startswith("thinking.type: "), thinking


def test_the_refusal_of_manual_thinking_says_what_to_use_instead() -> None:
    message = refusal_of(message_body(model="claude-opus-4-8", max_tokens=2000, thinking=ENABLED))
    assert "thinking.type.adaptive" in message
    assert "output_config.effort" in message


@pytest.mark.parametrize(
    ("model", "effort", "fine"),
    [
        ("claude-opus-5", "high", True),
        ("claude-opus-5", "max", False),
        ("claude-haiku-5-5", "medium", True),
        ("claude-haiku-5-5", "low", True),
        ("claude-haiku-5-5", "xhigh", False),
        ("claude-opus-4-8", "max", True),
    ],
)
def test_some_efforts_need_thinking(model: str, effort: str, fine: bool) -> None:
    body = message_body(model=model, thinking=DISABLED, output_config={"effort": effort})
    assert (rejection(body) is None) == fine


@pytest.mark.parametrize(
    ("model", "efforts"),
    [
        ("claude-haiku-4-5", []),
        ("claude-opus-4-5", ["low", "medium", "high"]),
        ("claude-sonnet-4-6", ["low", "medium", "high", "max"]),
        ("claude-opus-4-7", ["low", "medium", "high", "xhigh", "max"]),
        ("claude-haiku-5-5", ["low", "medium", "high", "xhigh", "max"]),
    ],
)
def test_each_model_takes_its_own_efforts(model: str, efforts: list[str]) -> None:
    for effort in ("low", "medium", "high", "xhigh", "max"):
        body = message_body(model=model, output_config={"effort": effort})
        assert (rejection(body) is None) == (effort in efforts), effort


@pytest.mark.parametrize("model", ["claude-opus-4-7", "claude-sonnet-5", "claude-haiku-5-5"])
def test_newer_models_refuse_sampling_but_for_its_default(model: str) -> None:
    for name, value in (("temperature", 0.5), ("top_p", 0.9), ("top_p", 1), ("top_k", 5)):
        assert refusal_of(message_body(model=model, **{name: value})).startswith(f"{name}: ")
    assert rejection(message_body(model=model, temperature=1)) is None
    assert rejection(message_body(model=model, top_p=0.99)) is None


@pytest.mark.parametrize(
    ("model", "beta", "fine"),
    [
        ("claude-sonnet-4-6", "interleaved-thinking-2025-05-14", True),
        ("claude-opus-4-5", "interleaved-thinking-2025-05-14", True),
        ("claude-sonnet-4-6", "", False),
        ("claude-opus-4-6", "interleaved-thinking-2025-05-14", False),
        ("claude-haiku-4-5", "interleaved-thinking-2025-05-14", False),
    ],
)
def test_only_interleaved_thinking_may_be_given_more_than_max_tokens(
    model: str, beta: str, fine: bool
) -> None:
    thinking = {"type": "enabled", "budget_tokens": 5000}
    found = rejection(message_body(model=model, thinking=thinking), anthropic_beta=beta)
    assert (found is None) == fine


def test_a_batch_with_its_beta_may_ask_for_longer_answers() -> None:
    betas = frozenset({"output-300k-2026-03-24"})
    body = message_body(max_tokens=300_000)
    assert check_message(body, Dialect(betas=betas, batch=True)).model.id == "claude-sonnet-4-6"
    for dialect in (Dialect(betas=betas), Dialect(batch=True)):
        with pytest.raises(Rejection, match="300000 > 128000"):
            check_message(body, dialect)
    with pytest.raises(Rejection, match="300000 > 128000"):
        check_message(body | {"model": "claude-fable-5-2"}, Dialect(betas=betas, batch=True))


@pytest.mark.parametrize("name", ["temperature", "top_p", "top_k"])
def test_the_strict_version_refuses_even_the_default(name: str) -> None:
    refusal = f"{name}: Extra inputs are not permitted"
    assert refusal_of(message_body(**{name: 1}), **STRICT) == refusal


@pytest.mark.parametrize(
    ("fields", "fine"),
    [
        ({"temperature": 0.5}, False),
        ({"temperature": 1}, True),
        ({"top_k": 1}, False),
        ({"top_p": 0.94}, False),
        ({"top_p": 0.95}, True),
    ],
)
def test_sampling_while_thinking(fields: dict[str, Any], fine: bool) -> None:
    body = message_body(max_tokens=2000, thinking=ENABLED, **fields)
    assert (rejection(body) is None) == fine


@pytest.mark.parametrize(
    ("conflict", "fields"),
    [
        ("stream", {"stream": True}),
        ("output_config.format",
         {"output_config": {"format": {"type": "json_schema", "schema": {"type": "string"}}}}),
        ("tool_choice",
         {"tools": [{"name": "t", "input_schema": {"type": "object"}}],
          "tool_choice": {"type": "any"}}),
    ],
)  # fmt: skip
def test_zero_tokens_only_warm_the_cache(conflict: str, fields: dict[str, Any]) -> None:
    message = refusal_of(message_body(max_tokens=0, **fields))
    assert message == f"max_tokens: 0 cannot be combined with `{conflict}`"


@pytest.mark.parametrize(
    ("model", "fields", "fine"),
    [
        ("claude-opus-4-5", {"inference_geo": "us"}, False),
        ("claude-opus-4-6", {"inference_geo": "us"}, True),
        ("claude-opus-5-5", {"speed": "fast"}, True),
        ("claude-opus-5", {"speed": "standard"}, False),
        ("claude-opus-4-6", {"speed": "fast"}, True),
        ("claude-opus-4-7", {"speed": "fast"}, False),
        ("claude-opus-4-7", {"speed": "standard"}, True),
    ],
)
def test_where_and_how_fast_depends_on_the_model(
    model: str, fields: dict[str, Any], fine: bool
) -> None:
    assert (rejection(message_body(model=model, **fields)) is None) == fine


def test_fast_mode_of_a_preview_needs_its_beta() -> None:
    body = message_body(model="claude-opus-5", speed="fast")
    assert refusal_of(body) == "speed: Extra inputs are not permitted"
    assert rejection(body, anthropic_beta="fast-mode-2026-02-01") is None


def test_the_two_output_formats_exclude_each_other() -> None:
    wanted = {"type": "json_schema", "schema": {"type": "object", "additionalProperties": False}}
    body = message_body(output_format=wanted, output_config={"format": wanted})
    beta = "structured-outputs-2025-11-13"
    assert refusal_of(body, anthropic_beta=beta).startswith("output_format: ")


def test_a_prompt_larger_than_the_window_is_told_with_its_size() -> None:
    body = message_body({"role": "user", "content": "word " * 200_000}, model="claude-haiku-4-5")
    message = refusal_of(body)
    assert message.startswith("prompt is too long: 250003 tokens > 200000")


@pytest.mark.parametrize("name", ["max_tokens", "stream", "temperature", "metadata"])
def test_count_tokens_takes_no_output_controls(name: str) -> None:
    body = {"model": "claude-sonnet-4-6", "messages": message_body()["messages"]}
    assert count_rejection(body) is None
    found = count_rejection({**body, name: 1})
    assert found is not None
    assert found.message == f"{name}: Extra inputs are not permitted"
