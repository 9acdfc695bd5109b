"""What a model refuses: a sentence each, with the model's name and the way out."""

from typing import Any

import pytest

from claude_cli.models import catalog

PREFILL = {"messages": [{"role": "assistant", "content": "{"}]}
FORCED = {"tool_choice": {"type": "any"}}
FORMAT = {"output_config": {"format": {"type": "json_schema", "schema": {}}}}
BUDGET = {"thinking": {"type": "enabled", "budget_tokens": 2000}}
ADAPTIVE = {"thinking": {"type": "adaptive"}}
COMPUTER = {"tools": [{"type": "computer_20250124", "name": "computer"}]}
OFF = {"thinking": {"type": "disabled"}}


def effort(level: str) -> dict[str, Any]:
    return {"output_config": {"effort": level}}


@pytest.mark.parametrize(
    ("model", "parameters", "expected"),
    [
        ("claude-opus-4-7", {"temperature": 0.3}, "takes no temperature: leave it out"),
        ("claude-haiku-5-5", {"top_p": 1, "top_k": 5}, "takes no top_p or top_k"),
        ("claude-sonnet-4-6", {"temperature": 0, "top_p": 0.9}, "not both: leave one out"),
        ("claude-sonnet-4-6", {"temperature": 0.5, **ADAPTIVE}, "no temperature but 1"),
        ("claude-haiku-4-5", {"top_k": 3, **BUDGET}, "no top_k while it thinks"),
        ("claude-opus-4-8", BUDGET, "takes no thinking budget: use --thinking adaptive"),
        ("claude-sonnet-5", BUDGET, "takes no thinking budget"),
        ("claude-haiku-4-5", ADAPTIVE, "does not think adaptively: use --thinking TOKENS"),
        ("claude-opus-5-5", OFF, "cannot stop thinking"),
        ("claude-opus-5", {**OFF, **effort("max")}, "use --effort low, medium or high"),
        ("claude-haiku-5-5", {**OFF, **effort("max")}, "use --effort low, medium or high"),
        ("claude-haiku-4-5", effort("low"), "takes no effort: leave --effort out"),
        ("claude-opus-4-6", effort("xhigh"), "no effort xhigh: use --effort low, "),
        ("claude-haiku-4-5", {"max_tokens": 64_001}, "writes 64000 tokens at most"),
        ("claude-sonnet-4-6", PREFILL, "takes no prefill: use --schema"),
        ("claude-haiku-4-5", {**PREFILL, **BUDGET}, "takes no prefill while it thinks"),
        ("claude-haiku-4-5", {**PREFILL, **FORMAT}, "takes no prefill with --schema"),
        ("claude-haiku-4-5", {**PREFILL, **FORCED}, "takes no prefill with a forced tool"),
        ("claude-sonnet-5-5", COMPUTER, "takes no computer_20250124: use computer_toolset"),
        ("claude-opus-5-5", FORCED, "cannot be made to call a tool: use --tool-choice=auto"),
        ("claude-sonnet-4-6", {**FORCED, **BUDGET}, "call a tool with a thinking budget"),
    ],
)
def test_what_a_model_refuses_is_told(
    model: str, parameters: dict[str, Any], expected: str
) -> None:
    (warning,) = catalog.warnings({"model": model, **parameters})
    assert warning.startswith(f"{model} ")
    assert expected in warning


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("claude-opus-4-5", "is deprecated and ends on 2027-01-22: use -m opus"),
        ("claude-sonnet-4-5", "was retired on 2026-11-30 and is no longer found: use -m sonnet"),
        (
            "claude-opus-4-1-20250805",
            "was retired on 2026-08-05 and is no longer found: use -m opus",
        ),
        (
            "claude-3-haiku-20240307",
            "was retired on 2026-04-20 and is no longer found: use -m haiku",
        ),
    ],
)
def test_the_end_of_a_model_is_told_with_its_successor(model: str, expected: str) -> None:
    assert catalog.warnings({"model": model}) == [f"{model} {expected}"]


def test_a_model_without_structured_outputs_is_told_of() -> None:
    warnings = catalog.warnings({"model": "claude-opus-4-1", **FORMAT})
    assert any("no structured outputs: leave --schema out" in warning for warning in warnings)


@pytest.mark.parametrize(
    ("model", "parameters"),
    [
        ("claude-opus-5", {"temperature": 1}),
        ("claude-opus-5", {"temperature": None, "top_k": None}),
        ("claude-sonnet-4-6", {"temperature": 0.2}),
        ("claude-sonnet-4-6", {"temperature": 1, **BUDGET}),
        ("claude-opus-5", {**OFF, **effort("high")}),
        ("claude-opus-5", OFF),
        ("claude-sonnet-5-5", {"thinking": {"type": "between_tools"}}),
        ("claude-opus-5", {"thinking": {"type": "between_tools"}}),
        ("claude-opus-4-7", {**FORCED, **ADAPTIVE, **effort("xhigh"), "max_tokens": 128_000}),
        ("claude-haiku-4-5", PREFILL),
        ("claude-haiku-4-5", FORMAT),
        ("claude-opus-5-5", {"tool_choice": {"type": "none"}}),
        ("claude-haiku-5-5", {"top_p": 0.99}),
        ("claude-haiku-5-5", {**OFF, **effort("low")}),
        ("claude-opus-4-8", COMPUTER),
        ("claude-opus-5", {"messages": [{"role": "user", "content": "hi"}]}),
    ],
)
def test_what_a_model_takes_is_not_spoken_of(model: str, parameters: dict[str, Any]) -> None:
    assert catalog.warnings({"model": model, **parameters}) == []


def test_a_paused_turn_that_is_resumed_is_no_prefill() -> None:
    paused = [{"type": "text", "text": "…"}, {"type": "server_tool_use", "id": "srvtoolu_1"}]
    messages = [{"role": "assistant", "content": paused}]
    assert catalog.warnings({"model": "claude-opus-5", "messages": messages}) == []
    messages = [{"role": "assistant", "content": paused[:1]}]
    assert len(catalog.warnings({"model": "claude-opus-5", "messages": messages})) == 1


@pytest.mark.parametrize("odd", [None, 5, "x", [], {}, [1], {"type": []}], ids=str)
@pytest.mark.parametrize("model", ["claude-opus-5", "claude-haiku-4-5", "claude-sonnet-4-6"])
def test_an_odd_body_breaks_no_check(model: str, odd: Any) -> None:
    names = ("temperature", "top_p", "thinking", "output_config", "max_tokens", "messages")
    for name in (*names, "tool_choice", "tools"):
        catalog.warnings({"model": model, name: odd})
    catalog.warnings({"model": model, **OFF, "output_config": {"effort": odd, "format": odd}})
    assert catalog.warnings({"model": odd}) == []
