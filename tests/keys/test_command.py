"""The key that a command prints."""

import os
import shlex
import signal
import sys
import time

import pytest

from claude_cli.disk.paths import config_file
from claude_cli.errors import ConfigError
from claude_cli.keys import command as key_command
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
    ("command", "expected"),
    [
        ("'", "No closing quotation"),
        ("", "a command line, or a list"),
        ([], "a command line, or a list"),
        (7, "a command line, or a list"),
        (["/nonexistent/vault"], "cannot run /nonexistent/vault: No such file"),
        (["a\0b"], "cannot run"),
        (python("pass"), "printed no key"),
        (python("while True: print('y' * 4096)"), "printed more than 64 KB"),
    ],
)
def test_what_gives_no_key_is_a_configuration_error(command: object, expected: str) -> None:
    with pytest.raises(ConfigError, match=expected) as raised:
        run_key_command(command)
    assert raised.value.message.startswith(f"{config_file()}: key-command")


def test_one_that_does_not_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_command, "PATIENCE", 0.7)
    started = time.monotonic()
    with pytest.raises(ConfigError, match="did not end within"):
        run_key_command(python("import time; time.sleep(60)"))
    assert time.monotonic() - started < 8


def test_an_agent_that_it_leaves_behind_is_neither_waited_for_nor_ended() -> None:
    """As gpg starts its agent, which holds the pipes."""
    started = time.monotonic()
    agent = "import subprocess, sys; print('sk-1', subprocess.Popen(['sleep', '60']).pid)"
    key, pid = run_key_command(python(agent)).split()
    assert key == "sk-1"
    assert time.monotonic() - started < 8
    os.kill(int(pid), signal.SIGKILL)


def test_it_can_ask_on_the_terminal() -> None:
    """It stays in our session and group: a process of another one has no terminal."""
    ours = f"{os.getsid(0)} {os.getpgid(0)}"
    assert run_key_command(python("import os; print(os.getsid(0), os.getpgid(0))")) == ours
