"""The cache doctor: what the prompt cache did, and the first place that differs where it missed."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from claude_cli.disk import paths
from claude_cli.session.fingerprint import MOST, difference, fingerprint
from claude_cli.session.format import Record
from claude_cli.simulator.server.server import Simulator
from claude_cli.turn.diagnosis import diagnose
from tests.conftest import Run

LONG = "The whale is a mammal of the sea, and breathes air. " * 200
SONNET = "claude-sonnet-4-6"


def said(*texts: str) -> list[dict[str, Any]]:
    roles = ("user", "assistant")
    return [{"role": roles[n % 2], "content": text} for n, text in enumerate(texts)]


BODY: dict[str, Any] = {
    "model": SONNET,
    "system": "Be brief.",
    "tools": [{"name": "t"}],
    "thinking": {"type": "adaptive"},
    "messages": said("one", "two", "three"),
}


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({}, None),
        ({"messages": said("one", "two", "three", "four", "five")}, None),
        ({"system": [{"type": "text", "text": "Be brief.", "cache_control": {}}]}, None),
        ({"max_tokens": 9, "stream": True}, None),
        ({"model": "claude-opus-5"}, "model"),
        ({"tools": [{"name": "u"}], "system": "x"}, "tools"),
        ({"system": "Be brief!"}, "system"),
        ({"system": None}, "system"),
        ({"thinking": None}, "thinking"),
        ({"messages": said("one", "2", "three", "four")}, "message 2"),
        ({"messages": said("two", "three")}, "message 1"),
        ({"messages": said("one", "two")}, "message 3"),
    ],
)
def test_the_first_place_that_differs_is_told(change: dict[str, Any], place: str | None) -> None:
    assert difference(fingerprint(BODY, "5m", 9), BODY | change) == place


def test_a_long_conversation_has_a_short_fingerprint() -> None:
    texts = [f"words {n}" for n in range(MOST * 30)]
    before = fingerprint({"messages": said(*texts)}, "5m", 9)
    assert len(json.dumps(before)) < 1000
    assert "words" not in json.dumps(before)
    assert difference(before, {"messages": said(*texts, "more")}) is None
    texts[MOST + 7] = "changed"
    assert difference(before, {"messages": said(*texts)}) == f"message {MOST + 1} or later"


def answer(**usage: int) -> Any:
    return {"type": "message", "content": [], "usage": {"input_tokens": 5, **usage}}


def last(body: dict[str, Any], minutes: float = 1, **more: Any) -> Record:
    at = (datetime.now(UTC) - timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")
    sent = fingerprint(body, "5m", 3000) | more
    return {"kind": "assistant", "id": "a", "parent": None, "at": at, "sent": sent}


def test_a_miss_has_a_reason() -> None:
    read = answer(cache_read_input_tokens=3000, cache_creation_input_tokens=50)
    missed = answer(cache_creation_input_tokens=3050)

    def why(message: Any, record: Record | None, body: dict[str, Any] = BODY) -> Any:
        found = diagnose(body, SONNET, message, record)
        return found.missed, found.why

    assert why(read, last(BODY)) == (0, None) == why(missed, None)
    assert why(missed, last(BODY | {"system": "old"})) == (3000, "system")
    assert why(missed, last(BODY, minutes=6)) == (3000, "time over: it is kept for 5m")
    assert why(missed, last(BODY)) == (3000, "the server did not keep it")
    long = BODY | {"messages": said(*["one", "two", "three"], *["x"] * 30)}
    assert why(missed, last(BODY), long) == (3000, "breakpoint moved")
    assert why(answer(), None) == (0, "too short: 5 of 1024 tokens")
    told = missed | {"diagnostics": {"cache_miss_reason": {"type": "tools_changed"}}}
    assert why(told, last(BODY)) == (3000, "tools")
    silent = missed | {"diagnostics": {"cache_miss_reason": {"type": "unavailable"}}}
    assert why(silent, last(BODY)) == (3000, "the server did not keep it")


@pytest.mark.parametrize("sent", [{}, [], "x", {"cached": 3000}, {"cached": 3000, "parts": 4}])
def test_a_fingerprint_that_is_none_harms_nothing(sent: Any) -> None:
    record: Record = {"kind": "assistant", "id": "a", "parent": None, "at": "never", "sent": sent}
    found = diagnose(BODY, SONNET, answer(cache_creation_input_tokens=9), record)
    assert found.read == 0


def test_a_changed_system_prompt_is_told_in_words_and_in_json(
    run: Run, simulator: Simulator
) -> None:
    flags = ("--cache", "5m", "-u", "--format", "json")
    first = run("ask", "hi", *flags, "-s", LONG)
    assert first.json["claude_cli"]["cache"]["written"] > 2000
    assert first.json["claude_cli"]["cache"]["why"] is None
    same = run("ask", "-c", "and?", *flags)
    assert same.json["claude_cli"]["cache"]["read"] > 2000
    assert "cache missed" not in same.stderr
    other = run("ask", "-c", "and?", *flags, "-s", LONG + "!")
    kept = same.json["claude_cli"]["cache"]
    assert other.json["claude_cli"]["cache"] == {
        "read": 0,
        "written": other.json["usage"]["cache_creation_input_tokens"],
        "missed": kept["read"] + kept["written"],
        "why": "system",
    }
    assert "cache missed" in other.stderr and ": system" in other.stderr


def test_a_prompt_that_is_too_short_is_told(run: Run, simulator: Simulator) -> None:
    ran = run("ask", "hi", "--cache", "5m", "-u")
    assert "nothing cached: too short" in ran.stderr
    without = run("ask", "hi", "-u", "--format", "json")
    assert "cache" not in without.json["claude_cli"]
    assert "nothing cached" not in without.stderr


def test_a_chat_tells_a_miss_by_itself(run: Run, simulator: Simulator) -> None:
    lines = f"hi\nand?\n/system {LONG}!\nand now?\n"
    ran = run("chat", "-s", LONG, stdin=lines.encode())
    assert ran.code == 0, ran.stderr
    assert ran.stderr.count("cache missed") == 1
    assert ": system" in ran.stderr


def test_in_a_chat_the_api_is_asked_for_the_reason_and_a_gateway_is_not(
    run: Run, simulator: Simulator
) -> None:
    lines = f"hi\nand?\n/system {LONG}!\nand now?\n".encode()
    ran = run("chat", "-s", LONG, "--simulate", "--format", "json", stdin=lines)
    answers = [json.loads(line) for line in ran.text.splitlines() if line]
    told = [answer.get("diagnostics", "nothing") for answer in answers]
    assert told[:2] == [None, None]
    assert told[2]["cache_miss_reason"]["type"] == "system_changed"
    assert run("chat", "-s", LONG, stdin=lines).code == 0
    assert not any("diagnostics" in request.body for request in simulator.requests)


def test_a_session_keeps_digests_and_no_text_beside_them(run: Run, simulator: Simulator) -> None:
    assert run("ask", "a secret word", "--cache", "5m", "-s", LONG).code == 0
    [path] = Path(paths.data_dir(), "sessions").glob("*.jsonl")
    sent = [json.loads(line).get("sent") for line in path.read_text().splitlines()]
    [kept] = filter(None, sent)
    assert "secret" not in json.dumps(kept)
    assert run("sessions", "check").code == 0


def test_in_a_tool_loop_each_request_is_compared_with_the_one_before(
    run: Run, simulator: Simulator
) -> None:
    Path("t.py").write_text('def look(x: str) -> str:\n    "Looks."\n    return x * 3000\n')
    simulator.enqueue(content=[{"type": "tool_use", "name": "look", "input": {"x": "ab "}}])
    flags = ("-T", "t.py", "--approve", "always", "-s", LONG, "--cache", "5m", "--format", "json")
    cache = run("ask", "go", *flags).json["claude_cli"]["cache"]
    assert (cache["read"] > 2000, cache["missed"], cache["why"]) == (True, 0, None)
