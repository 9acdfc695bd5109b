"""`--budget`: the ledger is read before each request; what could pass the budget is not sent."""

import time
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from claude_cli import ledger
from claude_cli.simulator.server.server import Simulator
from claude_cli.turn.budget import most_tokens, read_budget
from tests.conftest import CANARY, MODEL, Run
from tests.faulty_server import FaultyServer, Wire, answer

SMALL = ("--max-tokens", "100")
"""An answer of at most $0.0015."""


def spend(usd: str, session: str | None = None, moment: str | None = None) -> None:
    entry = ledger.entry(
        model=MODEL, usage={}, cost_usd=Decimal(usd), priced="2026-11-21", session=session
    )
    ledger.record([{**entry, "time": moment} if moment else entry])


def asked(simulator: Simulator) -> list[str]:
    return [request.path.rpartition("/")[2] for request in simulator.requests]


def test_what_is_left_allows_a_request_without_a_count(run: Run, simulator: Simulator) -> None:
    ran = run("ask", "hi", "-u", "--budget", "5/day")
    assert ran.code == 0, ran.stderr
    assert "left of $5.00 a day" in ran.stderr
    assert asked(simulator) == ["messages"]


def test_the_server_counts_where_the_bound_could_pass(run: Run, simulator: Simulator) -> None:
    words = "whale " * 2000
    ran = run("ask", *SMALL, "--budget", "0.02", words)
    assert ran.code == 0, ran.stderr
    assert asked(simulator) == ["count_tokens", "messages"]
    ran = run("ask", *SMALL, "--budget", "0.005", words)
    assert ran.code == 7
    assert "is left of $0.005 for this run" in ran.stderr
    assert asked(simulator)[2:] == ["count_tokens"]


@pytest.mark.parametrize("scope", ["day", "month"])
def test_a_budget_that_is_used_up_sends_nothing(run: Run, simulator: Simulator, scope: str) -> None:
    spend("3", moment="2026-01-05T00:00:00+00:00")
    assert run("ask", "hi", *SMALL, "--budget", f"2/{scope}").code == 0
    spend("2")
    ran = run("ask", "hi", *SMALL, "--budget", f"2/{scope}")
    assert ran.code == 7
    assert f"the budget of $2.00 a {scope} is used up" in ran.stderr
    assert asked(simulator) == ["messages"]


