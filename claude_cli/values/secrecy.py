"""What may be a secret, judged by its name and its length. Pure."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

REDACTED: Final = "[redacted]"
"""What stands in place of a secret, wherever something is shown."""
SHORTEST: Final = 8
"""Characters: to hide shorter ones would hide ordinary words."""
_ENDINGS: Final = ("key", "token", "secret", "auth", "authorization", "password", "cookie")


@lru_cache(256)  # the same few names come with each of a job's answers
def is_secret(name: str) -> bool:
    """Whether a header, variable or flag of this name may hold a secret: judged by the words in
    the name."""
    return any(word.endswith(_ENDINGS) for word in name.lower().replace("_", "-").split("-"))


def is_long(secret: str) -> bool:
    """Whether a secret is long enough to be looked for."""
    return len(secret) >= SHORTEST


def without(secrets: Iterable[str], text: str) -> str:
    """The text with REDACTED for each of these; a long one may hold a shorter one."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, REDACTED)
    return text


def named_secrets(pairs: Iterable[tuple[str, str]]) -> list[str]:
    """The secrets among values with their names, as somebody may repeat them: without `Bearer `,
    and without short ones."""
    words = [value.rpartition(" ")[2] for name, value in pairs if is_secret(name)]
    return [word for word in words if is_long(word)]
