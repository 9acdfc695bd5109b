"""Pages of a list."""

from typing import Any

import pytest

from claude_cli.simulator.wire.paging import page
from claude_cli.simulator.wire.rejections import Rejection

ITEMS = [{"id": f"i{number}"} for number in range(45)]


def ids(found: dict[str, Any]) -> list[str]:
    return [item["id"] for item in found["data"]]


def test_a_page_has_twenty_items_unless_told_otherwise() -> None:
    found = page(ITEMS, {})
    assert len(found["data"]) == 20
    assert (found["has_more"], found["first_id"], found["last_id"]) == (True, "i0", "i19")


def test_walking_forwards_meets_every_item_once() -> None:
    seen: list[str] = []
    query: dict[str, list[str]] = {"limit": ["10"]}
    while True:
        found = page(ITEMS, query)
        seen += ids(found)
        if not found["has_more"]:
            break
        query["after_id"] = [found["last_id"]]
    assert seen == [item["id"] for item in ITEMS]


def test_walking_backwards_gives_the_items_just_before() -> None:
    found = page(ITEMS, {"limit": ["3"], "before_id": ["i5"]})
    assert ids(found) == ["i2", "i3", "i4"]
    assert found["has_more"] is True
    assert page(ITEMS, {"limit": ["5"], "before_id": ["i5"]})["has_more"] is False


def test_an_empty_page_has_no_ids() -> None:
    found = page(ITEMS, {"after_id": ["i44"]})
    assert found == {"data": [], "has_more": False, "first_id": None, "last_id": None}


@pytest.mark.parametrize(
    "query",
    [
        {"limit": ["0"]},
        {"limit": ["1001"]},
        {"limit": ["-1"]},
        {"limit": ["ten"]},
        {"limit": ["٣"]},
        {"after_id": ["i99"]},
        {"after_id": ["i1"], "before_id": ["i3"]},
    ],
)
def test_bad_queries_are_refused(query: dict[str, list[str]]) -> None:
    with pytest.raises(Rejection) as caught:
        page(ITEMS, query)
    assert caught.value.status == 400
