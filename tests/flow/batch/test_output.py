"""What is written of a job's results, and what the exit code says of them."""

import csv
import io
import json
import re
from pathlib import Path

import pytest

from claude_cli.simulator.server.server import Simulator
from tests.conftest import Run
from tests.flow.batch.conftest import Batch
from tests.jobs.simulated import calls, prompts_answered, succeeded


@pytest.mark.usefixtures("lines")
def test_an_output_that_cannot_be_made_is_refused_before_anything_is_sent(
    simulator: Simulator, batch: Batch
) -> None:
    assert batch("in.txt", "-O", "nowhere/out").code == 73
    assert calls(simulator) == []


@pytest.mark.usefixtures("lines", "simulator")
def test_results_that_cannot_be_written_are_kept_and_the_hint_fetches_them(
    run: Run, batch: Batch
) -> None:
    ran = batch("in.txt", "-O", "/dev/full", "--format", "text")
    assert ran.code == 74
    hint = ran.stderr.partition("hint: the results are kept: claude-cli ")[2]
    assert hint.endswith(" -O FILE\n")
    assert run(*hint.split()[:-1], "out").code == 0
    assert prompts_answered(Path("out").read_text()) == ["alpha", "beta", "gamma"]
    assert "hint: " not in batch("in.txt", "--simulate", "-O", "/dev/full").stderr


@pytest.mark.usefixtures("simulator")
def test_the_results_can_be_the_input_of_the_next_run(batch: Batch) -> None:
    Path("in.csv").write_text("answer,error_2\nx,y\n")
    for header in ("answer,error_2,answer_2,", "answer,error_2,answer_2,stop_reason,model,error,"):
        ran = batch("in.csv", "{answer}", "--format", "csv", "-O", "in.csv")
        assert ran.code == 0
        assert Path("in.csv").read_text().startswith(header)


@pytest.mark.parametrize("format", ["jsonl", "text"])
@pytest.mark.parametrize("output", ["in.csv", "link"])
def test_the_input_is_not_replaced_by_what_has_no_columns_of_its_own(
    simulator: Simulator, batch: Batch, format: str, output: str
) -> None:
    rows = "name\nalpha\n"
    Path("in.csv").write_text(rows)
    Path("link").symlink_to("in.csv")
    ran = batch("in.csv", "{name}", "--format", format, "-O", output)
    assert (ran.code, "is the input" in ran.stderr) == (2, True)
    assert Path("in.csv").read_text() == rows
    assert calls(simulator) == []


@pytest.mark.usefixtures("lines")
def test_expired_and_canceled_rows_are_empty_lines_of_text(
    simulator: Simulator, batch: Batch
) -> None:
    simulator.batches.order({"*-1": succeeded("one"), "*-2": "expired", "*-3": "canceled"})
    ran = batch("in.txt", "--format", "text")
    assert (ran.code, ran.stdout) == (5, b"one\n\n\n")


@pytest.mark.usefixtures("lines", "simulator")
def test_the_output_file_is_replaced_as_a_whole(batch: Batch) -> None:
    Path("out").write_text("before")
    Path("link").symlink_to("out")
    ran = batch("in.txt", "-O", "link", "--format", "text")
    assert (ran.code, ran.stdout) == (0, b"")
    assert prompts_answered(Path("out").read_text()) == ["alpha", "beta", "gamma"]
    assert Path("link").is_symlink()
    assert sorted(path.name for path in Path().iterdir()) == ["in.txt", "link", "out"]


@pytest.mark.usefixtures("lines")
def test_every_answer_is_in_the_ledger_once_at_half_the_price(
    simulator: Simulator, run: Run, batch: Batch
) -> None:
    simulator.batches.order({"*": succeeded("x")})
    batch("in.txt")
    batch("in.txt")
    [row] = run("usage", "--by", "model", "--format", "json").json
    assert (row["requests"], row["input_tokens"]) == (3, 30)
    assert row["cost_usd"] == pytest.approx(3 * (10 * 1.5 + 5 * 7.5) / 1e6)


@pytest.mark.usefixtures("lines")
def test_an_answer_whose_usage_is_odd_has_no_known_price(
    simulator: Simulator, run: Run, batch: Batch
) -> None:
    odd = json.loads(json.dumps(succeeded("x")))
    odd["message"]["usage"] = {"input_tokens": "many", "output_tokens": [5]}
    simulator.batches.order({"*-1": succeeded("x"), "*-2": odd})
    assert batch("in.txt").code == 0
    [row] = run("usage", "--by", "model", "--format", "json").json
    assert (row["requests"], row["cost_usd"]) == (3, None)


@pytest.mark.usefixtures("lines")
def test_failed_rows_are_named_with_their_reason_equal_ones_together(
    simulator: Simulator, batch: Batch
) -> None:
    simulator.batches.order({"*-1": "expired", "*-2": "errored=api_error", "*-3": "expired"})
    ran = batch("in.txt", "--format", "text")
    assert re.search(r"warning: row 1 \(\w+-1\), row 3 \(\w+-3\): expired\n", ran.stderr)
    assert re.search(r"warning: row 2 \(\w+-2\): api_error: simulated error\n", ran.stderr)
    assert re.search(r"hint: claude-cli batch retry \w+ asks them again", ran.stderr)


@pytest.mark.usefixtures("lines")
def test_what_cannot_help_is_not_offered(simulator: Simulator, batch: Batch) -> None:
    simulator.batches.order({"*-2": "errored=invalid_request_error"})
    ran = batch("in.txt", "--format", "text")
    assert (ran.code, "batch retry" in ran.stderr) == (5, False)
    assert "mend the rows" in ran.stderr


ENDS = "a\x0bb\x0cc\x1cd\x1de\x1ef\x85g\u2028h"
HARD = ["one\rtwo", "one\r\ntwo", "one\ntwo", 'a "quote", a comma', ENDS]


def test_a_table_is_read_back_as_it_was_whatever_ends_a_line(
    simulator: Simulator, batch: Batch
) -> None:
    Path("in.jsonl").write_text("".join(json.dumps({"q\r": text}) + "\n" for text in HARD))
    simulator.batches.order({f"*-{n}": succeeded(text) for n, text in enumerate(HARD, 1)})
    batch("in.jsonl", "{q\r}", "--format", "csv", "-O", "out.csv")
    written = Path("out.csv").read_bytes().decode()
    rows = list(csv.DictReader(io.StringIO(written, newline="")))
    assert [(row["q\r"], row["answer"]) for row in rows] == [(text, text) for text in HARD]
    unquoted = re.sub(r'"(?:[^"]|"")*"', "", written)
    assert unquoted.splitlines() == unquoted.removesuffix("\n").split("\n")
    assert len(unquoted.splitlines()) == 1 + len(HARD)
