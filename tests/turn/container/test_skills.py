"""`--skill`: the container of every request has them, with the tool that runs their code."""

from pathlib import Path
from typing import Any

import pytest

from claude_cli.errors import UsageError
from claude_cli.simulator.server.server import Simulator
from claude_cli.turn.container.skills import container_skills, split
from tests.conftest import Run

XLSX = {"type": "anthropic", "skill_id": "xlsx", "version": "latest"}
NEWEST = {"type": "code_execution_20260521", "name": "code_execution"}
FAR = "2099-01-01T00:00:00Z"


def bodies(simulator: Simulator) -> list[dict[str, Any]]:
    return [r.body for r in simulator.requests if r.path == "/v1/messages"]


def test_a_skill_has_its_type_and_always_a_version() -> None:
    assert container_skills(["xlsx", "skill_01A@skver_2", "pdf@20251013"]) == [
        XLSX,
        {"type": "custom", "skill_id": "skill_01A", "version": "skver_2"},
        {"type": "anthropic", "skill_id": "pdf", "version": "20251013"},
    ]


@pytest.mark.parametrize("spec", ["", "@", "xlsx@", "@latest"])
def test_half_a_skill_is_none(spec: str) -> None:
    with pytest.raises(UsageError, match="not a skill"):
        split(spec)


def test_more_skills_than_a_request_has_are_refused(run: Run) -> None:
    ran = run("ask", "hi", "--dry-run", *["--skill", "xlsx"] * 21)
    assert ran.code == 2
    assert "at most 20" in ran.stderr


@pytest.mark.parametrize(
    ("model", "tools", "types"),
    [
        ("claude-opus-5", [], ["code_execution_20260521"]),
        ("claude-haiku-4-5", [], ["code_execution_20250825"]),
        ("claude-opus-5", ["code_execution"], ["code_execution_20260521"]),
        ("claude-opus-5", ["code_execution_20250825"], ["code_execution_20250825"]),
        ("claude-opus-5", ["web_fetch"], ["web_fetch_20260318", "code_execution_20260521"]),
    ],
)
def test_the_tool_that_runs_code_is_there_once(
    run: Run, model: str, tools: list[str], types: list[str]
) -> None:
    flags = [flag for tool in tools for flag in ("-T", tool)]
    body = run("ask", "hi", "--dry-run", "-m", model, "--skill", "xlsx", *flags).json
    found = [tool["type"] for tool in body["tools"]]
    assert [kind.rpartition("_")[0] for kind in found] == [k.rpartition("_")[0] for k in types]
    assert found[-1] == types[-1]


def test_a_body_without_skills_gets_no_tool(run: Run) -> None:
    assert "tools" not in run("ask", "hi", "--dry-run").json
    assert "tools" not in run("ask", "hi", "--dry-run", "-o", "container=container_1").json


@pytest.mark.parametrize(
    ("container", "sent"),
    [
        ('"container_1"', {"id": "container_1", "skills": [XLSX]}),
        ("null", {"skills": [XLSX]}),
        ('{"id": "container_1"}', {"id": "container_1", "skills": [XLSX]}),
        ('{"skills": []}', {"skills": [XLSX]}),
    ],
)
def test_the_container_of_a_body_stays_beside_the_skills(
    run: Run, container: str, sent: dict[str, Any]
) -> None:
    Path("body.json").write_text(f'{{"container": {container}}}')
    ran = run("ask", "hi", "--dry-run", "--body", "body.json", "--skill", "xlsx")
    assert ran.json["container"] == sent


def test_skills_container_and_tool_go_on_through_turn_and_session(
    simulator: Simulator, run: Run
) -> None:
    paused = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "bash_code_execution",
              "input": {"command": "ls"}}  # fmt: skip
    container = {"id": "container_1", "expires_at": FAR}
    simulator.enqueue(content=[paused], stop_reason="pause_turn", container=container)
    assert run("ask", "hi", "--skill", "xlsx", "-m", "claude-opus-5", "--name", "s").code == 0
    assert run("ask", "more", "-r", "s").code == 0
    containers = [body["container"] for body in bodies(simulator)]
    assert containers == [{"skills": [XLSX]}, *[{"id": "container_1", "skills": [XLSX]}] * 2]
    assert [body["tools"] for body in bodies(simulator)] == [[NEWEST]] * 3


