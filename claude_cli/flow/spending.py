"""What an answer cost, and the ledger line that remembers it."""

from decimal import Decimal
from functools import cached_property
from typing import Any

from claude_cli import ledger
from claude_cli.api.client import ApiClient
from claude_cli.api.messages import count_tokens
from claude_cli.config import Config
from claude_cli.errors import ClaudeCliError, InputError
from claude_cli.paths import config_file
from claude_cli.prices import Prices, format_usd, load_prices
from claude_cli.types import Message, RequestBody
from claude_cli.ui.notices import Notices


class Spending:
    """Prices answers and, with `keep`, writes each to the ledger; a ledger that cannot be written
    is worth a warning, never an answer."""

    def __init__(self, notices: Notices, *, keep: bool) -> None:
        self._notices = notices
        self._keep = keep

    @cached_property
    def prices(self) -> Prices:
        return price_table()

    def check(self, client: ApiClient, body: RequestBody, limit: float) -> None:
        """Count the tokens of `body`, for free, and raise InputError where it could cost more
        than `limit` USD, or where its price is not known. Tells the sum."""
        model, most = body["model"], body.get("max_tokens") or 0
        counted = count_tokens(client, body)
        cost = self.prices.estimate(model, counted, most)
        told = f"{counted} tokens in and at most {most} out cost up to {format_usd(cost)}"
        if cost is None:
            raise InputError(
                f"--max-cost: the price of {model} is not known",
                hint=f'[prices."{model}"] in the config file tells it',
            )
        if cost > Decimal(str(limit)):
            raise InputError(f"{told}, more than --max-cost {limit:g}", hint="lower --max-tokens")
        self._notices.notice(told)

    def charge(self, message: Message, asked: str, session: str | None) -> Decimal | None:
        """Return what `message` cost in USD; None where that is not known.

        `asked` is the model that was asked for, for answers that do not name theirs.
        """
        model = message.get("model") or asked
        cost = self.prices.cost(model, message.get("usage"))
        if self._keep:
            usage: Any = message.get("usage")
            entry = ledger.entry(
                model=model, usage=usage, cost_usd=cost, priced=self.prices.dated, session=session
            )
            try:
                ledger.record([entry])
            except ClaudeCliError as error:
                self._keep = False
                self._notices.warning(f"the ledger is not kept: {error.message}")
        return cost


def price_table() -> Prices:
    """The packaged prices with the config file's `[prices]` over them."""
    return load_prices(Config(config_file()).table("prices"))
