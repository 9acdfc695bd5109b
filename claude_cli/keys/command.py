"""The key that a command of the user prints, such as one of a password manager. No shell."""

import os
import shlex
from typing import Any

from claude_cli.child.run import run
from claude_cli.disk import paths
from claude_cli.errors import ConfigError

PATIENCE = 10.0
"""Seconds that the command may take."""
NAME = "key-command"


def run_key_command(command: Any) -> str:
    """The first line that `command` prints: a list of words, or a string that is split as a shell
    would.

    It can ask on the terminal, and reads nothing of our stdin. Raises ConfigError where it fails,
    prints nothing or too much, or takes too long.
    """
    words = _words(command)
    try:
        # All of our environment: what it prints may be a variable that the user keeps a key in.
        ended = run(words, seconds=PATIENCE, env=os.environ, on_terminal=True)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise _failure(f": cannot run {words[0]}: {reason}") from error
    if ended.trouble:
        raise _failure(f" {ended.trouble}", hint="run it by hand once")
    if ended.status:
        why = ended.stderr or "it gave no reason"
        raise _failure(f" ended with status {ended.status}: {why}")
    lines = ended.stdout.strip().splitlines()
    if not lines:
        raise _failure(" printed no key")
    return lines[0].strip()


def _words(command: Any) -> list[str]:
    words = command
    if isinstance(command, str):
        try:
            words = shlex.split(command)
        except ValueError as error:
            raise _failure(f": {error}") from error
    if isinstance(words, list) and words and all(isinstance(word, str) for word in words):
        return words
    raise _failure(" is a command line, or a list of its words")


def _failure(what: str, hint: str | None = None) -> ConfigError:
    return ConfigError(f"{paths.config_file()}: {NAME}{what}", hint=hint)
