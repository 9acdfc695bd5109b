"""`batch run` and its single steps: nothing is sent twice, and nothing fetched twice."""

import json
import re
import signal
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from claude_cli.flow.batch.job import _age
from claude_cli.jobs.store import JobStore
from claude_cli.simulator.server.server import Simulator
from tests.conftest import CANARY, Run, Spawn
from tests.flow.batch.conftest import GREEK, Batch
from tests.jobs.simulated import (
    CREATE,
    asked,
    calls,
    make_batch,
    prompts_answered,
    reach,
    results_of,
    sent,
)

pytestmark = pytest.mark.usefixtures("lines")


def test_a_run_writes_the_results_in_input_order(simulator: Simulator, batch: Batch) -> None:
    ran = batch("in.txt")
    assert (ran.code, results_of(ran)) == (0, GREEK)
    assert len(list(simulator.batches)) == 1


def test_the_results_are_the_lines_that_the_server_sent(simulator: Simulator, batch: Batch) -> None:
    ran = batch("in.txt")
    [made] = simulator.batches
    written = [line.partition(b',"row":')[0] + b"}" for line in ran.stdout.splitlines()]
    assert sorted(written) == sorted(made.lines())


@pytest.mark.usefixtures("simulator")
def test_each_result_has_the_fields_of_its_row_beside_it(batch: Batch) -> None:
    [line] = batch("-", "{n}", stdin='{"n": 1, "t": "é"}'.encode()).text.splitlines()
    assert json.loads(line)["row"] == {"n": 1, "t": "é"}
    params = {"messages": [{"role": "user", "content": "x"}]}
    [line] = batch("-", stdin=json.dumps({"params": params}).encode()).text.splitlines()
    assert json.loads(line).keys() == {"custom_id", "result"}
    Path("a.txt").write_text("x")
    [line] = batch("--each", "a.*", "Sum up").text.splitlines()
    assert json.loads(line)["row"] == {"path": "a.txt", "name": "a.txt"}


def test_resubmit_failed_of_a_job_that_nobody_knows_sends_nothing(
    simulator: Simulator, batch: Batch
) -> None:
    simulator.batches.order({"*-2": "errored=api_error"})
    assert batch("in.txt").code == 5
    ran = batch("in.txt", "--resubmit", "failed", "-m", "claude-haiku-4-5")
    assert (ran.code, len(sent(simulator))) == (2, 3)
    assert "hint: without --resubmit they are sent as a new job" in ran.stderr


