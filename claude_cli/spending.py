"""What an answer cost, and the ledger line that remembers it."""

from decimal import Decimal
from functools import cached_property
from typing import Any

from claude_cli import ledger
from claude_cli.config import Config
from claude_cli.errors import ClaudeCliError
from claude_cli.paths import config_file
from claude_cli.prices import Prices, load_prices
from claude_cli.types import Message
from claude_cli.ui.notices import Notices


class Spending:
    """Prices answers and, with `keep`, writes each to the ledger; a ledger that cannot be written
    is worth a warning, never an answer."""

    def __init__(self, notices: Notices, *, keep: bool) -> None:
        self._notices = notices
        self._keep = keep

    @cached_property
    def prices(self) -> Prices:
        """The packaged table with the config file's `[prices]` over it."""
        return load_prices(Config(config_file()).table("prices"))

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
