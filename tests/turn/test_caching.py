"""Where the breakpoints of the prompt cache go, and where a default one gives way."""

import json
from pathlib import Path
from typing import Any

import pytest

from claude_cli.simulator.server.server import Simulator
from claude_cli.turn.caching import has_room, with_breakpoints
from tests.commands.test_platforms import CREDENTIALS, there
from tests.conftest import Run


def marked(ttl: str = "5m") -> dict[str, Any]:
    return {"type": "text", "text": "x", "cache_control": {"type": "ephemeral", "ttl": ttl}}


LONG = "The whale is a mammal of the sea, and breathes air. " * 200
MARK = {"type": "ephemeral"}
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


LONG_TOOL = {"name": "u", "input_schema": {"type": "object"}, "description": LONG}


def places(body: dict[str, Any]) -> list[str]:
    """Where a body has breakpoints, the automatic one last."""
    found = []
    for field in ("tools", "system"):
        blocks = body.get(field) or []
        found += [f"{field}.{i}" for i, b in enumerate(blocks) if "cache_control" in b]
    for number, message in enumerate(body["messages"]):
        content = message["content"] if isinstance(message["content"], list) else []
        found += [f"{number}.{i}" for i, b in enumerate(content) if "cache_control" in b]
    return found + ["end"] * ("cache_control" in body)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"messages": [said("hi")], "system": LONG}, ["system.0", "end"]),
        ({"messages": [said("hi")], "system": "too short to be cached"}, ["end"]),
        (
            {"tools": [LONG_TOOL] * 2, "system": "s", "messages": [said(PLAIN, PLAIN)]},
            ["tools.1", "system.0", "0.0", "end"],
        ),
        ({"messages": [said(PLAIN, PLAIN), said(RESULT, PLAIN)]}, ["0.0", "end"]),
        ({"messages": [said(PLAIN, PLAIN), said(PLAIN)], "system": ""}, ["0.0", "end"]),
        (
            {"tools": [LONG_TOOL, {**LONG_TOOL, "defer_loading": True}], "messages": []},
            ["tools.0", "end"],
        ),
        (
            {"tools": [LONG_TOOL], "system": [marked()] * 2, "messages": [said(PLAIN, PLAIN)]},
            ["system.0", "system.1", "0.0", "end"],
        ),
        ({"system": [marked("1h"), PLAIN], "messages": [said(PLAIN)]}, ["system.0", "end"]),
    ],
)
def test_breakpoints_go_where_requests_begin_alike(
    body: dict[str, Any], expected: list[str]
) -> None:
    body = {**body, "cache_control": MARK}
    before = json.dumps(body)
    assert places(with_breakpoints(body, "5m")) == expected
    assert json.dumps(body) == before


def test_an_automatic_breakpoint_of_the_body_stays_the_only_one() -> None:
    body = {"cache_control": MARK, "system": "s", "messages": [said(PLAIN)]}
    assert with_breakpoints(body, None) is body
    assert with_breakpoints(body, "1h") is body
    odd: dict[str, Any] = {"messages": ["odd", {"content": 5}], "tools": 3, "system": {}}
    odd |= {"cache_control": MARK}
    assert with_breakpoints(odd, "5m") is odd


@pytest.mark.parametrize("platform", ["direct", "bedrock"])
def test_the_same_document_with_another_question_is_read_from_the_cache(
    run: Run, simulator: Simulator, monkeypatch: pytest.MonkeyPatch, platform: str
) -> None:
    for name, value in CREDENTIALS.items() if platform != "direct" else ():
        monkeypatch.setenv(name, value)
    flags = there(simulator, platform) if platform != "direct" else ()
    Path("whale.txt").write_text(LONG)
    asked = ["-n", "--cache", "5m", "-a", "whale.txt", "--format", "json", *flags]
    first = run("ask", *asked, "What is it?").json["usage"]
    second = run("ask", *asked, "Does it breathe water?").json["usage"]
    assert first["cache_read_input_tokens"] == 0 < first["cache_creation_input_tokens"]
    assert second["cache_read_input_tokens"] > 2000 > second["cache_creation_input_tokens"]


def test_piped_text_with_another_question_is_read_from_the_cache(
    run: Run, simulator: Simulator
) -> None:
    asked = ["ask", "-n", "--cache", "1h", "-s", "Be brief.", "--format", "json"]
    run(*asked, "What is it?", stdin=LONG.encode())
    again = run(*asked, "Does it breathe?", stdin=LONG.encode()).json["usage"]
    assert again["cache_read_input_tokens"] > 2000 > again["cache_creation_input_tokens"]


def test_what_a_session_keeps_has_no_breakpoints(run: Run, simulator: Simulator) -> None:
    assert run("ask", "--cache", "5m", "-s", LONG, "hi").code == 0
    assert run("ask", "-c", "and more").code == 0
    assert simulator.requests[0].body["system"][0]["cache_control"] == MARK
    assert simulator.requests[1].body["system"] == LONG


def test_a_tool_loop_is_read_from_the_cache_up_to_its_last_request(
    run: Run, simulator: Simulator
) -> None:
    Path("t.py").write_text('def look(x: str) -> str:\n    "Looks."\n    return x * 3000\n')
    simulator.enqueue(content=[{"type": "tool_use", "name": "look", "input": {"x": "ab "}}])
    ran = run("chat", "-n", "-T", "t.py", "--approve", "always", "-s", LONG, stdin=b"go\n")
    assert ran.code == 0, ran.stderr
    first, second = (request.body for request in simulator.requests)
    assert places(first) == ["tools.0", "system.0", "end"] == places(second)
