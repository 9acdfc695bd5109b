"""Which betas a request body needs."""

from typing import Any

import pytest

from claude_cli.simulator.server.server import Simulator
from claude_cli.turn.betas import needed_betas
from tests.conftest import Run

FILES = "files-api-2025-04-14"
BY_ID = {"type": "document", "source": {"type": "file", "file_id": "file_1"}}
UPLOAD = {"type": "container_upload", "file_id": "file_1"}
PARTS = {"type": "document", "source": {"type": "content", "content": [BY_ID]}}
RESULT = {"type": "tool_result", "tool_use_id": "toolu_1", "content": [PARTS]}


def body(*blocks: Any, tools: Any = None) -> dict[str, Any]:
    told = {"tools": tools} if tools is not None else {}
    return {"messages": [{"role": "user", "content": [*blocks]}], **told}


@pytest.mark.parametrize("block", [BY_ID, UPLOAD, PARTS, RESULT], ids=lambda block: block["type"])
def test_a_file_by_its_id_needs_a_beta_however_deep_it_is(block: Any) -> None:
    assert needed_betas(body({"type": "text", "text": "file"}, block, block)) == [FILES]


@pytest.mark.parametrize(
    "messages",
    [
        None,
        "file",
        [{"role": "user", "content": "file_1"}],
        [{"role": "user", "content": [{"type": "text", "text": "container_upload"}, "file", 3]}],
        [{"role": "user", "content": [{"type": "image", "source": {"type": "url", "url": "x"}}]}],
    ],
)
def test_what_names_no_file_needs_none(messages: Any) -> None:
    assert needed_betas({"messages": messages}) == []


def test_tools_need_theirs_each_once() -> None:
    tools = [{"type": "computer_20250124"}, {"type": "computer_20250124"}, {"name": "mine"}, 3]
    assert needed_betas(body(UPLOAD, tools=tools)) == ["computer-use-2025-01-24", FILES]
    assert needed_betas(body(tools="none")) == []


def test_nesting_without_end_is_looked_through() -> None:
    content: Any = [BY_ID]
    for _ in range(100_000):
        content = [{"type": "x", "content": content}]
    assert needed_betas({"messages": content}) == [FILES]


@pytest.mark.parametrize("command", ["ask", "stream", "count"])
def test_an_attached_file_id_brings_the_beta_along(
    simulator: Simulator, run: Run, command: str
) -> None:
    run(command, "hi", "-a", "file_1", "--beta", "output-300k-2026-03-24")
    assert simulator.requests[0].headers["anthropic-beta"] == f"output-300k-2026-03-24,{FILES}"


def test_the_curl_command_has_the_beta_too(run: Run) -> None:
    assert f"anthropic-beta: {FILES}" in run("ask", "hi", "-a", "file_1", "--curl").text
