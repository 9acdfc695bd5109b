"""`batch retry`: rows without a good answer are asked once more, and nothing else."""

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from claude_cli.errors import InputUnreadable
from claude_cli.jobs.store import Job, JobStore
from claude_cli.simulator.server.server import Simulator
from tests.conftest import Ran, Run
from tests.flow.batch.conftest import GREEK, Batch
from tests.jobs.simulated import CREATE, asked, calls, prompt_of, results_of, sent, succeeded

FIELDS = "n int"
FAULTY: dict[str, str | dict[str, Any]] = {
    "a": "errored=api_error",
    "b": succeeded("", "refusal"),
    "c": succeeded("half", "max_tokens"),
    "d": succeeded("no JSON"),
    "e": succeeded('{"n": 1}'),
}
"""What comes of each row the first time: failed, refused, cut, mismatched and good."""
GOOD = succeeded('{"n": 2}')

Retry = Callable[..., Ran]


@pytest.fixture
def retry(run: Run) -> Retry:
    def run_retry(*arguments: str) -> Ran:
        return run("batch", "retry", only_job().id, "--poll", "0.01", *arguments)

    return run_retry


@pytest.fixture
def faulty(simulator: Simulator, batch: Batch) -> Simulator:
    """The simulator, after a job of five rows of which one is good; whatever comes is good now."""
    Path("in.csv").write_text("custom_id,q\na,A\nb,B\nc,C\nd,D\ne,E\n")
    simulator.batches.order(FAULTY)
    options = ("in.csv", "{q}", "--schema", FIELDS, "--format", "csv", "-O", "out.csv")
    assert batch(*options).code == 5
    simulator.batches.order({"*": GOOD})
    return simulator


def only_job() -> Job:
    store = JobStore()
    [header] = store.headers()
    return store.open(header["id"])


def asked_again(simulator: Simulator) -> list[dict[str, Any]]:
    """The requests that were sent after the first five."""
    return [request["params"] for request in sent(simulator)[5:]]


def table() -> dict[str, dict[str, str]]:
    written = io.StringIO(Path("out.csv").read_text(), newline="")
    return {row["custom_id"]: row for row in csv.DictReader(written)}


def test_every_row_without_a_good_answer_is_asked_once_more_and_written_where_the_job_was(
    faulty: Simulator, retry: Retry
) -> None:
    before = table()
    ran = retry()
    assert (ran.code, ran.stdout) == (0, b"")
    assert [*map(prompt_of, asked_again(faulty))] == ["A", "B", "C", "D"]
    assert "asking again 4 rows (1 failed, 1 refused, 1 cut, 1 mismatched)" in ran.stderr
    assert f"the results go to {Path('out.csv').absolute()}" in ran.stderr
    after = table()
    assert [row["n"] for row in after.values()] == ["2", "2", "2", "2", "1"]
    assert after["e"] == before["e"]


@pytest.mark.parametrize(
    ("only", "prompts"),
    [("failed", "A"), ("refused", "B"), ("cut", "C"), ("mismatched", "D"), ("cut, failed", "AC")],
)
def test_only_the_rows_that_are_named_are_asked(
    faulty: Simulator, retry: Retry, only: str, prompts: str
) -> None:
    before = table()
    retry("--only", only)
    assert "".join(map(prompt_of, asked_again(faulty))) == prompts
    after = table()
    changed = [row["q"] for key, row in after.items() if row != before[key]]
    assert "".join(changed) == prompts


