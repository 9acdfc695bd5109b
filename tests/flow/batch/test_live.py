"""`batch run --live`: answers now, as long as the money lasts."""

import json
import re
from pathlib import Path

import pytest

from claude_cli import ledger
from claude_cli.simulator.server.server import Simulator
from claude_cli.ui import progress
from tests.controlling_terminal import ControllingTerminal
from tests.flow.batch.conftest import GREEK, Batch
from tests.jobs.simulated import asked, reach, results_of


@pytest.mark.usefixtures("lines")
def test_live_rows_are_answered_now_and_written_the_same_way(
    simulator: Simulator, batch: Batch
) -> None:
    ran = batch("in.txt", "--live")
    assert (ran.code, results_of(ran)) == (0, GREEK)
    assert sorted(asked(simulator)) == ["alpha", "beta", "gamma"]
    assert list(simulator.batches) == []
    again = batch("in.txt", "--live")
    assert (again.stdout, len(asked(simulator))) == (ran.stdout, 3)


@pytest.mark.usefixtures("lines")
def test_a_live_row_that_the_server_refuses_is_an_errored_result(
    simulator: Simulator, batch: Batch
) -> None:
    simulator.enqueue(text="one")
    simulator.enqueue(error={"status": 400, "type": "invalid_request_error", "message": "no"})
    ran = batch("in.txt", "--live", "--concurrency", "1")
    assert ran.code == 5
    assert [kind for kind, _ in results_of(ran)] == ["succeeded", "errored", "succeeded"]
    error = json.loads(ran.text.splitlines()[1])["result"]["error"]["error"]
    assert error == {"type": "invalid_request_error", "message": "no"}
    assert ": invalid_request_error: no\n" in ran.stderr
    ran = batch("in.txt", "--live", "--resubmit", "failed")
    assert ran.code == 0
    assert asked(simulator) == ["alpha", "gamma", "beta"]


@pytest.mark.usefixtures("lines")
def test_a_busy_server_costs_no_live_row(simulator: Simulator, batch: Batch) -> None:
    simulator.inject("429x4:retry-after-ms=5", "529x4:retry-after-ms=5")
    ran = batch("in.txt", "--live", "--retries", "0")
    assert (ran.code, results_of(ran)) == (0, GREEK)


@pytest.mark.usefixtures("lines")
@pytest.mark.parametrize(("status", "retries"), [("429", "2"), ("503", "2"), ("529", "0")])
def test_a_wait_of_a_day_is_told_and_ends_the_run_until_it_is_run_again(
    simulator: Simulator, batch: Batch, status: str, retries: str
) -> None:
    simulator.inject(f"{status}x3:retry-after=86400")
    ran = batch("in.txt", "--live", "--retries", retries)
    assert (ran.code, ran.stdout) == (75, b"")
    assert "(the server asks to wait 86400 s: longer than we wait)" in ran.stderr
    assert asked(simulator) == []
    ran = batch("in.txt", "--live")
    assert (ran.code, results_of(ran)) == (0, GREEK)


@pytest.mark.usefixtures("lines")
def test_retries_are_not_a_line_each(simulator: Simulator, batch: Batch) -> None:
    simulator.inject("529x12:retry-after-ms=1")
    ran = batch("in.txt", "--live", "--retries", "9")
    assert (ran.code, ran.stderr.count("retrying in")) == (0, 1)


def test_max_cost_stops_a_live_run_cleanly(simulator: Simulator, batch: Batch) -> None:
    Path("in.txt").write_text("".join(f"{n}\n" for n in range(50)))
    each = {"input_tokens": 10, "output_tokens": 5}  # $0.000105
    simulator.enqueue(text="x", usage=each, repeat=50)
    options = ("in.txt", "--live", "--concurrency", "4")
    ran = batch(*options, "--max-cost", "0.001")
    assert (ran.code, "--max-cost is reached" in ran.stderr) == (5, True)
    assert len(asked(simulator)) == len(results_of(ran)) == 9
    assert batch(*options, "--max-cost", "0.0011").code == 5
    assert len(asked(simulator)) == 10
    assert "cost more" not in ran.stderr
    assert batch(*options).code == 0
    assert sorted(asked(simulator)) == sorted(map(str, range(50)))


