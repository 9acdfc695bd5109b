"""The environment that a child process gets: ours, without the credentials of the Messages API."""

import base64
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Final
from urllib.parse import quote

_SECRET_NAME: Final = re.compile(
    r"(ANTHROPIC|CLAUDE).*(KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL|AUTH|HEADERS)", re.IGNORECASE
)
_KEYS: Final = ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN")
_KEY_BEGINS: Final = "sk-ant-"
_SHORTEST: Final = 8
"""Characters: a shorter key, as tests have, would be found in ordinary words."""

_in_force: set[str] = set()


def keep_from_children(secrets: Sequence[str]) -> None:
    """From now on no child of this process gets a variable that holds one of these."""
    _in_force.update(secrets)


def without_credentials(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """A copy of our environment without keys and tokens: whatever the variable is called, and
    also where it holds them in base64, hexadecimal or percent-encoding.

    `extra` is laid over it as it stands: what a manifest gives to a command is the user's will.
    """
    keys = {os.environ.get(name, "") for name in _KEYS} | _in_force
    forms = [_KEY_BEGINS, *_encoded(_KEY_BEGINS)]
    for key in keys:
        if len(key) >= _SHORTEST:
            forms += [key, *_encoded(key)]
    kept = {
        name: value
        for name, value in os.environ.items()
        if not _SECRET_NAME.search(name) and not any(form in value for form in forms)
    }
    return kept | dict(extra or {})


@cache
def _encoded(secret: str) -> tuple[str, ...]:
    """What a text holds, somewhere, that has the secret in it in another encoding."""
    forms = [quote(secret, safe=""), quote(secret, safe="").lower()]
    for data in (secret.encode("utf-8", "surrogateescape"), secret.encode("utf-16-le", "replace")):
        forms += [data.hex(), data.hex().upper(), *_in_base64(data)]
    return tuple(form for form in forms if form != secret)


def _in_base64(data: bytes) -> Iterator[str]:
    """The characters that stand for `data` alone, wherever in the encoded bytes it begins."""
    for before in range(3):
        text = base64.b64encode(bytes(before) + data).decode().rstrip("=")
        shared = (before + len(data)) % 3 != 0
        inner = text[(0, 2, 3)[before] : len(text) - shared]
        yield from {inner, inner.translate(str.maketrans("+/", "-_"))}
