"""`compare`: several models are asked at once; the answers come in the order typed."""

import json
import re
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from claude_cli import ledger
from claude_cli.disk import paths
from claude_cli.flow.compare.candidates import split
from claude_cli.models.catalog import facts
from claude_cli.simulator.server.server import Simulator
from tests.conftest import CANARY, Run, Spawn
from tests.controlling_terminal import ControllingTerminal

OPUS, HAIKU = "claude-opus-4-8", "claude-haiku-4-5"
TWO = ("-m", OPUS, "-m", HAIKU)


def bodies(simulator: Simulator) -> list[dict[str, Any]]:
    return [request.body for request in simulator.requests if request.path.endswith("messages")]


@pytest.mark.parametrize(
    ("label", "parts"),
    [
        ("opus", ("opus", None)),
        ("haiku:high", ("haiku", "high")),
        ("sonnet:off", ("sonnet", "off")),
        ("sonnet:adaptive", ("sonnet", "adaptive")),
        ("opus:2048", ("opus", "2048")),
        ("opus:1023", ("opus:1023", None)),
        ("anthropic.claude-x-v1:0", ("anthropic.claude-x-v1:0", None)),
        ("anthropic.claude-x-v1:0:low", ("anthropic.claude-x-v1:0", "low")),
        ("arn:aws:bedrock:eu-west-1:1:p/x", ("arn:aws:bedrock:eu-west-1:1:p/x", None)),
        (":high", (":high", None)),
    ],
)
def test_what_follows_a_model_counts_where_it_is_an_effort_or_a_way_to_think(
    label: str, parts: tuple[str, str | None]
) -> None:
    assert split(label) == parts


def test_answers_come_in_the_order_typed_with_a_table_of_what_they_took(
    run: Run, simulator: Simulator
) -> None:
    models = ("-m", f"{OPUS}:low", "-m", HAIKU, "-m", "claude-sonnet-4-6:2048")
    ran = run("compare", *models, "What is a monad?")
    assert ran.code == 0, ran.stderr
    headings = [line for line in ran.text.splitlines() if line.startswith("## ")]
    assert headings == [f"## {OPUS}:low", f"## {HAIKU}", "## claude-sonnet-4-6:2048"]
    assert ran.text.count('You said: "What is a monad?"') == 3
    assert ran.text.startswith(f"## {OPUS}:low\nYou said") and ran.text.endswith("\n\n")
    asked = {body["model"]: body for body in bodies(simulator)}
    assert asked[OPUS]["output_config"] == {"effort": "low"}
    assert asked["claude-sonnet-4-6"]["thinking"]["budget_tokens"] == 2048
    rows = [line.split("\t") for line in ran.stderr.splitlines() if "\t" in line]
    assert [row[0].removesuffix("-20251001") for row in rows] == [OPUS, HAIKU, "claude-sonnet-4-6"]
    assert [row[1] for row in rows] == ["low", "", "2048"]
    assert {row[-1] for row in rows} == {"end_turn"}
    assert "these 3 requests can cost" in ran.stderr
    assert ledger.sums("model").rows[0].requests == 1
    assert not run("sessions", "list").text


@pytest.mark.parametrize(
    ("flags", "efforts"), [(("--effort", "low"), ["low", "low"]), ((), ["high", "medium"])]
)
def test_the_table_has_the_effort_of_the_flags_or_of_the_model(
    run: Run, simulator: Simulator, flags: tuple[str, ...], efforts: list[str]
) -> None:
    models = ("claude-opus-4-8", "claude-opus-5-5")
    assert [facts(model).default_effort for model in models] == ["high", "medium"]
    ran = run("compare", *(word for model in models for word in ("-m", model)), *flags, "hi")
    assert re.findall(r"^claude-\S+\t(\w*)", ran.stderr, re.M) == efforts


def test_it_takes_as_long_as_the_slowest(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    latency = 1.0
    with Simulator(latency=latency) as slow:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", slow.base_url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", CANARY)
        started = time.monotonic()
        ran = run("compare", *TWO, "-m", "claude-sonnet-4-6", "--format", "json", "hi")
        took = time.monotonic() - started
    assert took < 2 * latency
    assert [answer["claude_cli"]["seconds"] > latency for answer in ran.json] == [True] * 3


def test_one_that_fails_does_not_stop_the_others(run: Run, simulator: Simulator) -> None:
    ran = run("compare", "-m", "claude-none-1", "-m", HAIKU, "hi")
    assert ran.code == 5
    assert ran.text.startswith(f"## {HAIKU}\n")
    assert "error: claude-none-1: 404" in ran.stderr
    listed = run("compare", "-m", "claude-none-1", "-m", HAIKU, "--format", "json", "hi").json
    assert listed[0]["model"] == "claude-none-1" and "404" in listed[0]["error"]
    assert listed[0].keys() == {"model", "error"}
    assert listed[1]["content"][0]["type"] == "text"


def test_what_a_model_thinks_is_no_part_of_the_comparison(run: Run, simulator: Simulator) -> None:
    for word in ("one", "two"):
        thought = {"type": "thinking", "thinking": "a secret thought"}
        simulator.enqueue(content=[thought, {"type": "text", "text": word}])
    ran = run("compare", *TWO, "hi")
    assert {"one", "two"} <= {*ran.text.splitlines()}
    assert "a secret thought" not in ran.text + ran.stderr


