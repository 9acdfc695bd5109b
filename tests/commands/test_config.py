"""`config`: the file shown, changed and checked."""

import json
import os
import shlex
import stat
import tomllib
from pathlib import Path
from typing import Any

import pytest

from claude_cli.flow import config
from tests.conftest import Run, Spawn


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "home" / "config" / "config.toml"
    path.parent.mkdir(parents=True)
    return path


def test_a_key_that_is_not_set_is_told_where_all_values_are(run: Run) -> None:
    ran = run("config", "get", "model")
    assert (ran.code, "claude-cli config show" in ran.stderr) == (66, True)


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
    ("key", "value", "expected"),
    [
        ("modle", "x", "did you mean model?"),
        ("dry-run", "true", "--dry-run cannot be stored"),
        ("continue", "true", "--continue cannot be stored"),
        ("body", "work", "--body cannot be stored"),
        ("each", "*.pdf", "--each cannot be stored"),
        ("help", "true", "--help cannot be stored"),
        ("colour", "red", "there is no flag --colour"),
        ("max-tokens", "many", "'--max-tokens': 'many' is no whole number"),
        ("profiles.work.retries", "x", "'--retries': 'x' is no whole number"),
        ("usage", "perhaps", "true or false"),
        ("approve", "sometimes", "approve"),
        ("prices.x", "1", "not a key"),
        ("profiles.work", "x", "not a key"),
        ("temperature", "2", "temperature"),
    ],
)
def test_what_no_flag_takes_is_refused(
    run: Run, file: Path, key: str, value: str, expected: str
) -> None:
    ran = run("config", "set", key, value)
    assert ran.code == 2
    assert expected in ran.stderr
    assert not file.exists()


@pytest.mark.parametrize(
    ("key", "value", "line"),
    [("stop", ["a", "b,c"], 'stop = ["a", "b,c"]'), ("usage", ["yes"], "usage = true"),
     ("stop", ["a, b"], 'stop = ["a, b"]'), ("key-command", ["pass x"], 'key-command = "pass x"'),
     ("temperature", ["0.5"], "temperature = 0.5"), ("thinking", ["off"], 'thinking = "off"')],
)  # fmt: skip
def test_values_have_the_type_of_their_flag(
    run: Run, file: Path, key: str, value: list[str], line: str
) -> None:
    assert run("config", "set", key, *value).code == 0
    assert file.read_text() == f"{line}\n"


@pytest.mark.parametrize(
    ("key", "variable", "typed", "other"),
    [
        ("model", "ANTHROPIC_MODEL", "opus", "haiku"),
        ("base-url", "ANTHROPIC_BASE_URL", "https://a.example", "https://b.example"),
        ("profiles.x.base-url", "ANTHROPIC_BASE_URL", "https://a.example", "https://b.example"),
        ("api-version", "ANTHROPIC_VERSION", "2023-06-01", "2024-01-01"),
    ],
)
def test_what_is_stored_is_what_was_typed_whatever_the_environment_says(
    run: Run, file: Path, monkeypatch: pytest.MonkeyPatch,
    key: str, variable: str, typed: str, other: str,
) -> None:  # fmt: skip
    monkeypatch.setenv(variable, other)
    assert run("config", "set", key, typed).code == 0
    assert run("config", "get", key).text == f"{typed}\n"


def test_a_flag_of_batch_is_stored_too(run: Run, file: Path) -> None:
    assert run("config", "set", "concurrency", "3").code == 0
    assert file.read_text() == "concurrency = 3\n"
    rows = run("config", "show", "--format", "json").json
    assert {row["key"]: row["value"] for row in rows}["concurrency"] == 3


def test_unset_takes_a_key_out(run: Run, file: Path) -> None:
    file.write_text("model = 'opus'\nusage = true\n")
    assert run("config", "unset", "model").code == 0
    assert file.read_text() == "usage = true\n"
    assert run("config", "unset", "model").code == 66


