"""Lists that the API hands out page by page, as one iterator."""

from collections.abc import Iterable, Iterator
from typing import Any

from claude_cli.api.client import ApiClient
from claude_cli.errors import ProtocolError

PAGE = 1000
"""Items a page; the most that the API gives."""


def list_all(
    client: ApiClient, path: str, query: Iterable[tuple[str, str]] = ()
) -> Iterator[dict[str, Any]]:
    """Yield every item of the list at `path`, in the server's order, asking as far as it is read.

    A page is `{"data": […], "has_more": bool, "last_id": id or null}` and the next one begins
    after `last_id`. Raises ProtocolError for what is no page, and where the pages do not end.
    """
    fixed = [("limit", str(PAGE)), *query]
    after: str | None = None
    while True:
        page = client.call("GET", path, query=[*fixed, ("after_id", after)] if after else fixed)
        items = page.get("data")
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise ProtocolError(f"the server answered {path} without a list")
        yield from items
        following = page.get("last_id")
        if not items or not page.get("has_more") or not isinstance(following, str):
            return
        if following == after:
            raise ProtocolError(f"the pages of {path} do not end")
        after = following
