"""The models that the simulator knows, and what each of them takes. Data, no endpoints.

Limits and rules follow the API's pages on models, thinking, effort and caching, late 2026. The day
of release is exact where the id carries one, elsewhere near enough to put the models in order.
"""

from dataclasses import dataclass, replace
from typing import Any

EFFORTS = ("low", "medium", "high", "xhigh", "max")
THINKING_TYPES = ("adaptive", "enabled", "disabled", "between_tools")
LINES = ("haiku", "sonnet", "opus", "fable", "mythos")
LIFECYCLES = ("active", "deprecated", "retired")


@dataclass(frozen=True, slots=True)
class Traits:
    """What a generation of models accepts; what it does not is a 400."""

    thinking: tuple[str, ...]
    """Values of `thinking.type`."""
    thinks_unasked: bool = False
    shows_thinking: bool = False
    """Where `display` is not given: the summary if true, an empty text if not."""
    efforts: tuple[str, ...] = EFFORTS
    default_effort: str = "high"
    unthinking_efforts: tuple[str, ...] = EFFORTS
    """Values of effort that go together with thinking switched off."""
    sampling: bool = False
    """`temperature`, `top_p` and `top_k` may differ from their defaults."""
    prefill: bool = False
    system_turns: bool = False
    """`messages` may hold the role `system`."""
    forced_tools: bool = True
    """`tool_choice` any and tool, where thinking is not manual."""
    programmatic_tools: bool = True
    """Tools can be called from code that the model runs."""
    inference_geo: bool = True
    speeds: tuple[str, ...] = ("standard",)


CLAUDE_4_5 = Traits(
    thinking=("enabled", "disabled"),
    shows_thinking=True,
    efforts=(),
    sampling=True,
    prefill=True,
    inference_geo=False,
)
HAIKU_4_5 = replace(CLAUDE_4_5, programmatic_tools=False)
OPUS_4_5 = replace(CLAUDE_4_5, efforts=("low", "medium", "high"))
CLAUDE_4_6 = Traits(
    thinking=("adaptive", "enabled", "disabled"),
    shows_thinking=True,
    efforts=("low", "medium", "high", "max"),
    sampling=True,
)
OPUS_4_6 = replace(CLAUDE_4_6, speeds=("standard", "fast"))
OPUS_4_7 = Traits(thinking=("adaptive", "disabled"))
OPUS_4_8 = replace(OPUS_4_7, system_turns=True, speeds=("standard", "fast"))
SONNET_5 = replace(OPUS_4_7, thinks_unasked=True)
OPUS_5 = replace(OPUS_4_8, thinks_unasked=True, unthinking_efforts=("low", "medium", "high"))
FABLE_5 = Traits(thinking=("adaptive",), thinks_unasked=True, system_turns=True)
MYTHOS_PREVIEW = Traits(thinking=("adaptive", "enabled"), thinks_unasked=True, forced_tools=False)
FABLE_5_1 = replace(FABLE_5, forced_tools=False)
OPUS_5_5 = replace(FABLE_5_1, default_effort="medium")
SONNET_5_5 = replace(FABLE_5_1, thinking=("adaptive", "between_tools"))
HAIKU_5_5 = replace(
    SONNET_5, system_turns=True, default_effort="medium", unthinking_efforts=("medium",)
)


@dataclass(frozen=True, slots=True)
class Model:
    """One line of the catalogue. `cache_minimum`: tokens of the shortest prefix that is cached."""

    id: str
    released: str
    traits: Traits
    cache_minimum: int
    max_input_tokens: int = 1_000_000
    max_tokens: int = 128_000
    alias: str | None = None
    lifecycle: str = "active"
    retires: str | None = None

    @property
    def line(self) -> str | None:
        return next((line for line in LINES if line in self.id), None)

    @property
    def display_name(self) -> str:
        """`claude-opus-4-5-20251101` is Claude Opus 4.5."""
        words = [word for word in (self.alias or self.id).split("-")[1:] if len(word) < 8]
        names = [word.capitalize() for word in words if not word.isdigit() and word != "latest"]
        version = ".".join(word for word in words if word.isdigit()).removesuffix(".0")
        return " ".join(["Claude", *names, version]).strip()


def _claude_4_5(name: str, day: str, traits: Traits, cache_minimum: int, **rest: Any) -> Model:
    """A model with the limits of its generation, whose alias is the id without the day."""
    model_id = f"{name}-{day.replace('-', '')}"
    return Model(model_id, day, traits, cache_minimum, 200_000, 64_000, alias=name, **rest)


def _retired(model_id: str, day: str, retires: str, alias: str | None = None) -> Model:
    model = Model(model_id, day, CLAUDE_4_5, 1024, 200_000, 32_000, alias)
    return replace(model, lifecycle="retired", retires=retires)