def test_a_finished_job_is_written_again_without_network_or_key(
    simulator: Simulator, batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = batch("in.txt")
    before = calls(simulator)
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    again = batch("in.txt")
    assert (again.code, again.stdout) == (0, first.stdout)
    assert calls(simulator) == before
    assert "less than a minute ago" in again.stderr


@pytest.mark.parametrize(
    ("seconds", "age"),
    [
        (59, "less than a minute ago"),
        (60, "1 minute ago"),
        (3599, "59 minutes ago"),
        (2 * 3600, "2 hours ago"),
        (24 * 3600, "1 day ago"),
        (9 * 24 * 3600, "9 days ago"),
    ],
)
def test_the_age_of_a_job_is_told_in_its_largest_unit(seconds: int, age: str) -> None:
    assert _age(datetime.now(UTC) - timedelta(seconds=seconds + 0.5)) == age


@pytest.mark.usefixtures("simulator")
def test_a_changed_input_is_a_new_job_and_the_older_one_is_named(batch: Batch, lines: Path) -> None:
    batch("in.txt")
    lines.write_text("delta\n")
    ran = batch("in.txt")
    assert results_of(ran) == [("succeeded", "delta")]
    assert "another one of the same input is " in ran.stderr
    Path("other.txt").write_text("epsilon\n")
    assert "another one" not in batch("other.txt").stderr


@pytest.mark.usefixtures("simulator")
def test_a_batch_that_is_soon_over_is_not_waited_for_a_minute(run: Run) -> None:
    started = time.monotonic()
    assert run("batch", "run", "in.txt").code == 0
    assert time.monotonic() - started < 30


@pytest.mark.parametrize("value", ["nan", "inf", "0", "x"])
def test_a_pause_that_is_none_is_wrong_usage(simulator: Simulator, run: Run, value: str) -> None:
    assert run("batch", "run", "in.txt", "--poll", value).code == 2
    assert sent(simulator) == []


def test_submit_prints_the_job_alone_and_the_other_steps_take_it_from_there(
    simulator: Simulator, run: Run
) -> None:
    simulator.batches.seconds = 600
    submitted = run("batch", "submit", "in.txt")
    job = submitted.text.strip()
    assert re.fullmatch("[0-9a-f]{16}", job)
    assert run("batch", "submit", "in.txt").text.strip() == job
    [made] = simulator.batches
    assert run("batch", "results", job).code == 75
    status = run("batch", "status", job[:6], "--format", "json").json
    assert (status["job"], status["state"], status["rows"]) == (job, "in progress", 3)
    made.seconds = 0
    assert run("batch", "wait", job, "--poll", "0.01").code == 0
    ran = run("batch", "results", made.id, "--format", "text")
    assert (ran.code, prompts_answered(ran.text)) == (0, ["alpha", "beta", "gamma"])
    assert run("batch", "status", job, "--format", "json").json["state"] == "finished"


def test_a_batch_of_another_machine_can_be_fetched(simulator: Simulator, run: Run) -> None:
    made = make_batch(simulator, "a")
    assert run("batch", "wait", made, "--poll", "0.01").code == 0
    ran = run("batch", "results", made, "--format", "csv")
    assert ran.text.splitlines()[1].startswith('a,"You said: ""I am a""')
    assert run("batch", "results", "msgbatch_9").code == 65
    assert run("batch", "results", "nobody").code == 66


def test_a_job_stays_with_its_server(simulator: Simulator, run: Run) -> None:
    job = run("batch", "submit", "in.txt").text.strip()
    ran = run("batch", "results", job, "--base-url", "http://127.0.0.1:9")
    assert (ran.code, f"hint: --base-url {simulator.base_url}" in ran.stderr) == (2, True)


def test_an_interrupt_before_anything_is_sent_does_not_say_that_the_job_goes_on(
    spawn: Spawn, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Simulator(latency=30) as simulator:
        reach(simulator, monkeypatch)
        process = spawn("batch", "run", "in.txt", "-O", "out")
        while not simulator.requests:  # it counts
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert process.returncode == -signal.SIGINT
    assert b"is not finished, 0 of 3 rows kept here" in err


def test_an_interrupt_says_how_much_is_there_and_that_the_output_is_not(
    spawn: Spawn, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Simulator() as simulator:
        reach(simulator, monkeypatch)
        simulator.enqueue(text="one")
        simulator.inject("stall=0")
        simulator.enqueue(text="two", repeat=5)
        process = spawn("batch", "run", "in.txt", "-O", "out", "--live", "--concurrency", "1")
        while len(asked(simulator)) < 1:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert process.returncode == -signal.SIGINT
    assert b"is not finished, 0 of 3 rows kept here (out is written when all are)" in err
    assert not Path("out").exists()


def test_ctrl_c_while_waiting_tells_how_to_come_back(
    simulator: Simulator, spawn: Spawn, batch: Batch
) -> None:
    simulator.batches.seconds = 600
    process = spawn("batch", "run", "in.txt", "--poll", "0.02")
    assert process.stderr
    seen = b""
    while b"sent as" not in seen:
        seen += process.stderr.readline()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    job = re.search(rb"job ([0-9a-f]{16})", seen)
    assert job and b"claude-cli batch wait " + job[1] in err
    assert (process.returncode, out) == (-signal.SIGINT, b"")
    [made] = simulator.batches
    made.seconds = 0
    ran = batch("in.txt")
    assert (ran.code, results_of(ran), len(list(simulator.batches))) == (0, GREEK, 1)


@pytest.mark.usefixtures("simulator")
def test_the_key_is_nowhere_in_what_is_kept(batch: Batch, tmp_path: Path) -> None:
    ran = batch("in.txt", "-v")
    assert CANARY not in ran.stderr
    for path in (tmp_path / "home").rglob("*"):
        mode = path.stat().st_mode & 0o777
        assert mode in (0o700, 0o600), path
        assert path.is_dir() or CANARY.encode() not in path.read_bytes()


def test_simulate_answers_a_batch_and_keeps_nothing(batch: Batch, tmp_path: Path) -> None:
    ran = batch("in.txt", "--simulate")
    assert (ran.code, [kind for kind, _ in results_of(ran)]) == (0, ["succeeded"] * 3)
    home = tmp_path / "home"
    assert not [path for path in home.rglob("*") if path.is_file()]


@pytest.mark.usefixtures("simulator")
def test_a_second_process_leaves_the_job_to_the_first(run: Run, batch: Batch) -> None:
    job = run("batch", "submit", "in.txt").text.strip()
    with JobStore().open(job).hold():
        ran = batch("in.txt")
    assert (ran.code, "another process" in ran.stderr) == (75, True)


def test_only_failed_rows_are_sent_again_and_only_when_asked_for(
    simulator: Simulator, batch: Batch
) -> None:
    simulator.batches.order({"*-2": "errored=api_error"})
    ran = batch("in.txt", "-O", "out.jsonl")
    assert ran.code == 5
    assert "1 of 3 rows failed" in ran.stderr
    assert Path("out.jsonl").read_bytes().count(b"\n") == 3
    assert batch("in.txt").code == 5
    assert len(sent(simulator)) == 3
    simulator.batches.order({})
    ran = batch("in.txt", "--resubmit", "failed")
    assert (ran.code, results_of(ran)) == (0, GREEK)
    again = [r["params"]["messages"][0]["content"][0]["text"] for r in sent(simulator)[3:]]
    assert again == ["beta"]
    assert batch("in.txt", "--resubmit", "all").code == 0
    assert len(sent(simulator)) == 7
    assert calls(simulator).count(CREATE) == 3
