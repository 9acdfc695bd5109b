"""`usage`: the ledger's sums on stdout, and what gets into the ledger at all."""

import json
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from claude_cli import ledger
from claude_cli.simulator.server.server import Simulator
from tests.conftest import CANARY, Run
from tests.controlling_terminal import ControllingTerminal

SONNET, HAIKU = "claude-sonnet-4-6", "claude-haiku-4-5"
USAGE = {
    "input_tokens": 1000,
    "output_tokens": 500,
    "cache_creation_input_tokens": 30,
    "cache_read_input_tokens": 20,
}


def spend(simulator: Simulator, run: Run, *flags: str) -> None:
    simulator.enqueue(text="x", usage=USAGE, model=flags[1] if flags[:1] == ("-m",) else SONNET)
    assert run("ask", "a secret prompt", *flags).code == 0


def test_sums_by_model_are_a_list_of_records(simulator: Simulator, run: Run) -> None:
    spend(simulator, run)
    spend(simulator, run, "-m", HAIKU)
    spend(simulator, run)
    haiku, sonnet = run("usage", "--by", "model", "--format", "json").json
    assert (haiku["model"], sonnet["model"]) == (HAIKU, SONNET)
    assert sonnet == {
        "model": SONNET,
        "requests": 2,
        "input_tokens": 2000,
        "output_tokens": 1000,
        "cache_write_tokens": 60,
        "cache_read_tokens": 40,
        "cost_usd": pytest.approx(0.021237),
    }


def test_a_thousand_in_and_five_hundred_out_on_sonnet(simulator: Simulator, run: Run) -> None:
    simulator.enqueue(text="x", usage={"input_tokens": 1000, "output_tokens": 500})
    run("ask", "hi")
    (line,) = run("usage", "--by", "model").text.splitlines()
    assert line.split("\t") == [SONNET, "1", "1000", "500", "0", "0", "$0.0105"]


def test_by_day_month_and_session(simulator: Simulator, run: Run) -> None:
    spend(simulator, run, "--name", "s")
    spend(simulator, run, "-r", "s")
    spend(simulator, run, "-n")
    (day,) = run("usage", "--format", "json").json
    (month,) = run("usage", "--by", "month", "--format", "json").json
    assert day["day"].startswith(month["month"])
    assert day["requests"] == month["requests"] == 3
    sessions = run("usage", "--by", "session", "--format", "json").json
    assert sorted(row["requests"] for row in sessions) == [1, 2]
    assert "none" in {row["session"] for row in sessions}


def test_since_leaves_out_what_was_before(run: Run) -> None:
    for day in ("2026-10-31", "2026-11-01", "2026-11-02"):
        line = ledger.entry(model=SONNET, usage={}, cost_usd=None, priced="x")
        ledger.record([{**line, "time": f"{day}T23:59:59+00:00"}])
    rows = run("usage", "--since", "2026-11-01", "--format", "json").json
    assert [row["day"] for row in rows] == ["2026-11-01", "2026-11-02"]


@pytest.mark.parametrize("since", ["yesterday", "2026-13-01", "2026-1-1", ""])
def test_a_date_that_is_none_is_wrong_usage(run: Run, since: str) -> None:
    ran = run("usage", "--since", since)
    assert (ran.code, ran.stdout) == (2, b"")
    assert "2026-11-30" in ran.stderr


def test_a_cost_that_is_not_known_is_not_guessed(simulator: Simulator, run: Run) -> None:
    simulator.enqueue(text="x", usage=USAGE, model="claude-mystery")
    run("ask", "hi")
    assert run("usage", "--by", "model").text.rstrip().endswith("\tn/a")
    assert run("usage", "--by", "model", "--format", "json").json[0]["cost_usd"] is None


def test_nothing_was_spent_yet(run: Run) -> None:
    assert (run("usage").code, run("usage").stdout) == (0, b"")
    assert run("usage", "--format", "json").json == []


@pytest.mark.parametrize("flags", [["--no-ledger"], ["--simulate"], ["--dry-run"], ["--curl"]])
def test_some_runs_leave_no_trace(simulator: Simulator, run: Run, flags: list[str]) -> None:
    assert run("ask", "hi", *flags).code == 0
    assert not ledger.ledger_file().exists()


def test_the_config_file_can_switch_the_ledger_off(
    simulator: Simulator, run: Run, tmp_path: Path
) -> None:
    (tmp_path / "home/config").mkdir(parents=True)
    (tmp_path / "home/config/config.toml").write_text("ledger = false\n")
    run("ask", "hi")
    assert not ledger.ledger_file().exists()
    run("ask", "hi", "--ledger")
    assert ledger.ledger_file().exists()


def test_a_failed_request_is_no_spending(simulator: Simulator, run: Run) -> None:
    simulator.inject("400x1")
    assert run("ask", "hi").code == 65
    assert not ledger.ledger_file().exists()


def test_the_ledger_holds_no_text_and_no_key(simulator: Simulator, run: Run) -> None:
    spend(simulator, run)
    text = ledger.ledger_file().read_text()
    assert "secret" not in text
    assert CANARY not in text
    assert ledger.ledger_file().stat().st_mode & 0o777 == 0o600
    assert json.loads(text)["priced"]


def test_a_ledger_that_cannot_be_written_is_a_warning_and_the_answer_is_printed(
    simulator: Simulator, run: Run
) -> None:
    ledger.ledger_file().mkdir(parents=True)
    simulator.enqueue(text="the answer")
    ran = run("ask", "hi")
    assert (ran.code, ran.text) == (0, "the answer\n")
    assert ran.stderr.startswith("warning: the ledger is not kept")


