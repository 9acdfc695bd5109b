"""Every example of the documents runs."""

import os
import re
from functools import partial
from pathlib import Path

import pytest

pytest.importorskip("termios")

import fcntl
import subprocess
import termios

from claude_cli.simulator.server.server import Simulator
from tests.docs.example_folder import (
    OF_A_KEY,
    always_simulated,
    environment,
    example_folder,
    shell,
)
from tests.docs.pages import DOCS, examples, fenced
from tests.jobs.simulated import succeeded

SERVERS = ("claude-cli simulator", "ANTHROPIC_BASE_URL=")
TAPED = re.compile("--(record|replay)")
EDITED = [line for line in examples() if line.endswith(" -e")]
PLAIN = [
    line
    for line in examples()
    if not (line.startswith(SERVERS) or TAPED.search(line) or "batch retry" in line)
    and line not in EDITED
]


@pytest.mark.parametrize("command", PLAIN)
def test_each_example_runs(command: str, tmp_path: Path) -> None:
    folder = example_folder(tmp_path)
    always_simulated(tmp_path)
    if "-r trip" in command or "ask -c" in command or "sessions" in command:
        shell('claude-cli ask --name trip "vegetarian"', folder, environment(tmp_path))
    assert b"error" not in shell(command, folder, environment(tmp_path)).stderr


@pytest.mark.parametrize("command", [line for line in examples() if "batch retry" in line])
def test_each_example_of_a_retry_runs(command: str, tmp_path: Path) -> None:
    folder = example_folder(tmp_path)
    with Simulator() as simulator:
        there = {**environment(tmp_path), **OF_A_KEY, "ANTHROPIC_BASE_URL": simulator.base_url}
        simulator.batches.order(
            {"*-1": succeeded("", "refusal"), "*-2": succeeded("", "max_tokens")}
        )
        shell(quick('claude-cli batch run reviews.csv "{text}" -O out'), folder, there)
        simulator.batches.order({})
        [job] = (tmp_path / "home" / "data" / "jobs").iterdir()
        ran = shell(quick(command.replace("4f1c9a02", job.name[:8])), folder, there)
    assert b"asking again" in ran.stderr


@pytest.mark.parametrize("command", EDITED)
def test_each_example_with_an_editor_runs_on_a_terminal(command: str, tmp_path: Path) -> None:
    folder = example_folder(tmp_path)
    always_simulated(tmp_path)
    master, slave = os.openpty()
    ran = subprocess.run(
        ["bash", "-c", command],
        env=environment(tmp_path),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=partial(fcntl.ioctl, slave, termios.TIOCSCTTY, 0),
        check=False,
    )
    os.close(master)
    os.close(slave)
    assert ran.returncode == 0


@pytest.mark.parametrize("tool", ["tools.py", "count.toml"])
def test_each_tool_of_the_documents_runs(tool: str, tmp_path: Path) -> None:
    folder = example_folder(tmp_path)
    always_simulated(tmp_path)
    names = {"tools.py": "disk_usage", "count.toml": "word_count"}
    command = f'claude-cli ask --approve always -T {tool} "use {names[tool]}"'
    ran = shell(command, folder, environment(tmp_path))
    assert f"{names[tool]}" in ran.stderr.decode()
    assert b"ok" in ran.stderr


SCRIPTS = fenced(DOCS / "scripting.md", "sh")


@pytest.mark.parametrize("script", SCRIPTS)
def test_each_script_of_the_pages_runs(script: str, tmp_path: Path) -> None:
    folder = example_folder(tmp_path)
    with Simulator() as simulator:
        there = {**OF_A_KEY, "ANTHROPIC_BASE_URL": simulator.base_url}
        shell(quick(script), folder, {**environment(tmp_path), **there})


def test_the_rule_for_make_runs(tmp_path: Path) -> None:
    folder = example_folder(tmp_path)
    always_simulated(tmp_path)
    [rule] = fenced(DOCS / "scripting.md", "makefile")
    (folder / "Makefile").write_text(rule)
    shell("make notes.zh.md", folder, environment(tmp_path))
    assert "Translate into" in (folder / "notes.zh.md").read_text()


def test_the_line_for_cron_runs(tmp_path: Path) -> None:
    folder = example_folder(tmp_path)
    always_simulated(tmp_path)
    [line] = fenced(DOCS / "scripting.md", "crontab")
    shell(line.split(maxsplit=5)[5], Path("/"), environment(tmp_path))
    assert "What changed?" in (folder / "weekly.md").read_text()


def test_the_recipe_for_ci_runs(tmp_path: Path) -> None:
    folder = example_folder(tmp_path)
    page = DOCS / "cassettes.md"
    with Simulator() as simulator:
        there = {**OF_A_KEY, "ANTHROPIC_BASE_URL": simulator.base_url}
        [script] = fenced(page, "sh")
        shell(quick(script), folder, {**environment(tmp_path), **there})
    steps = re.findall(r"run: (?!pip)(.*)", "".join(fenced(page, "yaml")))
    elsewhere = {**environment(tmp_path), "CLAUDE_CLI_HOME": str(tmp_path / "another")}
    for step in steps:
        shell(quick(step), folder, elsewhere)
    assert len(steps) == 2


TALKS = r"claude-cli (ask|stream|count|batch run)"
ONCE = re.compile(
    rf"{TALKS}(?!.*(-r |-c |-e$|--dry-run|--curl|--platform|jq|--save|-t |ask -u))"
)  # and its output has no times


@pytest.mark.parametrize(
    "command", [line for line in PLAIN if ONCE.search(line) and "--record" not in line]
)
def test_each_example_is_recorded_and_replayed(command: str, tmp_path: Path) -> None:
    flags = ("--record", "--replay")
    recording, replaying = (re.sub(TALKS, rf"claude-cli \1 {f} tape", command) for f in flags)
    assert_replayed(recording, replaying, tmp_path)


@pytest.mark.parametrize("command", [line for line in examples() if " && " in line])
def test_each_example_of_a_recording_is_replayed(command: str, tmp_path: Path) -> None:
    recording, _, replaying = command.partition(" && ")
    assert_replayed(recording, replaying, tmp_path)


def test_the_examples_of_the_page_on_cassettes_run(tmp_path: Path) -> None:
    recording, replaying = examples([DOCS / "cassettes.md"])
    assert_replayed(recording, replaying, tmp_path)


def assert_replayed(recording: str, replaying: str, tmp_path: Path) -> None:
    folder = example_folder(tmp_path)
    with Simulator() as simulator:
        there = {**OF_A_KEY, "ANTHROPIC_BASE_URL": simulator.base_url}
        recorded = shell(quick(recording), folder, {**environment(tmp_path), **there})
    before = recorded.stdout, written(folder)
    elsewhere = {**environment(tmp_path), "CLAUDE_CLI_HOME": str(tmp_path / "another")}
    replayed = shell(quick(replaying), folder, elsewhere)
    assert (replayed.stdout, written(folder)) == before


def written(folder: Path) -> dict[str, bytes]:
    paths = [path for path in folder.glob("*.*") if path.suffix in (".csv", ".md", ".py")]
    return {path.name: path.read_bytes() for path in paths}


def quick(command: str) -> str:
    return re.sub(r"batch (run|retry)", r"batch \1 --poll 0.05", command)
