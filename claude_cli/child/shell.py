"""The user's own shell: a command line in it, with the terminal."""

import os
import signal
import subprocess
import sys

from claude_cli.child.environment import without_credentials
from claude_cli.errors import ConfigError

TERMINAL = "/dev/tty"


def user_shell() -> str:
    """`$SHELL`, else what every system has."""
    if sys.platform == "win32":
        return os.environ.get("COMSPEC", "cmd.exe")
    return os.environ.get("SHELL") or "/bin/sh"


def become_command(command: str) -> int:
    """Run a command line in the user's shell, without the credentials of the API.

    This process becomes that shell, so that terminal, signals and exit code are the command's own;
    only on Windows, where that cannot be, its exit code is returned. Raises ConfigError where the
    shell cannot be started.
    """
    shell = user_shell()
    try:
        if sys.platform == "win32":
            return subprocess.call(command, shell=True, env=without_credentials())
        if not os.isatty(0):  # what was piped in has been read
            os.dup2(os.open(TERMINAL, os.O_RDWR), 0)
        for name in ("SIGPIPE", "SIGXFSZ"):  # Python ignores them, a shell is not to
            signal.signal(getattr(signal, name), signal.SIG_DFL)
        os.execve(shell, [shell, "-c", command], without_credentials())
    except OSError as error:
        what = f"cannot start the shell {shell}: {error.strerror}"
        raise ConfigError(what, hint="set SHELL to one that is there") from error
