"""The help, as somebody with 80 columns reads it."""

import re

import pytest

from claude_cli.commandline.help import _listed
from claude_cli.errors import ExitCode
from tests.command_tree import every_command
from tests.conftest import Run


@pytest.mark.parametrize("command", every_command())
def test_no_list_of_values_breaks_in_its_middle(run: Run, command: str) -> None:
    ran = run(*command.split(), "--help")
    assert ran.code == 0
    cells = [cell for line in ran.text.splitlines() for cell in re.split(r"│|  +", line)]
    assert [cell for cell in cells if cell.startswith("|") or cell.endswith("|")] == []
    assert max(map(len, ran.text.splitlines())) <= 80


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_the_help_of_a_question_shows_what_counts_where_nobody_set_it(run: Run, flag: str) -> None:
    assert "[default: sonnet]" in run("ask", flag).text
    assert "fable, mythos" in " ".join(re.sub("│", " ", run("ask", flag).text).split())


def test_the_help_of_the_program_has_exit_codes_and_environment_variables(run: Run) -> None:
    text = run("--help").text
    for code in ExitCode:
        meaning = re.escape(code.meaning.replace("`", "")[:20])
        assert re.search(rf"^  {code.value} +{meaning}", text, re.M)
    params = [param for command in every_command().values() for param in command.params]
    variables = {param.envvar for param in params if getattr(param, "envvar", None)}
    for name in (*variables, "ANTHROPIC_API_KEY", "CLAUDE_CLI_HOME", "NO_COLOR", "HTTPS_PROXY"):
        assert f"\n  {name} " in text
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize(("name", "widest"), [("nnn", 78), ("nnnn", 79)])
def test_a_list_of_two_columns_leaves_the_last_column_free(name: str, widest: int) -> None:
    listed = _listed("Title", {name: "w " * 200})
    assert max(map(len, listed.splitlines())) == widest


def test_config_show_tells_the_built_in_values(run: Run) -> None:
    rows = {row["key"]: row for row in run("config", "show", "--format", "json").json}
    assert rows["max-tokens"]["value"].startswith("8192")
    assert rows["max-tokens"]["source"] == "default"


@pytest.mark.usefixtures("no_model")
def test_config_show_tells_the_default_model(run: Run) -> None:
    assert "model\tsonnet\tdefault" in run("config", "show").text
