"""The key file: one line in the config folder that only its owner can read."""

import os
from pathlib import Path
from shlex import quote

from claude_cli.disk import inputfile, paths
from claude_cli.disk.private_files import open_to_all
from claude_cli.errors import NOT_THERE, CannotWrite, ClaudeCliError, ConfigError

LIMIT = 4096


def key_file() -> Path:
    return paths.config_dir() / "key"


def read_key_file(path: Path) -> str | None:
    """The key; None where there is no file.

    Raises ConfigError for a file that others can read or replace (Windows keeps the folder to its
    owner), and for one that cannot be read.
    """
    try:
        mode = path.stat().st_mode
    except NOT_THERE:
        return None
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}") from error
    if os.name != "nt" and mode & 0o077:
        raise ConfigError(
            f"others can read the key in {path}", hint=f"chmod 600 {quote(str(path))}"
        )
    if folder := open_to_all(path):
        raise ConfigError(
            f"everybody may write into {folder}: somebody else may have put the key into {path}",
            hint=f"chmod o-w {quote(str(folder))}",
        )
    try:
        return inputfile.read_text(path, limit=LIMIT).strip()
    except ClaudeCliError as error:
        raise ConfigError(error.message) from error


def write_key_file(path: Path, key: str) -> None:
    """Raises CannotCreate and CannotWrite."""
    from claude_cli.disk.atomic_file import write_whole

    write_whole(path, f"{key}\n".encode())


def delete_key_file(path: Path) -> bool:
    """Whether there was one. Raises CannotWrite."""
    try:
        path.unlink()
    except NOT_THERE:
        return False
    except OSError as error:
        raise CannotWrite(f"cannot delete {path}: {error.strerror}") from error
    return True
