"""What each attachment weighs, and costs on the model that was named and on its neighbours."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from claude_cli.content.pictures import in_bytes
from claude_cli.content.sources import Source
from claude_cli.content.weights import Pixels, Weight, weigh
from claude_cli.models import catalog
from claude_cli.models.prices import Prices, format_usd
from claude_cli.models.vision import Bounds

_KINDS = {"application/pdf": "PDF", "text/plain": "text"}
_MILLION = 1_000_000
Costs = dict[str, Decimal | None]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Attached:
    """The attachments of a request; `models` are the one that was named and its neighbours."""

    weights: list[Weight]
    models: list[str]
    prices: Prices

    def lines(self, room: int) -> list[str]:
        """A table of at most `room` columns, where that can be."""
        from claude_cli.ui.columns import Column, Filled, aligned

        columns = [
            Column("attachment", cut="end"),
            Column("kind", spare=1),
            Column("bytes", right=True, spare=4),
            Column("size", spare=5),
            Column("tokens", right=True),
            *(
                Column(_short(model), right=True, spare=place + 1 if place else 0)
                for place, model in enumerate(self.models)
            ),
        ]
        cells = zip(*map(self._row, self.weights), strict=True)
        filled = [
            Filled(column, [column.heading, *under])
            for column, under in zip(columns, cells, strict=True)
        ]
        return aligned(filled, room)

    def objects(self) -> Iterator[dict[str, Any]]:
        """The same for JSON; null is unknown, and the tokens of what the API would refuse."""
        for weight in self.weights:
            bounds = self._bounds(self.models[0])
            yield {
                "name": weight.name,
                "media_type": weight.media_type,
                "bytes": weight.bytes,
                "bytes_as_it_is": weight.was_bytes,
                "pixels": weight.pixels,
                "pixels_as_it_is": weight.was,
                "pages": weight.pages,
                "content": weight.content,
                "tokens": weight.tokens(bounds),
                "tokens_as_it_is": weight.tokens_as_it_is(bounds),
                "is_estimate": not weight.is_exact,
                "cost_usd": {
                    model: None if cost is None else float(cost)
                    for model, cost in self._costs(weight).items()
                },
            }

    def _row(self, weight: Weight) -> list[str]:
        tokens = weight.tokens(self._bounds(self.models[0]))
        about = "" if weight.is_exact else "~"
        kind = _KINDS.get(weight.media_type) or weight.media_type.partition("/")[2].upper()
        return [
            weight.name,
            f"{kind}, {weight.content}" if weight.content else kind,
            _changed(weight.was_bytes, weight.bytes, in_bytes),
            _pages(weight.pages) or _changed(weight.was, weight.pixels, _pixels),
            "" if tokens is None else f"{about}{tokens:,}",
            *(format_usd(cost) for cost in self._costs(weight).values()),
        ]

    def _costs(self, weight: Weight) -> Costs:
        costs: Costs = {}
        for model in self.models:
            tokens = weight.tokens(self._bounds(model))
            costs[model] = None if tokens is None else self.prices.estimate(model, tokens, 0)
        return costs

    def _bounds(self, model: str) -> Bounds:
        return catalog.image_bounds([self.prices.names.known_as(model)])


def weigh_all(sources: Sequence[Source], model: str, prices: Prices) -> Attached:
    models = [model, *_neighbours(model, prices)] if sources else [model]
    return Attached([weigh(source) for source in sources], models, prices)


def _neighbours(model: str, prices: Prices) -> list[str]:
    """The newest models of the lines whose prices are next below and above; none for a model
    without a price."""
    own = prices.estimate(model, _MILLION, 0)
    if own is None:
        return []
    others = {
        newest: cost
        for newest in map(catalog.resolve_alias, catalog.lines())
        if (cost := prices.estimate(newest, _MILLION, 0)) is not None
    }
    below = [name for name, cost in others.items() if cost < own]
    above = [name for name, cost in others.items() if cost > own]
    nearest = [max(below, key=others.__getitem__)] if below else []
    return nearest + ([min(above, key=others.__getitem__)] if above else [])


def _short(model: str) -> str:
    return model[max(model.rfind("claude-"), 0) :].removeprefix("claude-")


def _changed(was: T | None, now: T | None, words: Callable[[T], str]) -> str:
    if was is None or now is None:
        return ""
    return words(now) if was == now else f"{words(was)} → {words(now)}"


def _pixels(pixels: Pixels) -> str:
    return f"{pixels[0]} × {pixels[1]}"


def _pages(pages: int | None) -> str:
    return "" if pages is None else f"{pages} page{'' if pages == 1 else 's'}"
