"""`batch list`, `cancel` and `delete`."""

import pytest

from claude_cli.simulator.server.server import Simulator
from tests.conftest import Run
from tests.jobs.simulated import make_batch, results_of

pytestmark = pytest.mark.usefixtures("lines")


def test_the_list_joins_jobs_with_the_batches_of_the_server(simulator: Simulator, run: Run) -> None:
    older = [make_batch(simulator, "a") for _ in range(5)]
    job = run("batch", "submit", "in.txt").text.strip()
    *_, newest = simulator.batches
    rows = run("batch", "list", "--format", "json").json
    assert [row["batch"] for row in rows] == [newest.id, *reversed(older)]
    assert [row["job"] for row in rows] == [job, None, None, None, None, None]
    assert [row["rows"] for row in rows] == [3, 1, 1, 1, 1, 1]


def test_a_job_of_another_server_is_listed_with_its_place(simulator: Simulator, run: Run) -> None:
    job = run("batch", "submit", "in.txt").text.strip()
    with Simulator() as other:
        rows = run("batch", "list", "--format", "json", "--base-url", other.base_url).json
    assert [(row["job"], row["batch"]) for row in rows] == [(job, None)]
    assert rows[0]["state"] == f"not finished, at {simulator.base_url}"


@pytest.mark.parametrize("unset, code", [("ANTHROPIC_API_KEY", 78), (None, 69)])
def test_jobs_are_listed_where_the_server_cannot_be_asked(
    run: Run, monkeypatch: pytest.MonkeyPatch, unset: str | None, code: int
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-1")
    with Simulator() as gone:
        where = ("--base-url", gone.base_url, "--retries", "0")
        job = run("batch", "submit", "in.txt", *where).text.strip()
        [batch] = gone.batches
    if unset:
        monkeypatch.delenv(unset)
    ran = run("batch", "list", "--format", "json", *where)
    assert (ran.code, "error: " in ran.stderr) == (code, True), ran.stderr
    known = [(row["job"], row["batch"], row["state"]) for row in ran.json]
    assert known == [(job, batch.id, "not finished")]


def test_cancel_and_delete_end_a_job(simulator: Simulator, run: Run) -> None:
    simulator.batches.seconds = 600
    job = run("batch", "submit", "in.txt").text.strip()
    assert run("batch", "delete", job).code == 65
    assert run("batch", "cancel", job).code == 0
    assert run("batch", "wait", job, "--poll", "0.01").code == 0
    ran = run("batch", "results", job)
    assert (ran.code, [kind for kind, _ in results_of(ran)]) == (5, ["canceled"] * 3)
    assert run("batch", "delete", job).code == 0
    assert (list(simulator.batches), run("batch", "status", job).code) == ([], 66)


def test_a_batch_of_no_job_is_cancelled_by_its_id(simulator: Simulator, run: Run) -> None:
    simulator.batches.seconds = 600
    batch = make_batch(simulator, "a")
    assert run("batch", "cancel", batch).code == 0
    assert simulator.requests[-1].path == f"/v1/messages/batches/{batch}/cancel"


def test_a_job_whose_batch_is_gone_can_be_deleted(simulator: Simulator, run: Run) -> None:
    job = run("batch", "submit", "in.txt").text.strip()
    [made] = simulator.batches
    simulator.batches.remove(made)
    ran = run("batch", "delete", job)
    assert (ran.code, f"{made.id} is not on the server any more" in ran.stderr) == (0, True)
    assert run("batch", "status", job).code == 66
