"""A command line as it may be shown: without what may be a password or a token in it."""

import re
import shlex
from collections.abc import Iterable, Iterator
from typing import Final

from claude_cli.values.secrecy import REDACTED, is_secret
from claude_cli.values.shown_url import shown_url

_NAMED: Final = re.compile(r"(?P<name>[\w-]+)\s*[=:]\s*(?:\w+\s+)?(?P<value>\S+)\s*\Z")
"""How one word gives a value by its name: `--token=X`, `TOKEN=X`, `Authorization: Bearer X`."""


def secrets_in_command(words: Iterable[str]) -> Iterator[str]:
    """The values that stand behind the name of a secret, those of `--token X` among them; a
    variable, `${X}`, is none."""
    is_next = False
    for word in words:
        found = _NAMED.search(word)
        value = found["value"] if found and is_secret(found["name"]) else word if is_next else ""
        if value and not value.startswith(("-", "${")):
            yield value
        is_next = not found and word.startswith("-") and is_secret(word)


def shown_command(words: Iterable[str]) -> str:
    """The words as a shell would have them, with REDACTED for secrets."""
    shown = [shown_url(word) if "://" in word else word for word in words]
    for secret in [*secrets_in_command(shown)]:
        shown = [word.replace(secret, REDACTED) for word in shown]
    return shlex.join(shown)
