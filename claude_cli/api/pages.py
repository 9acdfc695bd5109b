"""Lists that the API hands out page by page, as one iterator."""

from collections.abc import Iterator
from typing import Any

from claude_cli.api.client import ApiClient
from claude_cli.errors import ProtocolError

PAGE = 1000
"""Items a page; the most that the API gives."""

Place = tuple[str, str]
"""The query parameter that says where a page begins."""


def list_all(client: ApiClient, path: str) -> Iterator[dict[str, Any]]:
    """Yield every item of the list at `path`, in the server's order, asking as far as it is read.

    A page is `{"data": […], "has_more": bool, "last_id": id or null}`, and the next one begins
    after `last_id`; or it is `{"data": […], "next_page": token or null}`. Raises ProtocolError for
    what is no page, and where the pages do not end.
    """
    limit = ("limit", str(PAGE))
    place: Place | None = None
    while True:
        page = client.call("GET", path, query=[limit, place] if place else [limit])
        items = page.get("data")
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise ProtocolError(f"the server answered {path} without a list")
        yield from items
        following = _following(page) if items else None
        if following is None:
            return
        if following == place:
            raise ProtocolError(f"the pages of {path} do not end")
        place = following


def _following(page: dict[str, Any]) -> Place | None:
    if page.get("next_page") and isinstance(page["next_page"], str):
        return "page", page["next_page"]
    if page.get("has_more") and isinstance(page.get("last_id"), str):
        return "after_id", page["last_id"]
    return None