def test_a_value_keeps_its_commas(run: Run, file: Path) -> None:
    assert run("config", "set", "param", 'x:={"a":1,"b":2}').code == 0
    assert run("ask", "--dry-run", "hi").json["x"] == {"a": 1, "b": 2}


@pytest.mark.parametrize("key", ["model", "usage", "max-tokens", "key-command"])
def test_more_values_than_a_flag_takes_are_refused(run: Run, file: Path, key: str) -> None:
    ran = run("config", "set", key, "1", "2")
    assert ran.code == 2
    assert f"{key} takes one value" in ran.stderr
    assert not file.exists()


@pytest.mark.parametrize(("table", "prefix"), [("", ""), ("[profiles.a_b]\n", "profiles.a_b.")])
def test_the_other_spelling_of_a_key_is_the_same_key(
    run: Run, file: Path, table: str, prefix: str
) -> None:
    written = f"{table}max_tokens = 7  # mine\n"
    file.write_text(written)
    assert run("config", "get", f"{prefix}max-tokens").text == "7\n"
    assert run("config", "set", f"{prefix}max-tokens", "9").code == 0
    assert file.read_text() == f"{table}max-tokens = 9  # mine\n"
    assert run("config", "get", f"{prefix}max_tokens").text == "9\n"
    file.write_text(f"{written}max-tokens = 8\n")
    assert run("config", "unset", f"{prefix}max-tokens").code == 0
    assert file.read_text() == ""


P, Q = "[profiles.p]\nmodel = 'y'\n", "[profiles.q]\nmodel = 'z'\n"
PRICE = "[prices.x]\ninput = 1\n"


@pytest.mark.parametrize("key", ["profiles.p", "profiles.p.model"])
@pytest.mark.parametrize(
    ("written", "left"),
    [
        (P, ""),
        (f"{P}{Q}", Q),
        (f"{Q}{P}", Q),
        (f"usage = true\n{P}{PRICE}{Q}", f"usage = true\n{PRICE}{Q}"),
        (f"{P}\n# about q\n{Q}", f"\n# about q\n{Q}"),
        (f"{P}# about x\n{PRICE}{Q}", f"# about x\n{PRICE}{Q}"),
        ("profiles.p.model = 'y'\nprofiles.q.model = 'z'\n", "profiles.q.model = 'z'\n"),
        ("[profiles]\np = {model = 'y'}\n", ""),
        ("profiles = {p = {model = 'y'}}\n", ""),
        (f"[profiles]\n{P}{Q}", f"[profiles]\n{Q}"),
        ("[profiles.'p']\nmodel = 'y'\n", ""),
    ],
)  # fmt: skip
def test_a_profile_goes_by_name_or_with_its_last_key_and_takes_no_comment_with_it(
    run: Run, file: Path, written: str, left: str, key: str
) -> None:
    file.write_text(written)
    assert run("config", "unset", key).code == 0
    assert file.read_text() == left


def test_one_of_two_profiles_of_one_line_goes(run: Run, file: Path) -> None:
    file.write_text("profiles = {p = {model = 'y'}, q = {model = 'z'}}\n")
    assert run("config", "unset", "profiles.p").code == 0
    assert tomllib.loads(file.read_text()) == {"profiles": {"q": {"model": "z"}}}


def test_a_profile_goes_whole_and_only_one_that_is_there(run: Run, file: Path) -> None:
    file.write_text(f"{P}usage = true\n[profiles.p.deep]\nx = 1\n{Q}")
    assert run("config", "unset", "profiles.q").code == 0
    assert run("config", "unset", "profiles.q").code == 66
    assert run("config", "unset", "profiles.p.model").code == 0
    assert file.read_text() == "[profiles.p]\nusage = true\n[profiles.p.deep]\nx = 1\n"
    assert run("config", "unset", "profiles").code == 2
    assert run("config", "set", "profiles.p", "x").code == 2
    assert run("config", "unset", "profiles.p").code == 0
    assert file.read_text() == ""


