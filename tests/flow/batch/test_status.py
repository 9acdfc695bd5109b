"""`batch status`, in words and as JSON, at each stage of a job."""

import pytest

from claude_cli.simulator.server.server import Simulator
from tests.conftest import Run
from tests.flow.batch.conftest import Batch
from tests.jobs.simulated import make_batch

pytestmark = pytest.mark.usefixtures("lines")


def facts(run: Run, name: str) -> dict[str, str]:
    ran = run("batch", "status", name)
    assert ran.code == 0, ran.stderr
    return dict(line.split("\t") for line in ran.text.splitlines())


def test_a_job_is_told_in_words_at_each_stage(simulator: Simulator, run: Run) -> None:
    simulator.batches.seconds = 600
    job = run("batch", "submit", "in.txt").text.strip()
    [made] = simulator.batches
    shown = facts(run, job)
    assert (shown["state"], shown["results"]) == ("the server is at work on it", "none yet")
    expected = f"{made.id}: in progress, 3 rows, 3 to be answered, expires in 23 h 59 min"
    assert shown["batch 1"] == expected
    assert shown["next"] == f"claude-cli batch wait {job}"
    made.seconds = 0
    shown = facts(run, job)
    assert shown["state"] == "the server is done; not all results are here"
    assert shown["batch 1"] == f"{made.id}: ended, 3 rows"
    run("batch", "results", job)
    shown = facts(run, job)
    assert shown["state"] == "finished: all results are here"
    assert (shown["results"], shown["next"]) == ("3 succeeded", f"claude-cli batch results {job}")


def test_a_batch_of_another_machine_is_told_in_words(simulator: Simulator, run: Run) -> None:
    simulator.batches.seconds = 600
    made = make_batch(simulator, "a")
    assert facts(run, made)["batch"].startswith(f"{made}: in progress, 1 row, 1 to be answered")
    assert run("batch", "status", made, "--format", "json").json["id"] == made


def test_a_lost_reply_and_a_batch_that_is_gone_are_told(
    simulator: Simulator, run: Run, batch: Batch
) -> None:
    simulator.inject("lost-createx1")
    batch("in.txt")
    [job] = {row["job"] for row in run("batch", "list", "--format", "json").json if row["job"]}
    shown = facts(run, job)
    assert shown["state"] == "the reply to a create got lost: its batch may exist"
    assert shown["next"] == "the same command again goes on"
    [made] = simulator.batches
    run("batch", "submit", "in.txt", "--adopt", made.id)
    simulator.batches.remove(made)
    assert facts(run, job)["batch 1"] == f"{made.id}: unknown to the server"


def test_the_empty_list_of_a_simulator_says_why(run: Run) -> None:
    ran = run("batch", "list", "--simulate")
    assert (ran.code, ran.stdout, "starts without batches" in ran.stderr) == (0, b"", True)
