"""What a chat sends beside its messages, and what /set and /unset make of it."""

import json
from pathlib import Path
from typing import Any

import pytest

from claude_cli.simulator.server.server import Simulator
from tests.conftest import Run

MARKED = {"type": "text", "text": "long", "cache_control": {"type": "ephemeral"}}


def turns(run: Run, simulator: Simulator, *lines: str, flags: tuple[str, ...] = ()) -> list[Any]:
    """The bodies of the requests that these lines of a chat make."""
    ran = run("chat", "-n", *flags, stdin="\n".join(lines).encode())
    assert ran.code == 0, ran.stderr
    return [request.body for request in simulator.requests]


def body_file(**fields: Any) -> tuple[str, ...]:
    Path("body.json").write_text(json.dumps(fields))
    return ("--body", "body.json")


@pytest.mark.parametrize(
    "fields",
    [
        {"system": [MARKED] * 4},
        {"system": [MARKED] * 2, "messages": [{"role": "user", "content": [MARKED] * 2}]},
    ],
)
def test_the_default_breakpoint_gives_way_to_four_of_the_body(
    run: Run, simulator: Simulator, fields: dict[str, Any]
) -> None:
    [body] = turns(run, simulator, "hi", flags=body_file(**fields))
    assert "cache_control" not in body


def test_three_breakpoints_of_the_body_leave_room_for_the_default(
    run: Run, simulator: Simulator
) -> None:
    [body] = turns(run, simulator, "hi", flags=body_file(system=[MARKED] * 3))
    assert body["cache_control"] == {"type": "ephemeral"}


def test_a_breakpoint_that_was_typed_insists(run: Run, simulator: Simulator) -> None:
    ran = run("chat", "-n", "--cache", "5m", *body_file(system=[MARKED] * 4), stdin=b"hi")
    assert ran.code == 65
    assert "maximum of 4" in ran.stderr


def test_unset_reaches_into_what_body_says(run: Run, simulator: Simulator) -> None:
    flags = body_file(metadata={"user_id": "u"}, output_config={"effort": "low"})
    *_, last = turns(
        run, simulator, "/unset metadata.user_id", "/unset output_config", "hi", flags=flags
    )
    assert not {"metadata", "output_config"} & last.keys()


def test_unset_of_a_whole_takes_the_flags_that_reach_into_it(
    run: Run, simulator: Simulator
) -> None:
    flags = ("-T", "web_search_20250305", "--no-parallel-tools", "--effort", "low")
    [body] = turns(run, simulator, "/unset tool_choice", "/unset output_config", "hi", flags=flags)
    assert not {"tool_choice", "output_config"} & body.keys()


def test_unset_of_what_nobody_set_says_so(run: Run, simulator: Simulator) -> None:
    ran = run("chat", "-n", stdin=b"/unset metadata.user_id")
    assert ran.code == 2
    assert "metadata.user_id is not set" in ran.stderr