@pytest.mark.parametrize(
    ("written", "shown"),
    [("'a\\b'", "a\\b"), ("true", "true"), ("['a', \"b\"]", '["a", "b"]'), ("0.5", "0.5"),
     ("inf", "inf"), ("2026-01-02", "2026-01-02"), ("[2026-01-02]", '["2026-01-02"]')],
)  # fmt: skip
def test_get_prints_what_one_would_write(run: Run, file: Path, written: str, shown: str) -> None:
    file.write_text(f"x = {written}\n")
    assert run("config", "get", "x").text == f"{shown}\n"


def test_get_draws_nothing_on_a_terminal_and_gives_a_pipe_the_bytes(run: Run, file: Path) -> None:
    file.write_text('system = "a\\u001b[2Jb"\n')
    assert run("config", "get", "system").text == "a\x1b[2Jb\n"
    from tests.ui.standard_streams import terminal_streams

    with terminal_streams() as terminal:
        config.get("system")
        assert "\x1b" not in terminal.received
        assert terminal.received.startswith("a")


@pytest.mark.usefixtures("terminal")
def test_a_linked_file_is_changed_where_it_is(
    run: Run, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "dotfiles" / "claude.toml"
    file.symlink_to(target)
    assert run("config", "set", "model", "opus").code == 0
    monkeypatch.setenv("EDITOR", "sh -c 'echo usage = true >> \"$0\"'")
    assert run("config", "edit").code == 0
    assert file.is_symlink()
    assert target.read_text() == 'model = "opus"\nusage = true\n'


@pytest.mark.parametrize(
    ("written", "command"),
    [
        (b"x = '\xff'", ["set", "model", "x"]),
        (b"x = '\xff'", ["unset", "x"]),
        (b"x = '\xff'", ["edit"]),
        (b"profiles = 3", ["set", "profiles.a.model", "x"]),
        (b"profiles = 3", ["unset", "profiles.a.model"]),
        (b"[profiles]\na = 3", ["set", "profiles.a.model", "x"]),
        (b"[profiles]\na = 3", ["unset", "profiles.a.model"]),
        (b"[[profiles.a]]", ["set", "profiles.a.model", "x"]),
        (b"x = " + b"[" * 5000, ["set", "model", "x"]),
        (None, ["set", "model", "x"]),
        (None, ["unset", "model"]),
        (None, ["edit"]),
    ],
)
@pytest.mark.usefixtures("terminal")
def test_a_bad_file_is_named_and_left_alone(
    run: Run,
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
    written: bytes | None,
    command: list[str],
) -> None:
    monkeypatch.setenv("EDITOR", "true")
    if written is None:
        file.mkdir()
    else:
        file.write_bytes(written)
    ran = run("config", *command)
    assert ran.code == 78
    assert "config.toml" in ran.stderr
    assert written is None or file.read_bytes() == written


TOKEN = "mcp_servers.0.authorization_token"


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("header = ['X-Token: s3cret', 's3cret']", ["X-Token: [redacted]", "[redacted]"]),
        ("base-url = 'https://me:s3cret@host/v'", "https://me:[redacted]@host/v"),
        ("base-url = 'https://host:8443/v'", "https://host:8443/v"),
        ("proxy = 'http://me:s3c@/s3cret@host:1'", "http://me:[redacted]@host:1"),
        ("proxy = 'me:s3cret@host:1'", "me:[redacted]@host:1"),
        ("proxy = 'http://s3cret@host:1'", "http://[redacted]@host:1"),
        ("param = ['mcp_servers.0.authorization_token=s3cret']", [f"{TOKEN}=[redacted]"]),
        ('param = [\'mcp_servers:=[{"x":"s3cret"}]\']', ["mcp_servers:=[redacted]"]),
        ("param = ['metadata.user_id=me']", ["metadata.user_id=me"]),
        ("key-command = 'pass show  claude'", "pass show claude"),
        ("key-command = 'vault --token s3cret'", "vault --token '[redacted]'"),
        ("key-command = ['x', '--token=s3cret']", ["x", "--token=[redacted]"]),
        ('key-command = "s3cret \'no end"', "[redacted]"),
    ],
)
def test_show_tells_no_secret(run: Run, file: Path, line: str, shown: object) -> None:
    file.write_text(f"{line}\n")
    ran = run("config", "show", "--format", "json")
    assert {row["key"]: row["value"] for row in ran.json}[line.split(" =")[0]] == shown
    table = run("config", "show")
    assert "s3cret" not in ran.text + ran.stderr + table.text + table.stderr
    assert (shown if isinstance(shown, str) else json.dumps(shown)) in table.text


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


