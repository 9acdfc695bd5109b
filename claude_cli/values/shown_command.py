"""A command line as it may be shown: without what may be a password or a token in it."""

import re
import shlex
from collections.abc import Iterable, Iterator
from typing import Final

from claude_cli.values.secrecy import is_secret, without
from claude_cli.values.shown_url import shown_url

_NAME: Final = re.compile(r"([\w-]+)\s*[=:]\s*(?:\w+\s+)?")
"""What stands before a value in one word: `--token=X`, `TOKEN=X`, `Authorization: Bearer X`."""
_URL: Final = re.compile(r"\w+://\S+")


def secrets_in_command(words: Iterable[str]) -> Iterator[str]:
    """The values that stand behind the name of a secret, those of `--token X` among them; a
    variable, `${X}`, is none."""
    is_next = False
    for word in words:
        names = [*_NAME.finditer(word)]
        starts = [name.end() for name in names if is_secret(name[1])]
        value = word[starts[0] :].strip() if starts else word if is_next else ""
        if value and not value.startswith(("-", "${")):
            yield value
        is_next = not names and word.startswith("-") and is_secret(word)


def shown_words(words: Iterable[str]) -> list[str]:
    """The words of a command, without secrets."""
    shown = [_URL.sub(lambda url: shown_url(url[0]), word) for word in words]
    secrets = [*secrets_in_command(shown)]
    return [without(secrets, word) for word in shown]


def shown_command(words: Iterable[str]) -> str:
    """The words as a shell would have them, without secrets."""
    return shlex.join(shown_words(words))
