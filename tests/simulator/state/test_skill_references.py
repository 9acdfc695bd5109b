"""A request with skills: which are refused, and what an answer says of the others."""

from typing import Any

import httpx
import pytest

from claude_cli.simulator.server.server import Simulator
from tests.simulator.bodies import message_body, user

CODE = {"type": "code_execution_20250825", "name": "code_execution"}


def ask(client: httpx.Client, *skills: Any, **fields: Any) -> httpx.Response:
    body = {"tools": [CODE], "container": {"skills": list(skills)}, **fields}
    return client.post("/v1/messages", json=message_body(user("a table"), **body))


def named(skill_id: str, kind: str = "anthropic", **fields: Any) -> dict[str, Any]:
    return {"type": kind, "skill_id": skill_id, **fields}


def test_an_answer_tells_container_versions_and_files(client: httpx.Client) -> None:
    message = ask(client, named("xlsx", version="latest"), named("pdf")).json()
    assert message["container"]["id"].startswith("container_")
    assert message["container"]["expires_at"]
    assert message["container"]["skills"] == [
        named("xlsx", version="20251013"),
        named("pdf", version="20251013"),
    ]
    [result] = [b for b in message["content"] if b["type"] == "bash_code_execution_tool_result"]
    [made] = result["content"]["content"]
    assert made["type"] == "bash_code_execution_output"
    assert client.get(f"/v1/files/{made['file_id']}/content").status_code == 200


def test_an_uploaded_skill_is_used_by_its_version(
    client: httpx.Client, simulator: Simulator
) -> None:
    skill = simulator.skills.add("0" * 32, "a", "d", {}, "a")
    version = simulator.skills.add_version(skill, "1" * 32, "d", {})
    for asked in ("latest", version.id):
        message = ask(client, named(skill.id, "custom", version=asked)).json()
        assert message["container"]["skills"][0]["version"] == version.id


@pytest.mark.parametrize(
    ("skill", "status"),
    [
        (named("skill_none", "custom"), 404),
        (named("none"), 404),
        (named("xlsx", "custom"), 404),
        (named("xlsx", version="1"), 404),
        (named(""), 400),
        (named("xlsx", "own"), 400),
        ({"skill_id": "xlsx"}, 400),
    ],
)
def test_a_skill_that_is_not_there_is_refused(
    client: httpx.Client, skill: dict[str, Any], status: int
) -> None:
    response = ask(client, skill)
    assert response.status_code == status
    assert response.json()["error"]["message"].startswith("container")


def test_no_skill_is_there_twice_and_no_more_than_twenty(client: httpx.Client) -> None:
    assert "there twice" in ask(client, named("pdf"), named("pdf")).text
    assert ask(client, *[named("pdf")] * 21).status_code == 400


@pytest.mark.parametrize("tools", [[], [CODE | {"type": "code_execution_20250522"}]])
def test_skills_need_a_tool_that_runs_their_code(client: httpx.Client, tools: list[Any]) -> None:
    response = ask(client, named("pdf"), tools=tools)
    assert response.status_code == 400
    assert "code_execution_20250825 or later" in response.text


@pytest.mark.parametrize("container", ["container_1", {"id": "container_1"}])
def test_a_container_expires_when_a_fault_says_so(
    client: httpx.Client, simulator: Simulator, container: Any
) -> None:
    simulator.inject("expired-containerx1")
    assert ask(client).status_code == 200  # names none
    refused = ask(client, container=container)
    assert refused.status_code == 400
    assert "container_1 has expired" in refused.text
    assert ask(client, container=container).status_code == 200


def test_a_row_of_a_batch_is_checked_too(client: httpx.Client, simulator: Simulator) -> None:
    params = message_body(tools=[CODE], container={"skills": [named("none")]})
    requests = {"requests": [{"custom_id": "a", "params": params}]}
    batch = client.post("/v1/messages/batches", json=requests).json()
    simulator.batches.seconds = 0
    found = simulator.batches.find(batch["id"])
    assert found is not None
    assert b"skill not found" in b"".join(found.lines())
