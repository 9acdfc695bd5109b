"""`templates`, and `-t` on the commands that ask."""

import json
from pathlib import Path
from typing import Any

import pytest

from claude_cli.simulator.server.server import Simulator
from tests.conftest import Run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "home" / "config" / "templates"
    path.mkdir(parents=True)
    (path / "sum.toml").write_text(
        "model = 'haiku'\nsystem = 'Be brief.'\nmax-tokens = 50\n"
        "prompt = 'Sum up {input} for {who}.'\n"
    )
    return path


def texts(body: Any) -> list[str]:
    return [block["text"] for block in body["messages"][-1]["content"]]


@pytest.mark.parametrize("command", ["ask", "stream"])
def test_a_template_gives_prompt_and_flags(run: Run, folder: Path, command: str) -> None:
    ran = run(command, "--dry-run", "-t", "sum", "-p", "who=me", "Thanks.", stdin=b"the text")
    body = ran.json
    assert (ran.code, ran.stderr) == (0, "")
    assert texts(body) == ["Sum up the text for me.", "Thanks."]
    assert (body["system"], body["max_tokens"]) == ("Be brief.", 50)
    assert "haiku" in body["model"]


def test_count_counts_the_filled_template(simulator: Simulator, run: Run, folder: Path) -> None:
    assert run("count", "-t", "sum", "-p", "who=me", stdin=b"the text").code == 0
    assert texts(simulator.requests[-1].body) == ["Sum up the text for me."]


def test_typed_flags_win_over_the_template_and_it_wins_over_the_config(
    run: Run, folder: Path
) -> None:
    config = "max-tokens = 7\ntop-k = 3\n[profiles.work]\nmax-tokens = 8\n"
    (folder.parent / "config.toml").write_text(config)
    fields = ["-p", "who=me", "-p", "input=x"]
    for order in (["--profile", "work", "-t", "sum"], ["-t", "sum", "--profile", "work"]):
        body = run("ask", "--dry-run", *order, *fields).json
        assert (body["max_tokens"], body["top_k"]) == (50, 3)
    body = run("ask", "--dry-run", "-t", "sum", "--max-tokens", "9", *fields).json
    assert body["max_tokens"] == 9


def test_a_template_of_a_file_may_have_no_prompt(run: Run, folder: Path) -> None:
    Path("mine.toml").write_text("system = 'S'")
    body = run("ask", "--dry-run", "-t", "mine.toml", "hi").json
    assert (texts(body), body["system"]) == (["hi"], "S")


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["-t", "sum", "-p", "input=x"], 2, "{who}"),
        (["-t", "sum", "-p", "input=x", "-p", "how=1"], 2, "{how}"),
        (["-p", "who=x", "hi"], 2, "name the template with -t"),
        (["-t", "none"], 66, "known templates: sum"),
        (["-t", "./none.toml"], 66, "none.toml"),
        (["-t", "wrong", "hi"], 78, "wrong.toml: temperature"),
        (["-t", "table", "hi"], 78, "table.toml: model: a table"),
    ],
)
def test_what_does_not_fit_is_told(
    run: Run, folder: Path, arguments: list[str], code: int, told: str
) -> None:
    (folder / "wrong.toml").write_text("temperature = 'hot'")
    (folder / "table.toml").write_text("[model]\na = 1")
    ran = run("ask", "--dry-run", *arguments)
    assert ran.code == code
    assert told in ran.stderr
    assert ran.stdout == b""


def test_a_key_that_is_no_flag_is_told_once_with_the_nearest(run: Run, folder: Path) -> None:
    (folder / "odd.toml").write_text("modle = 'x'")
    (folder.parent / "config.toml").write_text("max-tokns = 1\nretries = 1\nkey-command = 'x'\n")
    ran = run("ask", "--dry-run", "-t", "odd", "hi")
    assert ran.code == 0
    assert ran.stderr.count("warning") == 2
    assert "odd.toml: modle is no flag; did you mean model?" in ran.stderr
    assert "config.toml: max-tokns is no flag; did you mean max-tokens?" in ran.stderr
    assert run("ask", "--dry-run", "-q", "hi").stderr == ""


def test_a_key_of_another_command_is_no_unknown_key(run: Run, folder: Path) -> None:
    (folder.parent / "config.toml").write_text("concurrency = 2\nno-history = true\n")
    assert run("ask", "--dry-run", "hi").stderr == ""


def test_list_tells_fields_flags_and_what_is_wrong(run: Run, folder: Path) -> None:
    (folder / "broken.toml").write_text("prompt = ")
    rows = json.loads(run("templates", "list", "--format", "json").text)
    assert [row["name"] for row in rows] == ["broken", "sum"]
    assert "broken.toml" in rows[0]["problem"]
    assert rows[1]["fields"] == "{input} {who}"
    assert rows[1]["flags"] == "model system max-tokens"


def test_show_and_path(run: Run, folder: Path) -> None:
    assert run("templates", "show", "sum").stdout == (folder / "sum.toml").read_bytes()
    assert run("templates", "path").text == f"{folder}\n"
    assert run("templates", "path", "new").text == f"{folder / 'new.toml'}\n"
    assert run("templates", "show", "none").code == 66


def test_show_tells_the_keys_as_json(run: Run, folder: Path) -> None:
    (folder / "odd.toml").write_text("max-tokens = 5\nprompt = 'x'\nwhen = 2026-01-02\n")
    assert run("templates", "show", "odd", "--format", "json").json == {
        "max-tokens": 5,
        "prompt": "x",
        "when": "2026-01-02",
    }


def test_edit_makes_a_template_and_keeps_no_broken_one(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDITOR", "true")
    assert run("templates", "edit", "new").code == 0
    assert not (folder / "new.toml").exists()
    monkeypatch.setenv("EDITOR", "sh -c 'echo usage = true >> \"$0\"'")
    assert run("templates", "edit", "new").code == 0
    assert "{input}" in (folder / "new.toml").read_text()
    before = (folder / "sum.toml").read_text()
    monkeypatch.setenv("EDITOR", "sh -c 'echo broken >> \"$0\"'")
    assert run("templates", "edit", "sum").code == 65
    assert (folder / "sum.toml").read_text() == before