def test_the_rest_of_a_cut_answer_is_asked_for_in_its_container(
    simulator: Simulator, run: Run
) -> None:
    container = {"id": "container_1", "expires_at": FAR}
    words = [{"type": "text", "text": "half"}]
    simulator.enqueue(content=words, stop_reason="max_tokens", container=container)
    simulator.enqueue(text=" and half")
    ran = run("ask", "hi", "-n", "--skill", "xlsx", "-m", "claude-opus-5", "--until-done")
    assert (ran.code, ran.text) == (0, "half and half\n"), ran.stderr
    containers = [body["container"] for body in bodies(simulator)]
    assert containers == [{"skills": [XLSX]}, {"id": "container_1", "skills": [XLSX]}]


def test_other_skills_take_the_place_of_those_of_the_session(
    simulator: Simulator, run: Run
) -> None:
    run("ask", "hi", "--skill", "xlsx", "--name", "s")
    run("ask", "hi", "--skill", "pdf", "-r", "s")
    run("ask", "hi", "-r", "s")
    asked = [[s["skill_id"] for s in body["container"]["skills"]] for body in bodies(simulator)]
    assert asked == [["xlsx"], ["pdf"], ["pdf"]]


def test_a_session_whose_skills_are_damaged_goes_on_without(simulator: Simulator, run: Run) -> None:
    run("ask", "hi", "--skill", "xlsx", "--name", "s")
    [path] = Path(str(Path.cwd().parent / "home")).rglob("sessions/*.jsonl")
    text = path.read_text().replace('"container":{"skills":[', '"container":{"skills":7,"x":[')
    path.write_text(text)
    assert run("ask", "hi", "-r", "s").code == 0
    assert "skills" not in bodies(simulator)[-1].get("container", {})


@pytest.mark.parametrize("fault", ["expired-containerx1", "404-containerx1", "500-containerx3"])
def test_a_container_that_is_gone_is_dropped_and_told(
    simulator: Simulator, run: Run, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    monkeypatch.setattr("claude_cli.api.retry.FIRST_BACKOFF", 0.01)
    run("ask", "hi", "--skill", "xlsx", "--name", "s")
    assert bodies(simulator)[-1]["container"] == {"skills": [XLSX]}
    if fault.startswith("404"):
        simulator.enqueue(
            error={"status": 404, "message": "container: Container container_x not found"}
        )
    else:
        simulator.inject(fault)
    ran = run("ask", "more", "-r", "s")
    assert ran.code == 0, ran.stderr
    assert "asked once more in a new container, without the files of container_" in ran.stderr
    assert bodies(simulator)[-1]["container"] == {"skills": [XLSX]}
    assert bodies(simulator)[-2]["container"]["id"].startswith("container_")


def test_a_500_within_a_turn_says_nothing_of_its_container(simulator: Simulator, run: Run) -> None:
    paused = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "bash_code_execution",
              "input": {"command": "ls"}}  # fmt: skip
    container = {"id": "container_1", "expires_at": FAR}
    simulator.enqueue(content=[paused], stop_reason="pause_turn", container=container)
    simulator.enqueue(error={"status": 500, "message": "Internal server error"})
    ran = run("ask", "hi", "-n", "--skill", "xlsx", "--retries", "0")
    assert ran.code == 75
    assert len(bodies(simulator)) == 2


def test_a_container_that_is_gone_is_dropped_once(simulator: Simulator, run: Run) -> None:
    run("ask", "hi", "--skill", "xlsx", "--name", "s")
    for _ in range(2):
        simulator.enqueue(error={"status": 400, "message": "container: Container c has expired"})
    ran = run("ask", "more", "-r", "s")
    assert ran.code == 65
    assert len(bodies(simulator)) == 3


