"""What the session of a chat cost so far: each answer is charged as in `ask`, and added up."""

from collections.abc import Iterable
from decimal import Decimal

from claude_cli.commandline.flags.connection import ConnectionFlags
from claude_cli.models.billing import billed_usage
from claude_cli.models.prices import add_usage
from claude_cli.session.format import Record
from claude_cli.turn.spending import Spending, sum_known
from claude_cli.types import Message, Usage
from claude_cli.ui.notices import Notices


class ChatTotals(Spending):
    """Sums over the answers of a session, those of earlier runs too. `cost_usd` is None once one of
    them has no price."""

    def __init__(self, flags: ConnectionFlags, notices: Notices, *, keep: bool) -> None:
        super().__init__(flags, notices, keep=keep)
        self.answers = 0
        self.usage: Usage = {}
        self.cost_usd: Decimal | None = Decimal(0)

    def begin(self, answers: Iterable[Record]) -> None:
        """Begin with what a session has; at today's prices, and nothing of it goes to the ledger
        again."""
        self.answers, self.usage, self.cost_usd = 0, {}, Decimal(0)
        for record in answers:
            message, asked = record["message"], record.get("model") or ""
            self._add(message, asked, self.prices.charge(message, asked))

    def charge(self, message: Message, asked: str, session: str | None) -> Decimal | None:
        """See `Spending.charge`."""
        cost = super().charge(message, asked, session)
        self._add(message, asked, cost)
        return cost

    def _add(self, message: Message, asked: str, cost: Decimal | None) -> None:
        self.answers += 1
        self.usage = add_usage(self.usage, billed_usage(message, asked))
        self.cost_usd = sum_known([self.cost_usd, cost])