@pytest.mark.parametrize("zone", ["UTC+11:59", "UTC-11:59"])
def test_days_are_local(
    run: Run, simulator: Simulator, monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    midnight = datetime.combine(date.today(), datetime.min.time()).astimezone()
    line = ("ask", "hi", "-n", *SMALL, "--budget", "1/day")
    codes = []
    for moment in (midnight - timedelta(seconds=1), midnight):
        spend("2", moment=moment.astimezone(UTC).isoformat(timespec="seconds"))
        codes.append(run(*line).code)
    monkeypatch.undo()
    time.tzset()
    assert codes == [0, 7]


def test_a_session_has_a_budget_of_its_own(run: Run, simulator: Simulator) -> None:
    assert run("ask", "hi", *SMALL, "--name", "s", "--budget", "1/session").code == 0
    session = run("sessions", "list", "--format", "json").json[0]["id"]
    spend("1", session="another")
    assert run("ask", "on", *SMALL, "-r", "s", "--budget", "1/session").code == 0
    spend("1", session=session)
    assert run("ask", "on", *SMALL, "-r", "s", "--budget", "1/session").code == 7


def test_the_budget_of_the_config_file_holds_too(run: Run, simulator: Simulator) -> None:
    assert run("config", "set", "budget", "2/day").code == 0
    spend("2")
    for command in ("ask", "stream", "chat"):
        assert run(command, "hi").code == 7
    Path("rows.txt").write_text("one\ntwo\n")
    for engine in ([], ["--live"]):
        assert run("batch", "run", "rows.txt", "Say {line}", *engine).code == 7
    assert set(asked(simulator)) <= {"count_tokens"}


def test_a_number_in_the_config_file_is_usd_for_each_run(run: Run, simulator: Simulator) -> None:
    assert run("config", "set", "budget", "0.5").code == 0
    assert run("ask", "hi", *SMALL).code == 0
    assert run("ask", "hi", "--max-tokens", "64000").code == 7


def test_an_unknown_price_is_refused_when_typed_and_told_when_configured(
    run: Run, simulator: Simulator
) -> None:
    simulator.enqueue(text="Hello.", repeat=2)
    model = ("-m", "claude-sonnet-4-6", "-o", "model=claude-new-1")
    assert run("ask", "hi", *model, "--budget", "5").code == 7
    run("config", "set", "budget", "5")
    ran = run("ask", "hi", *model)
    assert (ran.code, "claude-new-1 is not known: the budget" in ran.stderr) == (65, True)


def test_without_a_ledger_there_is_no_budget(run: Run, simulator: Simulator) -> None:
    for flags in (["--no-ledger", "--budget", "5/day"], ["--no-ledger", "--budget", "5"]):
        ran = run("ask", "hi", *flags)
        assert (ran.code, "needs the ledger" in ran.stderr) == (2, True)
    assert asked(simulator) == []


@pytest.mark.parametrize("text", ["", "five", "-1", "1e9", "5/week", "5/", "nan"])
def test_what_is_no_budget_is_refused(run: Run, simulator: Simulator, text: str) -> None:
    ran = run("ask", "hi", f"--budget={text}")
    assert (ran.code, "5/day" in ran.stderr) == (2, True)


def test_a_budget_is_read_as_it_is_written() -> None:
    budget = read_budget("$0.50/month", is_typed=True)
    assert budget and (str(budget), budget.since.day) == ("$0.50 a month", 1)
    assert str(read_budget("5", is_typed=False)) == "$5.00 for this run"


def test_a_tool_loop_stops_with_what_came(run: Run, simulator: Simulator) -> None:
    Path("t.py").write_text('def look(x: str) -> str:\n    "Looks."\n    return x\n')
    call = {"type": "tool_use", "name": "look", "input": {"x": "a"}}
    said = {"type": "text", "text": "Let me look."}
    simulator.enqueue(content=[said, call], usage={"input_tokens": 100_000})
    flags = ("-T", "t.py", "--approve", "always", *SMALL, "--name", "s")
    ran = run("ask", "hi", *flags, "--budget", "0.3")
    assert (ran.code, ran.text) == (7, "Let me look.\n")
    assert "--budget" in ran.stderr
    assert asked(simulator).count("messages") == 1
    assert "Let me look." in run("sessions", "show", "s").text


def test_a_piped_chat_ends_when_the_budget_is_used_up(run: Run, simulator: Simulator) -> None:
    simulator.enqueue(text="One.", usage={"input_tokens": 100_000})
    ran = run("chat", *SMALL, "--budget", "0.3", stdin=b"one\ntwo\n")
    assert (ran.code, ran.text) == (7, "One.\n\n")


def test_a_live_batch_stops_cleanly_and_goes_on_later(run: Run, simulator: Simulator) -> None:
    Path("rows.txt").write_text("one\ntwo\nthree\n")
    simulator.enqueue(text="One.", usage={"input_tokens": 100_000})
    line = ("batch", "run", "rows.txt", "Say {line}", "--live", *SMALL, "--concurrency", "1")
    ran = run(*line, "--budget", "0.301")
    assert ran.code == 7, ran.stderr
    assert "another row can cost" in ran.stderr
    assert "One." in ran.text
    assert asked(simulator).count("messages") == 1
    assert run(*line, "--budget", "1").code == 0
    assert asked(simulator).count("messages") == 3


def test_a_hosted_batch_that_could_pass_is_not_sent(run: Run, simulator: Simulator) -> None:
    Path("rows.txt").write_text("one\ntwo\nthree\n")
    line = ("batch", "run", "rows.txt", "Say {line}", "--max-tokens", "1000", "--poll", "0.01")
    ran = run(*line, "--budget", "0.01")
    assert (ran.code, "is left of $0.01 for this run" in ran.stderr) == (7, True)
    assert "batches" not in asked(simulator)
    assert run(*line, "--budget", "0.05").code == 0


def test_a_simulated_run_spends_nothing_of_a_day(run: Run) -> None:
    spend("2")
    assert run("ask", "hi", "--simulate", "--budget", "1/day").code == 0


def test_a_document_is_not_bounded_by_its_bytes() -> None:
    def body(*content: object) -> dict[str, object]:
        return {"messages": [{"role": "user", "content": [*content]}]}

    pdf = {"type": "document", "source": {"type": "base64", "data": "x"}}
    text = {"type": "document", "source": {"type": "text", "data": "x" * 500}}
    image = {"type": "image", "source": {"type": "url", "url": "https://a/b.png"}}
    result = {"type": "tool_result", "content": [pdf]}
    assert most_tokens(body(pdf)) is None is most_tokens(body(result))
    assert 2500 < (most_tokens(body(text)) or 0) < 3000
    assert (most_tokens(body(image, image)) or 0) > 10_000
    assert most_tokens({"mcp_servers": [{}], "messages": []}) is None


def test_unpriced_and_damaged_entries_are_told(run: Run, simulator: Simulator) -> None:
    entry = ledger.entry(model="m", usage={}, cost_usd=None, priced="2026-11-21")
    ledger.record([entry])
    path = ledger.ledger_file()
    path.write_bytes(path.read_bytes() + b'{"sum":"00000000","time":"x","model":"m"}\n')
    ran = run("ask", "hi", *SMALL, "--budget", "1/day")
    assert ran.code == 0, ran.stderr
    assert "the ledger has answers without a price (1)" in ran.stderr
    assert "damaged" in ran.stderr


def test_a_ledger_that_breaks_while_the_answer_comes_costs_no_answer(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoil(wire: Wire) -> None:
        wire.read_request()
        ledger.ledger_file().unlink()
        ledger.ledger_file().mkdir()
        wire.send(answer("Paid for."))

    spend("1")
    with FaultyServer(spoil) as server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.base_url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", CANARY)
        ran = run("ask", "hi", "-u", *SMALL, "--budget", "5/day")
    assert (ran.code, ran.text) == (0, "Paid for.\n")
    assert "the ledger is not kept" in ran.stderr
    assert "left of" not in ran.stderr