def test_an_error_of_another_kind_keeps_the_container(simulator: Simulator, run: Run) -> None:
    run("ask", "hi", "--skill", "xlsx", "--name", "s")
    simulator.enqueue(error={"status": 400, "message": "messages: container_id is required when …"})
    assert run("ask", "more", "-r", "s").code == 65
    assert len(bodies(simulator)) == 2


def test_a_chat_forgets_a_container_that_is_gone(simulator: Simulator, run: Run) -> None:
    simulator.enqueue(text="one", container={"id": "container_1", "expires_at": FAR})
    simulator.enqueue(error={"status": 400, "message": "container: Container c has expired"})
    simulator.enqueue(text="two")
    simulator.enqueue(text="three")
    ran = run("chat", "-n", "--skill", "xlsx", stdin=b"a\nb\nc\n")
    assert ran.code == 0, ran.stderr
    ids = [body["container"].get("id") for body in bodies(simulator)]
    assert ids == [None, "container_1", None, None]
    assert ran.stderr.count("new container") == 1


def test_what_was_said_of_an_answer_is_not_asked_again(simulator: Simulator, run: Run) -> None:
    run("ask", "hi", "--skill", "xlsx", "--name", "s")
    simulator.inject("error=api_error")
    ran = run("ask", "more", "-r", "s", "--retries", "0")
    assert ran.code == 75
    assert len(bodies(simulator)) == 2


@pytest.mark.parametrize("platform", ["bedrock", "vertex", "mantle"])
def test_a_platform_without_skills_says_so(run: Run, platform: str) -> None:
    ran = run("ask", "hi", "--simulate", "--platform", platform, "--skill", "xlsx")
    assert ran.code == 65
    assert "does not serve" in ran.stderr


def test_rows_of_a_batch_have_skills_and_tool(simulator: Simulator, run: Run) -> None:
    Path("in.txt").write_text("one\ntwo\n")
    ran = run("batch", "run", "in.txt", "Say {line}", "--skill", "xlsx", "--dry-run")
    assert ran.code == 0, ran.stderr
    assert ran.text.count('"skill_id": "xlsx"') + ran.text.count('"skill_id":"xlsx"') == 2
    assert ran.text.count("code_execution_2") == 2


UPLOAD = "file_simulated_chart;as=container"


def test_a_file_for_the_container_needs_a_tool_that_reads_it(
    simulator: Simulator, run: Run
) -> None:
    ran = run("ask", "what is it?", "-a", UPLOAD)
    assert ran.code == 2
    assert "-T code_execution or --skill" in ran.stderr
    assert not simulator.requests
    for flags in (["-T", "code_execution"], ["--skill", "xlsx"]):
        assert run("ask", "what is it?", "-a", UPLOAD, *flags).code == 0
        block = bodies(simulator)[-1]["messages"][0]["content"][0]
        assert block == {"type": "container_upload", "file_id": "file_simulated_chart"}


def test_a_request_with_a_file_for_the_container_is_counted(run: Run) -> None:
    flags = ["--simulate", "--format", "json", "-T", "code_execution"]
    ran = run("count", "what is it?", "-a", UPLOAD, *flags)
    assert ran.code == 0, ran.stderr
    assert ran.json["shares"].keys() == {"tools", "file_simulated_chart"}


def test_no_skills_in_the_config_file_are_none(run: Run) -> None:
    path = Path.cwd().parent / "home" / "config" / "config.toml"
    path.parent.mkdir(parents=True)
    path.write_text("skill = []\n")
    assert "container" not in run("ask", "hi", "--dry-run").json


def test_a_file_of_this_disk_is_uploaded_first(run: Run) -> None:
    Path("my data.csv").write_text("a,b\n")
    ran = run("ask", "sum it up", "-a", "my data.csv;as=container", "-T", "code_execution")
    assert ran.code == 2
    hint = "hint: -a \"$(claude-cli files upload 'my data.csv');as=container\""
    assert hint in ran.stderr.replace("\n", " ")
