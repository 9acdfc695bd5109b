"""The models as the API names and describes them: a view of the packaged table, `models.toml`."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, lru_cache
from typing import Any

from claude_cli.models import catalog
from claude_cli.models.facts import ModelFacts

EFFORTS = ("low", "medium", "high", "xhigh", "max")
THINKING_TYPES = ("adaptive", "enabled", "disabled", "between_tools")
LIFECYCLES = ("active", "deprecated", "retired")
_NOTICE = timedelta(days=60)
"""What lies at least between deprecation and retirement, by the API's page on deprecations."""


@dataclass(frozen=True, slots=True)
class Model:
    """One model. `name` is its id without a date: an alias where that differs."""

    name: str
    facts: ModelFacts

    @property
    def id(self) -> str:
        day = self.released.replace("-", "")
        return f"{self.name}-{day}" if self.facts.dated else self.name

    @property
    def released(self) -> str:
        return self.facts.released or ""

    @property
    def max_input_tokens(self) -> int:
        return self.facts.context_window or 0

    @property
    def max_tokens(self) -> int:
        return self.facts.max_output or 0

    @property
    def thinking_types(self) -> tuple[str, ...]:
        """The values of `thinking.type` that it takes."""
        return tuple(kind for kind in THINKING_TYPES if self.facts.thinking.get(kind))

    @property
    def display_name(self) -> str:
        """`claude-opus-4-5` is Claude Opus 4.5."""
        words = self.name.split("-")[1:]
        names = [word.capitalize() for word in words if not word.isdigit()]
        return " ".join(["Claude", *names, ".".join(filter(str.isdigit, words))]).strip()


@cache
def models() -> list[Model]:
    """Newest first, as the API lists them."""
    found = [Model(name, facts) for name, facts in catalog.packaged().items()]
    return sorted(found, key=lambda model: model.released, reverse=True)


@lru_cache(maxsize=64)
def find_model(name: str) -> Model | None:
    """The model with this id or alias, retired ones included."""
    name = catalog.aliases().get(name, name)
    return next((model for model in models() if name in (model.id, model.name)), None)


def model_info(model: Model) -> dict[str, Any]:
    """The object that `GET /v1/models/{id}` answers with."""
    facts = model.facts
    return {
        "type": "model",
        "id": model.id,
        "display_name": model.display_name,
        "created_at": _midnight(facts.released),
        "max_input_tokens": facts.context_window,
        "max_tokens": facts.max_output,
        "capabilities": _capabilities(model),
        "lifecycle": facts.lifecycle,
        "line": facts.line,
        "deprecated_at": _midnight(_deprecated(facts)),
        "retires_at": _midnight(facts.ends),
    }


def _deprecated(facts: ModelFacts) -> str | None:
    if facts.deprecated or not facts.ends:
        return facts.deprecated
    return (date.fromisoformat(facts.ends) - _NOTICE).isoformat()


def _midnight(day: str | None) -> str | None:
    return f"{day}T00:00:00Z" if day else None


def _capabilities(model: Model) -> dict[str, Any]:
    yes = {"supported": True}
    edits = ("clear_thinking_20251015", "clear_tool_uses_20250919", "compact_20260112")
    efforts = tuple(model.facts.effort or ())
    return {
        **{name: yes for name in ("batch", "citations", "image_input", "pdf_input")},
        "code_execution": {"supported": model.facts.code_calls_tools},
        "structured_outputs": {"supported": model.facts.structured_outputs},
        "context_management": {**yes, **{edit: yes for edit in edits}},
        "effort": {"supported": bool(efforts), **_supported(EFFORTS, efforts)},
        "thinking": {**yes, "types": _supported(THINKING_TYPES, model.thinking_types)},
        "server_tools": {**yes, "web_search": yes, "code_execution": yes},
    }


def _supported(names: tuple[str, ...], accepted: tuple[str, ...]) -> dict[str, dict[str, bool]]:
    return {name: {"supported": name in accepted} for name in names}
