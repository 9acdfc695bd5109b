"""`--edit`: the prompt comes from an editor, and what was written outlives a refusal."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from claude_cli.disk import unsent
from claude_cli.simulator.server.server import Simulator
from tests.conftest import Run
from tests.controlling_terminal import ControllingTerminal


def sent(simulator: Simulator) -> Any:
    """The last request's body."""
    return simulator.requests[-1].body


@pytest.fixture
def editor(terminal: object, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """What was opened last by an editor that puts `$ADDED` behind the text."""
    path = tmp_path / "editor"
    path.write_text(f'#!/bin/sh\ncp "$1" {tmp_path}/seen\nprintf "$ADDED\\n" >> "$1"\n')
    path.chmod(0o755)
    monkeypatch.setenv("EDITOR", str(path))
    monkeypatch.setenv("ADDED", " edited {n}")
    return tmp_path / "seen"


@pytest.mark.usefixtures("editor")
def test_the_editor_writes_the_prompt(
    simulator: Simulator, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ADDED", " edited")
    run("ask", "-e", "draft")
    assert sent(simulator)["messages"][0]["content"] == [{"type": "text", "text": "draft edited"}]


@pytest.mark.parametrize(
    "command",
    [
        ("ask", "-e"),
        ("ask", "-e", "about Rome"),
        ("stream", "-e"),
        ("count", "-e"),
        ("shell", "-e"),
        ("compare", "-m", "opus", "-m", "haiku", "-e"),
        ("batch", "run", "--live", "-e", "rows.jsonl"),
    ],
)
def test_what_was_written_in_the_editor_outlives_a_refusal(
    simulator: Simulator,
    run: Run,
    editor: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: tuple[str, ...],
) -> None:
    Path("rows.jsonl").write_text('{"n": 1}\n')
    key = os.environ["ANTHROPIC_API_KEY"]
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    refused = run(*command)
    assert refused.code == 78
    kept = unsent.unsent_file()
    assert f"your text is in {kept}, and --edit opens it again" in refused.stderr
    assert kept.stat().st_mode & 0o777 == 0o600
    text = kept.read_text()
    assert text.endswith(" edited {n}")
    monkeypatch.setenv("ANTHROPIC_API_KEY", key)
    monkeypatch.setenv("ADDED", "")
    assert run(*command).code == 0
    assert editor.read_text() == text
    assert not kept.exists()


def test_other_words_stand_before_what_was_not_sent(
    simulator: Simulator, run: Run, editor: Path
) -> None:
    assert run("ask", "-e", "one", "--max-cost", "0").code == 7
    run("ask", "-e", "two")
    assert editor.read_text() == "two\n\none edited {n}"
    assert (
        sent(simulator)["messages"][0]["content"][0]["text"] == "two\n\none edited {n} edited {n}"
    )


@pytest.mark.usefixtures("simulator")
def test_nothing_is_left_of_a_prompt_that_is_not_to_be_saved(run: Run, editor: Path) -> None:
    refused = run("ask", "-n", "-e", "one", "--max-cost", "0")
    assert refused.code == 7
    assert "your text" not in refused.stderr
    assert not unsent.unsent_file().exists()


@pytest.mark.usefixtures("terminal")
def test_a_text_that_was_taken_out_is_not_opened_again(
    run: Run, editor: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("ask", "-e", "one", "--max-cost", "0")
    monkeypatch.setenv("EDITOR", "truncate -s 0")
    assert run("ask", "-e").code == 2
    assert not unsent.unsent_file().exists()


def test_an_editor_has_the_terminal_where_the_answer_goes_to_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\ntest -t 0 && test -t 1 && echo hi >"$1"\n')
    editor.chmod(0o755)
    monkeypatch.setenv("EDITOR", str(editor))
    with (
        open("answer", "wb") as answer,
        ControllingTerminal("ask", "-e", "-n", "--simulate", stdout=answer) as terminal,
    ):
        assert terminal.wait() == 0
    assert "hi" in Path("answer").read_text()


@pytest.mark.usefixtures("terminal")
def test_an_editor_that_fails_sends_nothing(
    simulator: Simulator, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VISUAL", "false")
    assert run("ask", "-e", "hi").code == 2
    monkeypatch.setenv("VISUAL", "/nonexistent/editor")
    assert run("ask", "-e", "hi").code == 78
    assert simulator.requests == []


def test_an_editor_is_never_started_without_a_terminal(tmp_path: Path) -> None:
    environment = {**os.environ, "EDITOR": f"touch {tmp_path / 'started'}"}
    for command in (["ask", "-e", "hi"], ["config", "edit"], ["templates", "edit", "new"]):
        ran = subprocess.run(
            [sys.executable, "-m", "claude_cli", *command],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            start_new_session=True,
            check=False,
        )
        assert ran.returncode == 2
        assert b"there is no terminal for the editor" in ran.stderr
        by_file = {"config": b"config.toml is plain text", "templates": b"new.toml is plain text"}
        assert by_file.get(command[0], b"as an argument, in a file or through a pipe") in ran.stderr
    assert not (tmp_path / "started").exists()
