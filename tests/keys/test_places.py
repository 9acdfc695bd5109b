"""Which credential is sent, and which never is."""

import os
import shlex
import subprocess
import sys
from ast import literal_eval
from pathlib import Path

import pytest

from claude_cli.errors import ConfigError, InputError, InputUnreadable
from claude_cli.keys.credential import Credential, mask
from claude_cli.keys.keyfile import key_file, write_key_file
from claude_cli.keys.places import Search, find_credential, look_everywhere

KEY = {"ANTHROPIC_API_KEY": "sk-ant-1"}
TOKEN = {"ANTHROPIC_AUTH_TOKEN": "tok-1"}
NOWHERE = Path("/nonexistent")


def find(
    environ: dict[str, str], env_file: str | None = None, folder: Path = NOWHERE
) -> Credential:
    return find_credential(Search(environ, env_file, folder))


def printing(text: str) -> str:
    return shlex.join([sys.executable, "-c", f"print({text!r})"])


def test_the_api_key_goes_before_the_token() -> None:
    found = find(KEY | TOKEN)
    assert (found.header, found.value) == ("x-api-key", "sk-ant-1")


def test_a_token_is_sent_as_bearer() -> None:
    found = find(TOKEN)
    assert (found.header, found.value) == ("authorization", "Bearer tok-1")


def test_an_empty_value_is_no_value() -> None:
    assert find({"ANTHROPIC_API_KEY": ""} | TOKEN).value == "Bearer tok-1"


def test_a_credential_does_not_print() -> None:
    assert "sk-ant-1" not in repr(find(KEY))


def test_an_env_file_that_was_named_goes_before_the_environment(tmp_path: Path) -> None:
    (tmp_path / "my.env").write_text("export ANTHROPIC_API_KEY='sk-file'\n")
    assert find(KEY, str(tmp_path / "my.env"), tmp_path).value == "sk-file"


def test_an_env_file_without_a_key_is_at_fault(tmp_path: Path) -> None:
    (tmp_path / "my.env").write_text("OTHER=1\n")
    with pytest.raises(ConfigError, match="no ANTHROPIC_API_KEY"):
        find(KEY, str(tmp_path / "my.env"))


def test_a_dotenv_of_the_folder_is_the_last_resort_and_gives_a_key_alone(tmp_path: Path) -> None:
    lines = "\ufeffANTHROPIC_BASE_URL=http://evil\nANTHROPIC_AUTH_TOKEN=t\nANTHROPIC_API_KEY=sk-e\n"
    (tmp_path / ".env").write_text(lines, encoding="utf-8")
    assert find({}, None, tmp_path).value == "sk-e"
    write_key_file(key_file(), "sk-kept")
    assert find({}, None, tmp_path).value == "sk-kept"


def test_a_dotenv_without_a_key_is_no_key(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("OTHER=1\nANTHROPIC_AUTH_TOKEN=t\n")
    with pytest.raises(ConfigError, match="no API key"):
        find({}, None, tmp_path)


def test_the_key_command_goes_before_the_key_file() -> None:
    write_key_file(key_file(), "sk-kept")
    search = Search({}, folder=NOWHERE, key_command=lambda: printing("sk-printed"))
    found = find_credential(search)
    assert (found.source, found.value) == ("key-command", "sk-printed")


def test_the_environment_asks_neither_the_config_nor_its_command() -> None:
    def never() -> str:
        raise AssertionError

    assert find_credential(Search(KEY, key_command=never)).value == "sk-ant-1"


def test_without_a_key_the_hint_names_every_way_to_one() -> None:
    with pytest.raises(ConfigError) as caught:
        find({})
    assert caught.value.hint is not None
    for word in ("console.anthropic.com/settings/keys", "auth login", "--simulate"):
        assert word in caught.value.hint


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX file kinds")
def test_an_env_file_that_is_none_is_told_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    for path in (str(tmp_path / "fifo"), "/dev/zero", str(tmp_path)):
        with pytest.raises(InputUnreadable, match=path):
            find(KEY, path)
    (tmp_path / "binary").write_bytes(b"ANTHROPIC_API_KEY=\xff")
    with pytest.raises(InputError, match="offset 18"):
        find(KEY, str(tmp_path / "binary"))


def test_an_env_file_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputUnreadable, match=r"nothing\.env"):
        find(KEY, str(tmp_path / "nothing.env"))


@pytest.mark.parametrize(
    "secret", ["sk\n1", "sk 1", '"sk"', "'sk'", "“sk”", "sk\x00", "ské", "sk\r", "\u2028sk", "`sk`"]
)
@pytest.mark.parametrize("name", ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"])
def test_a_malformed_key_is_refused_without_its_value(secret: str, name: str) -> None:
    with pytest.raises(ConfigError) as caught:
        find({name: secret})
    assert name in caught.value.message
    assert secret not in caught.value.message + str(caught.value.hint)


@pytest.mark.parametrize(
    ("secret", "shown"),
    [("sk-ant-12345678", "****5678"), ("123456789012", "****9012"), ("12345678901", "****")],
)
def test_a_mask_shows_four_characters_of_a_long_key_and_none_of_a_short_one(
    secret: str, shown: str
) -> None:
    assert mask(secret) == shown


def test_every_place_is_listed_in_order_with_what_is_wrong_with_it() -> None:
    write_key_file(key_file(), "sk-kept")
    key_file().chmod(0o644)
    environ = {"ANTHROPIC_API_KEY": "sk 1"} | TOKEN
    search = Search(environ, folder=NOWHERE, key_command=lambda: printing("sk-printed"))
    token, command, file = list(look_everywhere(search))[1:]
    malformed = next(look_everywhere(search))
    assert malformed.source == "ANTHROPIC_API_KEY"
    assert "no key has" in str(malformed.problem)
    assert (token.source, command.secret) == ("ANTHROPIC_AUTH_TOKEN", "sk-printed")
    assert "others can read" in str(file.problem)


def test_a_key_in_the_environment_imports_no_other_place() -> None:
    code = (
        "import sys; from claude_cli.keys.places import Search, find_credential\n"
        "find_credential(Search({'ANTHROPIC_AUTH_TOKEN': 'x'}))\n"
        "print([m for m in sys.modules if m.startswith(('claude_cli', 'dotenv', 'subprocess'))])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert set(literal_eval(ran.stdout.decode())) == {
        "claude_cli",
        "claude_cli.errors",
        "claude_cli.keys",
        "claude_cli.keys.credential",
        "claude_cli.keys.places",
    }
