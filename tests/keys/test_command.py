"""The key that a command prints."""

import shlex
import sys
import time

import pytest

from claude_cli.disk.paths import config_file
from claude_cli.errors import ConfigError
from claude_cli.keys.command import run_key_command


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_the_first_line_is_the_key() -> None:
    assert run_key_command(python("print(' sk-1 \\nuser: me')")) == "sk-1"


def test_a_string_is_split_like_a_shell_would_and_no_shell_runs_it() -> None:
    line = shlex.join(python("import sys; print(sys.argv[1])")) + " '$(id) *'"
    assert run_key_command(line) == "$(id) *"


def test_stdin_is_not_for_it() -> None:
    assert run_key_command(python("import sys; print(len(sys.stdin.read()))")) == "0"


def test_its_own_error_is_told() -> None:
    with pytest.raises(ConfigError, match="status 3: the vault is locked"):
        run_key_command(
            python("import sys; sys.stderr.write('the vault is locked\\n'); sys.exit(3)")
        )


def test_one_that_fails_is_not_quoted_from_stdout() -> None:
    with pytest.raises(ConfigError) as caught:
        run_key_command(python("import sys; print('sk-secret'); sys.exit(1)"))
    assert "sk-secret" not in caught.value.message


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("'", "No closing quotation"),
        ("", "a command line, or a list"),
        ([], "a command line, or a list"),
        (7, "a command line, or a list"),
        (["/nonexistent/vault"], "cannot run /nonexistent/vault: No such file"),
        (["a\0b"], "cannot run"),
        (python("pass"), "printed no key"),
        (python("while True: print('y' * 4096)"), "printed too much"),
    ],
)
def test_what_gives_no_key_is_a_configuration_error(command: object, told: str) -> None:
    with pytest.raises(ConfigError, match=told) as raised:
        run_key_command(command)
    assert raised.value.message.startswith(f"{config_file()}: key-command")


@pytest.mark.parametrize(
    "code",
    [
        "import time; time.sleep(60)",
        "import subprocess; subprocess.Popen(['sleep', '5'])",
    ],
    ids=["it hangs", "its child holds the pipe"],
)
def test_one_that_does_not_end_is_given_up(code: str) -> None:
    started = time.monotonic()
    with pytest.raises(ConfigError, match=r"did not end|left a process"):
        run_key_command(python(code), patience=0.7)
    assert time.monotonic() - started < 8