def test_a_terminal_shows_headings_and_a_bar_for_each_share(run: Run) -> None:
    for day, cost in (("2026-11-01", "0.1"), ("2026-11-02", "0.4"), ("2026-11-03", None)):
        known = Decimal(cost) if cost else None
        line = ledger.entry(model=SONNET, usage={}, cost_usd=known, priced="x")
        ledger.record([{**line, "time": f"{day}T12:00:00+00:00"}])
    with ControllingTerminal("usage") as terminal:
        assert terminal.wait() == 0
    assert "DAY" in terminal.received
    assert "COST" in terminal.received
    rows = [line for line in terminal.received.splitlines() if "2026-" in line]
    assert [row.count("█") for row in rows] == [2, 8, 0]


def test_a_narrow_terminal_has_no_bar_and_whole_numbers(simulator: Simulator, run: Run) -> None:
    spend(simulator, run)
    with ControllingTerminal("usage", "--by", "model") as terminal:
        assert terminal.wait() == 0
    assert "█" not in terminal.received
    assert "…" not in terminal.received
    assert SONNET in terminal.received


def test_a_window_that_is_narrower_still_shows_whole_lines_with_the_cost(
    simulator: Simulator, run: Run
) -> None:
    spend(simulator, run)
    with ControllingTerminal("usage", "--by", "model") as terminal:
        terminal.resize(24, 40)
        assert terminal.wait() == 0
    lines = re.sub(r"\x1b\[[0-9;]*m", "", terminal.received).splitlines()
    assert "COST" in lines[0] and "CACHE" not in lines[0]
    assert max(map(len, lines)) <= 40


def test_a_damaged_ledger_shows_what_is_right_and_tells_the_rest(
    simulator: Simulator, run: Run
) -> None:
    spend(simulator, run)
    whole = run("usage", "--by", "model")
    assert whole.code == 0
    with ledger.ledger_file().open("ab") as file:
        file.write(b"torn\n")
    ran = run("usage", "--by", "model")
    assert (ran.code, ran.text) == (65, whole.text)
    assert "line 2 damaged" in ran.stderr
    ledger.ledger_file().write_bytes(b"")
    assert run("usage").code == 65


PASSES = {
    "input_tokens": 3000,
    "output_tokens": 500,
    "iterations": [
        {"type": "compaction", "input_tokens": 200_000, "output_tokens": 4000},
        {"type": "message", "input_tokens": 3000, "output_tokens": 500},
    ],
}


def test_every_pass_of_an_answer_is_told_and_noted(simulator: Simulator, run: Run) -> None:
    simulator.enqueue(text="x", usage=PASSES)
    ran = run("ask", "hi", "-u", "-m", "claude-opus-4-8", "--format", "json")
    assert ran.json["claude_cli"]["cost_usd"] == 1.1275
    assert ran.json["usage"]["input_tokens"] == 3000
    assert "tokens: 203000 in, 4500 out" in ran.stderr
    (noted,) = run("usage", "--format", "json").json
    assert (noted["input_tokens"], noted["cost_usd"]) == (203_000, 1.1275)


COMPACTING = 'context_management:={"edits":[{"type":"compact_20260112"}]}'


@pytest.mark.parametrize(
    ("parameter", "code"),
    [
        ("metadata.user_id=me", 0),
        (COMPACTING, 7),
        ('fallbacks:=[{"model":"claude-opus-4-8"}]', 7),
        ("fallbacks=default", 7),
        ('fallbacks:="odd"', 0),
    ],
)
def test_max_cost_allows_for_every_pass(
    simulator: Simulator, run: Run, parameter: str, code: int
) -> None:
    flags = ("-m", "claude-opus-4-8", "--max-tokens", "1000", "--max-cost", "0.026")
    ran = run("ask", "hi", *flags, "-o", parameter)
    assert ran.code == code
    assert ("/v1/messages" in [request.path for request in simulator.requests]) == (code == 0)


def test_since_takes_an_age_and_until_a_last_day(run: Run) -> None:
    today = datetime.now(UTC).date()
    for days in (0, 3, 10, 31, 60):
        entry = ledger.entry(
            model=SONNET, usage=USAGE, cost_usd=Decimal(1), priced="x", session=None
        )
        ledger.record([entry | {"time": f"{today - timedelta(days=days)}T12:00:00Z"}])

    def requests(*flags: str) -> int:
        rows = run("usage", "--by", "model", "--format", "json", *flags).json
        return sum(row["requests"] for row in rows)

    ages = ("0d", "3d", "1w", "2w", "1m", "3m")
    assert [requests("--since", age) for age in ages] == [1, 2, 2, 3, 3, 5]
    assert requests("--until", "7d") == 3
    assert requests("--since", "2w", "--until", str(today - timedelta(days=3))) == 2


@pytest.mark.parametrize("text", ["d", "-1d", "7", "7y", "٣d", "9999999999d", "yesterday"])
def test_what_is_no_day_is_told(run: Run, text: str) -> None:
    ran = run("usage", "--since", text)
    assert ran.code == 2
    assert "or 7d" in ran.stderr


def test_an_empty_ledger_says_so_on_a_terminal_and_nothing_in_a_pipe(run: Run) -> None:
    assert (run("usage").stdout, run("usage").stderr) == (b"", "")
    with ControllingTerminal("usage") as terminal:
        terminal.wait_for("nothing was spent")
    with ControllingTerminal("templates", "list") as terminal:
        terminal.wait_for("templates edit NAME makes one")
