"""The Models API, over all its pages."""

from typing import Any

import pytest

from claude_cli.api.models import list_models, show_model
from claude_cli.errors import InputError, ProtocolError
from tests.api.clients import talk
from tests.faulty_server import Wire, error_response, json_response, replying


def page(*ids: str, has_more: bool = False, last_id: str | None = None) -> bytes:
    items = [{"type": "model", "id": name} for name in ids]
    return json_response({"data": items, "has_more": has_more, "last_id": last_id})


def listed(*pages: bytes) -> tuple[list[str], list[str]]:
    """Return the ids that a server with these pages gives, and what it was asked."""

    def serve(wire: Wire) -> None:
        for content in pages:
            wire.read_request()
            wire.send(content)

    with talk(serve) as (server, api):
        ids = [model["id"] for model in list_models(api)]
    return ids, [request.split(b" ")[1].decode() for request in server.requests]


def test_all_pages_are_read_in_order() -> None:
    ids, asked = listed(page("a", "b", has_more=True, last_id="b"), page("c"))
    assert ids == ["a", "b", "c"]
    assert asked == ["/v1/models?limit=1000", "/v1/models?limit=1000&after_id=b"]


@pytest.mark.parametrize(
    "last",
    [
        page("a", last_id="a"),
        page("a", has_more=True),
        page(has_more=True, last_id="a"),
    ],
)
def test_the_list_ends_where_a_page_says_so_or_has_nothing(last: bytes) -> None:
    assert len(listed(last)[1]) == 1


def test_pages_that_do_not_end_break_the_protocol() -> None:
    again = page("a", has_more=True, last_id="a")
    with pytest.raises(ProtocolError):
        listed(again, again, again)


def test_pages_that_go_in_a_circle_break_the_protocol() -> None:
    circle = [page(each, has_more=True, last_id=each) for each in "abc"]
    with pytest.raises(ProtocolError, match="do not end"):
        listed(*circle, *circle, *circle)


@pytest.mark.parametrize(("limit", "value"), [("MOST_PAGES", 5), ("LARGEST_LIST", 400)])
def test_a_list_ends_at_a_limit_of_pages_or_bytes(
    limit: str, value: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"claude_cli.api.pages.{limit}", value)
    with pytest.raises(ProtocolError, match="do not end"):
        listed(*(page(str(n), has_more=True, last_id=str(n)) for n in range(30)))


@pytest.mark.parametrize(("limit", "room"), [("MOST_PAGES", 3), ("LARGEST_LIST", None)])
def test_a_list_may_be_as_long_as_its_limit(
    limit: str, room: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = [page(name, has_more=name != "c", last_id=name) for name in "abc"]
    size = sum(len(each.partition(b"\r\n\r\n")[2]) for each in pages)
    monkeypatch.setattr(f"claude_cli.api.pages.{limit}", room or size)
    assert listed(*pages)[0] == ["a", "b", "c"]
    monkeypatch.setattr(f"claude_cli.api.pages.{limit}", (room or size) - 1)
    with pytest.raises(ProtocolError, match="do not end"):
        listed(*pages)


@pytest.mark.parametrize("content", [{}, {"data": None}, {"data": {"a": 1}}, {"data": ["a"]}])
def test_what_is_no_page_breaks_the_protocol(content: dict[str, Any]) -> None:
    with pytest.raises(ProtocolError):
        listed(json_response(content))


def test_only_the_pages_that_are_looked_at_are_asked_for() -> None:
    first = page("a", "b", has_more=True, last_id="b")
    with talk(replying(first)) as (server, api):
        assert next(list_models(api))["id"] == "a"
        assert len(server.requests) == 1


def test_one_model_by_its_id() -> None:
    with talk(replying(json_response({"id": "claude-x"}))) as (server, api):
        assert show_model(api, "a/../b") == {"id": "claude-x"}
    assert server.requests[0].startswith(b"GET /v1/models/a%2F..%2Fb HTTP/1.1")


def test_an_unknown_model_is_bad_input() -> None:
    unknown = error_response("404 Not Found", "not_found_error", "model: claude-nope")
    with talk(replying(unknown)) as (_, api), pytest.raises(InputError, match="claude-nope"):
        show_model(api, "claude-nope")


@pytest.mark.parametrize("name", ["", ".", ".."])
def test_what_is_no_id_is_not_asked_for(name: str) -> None:
    with talk(replying(page())) as (server, api):
        with pytest.raises(InputError):
            show_model(api, name)
        assert server.connections == 0
