"""What Tab offers, and what it costs: the protocol that the shell scripts speak."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from claude_cli.app import COMMANDS
from claude_cli.commandline.completion import VARIABLE
from claude_cli.disk.paths import config_file
from claude_cli.session.store import Store
from tests.conftest import Run


def press_tab(line: str, shell: str = "zsh", *options: str) -> tuple[list[str], str]:
    """The lines that are offered at the end of `line`, and stderr."""
    words = line.split(" ")
    environment = {
        VARIABLE: f"complete_{shell}",
        "_TYPER_COMPLETE_ARGS": line,
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words) - 1),
    }
    ran = subprocess.run(
        [sys.executable, *options, "-c", "from claude_cli.app import main; main()"],
        env={**os.environ, **environment},
        capture_output=True,
        check=False,
    )
    return ran.stdout.decode().splitlines(), ran.stderr.decode()


def offered(line: str, shell: str = "bash") -> list[str]:
    lines, trouble = press_tab(line, shell)
    assert trouble == ""
    return lines


def test_the_first_word_is_a_command_with_its_summary() -> None:
    assert offered("claude-cli ") == list(COMMANDS)
    assert offered("claude-cli st") == ["stream"]
    notes = [line.split("\t")[1] for line in offered("claude-cli ", "zsh")]
    assert len(notes) == len(COMMANDS)
    assert all(notes)


def test_a_shell_that_tells_no_line_is_offered_nothing_and_sees_a_failure() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "claude_cli"],
        env={**os.environ, VARIABLE: "complete_bash"},
        capture_output=True,
        check=False,
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (1, b"", b"")


@pytest.mark.parametrize("wanted", ["source_bash", "complete_tcsh", "complete", "1"])
def test_what_no_script_of_ours_asks_is_wrong_usage(wanted: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "claude_cli"],
        env={**os.environ, VARIABLE: wanted, "COMP_WORDS": "claude-cli ", "COMP_CWORD": "1"},
        capture_output=True,
        check=False,
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (2, b"", b"")


def test_a_model_is_offered_by_id_and_by_line() -> None:
    assert offered("claude-cli ask -m son") == ["sonnet"]
    assert all("claude-sonnet" in word for word in offered("claude-cli chat -m claude-son"))
    assert "claude-sonnet-4-6" in offered("claude-cli count --model claude-son")


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_a_value_joined_to_its_option_keeps_it(shell: str) -> None:
    assert offered("claude-cli ask --model=son", shell) == ["--model=sonnet"]


def test_bash_makes_three_words_of_a_joined_option() -> None:
    assert offered("claude-cli ask --model = son") == ["sonnet"]
    assert offered("claude-cli ask --effort = high --model = son") == ["sonnet"]


def test_sessions_are_offered_by_name_or_id() -> None:
    store = Store()
    store.new({}, name="trip")
    for command in ("ask -r ", "chat --resume ", "sessions show "):
        assert offered(f"claude-cli {command}") == ["trip"]


def test_profiles_templates_and_jobs_are_offered(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "config" / "templates").mkdir(parents=True)
    (home / "config" / "config.toml").write_text("[profiles.work]\n[profiles.home]\n")
    (home / "config" / "templates" / "sum.toml").write_text("")
    (home / "data" / "jobs" / "0123abcd").mkdir(parents=True)
    assert offered("claude-cli ask --profile ") == ["work", "home"]
    assert offered("claude-cli ask -t ") == offered("claude-cli templates show ") == ["sum"]
    assert offered("claude-cli batch wait ") == ["0123abcd"]


def test_platforms_regions_and_names_of_deployments_are_offered(tmp_path: Path) -> None:
    config = tmp_path / "home" / "config" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text('[platform-models]\nsonata = "claude-opus-5"\n')
    assert offered("claude-cli ask --platform b") == ["bedrock"]
    assert {"global", "eu", "eu-west-1", "europe-west1"} <= {*offered("claude-cli ask --region ")}
    assert offered("claude-cli ask --region eu-w") == ["eu-west-1", "eu-west-2", "eu-west-3"]
    assert offered("claude-cli ask -m sona") == ["sonata"]


def test_a_name_that_does_not_print_is_not_offered(tmp_path: Path) -> None:
    folder = tmp_path / "home" / "config" / "templates"
    folder.mkdir(parents=True)
    (folder / "a\x1b[2Jb.toml").write_text("")
    (folder / "a\nb.toml").write_text("")
    assert offered("claude-cli ask -t ") == []


@pytest.mark.parametrize("kind", ["-r ", "--profile ", "-t ", "-m "])
def test_nothing_is_printed_where_something_is_wrong(tmp_path: Path, kind: str) -> None:
    (tmp_path / "home").mkdir()
    for name in ("config", "data", "cache"):
        (tmp_path / "home" / name).write_text("in the way")
    assert all(word.isprintable() for word in offered(f"claude-cli ask {kind}"))


def test_a_wrong_instruction_says_nothing() -> None:
    assert press_tab("claude-cli ", "tcsh") == ([], "")


def test_the_version_is_not_printed_into_the_line() -> None:
    assert "claude-cli" not in "".join(offered("claude-cli --version "))


@pytest.mark.parametrize(
    "line", ["claude-cli ", "claude-cli ask --mo", "claude-cli ask -m son", "claude-cli ask -r "]
)
def test_tab_loads_nothing_heavy(line: str) -> None:
    imported = {
        row.rpartition("|")[2].strip().partition(".")[0]
        for row in press_tab(line, "zsh", "-X", "importtime")[1].splitlines()
    }
    assert "typer" in imported
    assert not imported & {"httpx", "rich", "prompt_toolkit", "markdown_it", "asyncio", "pydantic"}


def test_an_unknown_shell_is_wrong_usage(run: Run) -> None:
    assert run("completion", "tcsh").code == 2


def test_tab_offers_the_words_that_a_flag_takes_among_other_things() -> None:
    assert offered("claude-cli ask --thinking ") == ["off", "adaptive"]
    assert offered("claude-cli chat --tool-choice a") == ["auto", "any"]


def test_tab_offers_the_users_own_names_of_models() -> None:
    config_file().parent.mkdir(parents=True)
    config_file().write_text("[aliases]\nfast = 'haiku'\n")
    assert offered("claude-cli ask -m fas") == ["fast"]


def test_tab_goes_on_after_a_question_and_after_help() -> None:
    assert "--model" in offered("claude-cli 玉山？ --mod")
    assert offered("claude-cli help sess") == ["sessions"]
