"""What the API said of models is kept, and outranks the packaged table."""

import json
import os
import stat
from pathlib import Path

import pytest

from claude_cli.disk import paths
from claude_cli.errors import CannotCreate
from claude_cli.models import catalog, learned

API_MODEL = {
    "type": "model",
    "id": "claude-opus-4-5-20251101",
    "display_name": "Claude Opus 4.5",
    "created_at": "2025-11-24T00:00:00Z",
    "line": "opus",
    "lifecycle": "deprecated",
    "max_input_tokens": 300_000,
    "max_tokens": 65_000,
    "retires_at": "2027-01-31T00:00:00Z",
    "capabilities": {
        "batch": {"supported": True},
        "code_execution": {"supported": True},
        "structured_outputs": {"supported": False},
        "effort": {
            "supported": True,
            "low": {"supported": True},
            "high": {"supported": True},
            "max": {"supported": False},
            "xhigh": None,
        },
        "thinking": {"supported": True, "types": {"adaptive": {"supported": True}}},
    },
}


def test_what_the_api_told_outranks_the_table() -> None:
    before = catalog.facts("claude-opus-4-5")
    learned.keep([API_MODEL])
    for model in ("claude-opus-4-5-20251101", "claude-opus-4-5"):
        known = catalog.facts(model)
        assert (known.context_window, known.max_output) == (300_000, 65_000)
        assert (known.lifecycle, known.ends) == ("deprecated", "2027-01-31")
        assert known.effort == ["low", "high"]
        assert known.structured_outputs is False
        assert known.code_calls_tools is True
        assert known.thinking == {"adaptive": True, "enabled": True, "disabled": True}
        assert (known.prefill, known.sampling) == (before.prefill, before.sampling)


def test_a_cache_that_was_written_meanwhile_is_read_again() -> None:
    for tokens in (70_000, 71_000):  # of the same size, and soon after each other
        learned.keep([{**API_MODEL, "max_tokens": tokens}])
        assert catalog.facts("claude-opus-4-5").max_output == tokens
        assert catalog.facts("claude-opus-4-5").max_output == tokens


def test_what_the_api_left_open_stays_as_the_table_says() -> None:
    before = catalog.facts("claude-opus-5")
    bare = {"type": "model", "id": "claude-opus-5", "max_tokens": None, "capabilities": None}
    learned.keep([bare])
    assert catalog.facts("claude-opus-5") == before


def test_a_model_that_only_the_api_knows_has_its_facts() -> None:
    learned.keep([{**API_MODEL, "id": "claude-new-9"}])
    assert catalog.facts("claude-new-9").max_output == 65_000


def test_a_later_list_takes_the_place_of_the_former() -> None:
    learned.keep([API_MODEL])
    learned.keep([{"id": "claude-other"}])
    assert catalog.facts("claude-opus-4-5").max_output == 64_000
    assert [path.name for path in paths.cache_dir().iterdir()] == ["models.json"]


@pytest.mark.skipif(os.name == "nt", reason="POSIX modes")
def test_the_cache_is_private_even_under_an_open_umask() -> None:
    kept = os.umask(0)
    try:
        learned.keep([API_MODEL])
    finally:
        os.umask(kept)
    path = paths.cache_dir() / "models.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for folder in (path.parent, path.parent.parent):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_only_what_is_needed_is_kept() -> None:
    learned.keep([{**API_MODEL, "id": f"claude-{n}"} for n in range(100)])
    assert (paths.cache_dir() / "models.json").stat().st_size < 40_000


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"format": 2, "models": {"claude-opus-5": {"max_output": 1}}}',
        '{"format": 1}',
        '{"format": 1, "models": []}',
        '{"format": 1, "models": {"claude-opus-5": []}}',
        '{"format": 1, "models": {"claude-opus-5": {"max_output": "1", "effort": 5}}}',
        "[" * 100_000,
        '{"format": 1, "models": ' + " " * (1 << 20) + "{}}",
    ],
    ids=lambda text: text[:40],
)
def test_a_cache_that_cannot_be_understood_is_as_none(text: str) -> None:
    expected = catalog.facts("claude-opus-5")
    paths.cache_dir().mkdir(parents=True)
    (paths.cache_dir() / "models.json").write_text(text, encoding="utf-8")
    assert catalog.facts("claude-opus-5") == expected


def test_odd_words_in_the_cache_break_no_check() -> None:
    paths.cache_dir().mkdir(parents=True)
    entry = {"effort": [1, "low"], "thinking": {"enabled": "no"}, "lifecycle": "?"}
    models = {"claude-x": entry}
    stored = {"format": learned._FORMAT, "sum": learned._sum_of(models), "models": models}
    (paths.cache_dir() / "models.json").write_text(json.dumps(stored), encoding="utf-8")
    body = {
        "model": "claude-x",
        "thinking": {"type": "enabled"},
        "output_config": {"effort": "max"},
    }
    assert catalog.warnings(body) == ["claude-x takes no effort max: use --effort low"]


def test_no_cache_folder_is_as_no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAUDE_CLI_HOME", "relative")
    assert catalog.facts("claude-opus-5").line == "opus"


def test_a_cache_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("in the way")
    with pytest.raises(CannotCreate, match="home"):
        learned.keep([API_MODEL])


def test_odd_models_of_the_api_break_nothing() -> None:
    learned.keep(
        [
            {},
            {"id": None, "capabilities": []},
            {"id": "claude-a", "capabilities": {"effort": 1, "thinking": [], "batch": None}},
            {"id": "claude-b", "retires_at": 5, "max_tokens": "many", "line": 3},
        ]
    )
    assert catalog.facts("claude-b").max_output is None
