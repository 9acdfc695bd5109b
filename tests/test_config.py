"""The config file as defaults for flags."""

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_cli.config import Config
from claude_cli.disk.paths import config_file
from claude_cli.errors import ConfigError
from claude_cli.simulator.server.server import Simulator
from tests.conftest import Run
from tests.thorough import MANY

FILE = """
model = "of-file"
max-tokens = 100

[profiles.work]
model = "of-profile"
base-url = "https://gateway.example"

[prices."x"]
input = 1
"""


@pytest.fixture
def config(tmp_path: Path) -> Config:
    (tmp_path / "config.toml").write_text(FILE)
    return Config(tmp_path / "config.toml")


def test_keys_are_flags_and_tables_are_not(config: Config) -> None:
    assert config.defaults(None) == {"model": "of-file", "max_tokens": "100"}


def test_a_profile_lies_over_the_file(config: Config) -> None:
    assert config.defaults("work") == {
        "model": "of-profile",
        "max_tokens": "100",
        "base_url": "https://gateway.example",
    }


def test_the_key_comes_from_the_command_of_the_profile_that_was_named(
    run: Run, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    config_file().parent.mkdir(parents=True)
    config_file().write_text(
        "key-command = 'echo sk-of-file'\n[profiles.work]\nkey-command = 'echo sk-of-profile'\n"
    )
    for flags in ([], ["--profile", "work"]):
        assert run("ask", "hi", *flags).code == 0
    keys = [request.headers["x-api-key"] for request in simulator.requests]
    assert keys == ["sk-of-file", "sk-of-profile"]


def test_a_profile_wins_whatever_the_spelling(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text("max-tokens = 1\nmax_tokens = 2\n[profiles.a]\nmax-tokens = 3")
    assert Config(tmp_path / "c.toml").defaults("a") == {"max_tokens": "3"}


def test_values_are_as_they_would_be_typed(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text("a = true\nb = ['x', 2]\nc = 1e400\nd = 2026-01-02\n")
    assert Config(tmp_path / "c.toml").defaults(None) == {
        "a": "true",
        "b": ["x", "2"],
        "c": "inf",
        "d": "2026-01-02",
    }


def test_a_table_is_neither_a_value_nor_a_value_a_table(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text("[model]\na = 1\n")
    with pytest.raises(ConfigError, match=r"c\.toml: model: a table"):
        Config(tmp_path / "c.toml").defaults(None)
    for name in ("profiles", "prices", "tools"):
        (tmp_path / "c.toml").write_text(f"{name} = 1\n")
        with pytest.raises(ConfigError, match=rf"c\.toml: {name} is no table"):
            Config(tmp_path / "c.toml").defaults(None)
    (tmp_path / "c.toml").write_text("profiles.a = 1\n")
    with pytest.raises(ConfigError, match=r"c\.toml: profiles\.a is no table"):
        Config(tmp_path / "c.toml").defaults(None)


def test_the_file_may_name_the_profile_that_counts(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text("profile = 'a'\n[profiles.a]\nmodel = 'x'\nkey-command = 'k'\n[profiles.b]\n")
    assert Config(path).defaults(None) == {"model": "x"}
    assert Config(path).setting("key-command", None) == "k"
    assert Config(path).defaults("b") == {}
    assert Config(path).defaults("") == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("profile = 'c'", "no profile 'c'"),
        ("profile = 3", "profile is no name"),
        ("[profiles.a]\nprofile = 'b'\n[profiles.b]", r"profiles\.a: a profile cannot"),
    ],
)
def test_what_the_file_cannot_choose_is_told(tmp_path: Path, text: str, expected: str) -> None:
    (tmp_path / "c.toml").write_text(text)
    with pytest.raises(ConfigError, match=expected):
        Config(tmp_path / "c.toml").defaults(None)


@pytest.mark.parametrize(
    "text",
    [
        *("model = 5", "model = true", "base-url = 7", "system = 2026-01-02", "model = ['a']"),
        *("ledger = 'no'", "usage = 1", "stop = 'x'", "stop = [['x']]", "stop = [1]"),
        *("retries = true", "max-tokens = 1.5", "header = ['bad']", "format = 3"),
    ],
)
def test_a_value_of_another_type_than_its_flag_has_is_told(run: Run, text: str) -> None:
    config_file().parent.mkdir(parents=True)
    config_file().write_text(f"{text}\n")
    ran = run("ask", "hi", "--simulate")
    assert (ran.code, ran.stdout) == (78, b"")
    assert f"{config_file()}: {text.partition(' ')[0]}: " in ran.stderr


def test_a_text_that_looks_like_a_number_needs_no_quotes(run: Run) -> None:
    config_file().parent.mkdir(parents=True)
    config_file().write_text("thinking = 2000\nuser-id = 7\napi-version = 2023-06-01\n")
    body = run("ask", "hi", "--dry-run").json
    assert (body["thinking"]["budget_tokens"], body["metadata"]["user_id"]) == (2000, "7")


@pytest.mark.parametrize("prices", ["[prices]\nx = 3", "[prices.x]\ninput = 1", "prices = 3"])
def test_prices_that_are_none_are_told_before_anything_is_paid_for(
    simulator: Simulator, run: Run, prices: str
) -> None:
    config_file().parent.mkdir(parents=True)
    config_file().write_text(prices)
    ran = run("ask", "hi")
    assert (ran.code, simulator.requests) == (78, [])
    assert f"error: {config_file()}: " in ran.stderr


def test_a_profile_that_is_not_there_is_told_with_those_that_are(config: Config) -> None:
    with pytest.raises(ConfigError, match="no profile 'home'") as caught:
        config.defaults("home")
    assert caught.value.hint == "known profiles: work"


def test_a_missing_file_is_an_empty_one(tmp_path: Path) -> None:
    assert Config(tmp_path / "none.toml").defaults(None) == {}


def test_a_syntax_error_is_told_with_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text("a = 1\nb = \n")
    with pytest.raises(ConfigError, match=r"c\.toml: .*line 2"):
        Config(tmp_path / "c.toml").defaults(None)


def test_a_file_that_is_no_utf8_or_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_bytes(b"a = '\xff'")
    for path in (tmp_path / "c.toml", tmp_path):
        with pytest.raises(ConfigError, match=str(path)):
            Config(path).defaults(None)


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX file kinds")
def test_a_file_that_is_none_neither_hangs_nor_fills_memory(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "link").symlink_to("/dev/zero")
    (tmp_path / "huge").touch()
    os.truncate(tmp_path / "huge", 10 << 30)
    for name in ("fifo", "link", "huge"):
        with pytest.raises(ConfigError, match=name):
            Config(tmp_path / name).defaults(None)


def test_a_byte_order_mark_is_dropped(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_bytes(b"\xef\xbb\xbfa = 1")
    assert Config(tmp_path / "c.toml").defaults(None) == {"a": "1"}


COUNTING = """
import sys
from claude_cli import app
path, opened = sys.argv[1], []
sys.addaudithook(lambda event, args: opened.append(1) if event == "open" and str(args[0]) == path
                 else None)
code = app.run(sys.argv[2:])
print(code, len(opened))
"""


@pytest.mark.parametrize(
    "arguments",
    [
        ["ask", "--simulate", "-q", "-T", "tools.toml", "-u", "--max-cost", "9", "hi"],
        ["count", "--simulate", "-q", "hi"],
        ["models", "show", "sonnet", "--simulate", "-q"],
    ],
)
def test_the_config_file_is_read_once(arguments: list[str]) -> None:
    config_file().parent.mkdir(parents=True)
    config_file().write_text('[prices."claude-x"]\ninput = 1\noutput = 2\n')
    Path("tools.toml").write_text(
        'name = "add"\ndescription = "a"\ncommand = ["cat"]\n[input_schema]\ntype = "object"\n'
    )
    ran = subprocess.run(
        [sys.executable, "-c", COUNTING, str(config_file()), *arguments],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert ran.stdout.splitlines()[-1] == "0 1", ran.stderr


TABLES = ["[profiles.a]", "[prices]", "[aliases]", "[loaders]"]
SIGNS = ["=", "[", "]", '"a"', "1", "true", "2026-01-01", "{", "}", ".", ",", "\n", "#", "é"]
LINES = st.sampled_from(["model", "max-tokens", "stop", "profile", *TABLES, *SIGNS])


@MANY
@given(st.lists(LINES, max_size=14).map("".join) | st.text(max_size=30), st.sampled_from("ab"))
def test_any_text_is_a_config_file_or_refused_in_words(text: str, profile: str) -> None:
    config = Config(Path("config.toml"), text)
    with contextlib.suppress(ConfigError):
        values = config.defaults(profile).values()
        assert all(isinstance(value, str | list) for value in values)
    for read in (lambda: config.aliases, lambda: config.loaders, lambda: config.chosen(None)):
        with contextlib.suppress(ConfigError):
            read()
