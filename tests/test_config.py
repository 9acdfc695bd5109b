"""The config file as defaults for flags."""

from pathlib import Path

import pytest

from claude_cli.config import Config
from claude_cli.errors import ConfigError

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
    (tmp_path / "c.toml").write_text("profiles = 1\n[model]\na = 1\n")
    with pytest.raises(ConfigError, match=r"c\.toml: model: a table"):
        Config(tmp_path / "c.toml").defaults(None)
    (tmp_path / "c.toml").write_text("profiles = 1\n")
    with pytest.raises(ConfigError, match=r"c\.toml: profiles is no table"):
        Config(tmp_path / "c.toml").defaults("x")


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


def test_a_byte_order_mark_is_dropped(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_bytes(b"\xef\xbb\xbfa = 1")
    assert Config(tmp_path / "c.toml").defaults(None) == {"a": "1"}
