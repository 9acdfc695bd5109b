"""What `models` shows: the API's word on each model, beside the packaged facts and prices."""

from collections.abc import Iterator
from typing import Any

from claude_cli.api import models
from claude_cli.commandline.flags.connection import ConnectionFlags
from claude_cli.errors import ClaudeCliError
from claude_cli.models import catalog, learned
from claude_cli.models.prices import Prices, format_usd
from claude_cli.turn.connection import connect, model_names
from claude_cli.turn.spending import price_table
from claude_cli.ui.notices import Notices
from claude_cli.ui.tables import Column, Columns, ListFormat, print_record, print_rows

COLUMNS: Columns = {
    "id": "MODEL",
    "display_name": Column("NAME", spare=5),
    "context": Column("CONTEXT", right=True, spare=2),
    "max_output": Column("MAX OUT", right=True, spare=4),
    "usd_in": ">$ IN",
    "usd_out": ">$ OUT",
    "lifecycle": Column("LIFECYCLE", spare=1),
    "ends": Column("ENDS", spare=3),
}


def list_models(flags: ConnectionFlags, format: ListFormat, notices: Notices) -> None:
    """Print all models, and keep what the API told for the turns to come."""
    with connect(flags, notices) as client:
        found = list(models.list_models(client))
    if not flags.is_free:
        try:
            learned.keep(found)
        except ClaudeCliError as error:
            notices.warning(
                f"what was learned about the models could not be saved: {error.message}"
            )
    prices = price_table(flags)
    rows = found if format == "json" else [_row(model, prices) for model in found]
    print_rows(rows, COLUMNS, format)


def show_model(flags: ConnectionFlags, model: str, format: ListFormat, notices: Notices) -> None:
    """Print one model, by id or alias."""
    with connect(flags, notices) as client:
        found = models.show_model(client, model_names(flags).resolve(model))
    if format == "table":
        found = dict(_card(found, price_table(flags)))
    print_record(found, format)


def _row(model: dict[str, Any], prices: Prices) -> dict[str, Any]:
    """One line; what the API does not tell comes from the packaged table."""
    facts, row = catalog.facts(str(model.get("id"))), prices.row(str(model.get("id")))
    return {
        "id": model.get("id"),
        "display_name": model.get("display_name"),
        "context": model.get("max_input_tokens") or facts.context_window,
        "max_output": model.get("max_tokens") or facts.max_output,
        "usd_in": _usd(row and row["input"]),
        "usd_out": _usd(row and row["output"]),
        "lifecycle": model.get("lifecycle") or facts.lifecycle,
        "ends": str(model.get("retires_at") or facts.ends or "")[:10],
    }


def _card(model: dict[str, Any], prices: Prices) -> Iterator[tuple[str, Any]]:
    yield from _row(model, prices).items()
    row = prices.row(str(model.get("id")))
    yield "prices", row["source"] if row and "source" in row else None
    for key, value in model.items():
        if key not in COLUMNS and key not in ("type", "max_input_tokens", "max_tokens"):
            yield key, value


def _usd(price: Any) -> str:
    return format_usd(price).removeprefix("$")