def test_another_model_and_other_flags_are_laid_over_the_requests(
    faulty: Simulator, retry: Retry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_MODEL", "claude-opus-4-1")  # not typed: it changes nothing
    retry("--only", "cut", "--max-tokens", "9000")
    retry("--only", "failed", "-m", "claude-haiku-4-5", "-o", "metadata.user_id=u")
    longer, other = asked_again(faulty)
    first = sent(faulty)[2]["params"]
    assert longer == {**first, "max_tokens": 9000}
    assert other == {
        **sent(faulty)[0]["params"],
        "model": "claude-haiku-4-5",
        "metadata": {"user_id": "u"},
    }


def test_the_table_says_which_model_answered(faulty: Simulator, retry: Retry) -> None:
    by_haiku = json.loads(json.dumps(GOOD))
    by_haiku["message"]["model"] = "claude-haiku-4-5"
    faulty.batches.order({"*": by_haiku})
    retry("-m", "claude-haiku-4-5")
    header = Path("out.csv").read_text().splitlines()[0].split(",")
    assert header[header.index("stop_reason") + 1] == "model"
    assert {key: row["model"] for key, row in table().items()} == {
        **dict.fromkeys("abcd", "claude-haiku-4-5"),
        "e": "claude-sonnet-4-6",
    }


def test_an_answer_is_replaced_by_a_better_one_alone(faulty: Simulator, retry: Retry) -> None:
    before = table()
    faulty.batches.order(
        {
            "a": "errored=overloaded_error",
            "b": succeeded("ha", "max_tokens"),
            "c": "expired",
            "d": succeeded("", "refusal"),
        }
    )
    assert retry().code == 5
    after = table()
    assert after["a"]["error"].startswith("overloaded_error")  # of failures the last is told
    assert after["b"]["stop_reason"] == "max_tokens"
    assert (after["c"], after["d"]) == (before["c"], before["d"])
    assert [*map(prompt_of, asked_again(faulty))] == ["A", "B", "C", "D"]


def test_of_two_cut_answers_the_longer_one_stays(faulty: Simulator, retry: Retry) -> None:
    for text in ("longer half", "less"):
        faulty.batches.order({"c": succeeded(text, "max_tokens")})
        assert retry("--only", "cut", "--format", "text").code == 5
        assert Path("out.csv").read_text().splitlines()[2] == "longer half"


def test_a_retry_can_be_retried_and_asks_what_is_left(faulty: Simulator, retry: Retry) -> None:
    faulty.batches.order({"a": "expired", "*": GOOD})
    assert retry().code == 5
    faulty.batches.order({"*": GOOD})
    assert retry().code == 0
    assert [*map(prompt_of, asked_again(faulty))] == ["A", "B", "C", "D", "A"]
    told = "no failed, refused, cut or mismatched rows: nothing is asked again"
    ran = retry()
    assert (ran.code, told in ran.stderr) == (0, True)
    assert "has no cut rows: nothing" in retry("--only", "cut").stderr
    assert len(asked_again(faulty)) == 5


@pytest.mark.usefixtures("faulty")
def test_another_output_can_be_named(retry: Retry) -> None:
    written = Path("out.csv").read_bytes()
    ran = retry("-O", "-", "--format", "csv", "--only", "failed")
    assert ran.text.count("\n") == 6
    assert Path("out.csv").read_bytes() == written
    retry("-O", "other.jsonl")
    assert Path("other.jsonl").read_bytes().count(b"\n") == 5


@pytest.mark.usefixtures("lines")
def test_the_job_and_its_own_command_show_the_better_answers_from_then_on(
    simulator: Simulator, run: Run, batch: Batch, retry: Retry, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulator.batches.order({"*-2": "expired"})
    assert batch("in.txt").code == 5
    simulator.batches.order({})
    ran = retry()
    assert (ran.code, results_of(ran)) == (0, GREEK)
    before = calls(simulator)
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    for again in (batch("in.txt"), run("batch", "results", only_job().id)):
        assert (again.code, again.stdout) == (0, ran.stdout)
    assert calls(simulator) == before


@pytest.mark.usefixtures("lines")
def test_a_live_job_is_retried_live_and_a_hosted_one_where_that_is_asked_for(
    simulator: Simulator, run: Run, batch: Batch, retry: Retry
) -> None:
    simulator.inject("400x1")
    assert batch("in.txt", "--live", "--concurrency", "1").code == 5
    ran = retry()
    assert (ran.code, results_of(ran)) == (0, GREEK)
    assert asked(simulator) == ["beta", "gamma", "alpha"]
    run("batch", "delete", only_job().id)
    simulator.batches.order({"*-3": "expired"})
    batch("in.txt")
    ran = retry("--live")
    assert (ran.code, results_of(ran)) == (0, GREEK)
    assert asked(simulator)[3:] == ["gamma"]
    assert calls(simulator).count(CREATE) == 1


def test_the_price_comes_first_and_holds(faulty: Simulator, retry: Retry) -> None:
    ran = retry("--max-cost", "0.0001")
    assert (ran.code, asked_again(faulty)) == (7, [])
    assert "4 rows, about" in ran.stderr
    ran = retry("--only", "cut")  # what was refused for its price is in nobody's way
    assert (len(asked_again(faulty)), "1 row, about" in ran.stderr) == (1, True)


def test_max_cost_stops_a_live_retry_and_the_same_command_goes_on(
    faulty: Simulator, retry: Retry
) -> None:
    each = {"input_tokens": 10, "output_tokens": 5}
    faulty.enqueue(text='{"n": 3}', usage=each, repeat=4)
    options = ("--live", "--concurrency", "1")
    ran = retry(*options, "--max-cost", "0.00022")
    assert (ran.code, asked(faulty)) == (5, ["A", "B"])
    assert "2 of 5 rows were not asked: --max-cost" in ran.stderr
    assert retry(*options).code == 0
    assert asked(faulty) == ["A", "B", "C", "D"]


def test_dry_run_prints_the_requests_and_leaves_no_trace(faulty: Simulator, retry: Retry) -> None:
    folder = only_job().folder
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    ran = retry("--dry-run", "-m", "claude-haiku-4-5", "--only", "cut")
    [request] = map(json.loads, ran.text.splitlines())
    assert (ran.code, request["custom_id"]) == (0, "c")
    assert request["params"]["model"] == "claude-haiku-4-5"
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    assert asked_again(faulty) == []


@pytest.mark.usefixtures("lines")
def test_a_lost_create_of_a_retry_is_looked_for_and_never_doubled(
    simulator: Simulator, batch: Batch, retry: Retry
) -> None:
    simulator.batches.order({"*-2": "expired"})
    batch("in.txt")
    simulator.batches.order({})
    simulator.inject("lost-createx1")
    lost = retry()
    assert (lost.code, "may exist" in lost.stderr) == (75, True)
    ran = retry()
    assert (ran.code, results_of(ran)) == (0, GREEK)
    assert "was found on the server" in ran.stderr
    assert len(sent(simulator)) == 4


@pytest.mark.usefixtures("lines")
def test_a_lost_create_of_which_nothing_came_is_sent_again_when_that_is_said(
    simulator: Simulator, batch: Batch, retry: Retry
) -> None:
    simulator.batches.order({"*-2": "expired"})
    batch("in.txt")
    simulator.batches.order({})
    simulator.inject("500-createx1")
    assert (retry().code, retry().code) == (75, 75)
    ran = retry("--resubmit", "failed")
    assert (ran.code, results_of(ran), len(sent(simulator))) == (0, GREEK, 4)


@pytest.mark.usefixtures("lines")
def test_the_batch_of_an_earlier_retry_is_not_taken_for_a_lost_one(
    simulator: Simulator, batch: Batch, retry: Retry
) -> None:
    simulator.batches.order({"*-2": "expired"})
    batch("in.txt")
    assert retry().code == 5
    simulator.inject("500-createx1")
    assert retry().code == 75
    ran = retry()
    assert (ran.code, "none was found" in ran.stderr, len(sent(simulator))) == (75, True, 4)


@pytest.mark.usefixtures("lines")
def test_the_rows_of_a_lost_batch_have_failed(
    simulator: Simulator, batch: Batch, retry: Retry
) -> None:
    simulator.inject("500-createx1")
    assert batch("in.txt").code == 75
    ran = retry("-m", "claude-haiku-4-5")
    assert (ran.code, results_of(ran)) == (0, GREEK)
    assert {request["params"]["model"] for request in sent(simulator)} == {"claude-haiku-4-5"}
    assert (batch("in.txt").code, len(sent(simulator))) == (0, 3)


@pytest.mark.usefixtures("lines")
def test_a_job_whose_batch_has_not_ended_cannot_be_retried(
    simulator: Simulator, run: Run, retry: Retry
) -> None:
    simulator.batches.seconds = 600
    job = run("batch", "submit", "in.txt").text.strip()
    ran = retry()
    assert (ran.code, f"batch wait {job}" in ran.stderr) == (75, True)


@pytest.mark.usefixtures("lines")
def test_a_job_under_way_is_finished_before_what_failed_is_asked_again(
    simulator: Simulator, run: Run
) -> None:
    assert run("batch", "submit", "in.txt").code == 0
    ran = run("batch", "run", "in.txt", "--resubmit", "failed", "--poll", "0.01")
    assert (ran.code, len(sent(simulator))) == (0, 3)
    assert [kind for kind, _ in results_of(ran)] == ["succeeded"] * 3


def test_a_retry_under_way_is_neither_doubled_nor_left(
    faulty: Simulator, run: Run, retry: Retry, batch: Batch
) -> None:
    faulty.inject("lost-createx1")
    retry("--only", "cut")
    ran = retry("--only", "failed")
    assert (ran.code, len(asked_again(faulty))) == (2, 1)
    assert "with other rows or flags is not finished" in ran.stderr
    job = only_job().id
    shown = run("batch", "status", job, "--format", "json").json
    assert [again["state"] for again in shown["retries"]] == ["may exist"]
    ran = run("batch", "results", job, "-O", "out.csv", "--format", "csv")
    assert "a retry is not finished" in ran.stderr
    assert retry("--only", "cut").code == 5
    assert table()["c"]["n"] == "2"


@pytest.mark.usefixtures("lines")
def test_each_step_knows_the_batches_of_retries(
    simulator: Simulator, run: Run, batch: Batch
) -> None:
    simulator.batches.order({"*-2": "expired"})
    batch("in.txt")
    simulator.batches.order({})
    simulator.batches.seconds = 600
    job = run("batch", "submit", "in.txt", "--resubmit", "failed").text.strip()
    _, again = simulator.batches
    assert run("batch", "status", again.id, "--format", "json").json["job"] == job
    status = run("batch", "status", job).text
    assert "retry 1\t1 row, claude-sonnet-4-6: the server is at work on it" in status
    assert f"next\tclaude-cli batch wait {job}" in status
    listed = run("batch", "list", "--format", "json").json
    rows = {(row["job"], row["batch"]): row["rows"] for row in listed}
    assert rows[job, again.id] == 1
    assert run("batch", "results", job).code == 75
    assert run("batch", "cancel", job).code == 0
    assert run("batch", "wait", job, "--poll", "0.01").code == 0
    ran = run("batch", "results", job)
    assert (ran.code, [kind for kind, _ in results_of(ran)][1]) == (5, "canceled")
    assert run("batch", "delete", job).code == 0
    assert list(simulator.batches) == []


def test_what_a_retry_cost_is_in_the_ledger_once(faulty: Simulator, run: Run, retry: Retry) -> None:
    retry()
    retry()
    [row] = run("usage", "--by", "model", "--format", "json").json
    assert row["requests"] == 4 + 4  # a failed row costs nothing


@pytest.mark.usefixtures("lines")
def test_resubmit_all_forgets_the_retries(simulator: Simulator, batch: Batch, retry: Retry) -> None:
    simulator.batches.order({"*-2": "expired"})
    batch("in.txt")
    simulator.batches.order({})
    retry()
    simulator.batches.order({"*": succeeded("new")})
    ran = batch("in.txt", "--resubmit", "all", "--format", "text")
    assert ran.text == "new\nnew\nnew\n"
    assert only_job().retries == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--only", "bad"], "--only 'bad': no such rows"),
        (["--only", ""], "no such rows"),
        (["--schema", "x int"], "keeps the schema"),
        (["--resubmit", "all"], "--resubmit"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_sent(
    faulty: Simulator, retry: Retry, arguments: list[str], words: str
) -> None:
    ran = retry(*arguments)
    assert (ran.code, words in ran.stderr, asked_again(faulty)) == (2, True, [])


def test_the_help_offers_no_resubmit_that_is_refused(run: Run) -> None:
    ran = run("batch", "retry", "--help")
    assert re.findall(r"--resubmit +<(\S+)>", ran.text) == ["failed"]


def test_a_batch_that_was_not_made_here_cannot_be_retried(simulator: Simulator, run: Run) -> None:
    ran = run("batch", "retry", "msgbatch_unknown")
    assert (ran.code, "was not made here" in ran.stderr) == (2, True)
    assert calls(simulator) == []
    assert run("batch", "retry", "nobody").code == 66


@pytest.mark.usefixtures("lines")
def test_an_answer_of_a_retry_that_is_gone_is_fetched_again(
    simulator: Simulator, batch: Batch, retry: Retry
) -> None:
    simulator.batches.order({"*-2": "expired"})
    batch("in.txt")
    simulator.batches.order({})
    good = retry()
    only_job().retries[0].results_path.unlink()
    ran = batch("in.txt")
    assert (ran.code, ran.stdout, len(sent(simulator))) == (0, good.stdout, 4)
    assert "lost their results" in ran.stderr


@pytest.mark.usefixtures("lines")
def test_an_answer_of_a_live_retry_that_is_gone_is_named_and_asked_for_when_told_to(
    simulator: Simulator, batch: Batch, retry: Retry
) -> None:
    simulator.inject("400x1")
    batch("in.txt", "--live", "--concurrency", "1")
    retry()
    only_job().retries[0].results_path.unlink()
    ran = batch("in.txt", "--live", "-O", "out")
    assert (ran.code, Path("out").exists()) == (66, False)
    assert "batch retry" in ran.stderr
    ran = retry("--only", "failed")
    assert (ran.code, results_of(ran), len(asked(simulator))) == (0, GREEK, 4)


def test_a_damaged_retry_is_told_and_nothing_is_written(
    faulty: Simulator, run: Run, retry: Retry
) -> None:
    retry()
    job = only_job()
    (job.retries[0].folder / "journal.jsonl").write_bytes(b"")
    before = Path("out.csv").read_bytes()
    ran = run("batch", "results", job.id, "-O", "out.csv")
    assert ran.code == InputUnreadable.code
    assert Path("out.csv").read_bytes() == before
    assert f"job {job.id} is damaged" in ran.stderr
    assert run("batch", "delete", job.id).code == 0


def test_a_retry_keeps_the_betas_that_were_typed_for_its_job(
    simulator: Simulator, batch: Batch, retry: Retry
) -> None:
    Path("in.txt").write_text("a\n")
    simulator.batches.order({"*": "errored=api_error"})
    batch("in.txt", "--beta", "one-2026-01-01")
    simulator.batches.order({"*": GOOD})
    assert retry("--beta", "two-2026-01-01").code == 0
    headers = [request.headers for request in simulator.requests if request.method == "POST"]
    assert "one-2026-01-01" in headers[-1]["anthropic-beta"]
    assert "two-2026-01-01" in headers[-1]["anthropic-beta"]
