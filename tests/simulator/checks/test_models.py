"""The models as the simulator lists them: a view of the packaged table."""

import pytest

from claude_cli.models import catalog
from claude_cli.simulator.checks.models import find_model, model_info, models


def test_every_row_of_the_packaged_table_is_a_model_and_no_other() -> None:
    assert {model.name for model in models()} == set(catalog.packaged())
    names = [name for model in models() for name in {model.id, model.name}]
    assert len(names) == len(set(names))


def test_the_newest_come_first() -> None:
    days = [model.released for model in models()]
    assert "" not in days
    assert days == sorted(days, reverse=True)
    assert [model.id for model in models()][:4] == [
        "claude-fable-5-2",
        "claude-mythos-5-2",
        "claude-haiku-5-5",
        "claude-sonnet-5-5",
    ]


def test_whatever_the_api_tells_of_a_model_the_table_knows() -> None:
    for model in models():
        facts = model.facts
        unknown = [
            name
            for name in ("context_window", "max_output", "cache_minimum", "sampling", "thinks",
                         "shows_thinking", "binds_thinking", "effort", "prefill", "system_turns",
                         "forced_tools", "code_calls_tools", "fast", "geo", "lifecycle", "released")
            if getattr(facts, name) is None
        ]  # fmt: skip
        assert unknown == [], model.id
        assert not facts.effort or facts.default_effort in (*facts.effort, None), model.id


@pytest.mark.parametrize(
    ("name", "model_id", "display_name"),
    [
        ("claude-sonnet-4-6", "claude-sonnet-4-6", "Claude Sonnet 4.6"),
        ("claude-haiku-4-5", "claude-haiku-4-5-20251001", "Claude Haiku 4.5"),
        ("claude-opus-4-0", "claude-opus-4-20250514", "Claude Opus 4"),
        ("claude-3-7-sonnet-20250219", "claude-3-7-sonnet-20250219", "Claude Sonnet 3.7"),
        ("claude-mythos-preview", "claude-mythos-preview", "Claude Mythos Preview"),
    ],
)
def test_an_alias_finds_its_model(name: str, model_id: str, display_name: str) -> None:
    model = find_model(name)
    assert model is not None
    assert (model.id, model.display_name) == (model_id, display_name)


def test_unknown_names_find_nothing() -> None:
    assert find_model("claude-sonnet-4-6-20250514") is None


def test_what_the_api_tells_of_a_model() -> None:
    model = find_model("claude-opus-4-5")
    assert model is not None
    info = model_info(model)
    assert info["type"] == "model"
    assert info["created_at"] == "2025-11-01T00:00:00Z"
    assert (info["max_input_tokens"], info["max_tokens"]) == (200_000, 64_000)
    assert (info["lifecycle"], info["line"]) == ("deprecated", "opus")
    assert info["deprecated_at"] == "2026-11-23T00:00:00Z"
    assert info["retires_at"] == "2027-01-22T00:00:00Z"
    efforts = info["capabilities"]["effort"]
    assert [level for level in efforts if level != "supported" and efforts[level]["supported"]] == [
        "low",
        "medium",
        "high",
    ]
    assert info["capabilities"]["thinking"]["types"]["enabled"] == {"supported": True}
    assert info["capabilities"]["thinking"]["types"]["adaptive"] == {"supported": False}


def test_what_is_active_has_no_days_of_its_end_and_all_else_has_both() -> None:
    for info in map(model_info, models()):
        ends = (info["deprecated_at"] is None, info["retires_at"] is None)
        assert ends == (info["lifecycle"] == "active",) * 2, info["id"]