@pytest.mark.usefixtures("lines")
def test_an_answer_that_cost_more_than_could_be_foreseen_is_a_warning(
    simulator: Simulator, batch: Batch
) -> None:
    ran = batch("in.txt", "--live", "--max-cost", "0.0001")
    assert (ran.code, len(asked(simulator))) == (5, 1)
    assert "cost more than --max-cost allows" in ran.stderr


@pytest.mark.usefixtures("lines")
def test_a_live_run_whose_first_question_costs_too_much_is_refused(
    simulator: Simulator, batch: Batch
) -> None:
    ran = batch("in.txt", "--live", "--max-cost", "0.00001")
    assert (ran.code, asked(simulator)) == (7, [])
    assert "more than --max-cost 0.00001" in ran.stderr


@pytest.mark.usefixtures("lines")
def test_a_key_that_is_refused_ends_a_live_run(simulator: Simulator, batch: Batch) -> None:
    simulator.inject("401x3")
    assert batch("in.txt", "--live").code == 77
    assert batch("in.txt", "--live").code == 0


@pytest.mark.usefixtures("lines")
def test_a_bar_shows_rows_and_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = ("batch", "run", "in.txt", "--live", "--concurrency", "1")
    with Simulator(latency=0.12) as slow:
        reach(slow, monkeypatch)
        with ControllingTerminal(*arguments) as terminal:
            assert terminal.wait() == 0
    assert "1/3 answered, 0 s, 2 left in about 0 s" in terminal.received


@pytest.mark.usefixtures("lines")
def test_in_a_pipe_the_same_is_a_line_with_money_and_speed(
    simulator: Simulator, batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "EVERY", 0.0)
    simulator.enqueue(text="x", usage={"input_tokens": 10, "output_tokens": 5}, repeat=3)
    ran = batch("in.txt", "--live", "--concurrency", "1")
    line = r"^1/3 answered, 0 s, 2 left in about 0 s, \$0\.000105 so far, +[\d.]+ rows/s$"
    assert re.search(line, ran.stderr, re.MULTILINE)


@pytest.mark.usefixtures("lines")
def test_a_run_that_goes_on_counts_what_was_answered_before(
    simulator: Simulator, batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "EVERY", 0.0)
    simulator.enqueue(text="x")
    simulator.enqueue(error={"status": 401})
    assert batch("in.txt", "--live", "--concurrency", "1").code == 77
    ran = batch("in.txt", "--live", "--concurrency", "1")
    assert re.search(r"^2/3 answered, 0 s, 1 left in about 0 s,", ran.stderr, re.MULTILINE)


def test_a_budget_that_pays_for_no_row_leaves_the_output_alone(
    simulator: Simulator, batch: Batch
) -> None:
    Path("out.txt").write_text("as it was")
    flags = ("--live", "-m", "claude-sonnet-4-6", "-O", "out.txt", "--budget", "0.001")
    ran = batch("-", *flags, stdin=b"a\nb\n")
    assert (ran.code, asked(simulator)) == (7, [])
    assert "the budget of $0.001 for this run has $0.001 left" in ran.stderr
    assert Path("out.txt").read_text() == "as it was"


@pytest.mark.parametrize("together", [1, 1000], ids=["at once", "at the end"])
def test_an_answer_counts_once_against_a_budget_whenever_the_ledger_gets_it(
    simulator: Simulator, batch: Batch, monkeypatch: pytest.MonkeyPatch, together: int
) -> None:
    monkeypatch.setattr("claude_cli.jobs.results.TOGETHER", together)
    simulator.enqueue(text="x", usage={"input_tokens": 10, "output_tokens": 1000}, repeat=6)
    rows = "".join(f"{n}\n" for n in range(6)).encode()
    options = ("--live", "--concurrency", "1", "-m", "claude-sonnet-4-6", "--max-tokens", "1000")
    ran = batch("-", *options, "--budget", "0.05/month", stdin=rows)
    assert (ran.code, "the budget of $0.05 a month has $0.00491 left" in ran.stderr) == (7, True)
    assert len(asked(simulator)) == 3
    ran = batch("-", *options, "--budget", "0.05/month", stdin=rows)
    assert (ran.code, len(asked(simulator))) == (7, 3)
    assert [row.requests for row in ledger.sums("model").rows] == [3]
