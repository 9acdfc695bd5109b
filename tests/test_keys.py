"""Which credential is sent, and which never is."""

from pathlib import Path

import pytest

from claude_cli.errors import ConfigError, InputUnreadable
from claude_cli.keys import find_credential

KEY = {"ANTHROPIC_API_KEY": "sk-ant-1"}
TOKEN = {"ANTHROPIC_AUTH_TOKEN": "tok-1"}


def test_the_api_key_goes_before_the_token() -> None:
    found = find_credential(KEY | TOKEN, None, Path())
    assert (found.header, found.value) == ("x-api-key", "sk-ant-1")


def test_a_token_is_sent_as_bearer() -> None:
    found = find_credential(TOKEN, None, Path())
    assert (found.header, found.value) == ("authorization", "Bearer tok-1")


def test_an_empty_value_is_no_value() -> None:
    assert find_credential({"ANTHROPIC_API_KEY": ""} | TOKEN, None, Path()).value == "Bearer tok-1"


def test_a_credential_does_not_print() -> None:
    assert "sk-ant-1" not in repr(find_credential(KEY, None, Path()))


def test_an_env_file_that_was_named_goes_before_the_environment(tmp_path: Path) -> None:
    (tmp_path / "my.env").write_text("export ANTHROPIC_API_KEY='sk-file'\n")
    assert find_credential(KEY, str(tmp_path / "my.env"), tmp_path).value == "sk-file"


def test_a_dotenv_of_the_folder_is_the_last_resort_and_gives_a_key_alone(tmp_path: Path) -> None:
    lines = "\ufeffANTHROPIC_BASE_URL=http://evil\nANTHROPIC_AUTH_TOKEN=t\nANTHROPIC_API_KEY=sk-e\n"
    (tmp_path / ".env").write_text(lines, encoding="utf-8")
    assert find_credential({}, None, tmp_path).value == "sk-e"
    assert find_credential(KEY, None, tmp_path).value == "sk-ant-1"


def test_a_dotenv_without_a_key_is_no_key(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("OTHER=1\nANTHROPIC_AUTH_TOKEN=t\n")
    with pytest.raises(ConfigError, match="no API key"):
        find_credential({}, None, tmp_path)


def test_without_a_key_the_hint_names_every_way_to_one() -> None:
    with pytest.raises(ConfigError) as caught:
        find_credential({}, None, Path("/nonexistent"))
    assert caught.value.hint is not None
    assert all(word in caught.value.hint for word in ("console.anthropic.com", "--simulate"))


def test_an_env_file_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputUnreadable, match=r"nothing\.env"):
        find_credential(KEY, str(tmp_path / "nothing.env"), tmp_path)


@pytest.mark.parametrize(
    "secret", ["sk\n1", "sk 1", '"sk"', "'sk'", "“sk”", "sk\x00", "ské", "sk\r", "\u2028sk", "`sk`"]
)
@pytest.mark.parametrize("name", ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"])
def test_a_malformed_key_is_refused_without_its_value(secret: str, name: str) -> None:
    with pytest.raises(ConfigError) as caught:
        find_credential({name: secret}, None, Path("/nonexistent"))
    assert name in caught.value.message
    assert secret not in caught.value.message + str(caught.value.hint)
