"""The catalogue of models."""

import pytest

from claude_cli.simulator.checks.models import MODELS, find_model, model_info


def test_ids_and_aliases_are_unique() -> None:
    names = [name for model in MODELS for name in (model.id, model.alias) if name]
    assert len(names) == len(set(names))


def test_the_newest_come_first() -> None:
    days = [model.released for model in MODELS]
    assert days == sorted(days, reverse=True)


@pytest.mark.parametrize(
    ("name", "model_id", "display_name"),
    [
        ("claude-sonnet-4-6", "claude-sonnet-4-6", "Claude Sonnet 4.6"),
        ("claude-haiku-4-5", "claude-haiku-4-5-20251001", "Claude Haiku 4.5"),
        ("claude-opus-4-0", "claude-opus-4-20250514", "Claude Opus 4"),
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
    model = find_model("claude-sonnet-4-5")
    assert model is not None
    info = model_info(model)
    assert info["type"] == "model"
    assert info["created_at"] == "2025-09-29T00:00:00Z"
    assert (info["max_input_tokens"], info["max_tokens"]) == (200_000, 64_000)
    assert (info["lifecycle"], info["line"]) == ("deprecated", "sonnet")
    assert info["retires_at"] == "2026-11-30T00:00:00Z"
    assert info["capabilities"]["effort"]["supported"] is False
    assert info["capabilities"]["thinking"]["types"]["enabled"] == {"supported": True}
    assert info["capabilities"]["thinking"]["types"]["adaptive"] == {"supported": False}
