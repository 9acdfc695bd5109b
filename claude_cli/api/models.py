"""The Models API: which models the key may use and what they can do."""

from collections.abc import Iterator
from typing import Any

from claude_cli.api.address import segment
from claude_cli.api.client import ApiClient
from claude_cli.api.pages import list_all

PATH = "/v1/models"


def list_models(client: ApiClient) -> Iterator[dict[str, Any]]:
    """Yield every model, newest first, as the API describes it."""
    return list_all(client, PATH)


def show_model(client: ApiClient, model: str) -> dict[str, Any]:
    """Return what the API says of a model, by its id or an alias.

    Raises InputError for what is no id, and for an unknown one (404).
    """
    return client.call("GET", f"{PATH}/{segment(model)}")
