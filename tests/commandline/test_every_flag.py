"""Every flag that has a place in the request body reaches it, by every way that leads there.

The flags are found from the fields of the groups: one that is added is walked too.
"""

import json
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest

from claude_cli.commandline.flags.asked import Asked
from claude_cli.commandline.flags.marks import flags_of, places
from claude_cli.disk.paths import config_file
from claude_cli.flow.chat.settings import FLAG_OF
from claude_cli.simulator.server.server import Simulator
from tests.conftest import MODEL, Run

SCHEMA = '{"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}'
WORDS = {
    "model": "claude-haiku-4-5",
    "thinking": "2048",
    "tool_choice": "none",
    "skill": "xlsx",
    "schema": SCHEMA,
    "schema_list": "a int, b: what it is",
}
"""What a flag takes of which its type says no more than that it is a text."""
NEEDS_TOOLS = ("tool_choice", "no_parallel_tools")
NUMBERS = {int: "700", float: "0.5"}

TYPES = {flag.name: flag.type.__origin__ for flag in flags_of(Asked)}
PLACES = places(Asked)
pytestmark = pytest.mark.usefixtures("no_model")
EVERY_FLAG = pytest.mark.parametrize("flag", PLACES)


def sample(flag: str) -> str:
    """A value that the flag takes, as it is typed; of a switch, `true`."""
    annotated = TYPES[flag]
    types = get_args(annotated) or (annotated,)
    literals = [one for one in types if get_origin(one) is Literal] or (
        [annotated] if get_origin(annotated) is Literal else []
    )
    if literals:
        return str(get_args(literals[0])[-1])
    if bool in types:
        return "true"
    number = next((NUMBERS[one] for one in types if one in NUMBERS), None)
    return number or WORDS.get(flag, "x-1")


def typed(flag: str) -> list[str]:
    name = f"--{flag.replace('_', '-')}"
    return [name] if sample(flag) == "true" else [name, sample(flag)]


def others(flag: str) -> list[str]:
    """What the flag needs beside it: a model that takes it, and tools."""
    model = [] if flag == "model" else ["-m", MODEL]
    return [*model, *(["-T", "web_search_20250305"] if flag in NEEDS_TOOLS else [])]


def at(body: Any, place: str) -> Any:
    for step in place.split("."):
        if not isinstance(body, dict) or step not in body:
            return None
        body = body[step]
    return body


@pytest.fixture
def expected(run: Run, flag: str) -> Any:
    """What the flag puts at its place, when it is typed; not what stands there anyway."""
    bodies = [
        run("ask", "--dry-run", *others(flag), *flags, "hi").json for flags in ([], typed(flag))
    ]
    without, found = (at(body, PLACES[flag]) for body in bodies)
    assert found is not None
    assert found != without
    return found


@EVERY_FLAG
def test_a_flag_in_the_config_file_is_as_if_typed(run: Run, flag: str, expected: Any) -> None:
    value: Any = sample(flag)
    if "list" in str(TYPES[flag]):
        value = [value]
    text = "true" if value == "true" else json.dumps(value)
    text = sample(flag) if "int" in str(TYPES[flag]) or "float" in str(TYPES[flag]) else text
    config_file().parent.mkdir(parents=True)
    config_file().write_text(f"{flag.replace('_', '-')} = {text}\n")
    ran = run("ask", "--dry-run", *others(flag), "hi")
    assert ran.code == 0, ran.stderr
    assert at(ran.json, PLACES[flag]) == expected


@EVERY_FLAG
def test_config_set_takes_a_flag_as_if_typed(run: Run, flag: str, expected: Any) -> None:
    ran = run("config", "set", flag.replace("_", "-"), sample(flag))
    assert ran.code == 0, ran.stderr
    assert at(run("ask", "--dry-run", *others(flag), "hi").json, PLACES[flag]) == expected


@pytest.mark.parametrize("flag", [flag for flag in FLAG_OF.values() if flag in PLACES])
def test_set_and_unset_in_a_chat_reach_a_flag(
    run: Run, simulator: Simulator, flag: str, expected: Any
) -> None:
    place = PLACES[flag]
    lines = ["hi", f"/set {place}={sample(flag)}", "hi", f"/unset {place}", "hi"]
    ran = run("chat", "-n", *others(flag), stdin="\n".join(lines).encode())
    assert ran.code == 0, ran.stderr
    before, during, after = (at(request.body, place) for request in simulator.requests[-3:])
    assert during == expected
    assert after == before or flag == "cache"  # the default of a chat is switched off too


@EVERY_FLAG
def test_unset_in_a_chat_takes_away_a_typed_flag(
    run: Run, simulator: Simulator, flag: str, expected: Any
) -> None:
    place = PLACES[flag]
    ran = run("chat", "-n", *others(flag), *typed(flag), stdin=f"hi\n/unset {place}\nhi".encode())
    assert ran.code == 0, ran.stderr
    during, after = (at(request.body, place) for request in simulator.requests[-2:])
    assert during == expected
    assert after != expected


@EVERY_FLAG
def test_count_counts_a_request_with_the_flag(
    run: Run, simulator: Simulator, flag: str, expected: Any
) -> None:
    ran = run("count", *others(flag), *typed(flag), "hi")
    assert ran.code == 0, ran.stderr
    assert at(simulator.requests[-1].body, PLACES[flag]) in (expected, None)


@EVERY_FLAG
def test_a_flag_is_in_each_request_of_a_batch(run: Run, flag: str, expected: Any) -> None:
    Path("rows.jsonl").write_text('{"text": "one"}\n{"text": "two"}\n')
    flags = [*others(flag), *typed(flag)]
    ran = run("batch", "run", "rows.jsonl", "Translate: {text}", "--dry-run", *flags)
    assert ran.code == 0, ran.stderr
    bodies = [json.loads(line)["params"] for line in ran.text.splitlines()]
    assert [at(body, PLACES[flag]) for body in bodies] == [expected] * 2


@EVERY_FLAG
def test_the_simulator_takes_a_request_with_the_flag(
    run: Run, simulator: Simulator, flag: str, expected: Any
) -> None:
    ran = run("ask", "-n", *others(flag), *typed(flag), "hi")
    assert ran.code == 0, ran.stderr
    assert at(simulator.requests[-1].body, PLACES[flag]) == expected


def test_in_a_chat_one_schema_takes_the_place_of_the_other(run: Run, simulator: Simulator) -> None:
    place = PLACES["schema"]
    lines = ["hi", f"/set {place}=c int, d", "hi", f"/unset {place}", "hi"]
    ran = run("chat", "-n", "-m", MODEL, "--schema-list", "a, b", stdin="\n".join(lines).encode())
    assert ran.code == 0, ran.stderr
    first, second, third = (at(request.body, place) for request in simulator.requests[-3:])
    assert [*first["schema"]["properties"]] == ["items"]
    assert [*second["schema"]["properties"]] == ["c", "d"]
    assert third is None
