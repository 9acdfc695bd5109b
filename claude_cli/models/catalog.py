"""What models can do: the packaged table (models.toml), and what is in `learned`. No network.

Nothing here forbids: a model that nobody heard of has no facts and passes every check.
"""

from collections.abc import Container, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from claude_cli.models import learned
from claude_cli.models.facts import ModelFacts, may_prefill, refusals, undated
from claude_cli.types import RequestBody

if TYPE_CHECKING:
    from claude_cli.models.vision import Bounds

DIRECT = "direct"
"""The platform of the API itself."""
ANSWER_TOKENS = 8192
THINKING_TOKENS = 16_000
NEAR = 0.75
"""How much two names have in common, of 1, if one may be meant for the other."""


def packaged() -> dict[str, ModelFacts]:
    """The packaged table alone: model ids without their date, newest of a line first."""
    return {name: ModelFacts(**_row(name)) for name in _table()["models"]}


def aliases() -> dict[str, str]:
    """Other names for rows of the packaged table."""
    return dict(_table()["aliases"])


def facts(model: str) -> ModelFacts:
    """What is known of a model id; the API's own word (the cache) before the packaged table."""
    row = dict(_row(undated(model)))
    newer = dict(learned.facts_of(model))
    newer.pop("created_at", None)
    thinking = {**row.get("thinking", {}), **newer.get("thinking", {})}
    return ModelFacts(**{**row, **newer, "thinking": thinking})


def resolve_alias(name: str, platform: str = DIRECT) -> str:
    """A short name of a model → its id; a name that nobody knows stays as it is.

    `sonnet` is the newest of its line that `platform` serves, `sonnet-4.5` the id of which that is
    short.
    """
    if is_known(name):
        return name
    spelt = name.replace(".", "-")
    for candidate in (spelt, f"claude-{spelt}"):
        if is_known(candidate):
            return candidate
    return _newest_of_line(name, platform)


def is_known(model: str) -> bool:
    """Whether something is known of a model id."""
    return bool(_row(undated(model)) or learned.facts_of(model))


def nearest(model: str) -> str | None:
    """The known name that an unknown one may have been meant for; of a retired one its line."""
    if facts(model).lifecycle == "retired":
        return facts(model).line
    from difflib import get_close_matches

    return next(iter(get_close_matches(model, known_models(), 1, NEAR)), None)


def _newest_of_line(name: str, platform: str) -> str:
    """What the API listed is what the direct API serves; of a cloud the packaged table knows."""
    listed = learned.all_models() if platform == DIRECT else {}
    usable = {
        model: entry
        for model, entry in listed.items()
        if entry.get("line") == name and entry.get("lifecycle") in (None, "active")
    }
    if usable:
        return max(usable, key=lambda model: (usable[model].get("created_at", ""), model))
    return newest(packaged(), name, _table()["not_served"].get(platform, ())) or name


def newest(models: Mapping[str, ModelFacts], line: str, lacking: Container[str]) -> str | None:
    """The first active model of a line that is not `lacking`; the newest come first."""
    for model, known in models.items():
        if (known.line, known.lifecycle) == (line, "active") and model not in lacking:
            return model
    return None


def default_model() -> str:
    """The model that answers where nobody named one: an id, or the name of a line."""
    return str(_table()["default"])


def whole_id(model: str) -> str:
    """The id with its date, where ids of that model have one: `claude-haiku-4-5-20251001`."""
    known = facts(model)
    if not known.dated or known.released is None or model != undated(model):
        return model
    return f"{model}-{known.released.replace('-', '')}"


def bedrock() -> dict[str, Any]:
    """How Amazon Bedrock's ids differ: `ids` by model, and the models `without_apac`."""
    return dict(_table()["bedrock"])


def regions() -> list[str]:
    """Regions of clouds that serve models, to be offered: others may serve them too."""
    return [*dict.fromkeys(name for names in _table()["regions"].values() for name in names)]


def known_models() -> list[str]:
    """The ids that can be used as far as is known here, and the short names of their lines."""
    ids = _ids()
    return [*lines(), *(model for model in ids if facts(model).lifecycle != "retired")]


def lines() -> list[str]:
    """The short names that stand for the newest model of their line: opus, sonnet …"""
    return [*dict.fromkeys(line for line in (facts(model).line for model in _ids()) if line)]


def _ids() -> list[str]:
    return [*dict.fromkeys([*_table()["models"], *learned.all_models()])]


def default_max_tokens(model: str, thinking: dict[str, Any] | None) -> int:
    """`max_tokens` where the user gave none: the API has no default of its own.

    `thinking` is the body's parameter; where it is None, what the model does by itself counts.
    `max_tokens` covers thinking and answer together, so thinking makes it larger.
    """
    known = facts(model)
    asked = thinking if isinstance(thinking, dict) else {}
    kind, budget = asked.get("type"), asked.get("budget_tokens")
    wanted = ANSWER_TOKENS
    if kind == "enabled" and isinstance(budget, int):
        wanted += budget
    elif kind == "adaptive" or (kind is None and known.thinks):
        wanted = THINKING_TOKENS
    return min(wanted, known.max_output or wanted)


def image_bounds(models: Iterable[str]) -> "Bounds":
    """The bounds of what these models see of a picture: those of the one that sees most; the
    largest where one of them is unknown."""
    from claude_cli.models.vision import LARGEST, Bounds

    known = [facts(model) for model in models]
    return Bounds(
        max((one.image_edge or LARGEST.edge for one in known), default=LARGEST.edge),
        max((one.image_tokens or LARGEST.tokens for one in known), default=LARGEST.tokens),
    )


def server_tool(name: str, model: str) -> dict[str, Any] | None:
    """The definition of a server tool by its plain name: the newest type that the model takes.

    None if there is no tool of that name. A model that cannot call the web tools from code, or is
    unknown, gets `allowed_callers: ["direct"]`.
    """
    newest = _table()["server_tools"].get(name)
    if newest is None:
        return None
    known = facts(model)
    if name == "code_execution":
        return {"type": known.code_execution or newest, "name": name}
    callers = {} if known.code_calls_tools else {"allowed_callers": ["direct"]}
    return {"type": newest, "name": name, **callers}


def warnings(body: RequestBody) -> list[str]:
    """What the model will refuse in this body: one sentence each, with the way out."""
    model = body.get("model")
    if not isinstance(model, str):
        return []
    return [f"{model} {refusal}" for refusal in refusals(facts(model), body)]


def takes_prefill(body: RequestBody) -> bool:
    """Whether the model goes on with the start of an answer in which the messages end."""
    return may_prefill(facts(body["model"]), body)


def retirement(model: str) -> str | None:
    """That a model is retired, as `warnings` says it; None for one that is not."""
    known = facts(model)
    if known.lifecycle != "retired":
        return None
    return next(f"{model} {refusal}" for refusal in refusals(known, {}))


# The packaged table


@cache
def _table() -> dict[str, Any]:
    import tomllib

    return tomllib.loads(Path(__file__).with_name("models.toml").read_text(encoding="utf-8"))


def _row(name: str) -> dict[str, Any]:
    """What the table says of an undated id, `like` followed; empty if it has no such row."""
    table = _table()
    row = table["models"].get(table["aliases"].get(name, name))
    if row is None:
        return {}
    own = {key: value for key, value in row.items() if key != "like"}
    return {**_row(row["like"]), **own} if "like" in row else own
