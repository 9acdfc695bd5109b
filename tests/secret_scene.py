"""Where a test puts a secret, and what gives it away."""

import base64
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import pytest

DUMP = """#!/bin/sh
{ env; echo "$@"; } >>"$SEEN/${0##*/}"
"""
"""A program that writes down its environment and its arguments."""


def canary(name: str) -> str:
    """Visible ASCII that reads otherwise in base64, in a URL and in a careful JSON."""
    digest = hashlib.sha256(name.encode()).hexdigest()
    return f"k+{digest[:17]}/{digest[17:36]}=="


def traces(secret: str) -> Iterator[bytes]:
    """What gives a secret away: a large part of it, or all of it in another form."""
    plain = secret.encode()
    yield from (plain[:16], plain[-16:])
    yield from (plain.hex().encode(), quote(secret, safe="").encode())
    yield secret.replace("/", "\\/").encode()
    for before in range(3):
        text = base64.b64encode(bytes(before) + plain)
        yield text[4:-4]


@dataclass
class Scene:
    """Where a secret is put: files, variables, the address of the API and of a server of tokens."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch
    url: str
    token_url: str = ""
    given: set[Path] = field(default_factory=set)
    """Files that hold the secret because the user put it there."""
    also: list[str] = field(default_factory=list)
    """What is secret beside the canary."""

    def set(self, **variables: str) -> None:
        for name, value in variables.items():
            self.monkeypatch.setenv(name, value)

    def write(self, path: str, text: str, mode: int = 0o600) -> Path:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.write_text(text)
        file.chmod(mode)
        self.given.add(file)
        return file

    def config(self, text: str) -> None:
        """Add to the config file."""
        path = self.folder / "home/config/config.toml"
        self.write("home/config/config.toml", (path.read_text() if path.exists() else "") + text)

    def program(self, name: str, *lines: str) -> Path:
        """A program on the PATH that prints something."""
        body = "".join(f"cat <<'END'\n{line}\nEND\n" for line in lines)
        return self.write(f"bin/{name}", DUMP + body, 0o755)


Flags = tuple[str, ...]
Put = Callable[[Scene, str], Flags | None]
"""Puts a secret where it belongs; returns the flags that go with it."""
