"""The keyring of the system (Keychain, Secret Service, Credential Manager), through a child.

The package `keyring` is an extra. What it talks to may ask the user, hang or crash, so each call
is a process of its own that is given a few seconds (see keyring_child.py). That takes longer than
all else before a request, so a note in the config folder tells whether there is a key to ask for.
"""

import sys
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from claude_cli.child.run import run
from claude_cli.disk import paths
from claude_cli.errors import CannotWrite

PATIENCE = 3.0
"""Seconds that a keyring may take to answer."""
NO_BACKEND = 3
"""Exit status of a child that found no keyring to talk to."""

NOTE = b"The API key is in the keyring of the system.\n"

_CHILD = Path(__file__).with_name("keyring_child.py")


class KeyringTrouble(Exception):
    """The keyring is there and does not do as it is told; says why."""


def has_keyring() -> bool:
    """Whether there is a keyring that answers."""
    try:
        return _call("get") is not None
    except KeyringTrouble:
        return False


def read_keyring() -> str | None:
    """The key that was stored from here; None where there is none. Raises KeyringTrouble."""
    return (_call("get") or None) if _note().exists() else None


def write_keyring(key: str) -> None:
    """Raises CannotWrite where the key cannot be kept there, CannotCreate where its note cannot."""
    from claude_cli.disk.atomic_file import write_whole

    is_new = not _note().exists()
    write_whole(_note(), NOTE)  # first: a key without it would never be found
    try:
        _store(key)
    except CannotWrite:
        if is_new:
            _forget_note()
        raise


def delete_from_keyring() -> bool:
    """Whether there was a key, with a note or without. Raises KeyringTrouble."""
    was_there = _call("delete") == "deleted"
    _forget_note()
    return was_there


def _note() -> Path:
    return paths.config_dir() / "keyring"


def _forget_note() -> None:
    with suppress(OSError):  # where it stays, it costs time and nothing else
        _note().unlink()


def _store(key: str) -> None:
    try:
        done = _call("set", key)
    except KeyringTrouble as trouble:
        raise CannotWrite(str(trouble), hint="--store file keeps it in a file") from trouble
    if done is None:
        raise CannotWrite(
            "there is no keyring to use",
            hint="pip install 'claude-cli[keyring]', or --store file",
        )


def _call(verb: str, secret: str = "") -> str | None:
    """What the child prints; None where there is no keyring."""
    if find_spec("keyring") is None:
        return None
    words = [sys.executable, "-P", str(_CHILD), verb]  # -P: a module of ours is named keyring
    ended = run(words, seconds=PATIENCE, stdin=secret.encode())
    if ended.trouble:
        raise KeyringTrouble(f"the keyring {ended.trouble}")
    if ended.status == NO_BACKEND:
        return None
    if ended.status:
        lines = ended.stderr.splitlines()
        raise KeyringTrouble(f"the keyring failed: {lines[-1] if lines else ended.status}")
    return ended.stdout
