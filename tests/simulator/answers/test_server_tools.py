"""Calls of server tools: what the simulated server does, and what it says of it."""

from typing import Any

import pytest

from claude_cli.simulator.answers.server_tools import MADE_FILE, call_server_tool
from tests.simulator.bodies import message_body

SKILLED = {"container": {"skills": [{"type": "anthropic", "skill_id": "xlsx"}]}}


@pytest.mark.parametrize(
    ("tool", "more", "makes"),
    [
        ("code_execution", SKILLED, True),
        ("code_execution", {}, False),
        ("web_search", SKILLED, False),
        ("web_fetch", SKILLED, False),
    ],
)
def test_code_that_has_skills_makes_a_file(tool: str, more: dict[str, Any], makes: bool) -> None:
    call, result, *_ = call_server_tool({"name": tool}, message_body(**more), "srvtoolu_1")
    assert (call["id"], result["tool_use_id"]) == ("srvtoolu_1", "srvtoolu_1")
    assert (MADE_FILE in str(result)) == makes
