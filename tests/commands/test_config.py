"""`config`: the file shown, changed and checked."""

import os
from pathlib import Path

import pytest

from tests.conftest import Run


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "home" / "config" / "config.toml"
    path.parent.mkdir(parents=True)
    return path


def test_the_path_is_printed_and_nothing_created(run: Run, tmp_path: Path) -> None:
    assert run("config", "path").text.strip() == str(tmp_path / "home" / "config" / "config.toml")
    assert not (tmp_path / "home").exists()


def test_set_keeps_comments_and_get_reads(run: Run, file: Path) -> None:
    file.write_text("# mine\nmodel = 'opus'  # the best\n")
    assert run("config", "set", "max-tokens", "100").code == 0
    assert run("config", "set", "model", "haiku").code == 0
    assert file.read_text() == '# mine\nmodel = "haiku"  # the best\nmax-tokens = 100\n'
    assert run("config", "get", "model").text == "haiku\n"
    assert run("ask", "--dry-run", "hi").json["max_tokens"] == 100


def test_a_new_file_is_for_its_owner_alone(run: Run, tmp_path: Path) -> None:
    run("config", "set", "model", "opus")
    path = tmp_path / "home" / "config" / "config.toml"
    assert os.stat(path).st_mode & 0o777 == 0o600


def test_a_profile_is_set_and_used(run: Run, file: Path) -> None:
    assert run("config", "set", "profiles.work.max_tokens", "7").code == 0
    assert run("ask", "--dry-run", "--profile", "work", "hi").json["max_tokens"] == 7
    assert run("ask", "--dry-run", "hi").json["max_tokens"] == 8192


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("modle", "x", "did you mean model?"),
        ("dry-run", "true", "there is no flag"),
        ("max-tokens", "many", "max-tokens"),
        ("usage", "perhaps", "true or false"),
        ("approve", "sometimes", "approve"),
        ("prices.x", "1", "not a key"),
        ("temperature", "2", "temperature"),
    ],
)
def test_what_no_flag_takes_is_refused(
    run: Run, file: Path, key: str, value: str, told: str
) -> None:
    ran = run("config", "set", key, value)
    assert ran.code == 2
    assert told in ran.stderr
    assert not file.exists()


@pytest.mark.parametrize(
    ("key", "value", "line"),
    [("stop", "a, b", 'stop = ["a", "b"]'), ("usage", "yes", "usage = true"),
     ("temperature", "0.5", "temperature = 0.5"), ("thinking", "off", 'thinking = "off"')],
)  # fmt: skip
def test_values_have_the_type_of_their_flag(
    run: Run, file: Path, key: str, value: str, line: str
) -> None:
    assert run("config", "set", key, value).code == 0
    assert file.read_text() == f"{line}\n"


def test_unset_takes_a_key_out(run: Run, file: Path) -> None:
    file.write_text("model = 'opus'\nusage = true\n")
    assert run("config", "unset", "model").code == 0
    assert file.read_text() == "usage = true\n"
    assert run("config", "unset", "model").code == 66


def test_show_tells_where_each_value_comes_from(
    run: Run, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text("max-tokens = 5\n[profiles.work]\nretries = 9\n")
    monkeypatch.setenv("ANTHROPIC_MODEL", "claude-x")
    rows = run("config", "show", "--profile", "work", "--format", "json").json
    shown = {row["key"]: (row["value"], row["source"]) for row in rows}
    assert shown["model"] == ("claude-x", "environment")
    assert shown["max-tokens"] == (5, str(file))
    assert shown["retries"] == (9, "profile work")
    assert shown["approve"] == ("ask", "default")


def test_the_editor_cannot_leave_a_broken_file(
    run: Run, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text("model = 'opus'\n")
    monkeypatch.setenv("EDITOR", "sh -c 'echo broken >> \"$0\"'")
    ran = run("config", "edit")
    assert ran.code == 78
    assert file.read_text() == "model = 'opus'\n"
    monkeypatch.setenv("EDITOR", "sh -c 'echo usage = true >> \"$0\"'")
    assert run("config", "edit").code == 0
    assert file.read_text() == "model = 'opus'\nusage = true\n"


def test_a_broken_file_is_told_with_its_line(run: Run, file: Path) -> None:
    file.write_text("a = 1\nb = [\n")
    for command in (["config", "show"], ["config", "set", "model", "x"], ["ask", "--dry-run", "x"]):
        ran = run(*command)
        assert ran.code == 78, command
        assert "config.toml" in ran.stderr
