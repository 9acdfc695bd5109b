"""What one chat cost so far: each answer is charged as in `ask`, and added up."""

from decimal import Decimal

from claude_cli.config import Config
from claude_cli.models.billing import billed_usage
from claude_cli.models.prices import add_usage
from claude_cli.turn.spending import Spending
from claude_cli.types import Message, Usage
from claude_cli.ui.notices import Notices


class ChatTotals(Spending):
    """Sums over the answers that were charged. `cost_usd` is None once one of them has no price."""

    def __init__(self, config: Config, notices: Notices, *, keep: bool) -> None:
        super().__init__(config, notices, keep=keep)
        self.answers = 0
        self.usage: Usage = {}
        self.cost_usd: Decimal | None = Decimal(0)

    def charge(self, message: Message, asked: str, session: str | None) -> Decimal | None:
        """See `Spending.charge`."""
        cost = super().charge(message, asked, session)
        self.answers += 1
        self.usage = add_usage(self.usage, billed_usage(message, asked))
        self.cost_usd = None if cost is None or self.cost_usd is None else self.cost_usd + cost
        return cost