@pytest.mark.usefixtures("no_model")
def test_show_has_what_is_set_or_built_in_and_as_json_what_is_unset_too(
    run: Run, file: Path
) -> None:
    def shown(*flags: str) -> tuple[dict[str, list[str]], dict[str, Any]]:
        lines = [line.split("\t") for line in run("config", "show", *flags).text.splitlines()]
        rows = run("config", "show", *flags, "--format", "json").json
        return {key: rest for key, *rest in lines}, {row["key"]: row["value"] for row in rows}

    table, all_of_it = shown()
    assert table["model"] == ["sonnet", "default"]
    assert table["timeout"] == ["600, 300", "default"]
    assert all_of_it["temperature"] is None
    assert {*all_of_it} > {*table} and "temperature" not in table
    assert not {"profile", "key-command"} & {*all_of_it}
    file.write_text(
        "profile = 'work'\nkey-command = 'one'\n"
        "[profiles.work]\nkey-command = 'two'\n[aliases]\nmine = 'claude-x'\n"
    )
    table, _ = shown()
    assert table["profile"] == ["work", str(file)]
    assert table["key-command"] == ["two", "profile work"]
    assert table["aliases.mine"] == ["claude-x", str(file)]
    table, _ = shown("--profile", "")
    assert table["key-command"] == ["one", str(file)]


