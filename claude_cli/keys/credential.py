"""One API credential: checked before any library sees it, and shown to nobody."""

from typing import NamedTuple

from claude_cli.errors import ConfigError

MASK = "****"
OAUTH_TOKEN = "sk-ant-oat"
"""How the tokens begin that a login gives in place of a key."""
OAUTH_BETAS = ("oauth-2025-04-20",)
SHORTEST_SHOWN = 12
"""Characters of the shortest key whose last four may be shown."""


class Credential(NamedTuple):
    """One request header that says who asks; its value does not print."""

    header: str
    value: str
    source: str

    def __repr__(self) -> str:
        return f"Credential({self.header!r}, {self.source!r})"

    @property
    def betas(self) -> tuple[str, ...]:
        """What a request needs for a token of a login: without it that is refused."""
        return OAUTH_BETAS if self.value.startswith(f"Bearer {OAUTH_TOKEN}") else ()


def api_key(secret: str, source: str) -> Credential:
    """A key for `x-api-key`; an OAuth token in its place goes as a bearer token.

    Raises ConfigError where it could not be one.
    """
    if secret.startswith(OAUTH_TOKEN):
        return auth_token(secret, source)
    return Credential("x-api-key", _checked(secret, source), source)


def auth_token(secret: str, source: str) -> Credential:
    """A bearer token (RFC 6750). Raises ConfigError where it could not be one."""
    return Credential("authorization", f"Bearer {_checked(secret, source)}", source)


def mask(secret: str) -> str:
    """What may be shown of a secret: its last four characters, or nothing of a short one."""
    return MASK + secret[-4:] if len(secret) >= SHORTEST_SHOWN else MASK


def _checked(secret: str, source: str) -> str:
    """Refuse what no key holds (white space, quotes, what is not ASCII), without showing it."""
    if all("!" <= c <= "~" and c not in "\"'`" for c in secret):
        return secret
    raise ConfigError(
        f"the key from {source} holds a character that no key has "
        "(white space, a quote, or one that is not ASCII)",
        hint="copy the key again, without quotes around it",
    )