MODELS = (
    Model("claude-fable-5-2", "2026-11-05", FABLE_5_1, 512),
    Model("claude-mythos-5-2", "2026-11-05", FABLE_5_1, 512),
    Model("claude-haiku-5-5", "2026-10-21", HAIKU_5_5, 512),
    Model("claude-sonnet-5-5", "2026-10-07", SONNET_5_5, 512),
    Model("claude-opus-5-5", "2026-09-22", OPUS_5_5, 512),
    Model("claude-fable-5-1", "2026-09-22", FABLE_5_1, 512),
    Model("claude-mythos-5-1", "2026-09-22", FABLE_5_1, 512),
    Model("claude-sonnet-5", "2026-08-05", SONNET_5, 1024),
    Model("claude-fable-5", "2026-07-22", FABLE_5, 512),
    Model("claude-mythos-5", "2026-07-22", FABLE_5, 512),
    Model("claude-opus-5", "2026-07-22", OPUS_5, 512),
    Model("claude-opus-4-8", "2026-05-28", OPUS_4_8, 1024),
    Model("claude-opus-4-7", "2026-04-16", OPUS_4_7, 2048),
    Model(
        "claude-mythos-preview", "2026-04-07", MYTHOS_PREVIEW, 2048,
        lifecycle="deprecated", retires="2026-06-30",
    ),
    Model("claude-sonnet-4-6", "2026-02-17", CLAUDE_4_6, 1024),
    Model("claude-opus-4-6", "2026-02-04", OPUS_4_6, 4096),
    _claude_4_5("claude-opus-4-5", "2025-11-01", OPUS_4_5, 4096),
    _claude_4_5("claude-haiku-4-5", "2025-10-01", HAIKU_4_5, 4096),
    _claude_4_5(
        "claude-sonnet-4-5", "2025-09-29", CLAUDE_4_5, 1024,
        lifecycle="deprecated", retires="2026-11-30",
    ),
    _retired("claude-opus-4-1-20250805", "2025-08-05", "2026-08-05", "claude-opus-4-1"),
    _retired("claude-opus-4-20250514", "2025-05-14", "2026-06-15", "claude-opus-4-0"),
    _retired("claude-sonnet-4-20250514", "2025-05-14", "2026-06-15", "claude-sonnet-4-0"),
    _retired("claude-3-7-sonnet-20250219", "2025-02-19", "2026-02-19", "claude-3-7-sonnet-latest"),
    _retired("claude-3-5-haiku-20241022", "2024-10-22", "2026-02-19", "claude-3-5-haiku-latest"),
    _retired("claude-3-5-sonnet-20241022", "2024-10-22", "2025-10-28", "claude-3-5-sonnet-latest"),
    _retired("claude-3-5-sonnet-20240620", "2024-06-20", "2025-10-28"),
    _retired("claude-3-haiku-20240307", "2024-03-07", "2026-04-20"),
    _retired("claude-3-opus-20240229", "2024-02-29", "2026-01-05", "claude-3-opus-latest"),
    _retired("claude-3-sonnet-20240229", "2024-02-29", "2025-07-21"),
)  # fmt: skip
"""Newest first, as the API lists them."""

_BY_NAME = {name: model for model in MODELS for name in (model.id, model.alias) if name}


def find_model(name: str) -> Model | None:
    """The model with this id or alias, retired ones included."""
    return _BY_NAME.get(name)


def model_info(model: Model) -> dict[str, Any]:
    """The object that `GET /v1/models/{id}` answers with."""
    return {
        "type": "model",
        "id": model.id,
        "display_name": model.display_name,
        "created_at": f"{model.released}T00:00:00Z",
        "max_input_tokens": model.max_input_tokens,
        "max_tokens": model.max_tokens,
        "capabilities": _capabilities(model.traits),
        "lifecycle": model.lifecycle,
        "line": model.line,
        "deprecated_at": None,
        "retires_at": f"{model.retires}T00:00:00Z" if model.retires else None,
    }


def _capabilities(traits: Traits) -> dict[str, Any]:
    yes = {"supported": True}
    edits = ("clear_thinking_20251015", "clear_tool_uses_20250919", "compact_20260112")
    return {
        **{name: yes for name in ("batch", "citations", "image_input", "pdf_input")},
        "code_execution": {"supported": traits.programmatic_tools},
        "structured_outputs": yes,
        "context_management": {**yes, **{edit: yes for edit in edits}},
        "effort": {"supported": bool(traits.efforts), **_supported(EFFORTS, traits.efforts)},
        "thinking": {**yes, "types": _supported(THINKING_TYPES, traits.thinking)},
        "server_tools": {**yes, "web_search": yes, "code_execution": yes},
    }


def _supported(names: tuple[str, ...], accepted: tuple[str, ...]) -> dict[str, dict[str, bool]]:
    return {name: {"supported": name in accepted} for name in names}
