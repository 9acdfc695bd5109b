"""Pages of a list: with `has_more`, as the Models, Batches and (in their beta shape) Files
endpoints cut them, or with `next_page`, as the later Files and the Skills endpoints do.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from claude_cli.simulator.wire.rejections import invalid

PAGE_LIMIT = 1000
USUAL_PAGE = 20
_TOKEN = "page_"


def page(items: Sequence[dict[str, Any]], query: Mapping[str, list[str]]) -> dict[str, Any]:
    """The page of `items`, newest first and each with an `id`, that `limit`, `after_id` and
    `before_id` ask for: `{"data", "has_more", "first_id", "last_id"}`.
    """
    limit = limited(query)
    after, before = (_cursor(name, items, query) for name in ("after_id", "before_id"))
    if after is not None and before is not None:
        raise invalid("before_id", "only one of after_id and before_id can be given")
    if before is not None:
        data, has_more = items[max(0, before - limit) : before], before > limit
    else:
        start = 0 if after is None else after + 1
        data, has_more = items[start : start + limit], len(items) > start + limit
    return {
        "data": list(data),
        "has_more": has_more,
        "first_id": data[0]["id"] if data else None,
        "last_id": data[-1]["id"] if data else None,
    }


def later_page(items: Sequence[dict[str, Any]], query: Mapping[str, list[str]]) -> dict[str, Any]:
    """`{"data", "next_page"}`; the token names the last item of the page before."""
    limit, start = limited(query), 0
    if token := query.get("page", [""])[-1]:
        ids = [item["id"] for item in items]
        if token.removeprefix(_TOKEN) not in ids or not token.startswith(_TOKEN):
            raise invalid("page", "no such page")
        start = ids.index(token.removeprefix(_TOKEN)) + 1
    data = list(items[start : start + limit])
    more = len(items) > start + limit
    return {"data": data, "next_page": f"{_TOKEN}{data[-1]['id']}" if more else None}


def limited(query: Mapping[str, list[str]]) -> int:
    """How many items a page has, by the `limit` of the query."""
    given = query.get("limit", [str(USUAL_PAGE)])[-1]
    if not (given.isascii() and given.isdigit() and 1 <= int(given) <= PAGE_LIMIT):
        raise invalid("limit", f"Input should be an integer from 1 to {PAGE_LIMIT}")
    return int(given)


def _cursor(
    name: str, items: Sequence[dict[str, Any]], query: Mapping[str, list[str]]
) -> int | None:
    """The position of the item that a cursor names."""
    if name not in query:
        return None
    wanted = query[name][-1]
    position = next((i for i, item in enumerate(items) if item["id"] == wanted), None)
    if position is None:
        raise invalid(name, f"no such id: {wanted!r}")
    return position
