"""What an answer cost, and the ledger line that remembers it."""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from threading import Lock
from typing import Any

from claude_cli import ledger
from claude_cli.commandline.flags.connection import ConnectionFlags
from claude_cli.errors import ClaudeCliError, ConfigError, InputError
from claude_cli.models.billing import billed_usage
from claude_cli.models.prices import Prices, load_prices
from claude_cli.turn.connection import find_place, model_names
from claude_cli.types import Message, RequestBody, Usage
from claude_cli.ui.notices import Notices

ADVISOR = "advisor_20260301"


class LedgerWriter:
    """Writes to the ledger, with `keep`. A ledger that cannot be written is a warning: the answer
    is shown all the same."""

    def __init__(self, notices: Notices, *, keep: bool) -> None:
        self.keeps = keep
        self._notices = notices

    def write(self, entries: list[dict[str, Any]]) -> int:
        """Return the size of the ledger with them, in bytes; 0 where it does not have them."""
        if not (self.keeps and entries):
            return 0
        try:
            return ledger.record(entries)
        except ClaudeCliError as error:
            self.keeps = False
            self._notices.warning(f"the ledger is not kept: {error.message}")
            return 0


class Spending:
    """Prices answers and, with `keep`, notes each in the ledger. `paid` is what they cost so far,
    of those that have a price, `unwritten` the part of it that the ledger does not have.

    Raises ConfigError for malformed prices in the config file, before anything is paid for.
    """

    def __init__(self, flags: ConnectionFlags, notices: Notices, *, keep: bool) -> None:
        self.prices = price_table(flags)
        self.paid = self.unwritten = Decimal(0)
        self._platform = platform_name(flags)
        self._lock = Lock()
        self._ledger = LedgerWriter(notices, keep=keep)

    def most(self, body: RequestBody, counted: int) -> Decimal | None:
        """The most that `body` can cost in USD, its input tokens counted by the API; None where the
        price is not known.

        Raises InputError where `max_tokens` sets no bound.
        """
        bound = body.get("max_tokens")
        if type(bound) is not int or bound < 0:
            raise InputError("max_tokens is no whole number: there is no bound to what this costs")
        ttl = cache_ttl(body)
        usage: Usage = {
            "input_tokens": 0 if ttl else counted,
            "output_tokens": bound,
            "cache_creation_input_tokens": counted if ttl else 0,
            "cache_creation": {"ephemeral_1h_input_tokens": counted if ttl == "1h" else 0},
            "inference_geo": body.get("inference_geo"),
            "speed": body.get("speed"),
        }
        return sum_known(self.prices.cost(model, usage) for model in models_of(body))

    def charge(self, message: Message, asked: str, session: str | None) -> Decimal | None:
        """Return what `message` cost in USD; None where that is not known.

        `asked` is the model that was asked for, for answers that do not name theirs.
        """
        cost = self.prices.charge(message, asked)
        entry = ledger.entry(
            model=str(message.get("model") or asked),
            usage=billed_usage(message, asked),
            cost_usd=cost,
            priced=self.prices.dated,
            session=session,
            platform=self._platform,
        )
        with self._lock:
            if not self._ledger.write([entry]):
                self.unwritten += cost or 0
            self.paid += cost or 0
        return cost


def price_table(flags: ConnectionFlags) -> Prices:
    """The packaged prices with the config file's `[prices]` over them, at the place where the
    model is served. Raises ConfigError."""
    overrides = flags.config.table("prices")
    try:
        prices = load_prices(overrides)
    except ConfigError as error:
        raise ConfigError(f"{flags.config.path}: {error.message}") from error
    is_regional = find_place(flags, offline=True).platform.is_regional
    return replace(prices, is_regional=is_regional, names=model_names(flags))


def platform_name(flags: ConnectionFlags) -> str:
    """The platform that serves the model, for the ledger."""
    return find_place(flags, offline=True).platform.name


def models_of(body: RequestBody) -> list[str]:
    """The model of each sampling pass that `body` may be billed for: compaction reads all of it
    once more, fallbacks and an advisor each for themselves."""
    management = body.get("context_management")
    edits = management.get("edits") if isinstance(management, dict) else None
    compacts = "compact_20260112" in [edit.get("type") for edit in _objects(edits)]
    others = [tool for tool in _objects(body.get("tools")) if tool.get("type") == ADVISOR]
    if body.get("fallbacks") == "default":  # which model that is, the server decides
        others.append({"model": "default"})
    others += _objects(body.get("fallbacks"))
    return [body["model"]] * (1 + compacts) + [str(other.get("model")) for other in others]


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def sum_known(costs: Iterable[Decimal | None]) -> Decimal | None:
    """The sum of costs in USD; None where one of them is not known."""
    total = Decimal(0)
    for cost in costs:
        if cost is None:
            return None
        total += cost
    return total


def cache_ttl(value: Any) -> str | None:
    """The longest time for which a part of the body asks to be cached: 1h, 5m, or None."""
    if isinstance(value, dict):
        marker = value.get("cache_control")
        own = [str(marker.get("ttl") or "5m")] if isinstance(marker, dict) else []
        found = own + [ttl for ttl in map(cache_ttl, value.values()) if ttl]
    elif isinstance(value, list):
        found = [ttl for ttl in map(cache_ttl, value) if ttl]
    else:
        return None
    return "1h" if "1h" in found else next(iter(found), None)