def test_show_tells_where_a_value_is_that_its_flag_does_not_take(run: Run, file: Path) -> None:
    file.write_text("retries = 'many'\n")
    ran = run("config", "show")
    assert ran.code == 78
    assert ran.stderr.startswith(f"error: {file}: retries: ")


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize(
    "line",
    [
        "broken",
        "system = 5",
        "max-tokens = 'many'",
        "header = 'X-Y: z'",
        "aliases = 5",
        "aliases.a = 5",
        "loaders.docx = 'pandoc'",
        "profiles.work.system = 5",
        "profile = 'nobody'",
        "profile = 'work'\nretries = 'many'\nprofiles.work.retries = 3",
    ],
)
def test_the_editor_cannot_leave_a_file_that_other_commands_refuse(
    run: Run, file: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    file.write_text("model = 'opus'\n")
    monkeypatch.setenv("LINE", line)
    monkeypatch.setenv("EDITOR", 'sh -c \'echo "$LINE" >> "$0"\'')
    ran = run("config", "edit")
    assert ran.code == 78
    assert file.read_text() == "model = 'opus'\n"
    rejected = file.with_name("config.toml.rejected")
    assert rejected.read_text() == f"model = 'opus'\n{line}\n"
    assert stat.S_IMODE(rejected.stat().st_mode) == 0o600
    assert f"nothing was changed; your text is in {rejected}" in ran.stderr

    monkeypatch.setenv("EDITOR", "sh -c 'echo usage = true >> \"$0\"'")
    assert run("config", "edit").code == 0
    assert file.read_text() == "model = 'opus'\nusage = true\n"


def test_a_broken_file_is_told_with_its_line(run: Run, file: Path) -> None:
    file.write_text("a = 1\nb = [\n")
    for command in (["config", "show"], ["config", "set", "model", "x"], ["ask", "--dry-run", "x"]):
        ran = run(*command)
        assert ran.code == 78, command
        assert "config.toml" in ran.stderr


def test_the_name_of_a_model_may_be_quoted_as_in_the_file(run: Run, file: Path) -> None:
    arn = "arn:aws:bedrock:eu-west-1:1:application-inference-profile/a.b"
    assert run("config", "set", f'platform-models."{arn}"', "claude-haiku-4-5").code == 0
    assert f'\n"{arn}" = "claude-haiku-4-5"\n' in file.read_text()
    assert run("config", "get", f"platform-models.{arn}").text == "claude-haiku-4-5\n"


@pytest.mark.parametrize("table", ["aliases", "platform-models"])
def test_names_of_models_are_set_shown_and_unset_dots_and_all(
    run: Run, file: Path, table: str
) -> None:
    for name in ("sonnet-4.5", "arn:aws:x.y/z", "a_b", "a-b"):
        assert run("config", "set", f"{table}.{name}", "claude-opus-5").code == 0
    assert run("config", "get", f"{table}.arn:aws:x.y/z").stdout == b"claude-opus-5\n"
    shown = {row["key"]: row["value"] for row in run("config", "show", "--format", "json").json}
    assert shown[f"{table}.a_b"] == shown[f"{table}.a-b"] == "claude-opus-5"
    assert run("config", "unset", f"{table}.a_b").code == 0
    assert [*tomllib.loads(file.read_text())[table]] == ["sonnet-4.5", "arn:aws:x.y/z", "a-b"]
    assert run("config", "set", table, "x").code == 2


def test_show_refuses_the_types_that_other_commands_refuse(run: Run, file: Path) -> None:
    file.write_text("[profiles.work]\nsystem = 5\n")
    assert run("config", "show").code == 0
    ran = run("config", "show", "--profile", "work")
    assert (ran.code, ran.stderr) == (
        78,
        f"error: {file}: system: this flag takes a text, in quotes\n",
    )


def test_settings_that_are_set_at_once_are_all_kept(spawn: Spawn, file: Path) -> None:
    names = [f"a{number}" for number in range(6)]
    started = [spawn("config", "set", f"aliases.{name}", "opus") for name in names]
    assert [process.wait(60) for process in started] == [0] * 6
    assert sorted(tomllib.loads(file.read_text())["aliases"]) == names


@pytest.mark.usefixtures("terminal")
def test_the_editor_does_not_undo_what_was_set_meanwhile(
    run: Run, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text("model = 'opus'\n")
    change = f"echo usage = true >>\"$0\"; echo >>'{file}' '# by another hand'"
    monkeypatch.setenv("EDITOR", f"sh -c {shlex.quote(change)}")
    ran = run("config", "edit")
    assert (ran.code, "was changed while you edited it" in ran.stderr) == (78, True)
    assert file.read_text() == "model = 'opus'\n# by another hand\n"
    assert file.with_name("config.toml.rejected").read_text() == "model = 'opus'\nusage = true\n"


@pytest.mark.usefixtures("simulator")
def test_a_flag_whose_name_is_a_word_of_python_is_told_as_one(run: Run, file: Path) -> None:
    file.write_text("continue = true\n")
    ran = run("ask", "hi")
    assert (ran.code, "continue is for one command line only\n" in ran.stderr) == (0, True)


@pytest.mark.usefixtures("simulator")
def test_keys_that_are_no_flags_are_told_in_the_order_of_the_file(run: Run, file: Path) -> None:
    names = [f"{letter}xyz" for letter in "qwertyuiop"]
    file.write_text("".join(f"{name} = 1\n" for name in names))
    told = run("ask", "hi").stderr.splitlines()
    assert [line.split(": ")[2].split()[0] for line in told if "is no flag" in line] == names
