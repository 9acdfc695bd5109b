"""Lists that the API hands out page by page, as one iterator."""

from collections.abc import Iterator, Sequence
from typing import Any

from claude_cli.api.client import ApiClient, ApiResponse
from claude_cli.errors import ProtocolError

PAGE = 1000
"""Items a page; the most that the API gives."""

LARGEST_LIST = 64 * 1024 * 1024
MOST_PAGES = 1000
"""Bytes of all pages together, and how many pages a list may have."""

Place = tuple[str, str]
"""The query parameter that says where a page begins."""


def list_all(
    client: ApiClient, path: str, filters: Sequence[Place] = ()
) -> Iterator[dict[str, Any]]:
    """Yield every item of the list at `path`, in the server's order, asking as far as it is read.
    `filters` are query parameters of every page.

    A page is `{"data": […], "has_more": bool, "last_id": id or null}`, and the next one begins
    after `last_id`; or it is `{"data": […], "next_page": token or null}`. Raises ProtocolError for
    what is no page, and where the pages go in a circle or beyond LARGEST_LIST and MOST_PAGES.
    """
    always = [("limit", str(PAGE)), *filters]
    query = always
    seen: set[Place] = set()
    received = 0
    while True:
        page, size = client.exchange("GET", path, _page, query=query)
        items = page.get("data")
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise ProtocolError(f"the server answered {path} without a list")
        received += size
        following = _following(page) if items else None
        if following in seen or received > LARGEST_LIST or len(seen) >= MOST_PAGES:
            raise ProtocolError(f"the pages of {path} do not end")
        yield from items
        if following is None:
            return
        seen.add(following)
        query = [*always, following]


def _page(response: ApiResponse) -> tuple[dict[str, Any], int]:
    with response:
        return response.json(), response.received


def _following(page: dict[str, Any]) -> Place | None:
    if page.get("next_page") and isinstance(page["next_page"], str):
        return "page", page["next_page"]
    if page.get("has_more") and isinstance(page.get("last_id"), str):
        return "after_id", page["last_id"]
    return None
