"""A default breakpoint of the prompt cache gives way where the API would refuse it."""

import json
from pathlib import Path
from typing import Any

import pytest

from claude_cli.simulator.server.server import Simulator
from claude_cli.turn.caching import has_room
from tests.conftest import Run


def marked(ttl: str = "5m") -> dict[str, Any]:
    return {"type": "text", "text": "x", "cache_control": {"type": "ephemeral", "ttl": ttl}}


PLAIN = {"type": "text", "text": "x"}
RESULT = {"type": "tool_result", "tool_use_id": "toolu_1", "content": [marked()]}
TOOL = {"name": "t", "input_schema": {}, "cache_control": {"type": "ephemeral"}}


def said(*content: Any) -> dict[str, Any]:
    return {"role": "user", "content": [*content]}


@pytest.mark.parametrize(
    ("body", "room"),
    [
        ({"messages": [{"role": "user", "content": "hi"}]}, {"5m": True, "1h": True}),
        ({"system": [marked()] * 3, "messages": [said(PLAIN)]}, {"5m": True, "1h": False}),
        ({"system": [marked("1h")] * 3, "messages": [said(PLAIN)]}, {"5m": True, "1h": True}),
        ({"system": [marked("1h")] * 4, "messages": [said(PLAIN)]}, {"5m": False, "1h": False}),
        ({"tools": [TOOL] * 2, "system": [marked()] * 2}, {"5m": False, "1h": False}),
        ({"messages": [said(RESULT, RESULT, RESULT, RESULT, PLAIN)]}, {"5m": False, "1h": False}),
        ({"messages": [said(marked("1h"))]}, {"5m": False, "1h": False}),
        ({"messages": [said(marked()), said(PLAIN)]}, {"5m": True, "1h": False}),
        ({"system": [marked()], "messages": [said("hi")]}, {"5m": True, "1h": False}),
        ({"messages": ["odd", None, {"content": 5}], "tools": 3, "system": {}}, {"5m": True}),
    ],
)
def test_there_is_room_for_what_the_api_takes(body: dict[str, Any], room: dict[str, bool]) -> None:
    assert {ttl: has_room(body, ttl) for ttl in room} == room


@pytest.mark.parametrize("ttl", ["5m", "1h"])
@pytest.mark.parametrize("command", ["ask", "stream", "chat", "count"])
def test_the_cache_of_the_config_file_gives_way_to_the_breakpoints_of_the_body(
    run: Run, simulator: Simulator, command: str, ttl: str
) -> None:
    assert run("config", "set", "cache", ttl).code == 0
    Path("body.json").write_text(json.dumps({"system": [marked()] * 4}))
    ran = run(command, "hi", "--body", "body.json")
    assert (ran.code, "cache_control" in simulator.requests[0].body) == (0, False), ran.stderr


def test_the_cache_of_the_config_file_is_used_where_there_is_room(
    run: Run, simulator: Simulator
) -> None:
    run("config", "set", "cache", "1h")
    assert run("ask", "hi").code == 0
    assert simulator.requests[0].body["cache_control"] == {"type": "ephemeral", "ttl": "1h"}


def test_a_breakpoint_that_was_typed_insists(run: Run, simulator: Simulator) -> None:
    Path("body.json").write_text(json.dumps({"system": [marked()] * 4}))
    assert run("ask", "hi", "--body", "body.json", "--cache", "5m").code == 65