def test_a_dry_run_prints_a_body_a_line_and_sends_nothing(run: Run, simulator: Simulator) -> None:
    ran = run("compare", *TWO, "--dry-run", "--temperature", "0.5", "-s", "Be brief.", "hi")
    lines = [json.loads(line) for line in ran.text.splitlines()]
    assert [line["model"] for line in lines] == [OPUS, HAIKU]
    assert {line["system"] for line in lines} == {"Be brief."}
    assert not simulator.requests


def test_the_bar_is_gone_before_the_first_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", CANARY)
    with Simulator(latency=0.3) as slow:
        with ControllingTerminal(
            "compare", *TWO, "hi", "--format", "text", "--base-url", slow.base_url
        ) as terminal:
            assert terminal.wait() == 0
        assert re.search(r"0/2 answered, \d+ s\x1b\[\?7h\r\x1b\[K## claude", terminal.received)


def test_cut_answers_are_gone_on_with_and_kept_whole(run: Run, simulator: Simulator) -> None:
    simulator.enqueue(text="one ", stop_reason="max_tokens", repeat=2)
    simulator.enqueue(text="and two", repeat=2)
    ran = run("compare", *TWO, "--until-done", "--max-tokens", "5", "--name", "c", "Count.")
    assert ran.code == 0, ran.stderr
    assert ran.text == f"## {OPUS}\none and two\n\n## {HAIKU}\none and two\n\n"
    assert len(bodies(simulator)) == 4
    shown = run("sessions", "show", "c").text
    assert shown.count("\none and two\n") == 2 and "\none \n" not in shown


def test_what_is_piped_and_attached_is_read_once_for_all(run: Run, simulator: Simulator) -> None:
    Path("a.txt").write_text("A file.")
    ran = run("compare", *TWO, "-a", "a.txt", "And?", stdin=b"piped words")
    assert ran.code == 0, ran.stderr
    first, second = (body["messages"] for body in bodies(simulator))
    assert first == second
    assert "piped words" in str(first) and "A file." in str(first)


def test_with_a_name_the_answers_are_branches_of_one_session(
    run: Run, simulator: Simulator
) -> None:
    ran = run("compare", *TWO, "--name", "monads", "hi")
    assert ran.code == 0, ran.stderr
    assert "branches" not in ran.stderr
    session = run("sessions", "show", "monads", "--format", "json").json
    [listed] = run("sessions", "list", "--format", "json").json
    assert listed["name"] == "monads"
    kept = Path(paths.data_dir(), "sessions", f"{listed['id']}.jsonl").read_text()
    records = [json.loads(line) for line in kept.splitlines()]
    answers = [record["model"] for record in records if record["kind"] == "assistant"]
    prompts = [record for record in records if record["kind"] == "user"]
    assert (sorted(answers), len({p["parent"] for p in prompts})) == (sorted([OPUS, HAIKU]), 1)
    assert session["records"]
    assert run("ask", "-r", "monads", "and more").code == 0


def test_max_cost_and_budget_hold_for_the_sum(run: Run, simulator: Simulator) -> None:
    line = ("compare", *TWO, "hi", "--max-tokens", "1000")
    assert run(*line, "--max-cost", "0.05").code == 0
    sent = len(bodies(simulator))
    for flags in (["--max-cost", "0.027"], ["--budget", "0.027"]):
        ran = run(*line, *flags)
        assert (ran.code, "can cost" in ran.stderr) == (7, True)
    assert len(bodies(simulator)) == sent == 2


@pytest.mark.parametrize("models", [(), ("-m", "opus")])
def test_one_model_is_nothing_to_compare(
    run: Run, simulator: Simulator, models: tuple[str, ...]
) -> None:
    ran = run("compare", *models, "hi")
    assert (ran.code, "hint: -m MODEL twice" in ran.stderr) == (2, True)


def test_tools_run_for_each_of_them(run: Run, simulator: Simulator) -> None:
    Path("t.py").write_text('def look(x: str) -> str:\n    "Looks."\n    return "seen " + x\n')
    for word in ("one", "two"):
        call = {"type": "tool_use", "name": "look", "input": {"x": word}}
        simulator.enqueue(content=[{"type": "text", "text": "Let me look. "}, call])
    ran = run("compare", *TWO, "-T", "t.py", "--approve", "always", "hi")
    assert ran.code == 0, ran.stderr
    assert ran.text.count("Let me look. ") == 2
    last = [body["messages"][-1]["content"][0]["content"] for body in bodies(simulator)[2:]]
    assert sorted(map(str, last)) == ["seen one", "seen two"]


def test_an_answer_that_is_cut_or_does_not_fit_has_its_code(run: Run, simulator: Simulator) -> None:
    simulator.enqueue(text="One", stop_reason="max_tokens")
    assert run("compare", *TWO, "hi").code == 3
    simulator.enqueue(text="no JSON", repeat=2)
    schema = ("--schema", "name, age int")
    ran = run("compare", "-m", "claude-opus-4-8", "-m", "claude-sonnet-4-6", *schema, "hi")
    assert (ran.code, "error: claude-opus-4-8: " in ran.stderr) == (6, True)


def test_ctrl_c_stops_them_all_and_keeps_what_came(
    spawn: Spawn, run: Run, simulator: Simulator
) -> None:
    simulator.inject("stallx2")
    process = spawn("compare", *TWO, "--name", "s", "hi")
    deadline = time.monotonic() + 20
    while len(bodies(simulator)) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    assert process.wait(8) == -signal.SIGINT
    assert process.stderr and b"what came is in session s" in process.stderr.read()
    kept = run("sessions", "show", "s", "--format", "json").text
    assert "partial" in kept
