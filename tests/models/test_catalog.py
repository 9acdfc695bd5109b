"""What models can do, by the packaged table."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from claude_cli.models import catalog, learned
from claude_cli.models.facts import ModelFacts

MODELS: dict[str, Any] = tomllib.loads(
    Path(catalog.__file__).with_name("models.toml").read_text(encoding="utf-8")
)["models"]

# Anthropic's "Extended thinking", by model: does it think by itself, and which types are taken?
THINKING = [
    ("claude-haiku-4-5", False, {"adaptive": False, "enabled": True, "disabled": True}),
    ("claude-sonnet-4-5", False, {"adaptive": False, "enabled": True, "disabled": True}),
    ("claude-opus-4-5", False, {"adaptive": False, "enabled": True, "disabled": True}),
    ("claude-opus-4-1", False, {"adaptive": False, "enabled": True, "disabled": True}),
    ("claude-3-7-sonnet", False, {"adaptive": False, "enabled": True, "disabled": True}),
    ("claude-opus-4-6", False, {"adaptive": True, "enabled": True, "disabled": True}),
    ("claude-sonnet-4-6", False, {"adaptive": True, "enabled": True, "disabled": True}),
    ("claude-opus-4-7", False, {"adaptive": True, "enabled": False, "disabled": True}),
    ("claude-opus-4-8", False, {"adaptive": True, "enabled": False, "disabled": True}),
    ("claude-sonnet-5", True, {"adaptive": True, "enabled": False, "disabled": True}),
    ("claude-opus-5", True, {"adaptive": True, "enabled": False, "disabled": True}),
    ("claude-fable-5", True, {"adaptive": True, "enabled": False, "disabled": False}),
    ("claude-mythos-5", True, {"adaptive": True, "enabled": False, "disabled": False}),
    ("claude-mythos-preview", True, {"adaptive": True, "enabled": True, "disabled": False}),
    ("claude-opus-5-5", True, {"adaptive": True, "enabled": False, "disabled": False}),
    ("claude-fable-5-1", True, {"adaptive": True, "enabled": False, "disabled": False}),
    ("claude-fable-5-2", True, {"adaptive": True, "enabled": False, "disabled": False}),
    (
        "claude-sonnet-5-5",
        True,
        {"adaptive": True, "enabled": False, "disabled": False, "between_tools": True},
    ),
    ("claude-haiku-5-5", True, {"adaptive": True, "enabled": False, "disabled": True}),
]

# Model overview, "Effort", "Structured outputs", sampling, prefill, forced tools.
CAPABILITIES = [
    # model, context, output, sampling, both, prefill, structured, forced, effort
    ("claude-fable-5-2", 1_000_000, 128_000, False, False, False, True, False, "low … max"),
    ("claude-mythos-5", 1_000_000, 128_000, False, False, False, True, True, "low … max"),
    ("claude-opus-5-5", 1_000_000, 128_000, False, False, False, True, False, "low … max"),
    ("claude-opus-5", 1_000_000, 128_000, False, False, False, True, True, "low … max"),
    ("claude-opus-4-7", 1_000_000, 128_000, False, False, False, True, True, "low … max"),
    ("claude-opus-4-6", 1_000_000, 128_000, True, False, False, True, True, "no xhigh"),
    ("claude-opus-4-5", 200_000, 64_000, True, False, True, True, True, "to high"),
    ("claude-opus-4-1", 200_000, 32_000, True, False, True, False, True, "none"),
    ("claude-sonnet-5-5", 1_000_000, 128_000, False, False, False, True, False, "low … max"),
    ("claude-sonnet-4-6", 1_000_000, 128_000, True, False, False, True, True, "no xhigh"),
    ("claude-sonnet-4-5", 200_000, 64_000, True, False, True, True, True, "none"),
    ("claude-sonnet-4", 200_000, 64_000, True, True, True, False, True, "none"),
    ("claude-haiku-5-5", 1_000_000, 128_000, False, False, False, True, True, "low … max"),
    ("claude-haiku-4-5", 200_000, 64_000, True, False, True, True, True, "none"),
    ("claude-3-5-haiku", 200_000, 8192, True, True, True, False, True, "none"),
]
EFFORT = {
    "low … max": ["low", "medium", "high", "xhigh", "max"],
    "no xhigh": ["low", "medium", "high", "max"],
    "to high": ["low", "medium", "high"],
    "none": [],
}


@pytest.mark.parametrize(("model", "thinks", "types"), THINKING, ids=lambda v: str(v)[:30])
def test_thinking_by_model(model: str, thinks: bool, types: dict[str, bool]) -> None:
    known = catalog.facts(model)
    assert known.thinks is thinks
    assert known.thinking == types


@pytest.mark.parametrize("row", CAPABILITIES, ids=lambda row: row[0])
def test_capabilities_by_model(row: tuple[Any, ...]) -> None:
    model, *expected, effort = row
    known = catalog.facts(model)
    assert [
        known.context_window,
        known.max_output,
        known.sampling,
        known.temperature_and_top_p,
        known.prefill,
        known.structured_outputs,
        known.forced_tools,
    ] == expected
    assert known.effort == EFFORT[effort]


@pytest.mark.parametrize("model", MODELS)
def test_every_row_has_its_line_and_its_lifecycle(model: str) -> None:
    known = catalog.facts(model)
    assert f"-{known.line}" in model
    assert known.lifecycle in ("active", "deprecated", "retired")
    assert None not in (known.context_window, known.max_output, known.prefill, known.sampling)
    if known.lifecycle == "active":
        assert not known.ends


@pytest.mark.parametrize(
    ("model", "row"),
    [
        ("claude-sonnet-4-5-20250929", "claude-sonnet-4-5"),
        ("claude-opus-4-6-20250514", "claude-opus-4-6"),
        ("claude-opus-4-20250514", "claude-opus-4"),
        ("claude-opus-4-0", "claude-opus-4"),
        ("claude-3-5-sonnet-latest", "claude-3-5-sonnet"),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-sonnet-4-5"),
        ("anthropic.claude-opus-4-6-v1", "claude-opus-4-6"),
        ("claude-sonnet-4-5@20250929", "claude-sonnet-4-5"),
    ],
)
def test_dates_and_platform_names_lead_to_the_same_row(model: str, row: str) -> None:
    assert catalog.facts(model) == catalog.facts(row) != ModelFacts()


@pytest.mark.parametrize("model", ["claude-opus-5-7", "claude-opus-9", "gpt-5", "", "opus"])
def test_an_unknown_model_has_no_facts_and_passes_every_check(model: str) -> None:
    assert catalog.facts(model) == ModelFacts()
    body = {
        "model": model,
        "max_tokens": 10**9,
        "temperature": 0.5,
        "top_p": 0.5,
        "thinking": {"type": "enabled", "budget_tokens": 1},
        "output_config": {"effort": "xxl", "format": {}},
        "messages": [{"role": "assistant", "content": "{"}],
    }
    assert catalog.warnings(body) == []


@pytest.mark.parametrize(
    ("alias", "model"),
    [
        ("opus", "claude-opus-5-5"),
        ("sonnet", "claude-sonnet-5-5"),
        ("haiku", "claude-haiku-5-5"),
        ("fable", "claude-fable-5-2"),
        ("claude-opus-4-6", "claude-opus-4-6"),
        ("no-such-thing", "no-such-thing"),
    ],
)
def test_an_alias_is_the_newest_of_its_line(alias: str, model: str) -> None:
    assert catalog.resolve_alias(alias) == model


def test_an_alias_prefers_what_the_key_may_use() -> None:
    learned.keep(
        [
            {"id": "claude-opus-6", "line": "opus", "created_at": "2027-01-01T00:00:00Z"},
            {"id": "claude-opus-7", "line": "opus", "created_at": "2027-02-01T00:00:00Z"},
            {
                "id": "claude-opus-8",
                "line": "opus",
                "created_at": "2027-03-01T00:00:00Z",
                "lifecycle": "deprecated",
            },
        ]
    )
    assert catalog.resolve_alias("opus") == "claude-opus-7"
    assert catalog.resolve_alias("opus", "bedrock") == "claude-opus-5-5", (
        "of a cloud it says nothing"
    )
    assert catalog.resolve_alias("sonnet") == "claude-sonnet-5-5"


def test_an_alias_is_the_newest_of_its_line_that_the_platform_serves() -> None:
    models = catalog.packaged()
    assert catalog.newest(models, "opus", ["claude-opus-5-5"]) == "claude-opus-5"
    assert catalog.newest(models, "opus", [*models]) is None
    assert catalog.resolve_alias("sonnet", "mantle") == "claude-sonnet-5-5"


@pytest.mark.parametrize(
    ("model", "thinking", "tokens"),
    [
        ("claude-sonnet-4-6", None, 8192),
        ("claude-sonnet-4-6", {"type": "disabled"}, 8192),
        ("claude-sonnet-4-6", {"type": "adaptive"}, 16_000),
        ("claude-sonnet-4-6", {"type": "enabled", "budget_tokens": 10_000}, 18_192),
        ("claude-sonnet-4-6", {"type": "enabled", "budget_tokens": "odd"}, 8192),
        ("claude-opus-5", None, 16_000),
        ("claude-opus-5", {"type": "disabled"}, 8192),
        ("claude-sonnet-4-5", {"type": "enabled", "budget_tokens": 60_000}, 64_000),
        ("claude-3-opus-20240229", None, 4096),
        ("unheard-of", None, 8192),
        ("unheard-of", {"type": "adaptive"}, 16_000),
    ],
)
def test_max_tokens_has_a_default(model: str, thinking: dict[str, Any] | None, tokens: int) -> None:
    assert catalog.default_max_tokens(model, thinking) == tokens


@pytest.mark.parametrize(
    ("name", "model", "tool"),
    [
        ("web_search", "claude-opus-5-5", {"type": "web_search_20260318"}),
        ("web_fetch", "claude-sonnet-4-6", {"type": "web_fetch_20260318"}),
        (
            "web_search",
            "claude-haiku-4-5",
            {"type": "web_search_20260318", "allowed_callers": ["direct"]},
        ),
        (
            "web_fetch",
            "unheard-of",
            {"type": "web_fetch_20260318", "allowed_callers": ["direct"]},
        ),
        ("code_execution", "claude-opus-5", {"type": "code_execution_20260521"}),
        ("code_execution", "claude-sonnet-4-5", {"type": "code_execution_20260521"}),
        ("code_execution", "claude-haiku-4-5", {"type": "code_execution_20250825"}),
        ("code_execution", "claude-opus-4-1", {"type": "code_execution_20250825"}),
        ("code_execution", "unheard-of", {"type": "code_execution_20260521"}),
    ],
)
def test_a_server_tool_is_the_newest_that_the_model_takes(
    name: str, model: str, tool: dict[str, Any]
) -> None:
    assert catalog.server_tool(name, model) == {"name": name, **tool}


def test_other_names_are_no_server_tools() -> None:
    assert catalog.server_tool("bash", "claude-opus-5") is None


def test_the_default_model_is_one_that_the_table_knows() -> None:
    found = catalog.facts(catalog.resolve_alias(catalog.default_model()))
    assert found.lifecycle == "active"


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("opus-4-8", "claude-opus-4-8"),
        ("sonnet-4.5", "claude-sonnet-4-5"),
        ("claude-sonnet-4.6", "claude-sonnet-4-6"),
        ("claude-sonnet-4-5-20250929", "claude-sonnet-4-5-20250929"),
        ("us.anthropic.claude-opus-4-8-v1:0", "us.anthropic.claude-opus-4-8-v1:0"),
        ("gpt-4.5", "gpt-4.5"),
    ],
)
def test_short_names_are_understood(name: str, model: str) -> None:
    assert catalog.resolve_alias(name) == model


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("claude-sonet-5-5", "claude-sonnet-5-5"),
        ("sonnnet", "sonnet"),
        ("llama-3-70b", None),
        ("made-up-model", None),
    ],
)
def test_the_nearest_name_of_an_unknown_model_is_found(name: str, near: str | None) -> None:
    assert not catalog.is_known(name)
    assert catalog.nearest(name) == near


def test_what_stands_for_a_retired_model_is_its_line() -> None:
    assert catalog.nearest("claude-3-opus-20240229") == "opus"
