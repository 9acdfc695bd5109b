"""Token counts → dollars, by the packaged `prices.toml` and the config file's rows over it.

Decimal arithmetic throughout. What is not known is None, never a guess.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from claude_cli.errors import ConfigError
from claude_cli.models.billing import billed_passes
from claude_cli.models.names import PLAIN, ModelNames
from claude_cli.models.platform_ids import catalogue_id
from claude_cli.types import Usage

MILLION = Decimal(1_000_000)
DEFAULT_FACTORS = {
    "cache_write_5m": Decimal("1.25"),
    "cache_write_1h": Decimal(2),
    "cache_read": Decimal("0.1"),
}
"""Share of the input price where a row does not name the price itself."""
BATCH_FACTOR = Decimal("0.5")


class Tokens(NamedTuple):
    """What one request is billed for."""

    input: int
    output: int
    cache_write_5m: int
    cache_write_1h: int
    cache_read: int

    @property
    def prompt(self) -> int:
        return self.input + self.cache_write_5m + self.cache_write_1h + self.cache_read


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Prices:
    """The price table: rows of USD per million tokens by model id prefix."""

    rows: Mapping[str, Mapping[str, Any]]
    web_search: Decimal
    geo_us: Decimal
    regional: Decimal
    dated: str
    is_regional: Callable[[str], bool] = lambda model: False
    """Whether a model, as it is asked for, is served from one region or continent."""
    names: ModelNames = PLAIN
    _found: dict[str, Mapping[str, Any] | None] = field(default_factory=dict)

    def row(self, model: str) -> Mapping[str, Any] | None:
        """The row of the longest prefix; `…-5` is no prefix of `…-5-2`, another model.

        What a platform calls a model has the row of its name in the catalogue, if none of its own.
        """
        if model not in self._found:
            names = dict.fromkeys([model, catalogue_id(self.names.known_as(model))])
            fitting = [[prefix for prefix in self.rows if _fits(prefix, name)] for name in names]
            found = next(filter(None, fitting), None)
            self._found[model] = self.rows[max(found, key=len)] if found else None
        return self._found[model]

    def cost(
        self, model: str, usage: Usage | None, *, batch: bool = False, asked: str = ""
    ) -> Decimal | None:
        """USD for one sampling pass; None where the model or the counts are unknown.

        `batch` is for estimates: an answer of a batch says so in its `service_tier`. `asked` is
        the model of the request, where the answer calls it otherwise.
        """
        row, tokens = self.row(model), count_tokens(usage)
        if row is None or tokens is None or usage is None:
            return None
        total = _tokens_cost(row, tokens, fast=usage.get("speed") == "fast")
        if batch or usage.get("service_tier") == "batch":
            total *= row.get("batch", BATCH_FACTOR)
        if usage.get("inference_geo") == "us":
            total *= self.geo_us
        if self.is_regional(asked or model):
            total *= row.get("regional", self.regional)
        searches = _count(usage.get("server_tool_use"), "web_search_requests")
        return None if searches is None else total + searches * self.web_search

    def charge(
        self, message: Mapping[str, Any], asked: str, *, batch: bool = False
    ) -> Decimal | None:
        """USD for an answer with all passes that are billed; `asked`: the model of the request."""
        total = Decimal(0)
        for model, usage in billed_passes(message, asked):
            cost = self.cost(model, usage, batch=batch, asked=asked)
            if cost is None:
                return None
            total += cost
        return total

    def estimate(
        self, model: str, input_tokens: int, output_tokens: int, *, batch: bool = False
    ) -> Decimal | None:
        """USD for so many uncached tokens."""
        usage: Usage = {"input_tokens": input_tokens, "output_tokens": output_tokens}
        return self.cost(model, usage, batch=batch)


def load_prices(overrides: Mapping[str, Any] | None = None) -> Prices:
    """Read the packaged table; `overrides` are the config file's `[prices]`, by model id prefix.

    Raises ConfigError for an override that is no price.
    """
    import tomllib

    text = Path(__file__).with_name("prices.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text, parse_float=Decimal)
    rows = {model: _exact(row) for model, row in table["models"].items()}
    rows |= {model: _checked(model, row) for model, row in (overrides or {}).items()}
    factors = {name: table[name] for name in ("web_search", "geo_us", "regional")}
    return Prices(rows, **factors, dated=str(table["dated"]))


def count_tokens(usage: Usage | None) -> Tokens | None:
    """The billed counts; cache writes without a breakdown count as 5-minute ones.

    None where input or output is missing, or a count is no number: Anthropic's Messages API,
    "usage".
    """
    if not usage or usage.get("input_tokens") is None or usage.get("output_tokens") is None:
        return None
    asked, answered = _count(usage, "input_tokens"), _count(usage, "output_tokens")
    written = _count(usage, "cache_creation_input_tokens")
    long_lived = _count(usage.get("cache_creation"), "ephemeral_1h_input_tokens")
    read = _count(usage, "cache_read_input_tokens")
    if asked is None or answered is None or written is None or long_lived is None or read is None:
        return None
    return Tokens(
        input=asked,
        output=answered,
        cache_write_5m=max(written - long_lived, 0),
        cache_write_1h=long_lived,
        cache_read=read,
    )


def add_usage(total: Usage, more: Usage | None) -> Usage:
    """Add up two usages: numbers, also those one level down; what only one has is kept."""
    summed: Any = dict(total)
    for key, value in more.items() if isinstance(more, dict) else ():
        before = summed.get(key)
        if isinstance(value, dict) and isinstance(before, dict):
            summed[key] = add_usage(before, value)  # type: ignore[arg-type]
        elif type(value) is int and type(before) is int:
            summed[key] = before + value
        elif value is not None or before is None:
            summed[key] = value
    return summed  # type: ignore[no-any-return]


def _count(counts: Any, name: str) -> int | None:
    """A count of a usage, 0 where there is none; None for what can be none."""
    if counts is None:
        return 0
    if not isinstance(counts, dict):
        return None
    value = counts.get(name)
    if value is None:
        return 0
    return value if type(value) is int and value >= 0 else None


def _fits(prefix: str, model: str) -> bool:
    if not model.startswith(prefix):
        return False
    rest = model[len(prefix) :]
    version = rest[1:].partition("-")[0]
    return not rest or (rest[0] == "-" and not (version.isdigit() and len(version) < 8))


def _tokens_cost(row: Mapping[str, Any], tokens: Tokens, *, fast: bool) -> Decimal:
    tier = ""
    if tokens.prompt > row.get("above", tokens.prompt):
        tier = "long_"
    elif fast and "fast_input" in row:
        tier = "fast_"
    base = row[f"{tier}input"]
    total: Decimal = tokens.input * base + tokens.output * row[f"{tier}output"]
    for kind, factor in DEFAULT_FACTORS.items():
        count = getattr(tokens, kind)
        if not count:
            continue
        price = base * factor
        if kind in row:
            price = row[kind]
            if tier:  # what a tier does to the input price, it does to the cache
                price *= base / row["input"]
        total += count * price
    return total / MILLION


def _exact(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: Decimal(value) if type(value) is int else value for key, value in row.items()}


def _checked(model: str, row: Any) -> dict[str, Any]:
    numbers = (
        {
            key: Decimal(str(value))
            for key, value in dict(row).items()
            if isinstance(value, int | float) and not isinstance(value, bool)
        }
        if isinstance(row, Mapping)
        else {}
    )
    known = {"input", "output"} <= numbers.keys()
    if not known or any(not n.is_finite() or n < 0 for n in numbers.values()):
        raise ConfigError(f'[prices."{model}"] needs input and output, USD per million tokens')
    return numbers


def format_usd(cost: Decimal | None) -> str:
    """`$0.0105`, to the last digit that counts; `n/a` for what is not known."""
    if cost is None:
        return "n/a"
    digits = f"{cost:.6f}".rstrip("0")
    whole, _, fraction = digits.partition(".")
    return f"${whole}.{fraction:0<2}"
