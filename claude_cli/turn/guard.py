"""What stands between requests and the bill: `--max-cost` and `--budget`."""

from collections.abc import Sequence
from contextlib import suppress
from decimal import ROUND_DOWN, Decimal
from typing import TYPE_CHECKING

from claude_cli.api.client import ApiClient
from claude_cli.api.failures import NotCounted
from claude_cli.api.messages import count_tokens
from claude_cli.commandline.flags.asked import Asked
from claude_cli.errors import ClaudeCliError, InputError, TooExpensive
from claude_cli.models.prices import format_usd
from claude_cli.turn.compose import other_model
from claude_cli.turn.spending import Spending, models_of, sum_known
from claude_cli.types import Limit, RequestBody
from claude_cli.ui.notices import Notices

if TYPE_CHECKING:
    from claude_cli.turn.budget import Spent
    from claude_cli.turn.other_model import OtherModel


DIME, CENT = Decimal("0.10"), Decimal("0.01")
"""What is left is told in whole cents, from a dime on."""


class Guard:
    """Holds what requests can cost against USD that may be spent: `max_cost` for a turn, or for all
    turns `together`, and what is left of a budget. `fallback` may answer instead: the dearer of the
    two models counts."""

    def __init__(
        self,
        spending: Spending,
        notices: Notices,
        *,
        max_cost: float | None = None,
        spent: "Spent | None" = None,
        fallback: "OtherModel | None" = None,
        together: bool = False,
    ) -> None:
        self._together = together
        self._spending = spending
        self._notices = notices
        self._max_cost = None if max_cost is None else Decimal(str(max_cost))
        self._spent = spent
        self._fallback = fallback
        self._told: set[str] = set()

    def check(self, client: ApiClient, bodies: Sequence[RequestBody], session: str | None) -> None:
        """Before the first request of a turn, or several at once. With --max-cost the tokens are
        counted first, for free, and the most that they can cost is told.

        Raises TooExpensive where that is more than is allowed, or not known.
        """
        if self._max_cost is not None:
            self._check_cost(client, bodies, self._max_cost)
        if why := self._over_budget(client, bodies, session):
            raise TooExpensive(why, hint="--max-tokens N bounds the answer, --budget what is spent")

    def tell_most(self, bodies: Sequence[RequestBody]) -> None:
        """Tell the most that requests can cost, by a bound that is computed here; nothing where
        there is none."""
        from claude_cli.turn.budget import most_tokens

        with suppress(InputError):  # of a request without a bound, which the API refuses
            cost = self.most(bodies, [most_tokens(body) for body in bodies])
            if cost is not None:
                what = f"these {len(bodies)} requests can cost {format_usd(cost)} at most"
                self._notices.notice(what)

    def limit(
        self, client: ApiClient, body: RequestBody, paid: Decimal | None, session: str | None
    ) -> Limit | None:
        """What forbids another request of a turn that has cost `paid` USD; None if nothing does."""
        if self._max_cost is not None:
            paid = self._spending.paid if self._together else paid
            cost = sum_known([paid, self.most([body], [count_tokens(client, body)])])
            if cost is None or cost > self._max_cost:
                return "cost"
        return "budget" if self._over_budget(client, [body], session) else None

    def left(self, session: str | None) -> str | None:
        """What is left of the budget, in words; None where there is none, or nobody can tell."""
        if self._spent is None:
            return None
        try:
            left = max(self._left(self._spent, session), Decimal(0))
        except ClaudeCliError:  # the next request will say so: an answer that is here comes first
            return None
        if left >= DIME:
            left = left.quantize(CENT, ROUND_DOWN)
        return f"{format_usd(left)} left of {self._spent.budget}"

    def most(self, bodies: Sequence[RequestBody], counts: Sequence[int | None]) -> Decimal | None:
        """USD that all of them can cost together, with so many tokens in; None if not known."""
        costs: list[Decimal | None] = []
        for body, count in zip(bodies, counts, strict=True):
            if count is None:
                return None
            found = [self._spending.most(one, count) for one in self._alternatives(body)]
            known = [cost for cost in found if cost is not None]
            costs.append(max(known) if len(known) == len(found) else None)
        return sum_known(costs)

    def count(self, client: ApiClient, body: RequestBody) -> int:
        """Input tokens; of the fallback's request, where the model is not there."""
        try:
            return count_tokens(client, body)
        except ClaudeCliError as error:
            if self._fallback is None or not self._fallback.stands_in(error, body):
                raise
        return count_tokens(client, self._fallback.asked(body)[0])

    def _check_cost(
        self, client: ApiClient, bodies: Sequence[RequestBody], allowed: Decimal
    ) -> None:
        if unpriced := self._unpriced(bodies):
            raise _unknown("--max-cost", unpriced)
        cost = self.most(bodies, [self.count(client, body) for body in bodies])
        tokens = sum(body["max_tokens"] for body in bodies)
        what = "this request" if len(bodies) == 1 else f"these {len(bodies)} requests"
        estimate = f"{what} can cost {format_usd(cost)}, with {tokens} tokens out"
        if cost is None or cost > allowed:
            raise TooExpensive(
                f"{estimate}: more than --max-cost {allowed:f}",
                hint="--max-tokens N bounds the answer",
            )
        self._notices.notice(estimate)

    def _over_budget(
        self, client: ApiClient, bodies: Sequence[RequestBody], session: str | None
    ) -> str | None:
        """Why the budget does not allow these requests. The server counts their tokens only where
        the bound that is computed here could be too much."""
        if self._spent is None:
            return None
        from claude_cli.turn.budget import most_tokens

        budget, left = self._spent.budget, self._left(self._spent, session)
        if left <= 0:
            return f"the budget of {budget} is used up"
        if unpriced := self._unpriced(bodies):
            if budget.is_typed:
                raise _unknown("--budget", unpriced)
            self._tell(f"the price of {unpriced} is not known: the budget cannot hold it")
            return None
        bounds = [most_tokens(body) for body in bodies]
        cost = self.most(bodies, bounds)
        if cost is None or cost > left:
            try:
                cost = self.most(bodies, [self.count(client, body) for body in bodies])
            except NotCounted:
                return "the budget cannot be kept: the tokens of this request cannot be counted"
        if cost is not None and cost <= left:
            return None
        return f"this can cost {format_usd(cost)}, and {format_usd(left)} is left of {budget}"

    def _left(self, spent: "Spent", session: str | None) -> Decimal:
        own = {"paid": self._spending.paid, "unwritten": self._spending.unwritten}
        left = spent.budget.usd - spent.usd(session, **own)
        if spent.unpriced:
            self._tell(f"the ledger has answers without a price ({spent.unpriced}): none counts")
        if spent.damaged:
            self._tell("lines of the ledger are damaged: what they cost does not count")
        return left

    def _tell(self, line: str) -> None:
        if line not in self._told:
            self._told.add(line)
            self._notices.warning(line)

    def _alternatives(self, body: RequestBody) -> list[RequestBody]:
        """The requests of which one will be billed."""
        return [body, self._fallback.asked(body)[0]] if self._fallback else [body]

    def _unpriced(self, bodies: Sequence[RequestBody]) -> str | None:
        """A model without a price."""
        asked = [one for body in bodies for one in self._alternatives(body)]
        models = (model for body in asked for model in models_of(body))
        return next((model for model in models if self._spending.prices.row(model) is None), None)


def guard_of(
    asked: Asked, spending: Spending, notices: Notices, *, together: bool = False
) -> Guard:
    """The guard of a command line. Raises UsageError for a budget that is none or has no ledger."""
    spent = None
    if asked.guard.budget is not None:
        from claude_cli.turn.budget import spent_of

        spent = spent_of(
            asked.guard.budget,
            is_typed="budget" in asked.given,
            keeps=asked.keeps_ledger,
            is_free=asked.connection.is_free,
        )
    other = other_model(asked.request, asked.connection)
    return Guard(
        spending,
        notices,
        max_cost=asked.guard.max_cost,
        spent=spent,
        fallback=other,
        together=together,
    )


def _unknown(flag: str, model: str) -> TooExpensive:
    return TooExpensive(
        f"{flag}: the price of {model} is not known",
        hint=f'[prices."{model}"] in the config file tells it',
    )
