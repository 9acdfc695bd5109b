"""What a job will cost, and the limit to it."""

import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from claude_cli import ledger
from claude_cli.commandline.flags.connection import ConnectionFlags
from claude_cli.errors import TemporaryFailure
from claude_cli.flow.batch.cost import Charges, spent_on
from claude_cli.jobs import index_file
from claude_cli.ledger import ledger_file
from claude_cli.simulator.server.server import Simulator
from claude_cli.ui.notices import Notices
from tests.conftest import Run
from tests.flow.batch.conftest import Batch
from tests.jobs.made_jobs import make_job
from tests.jobs.simulated import CREATE, asked, calls, sent


@pytest.mark.usefixtures("lines")
def test_the_cost_is_shown_before_anything_is_sent_and_max_cost_refuses_it(
    simulator: Simulator, batch: Batch
) -> None:
    ran = batch("in.txt", "--max-tokens", "1000", "--max-cost", "0.01")
    assert ran.code == 7
    found = re.search(r"3 rows, about (\d+) input tokens \(3 of 3 rows counted\)", ran.stderr)
    assert found
    prices = re.search(r"at most \$([\d.]+) as a batch, \$([\d.]+) live", ran.stderr)
    assert prices
    most = int(found[1]) * 3 / 1e6 + 3 * 1000 * 15 / 1e6
    assert [float(price) for price in prices.groups()] == pytest.approx([most / 2, most], rel=0.01)
    assert CREATE not in calls(simulator)
    assert batch("in.txt", "--max-tokens", "1000", "--max-cost", "1").code == 0


@pytest.mark.usefixtures("lines")
def test_the_expected_price_stands_beside_the_most(
    simulator: Simulator, run: Run, batch: Batch
) -> None:
    ran = batch("in.txt", "-m", "claude-sonnet-4-6", "--max-tokens", "1000", "--dry-run")
    assert "if an answer has 500 tokens, about $0.01125 as a batch, $0.0225 live" in ran.stderr
    assert "at most $0.0225 as a batch, $0.045 live" in ran.stderr
    ran = batch("in.txt", "-m", "claude-sonnet-4-6", "--max-tokens", "100", "--dry-run")
    assert "if an answer has 100 tokens" in ran.stderr  # it cannot be more than max_tokens
    simulator.enqueue(text="x", usage={"input_tokens": 1, "output_tokens": 70}, repeat=10)
    for _ in range(10):
        run("ask", "-n", "hi", "-m", "claude-sonnet-4-6")
    ran = batch("in.txt", "-m", "claude-sonnet-4-6", "--dry-run")
    assert "if an answer has 70 tokens" in ran.stderr


@pytest.mark.usefixtures("lines", "simulator")
def test_a_ledger_that_cannot_be_read_makes_a_usual_answer_the_expected_one(batch: Batch) -> None:
    ledger_file().mkdir(parents=True)
    ran = batch("in.txt", "-m", "claude-sonnet-4-6", "--max-tokens", "1000", "--dry-run")
    assert (ran.code, "if an answer has 500 tokens" in ran.stderr) == (0, True), ran.stderr


@pytest.mark.usefixtures("lines")
@pytest.mark.parametrize("options", [(), ("--live",)])
@pytest.mark.parametrize(
    "bad", [("-o", "tools:=[{}]"), ("-m", "claude-nobody-9"), ("-o", 'thinking:={"type": "x"}')]
)
def test_what_the_api_refuses_to_count_is_an_error_before_anything_is_sent(
    simulator: Simulator, batch: Batch, options: tuple[str, ...], bad: tuple[str, ...]
) -> None:
    ran = batch("in.txt", *bad, *options)
    assert (ran.code, "the API refuses these requests" in ran.stderr) == (65, True)
    assert "n/a" not in ran.stderr
    assert (sent(simulator), asked(simulator)) == ([], [])


def test_a_row_of_the_sample_that_is_refused_is_a_warning(
    simulator: Simulator, batch: Batch
) -> None:
    good = {
        "model": "claude-haiku-4-5",
        "max_tokens": 9,
        "messages": [{"role": "user", "content": "x"}],
    }
    rows = [
        {"params": good},
        {"params": {**good, "messages": [{"role": "nobody", "content": "x"}]}},
    ]
    ran = batch("-", stdin="\n".join(map(json.dumps, rows)).encode())
    assert (ran.code, len(sent(simulator))) == (5, 2)
    assert "warning: the API will refuse row 2: 400 invalid_request_error" in ran.stderr
    assert "(1 of 2 rows counted)" in ran.stderr


@pytest.mark.usefixtures("simulator")
def test_a_model_without_a_price_is_named(batch: Batch) -> None:
    row = {"params": {"model": "nobody-knows", "messages": [{"role": "user", "content": "x"}]}}
    ran = batch("-", "--dry-run", stdin=json.dumps(row).encode())
    assert "about n/a as a batch" in ran.stderr
    assert "no price is known of nobody-knows" in ran.stderr


@pytest.mark.usefixtures("lines")
def test_an_unknown_price_cannot_be_limited(simulator: Simulator, batch: Batch) -> None:
    for options in ((), ("--live",)):
        ran = batch("in.txt", "-m", "nobody-knows", "--max-cost", "1", *options)
        assert (ran.code, "is not known" in ran.stderr) == (7, True)
    assert (sent(simulator), asked(simulator)) == ([], [])


def test_the_ledger_is_read_once_and_only_where_an_answer_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    count_since, reads = ledger.count_since, 0

    def note(offset: int, *, job: str, retry: int | None) -> int:
        nonlocal reads
        reads += 1
        return count_since(offset, job=job, retry=retry)

    monkeypatch.setattr(ledger, "count_since", note)
    job = make_job(tmp_path / "jobs", "a", engine="live")
    charges = Charges(job, ConnectionFlags(), Notices(), keep=True)
    assert reads == 0
    for _ in range(2):
        charges.add({"model": "claude-sonnet-4-6", "usage": {"output_tokens": 1}})
    assert reads == 1
    job.close()


def test_a_sum_that_could_not_be_noted_is_noted_later_and_the_ledger_has_its_answers_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = make_job(tmp_path / "jobs", "a", engine="live")
    charges = Charges(job, ConnectionFlags(), Notices(), keep=True)
    usage = {"input_tokens": 1_000_000, "output_tokens": 0}
    charges.add({"model": "claude-sonnet-4-6", "usage": usage})
    monkeypatch.setattr(index_file, "PATIENCE", 0.01)
    job.close()
    del job.index
    with closing(sqlite3.connect(job.folder / "index.sqlite", isolation_level=None)) as other:
        assert spent_on(job) == 0
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(TemporaryFailure, match="locked by another program"):
            charges.write()
        assert charges.unwritten == 3
    charges.write()
    job.index.commit()
    assert [spent_on(job), charges.unwritten] == [3, 0]
    assert [row.requests for row in ledger.sums("model").rows] == [1]
    job.close()
