"""Where the API credential comes from, in order, and how a malformed one is refused.

Exactly one credential is chosen: ANTHROPIC_API_KEY, else ANTHROPIC_AUTH_TOKEN, else the key in
`--env-file` or, when nothing else gives one, in a `.env` of the current folder. An empty value
counts as unset. `--env-file` outranks the environment, because it was typed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from claude_cli.errors import ConfigError, InputUnreadable

API_KEY = "ANTHROPIC_API_KEY"
AUTH_TOKEN = "ANTHROPIC_AUTH_TOKEN"
ENV_FILE_LIMIT = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Credential:
    """One request header that says who asks; its value does not print."""

    header: str
    value: str = field(repr=False)
    source: str


def find_credential(environ: Mapping[str, str], env_file: str | None, folder: Path) -> Credential:
    """Return the one credential to send.

    Raises ConfigError when there is none or when it could not be a header value, InputUnreadable
    when `env_file` cannot be read.
    """
    if env_file is not None:
        key = _key_in(Path(env_file))
        if not key:
            raise ConfigError(f"no {API_KEY} in {env_file}")
        return _credential(key, env_file)
    if key := environ.get(API_KEY):
        return _credential(key, API_KEY)
    if token := environ.get(AUTH_TOKEN):
        return Credential("authorization", f"Bearer {_checked(token, AUTH_TOKEN)}", AUTH_TOKEN)
    if (folder / ".env").is_file() and (key := _key_in(folder / ".env")):
        return _credential(key, ".env")
    raise ConfigError(
        "no API key",
        hint=f"get one at https://console.anthropic.com/settings/keys and set {API_KEY}, "
        "or try --simulate, which needs none",
    )


def _credential(key: str, source: str) -> Credential:
    return Credential("x-api-key", _checked(key, source), source)


def _checked(secret: str, source: str) -> str:
    """Refuse what no key holds (white space, quotes, what is not ASCII), without showing it."""
    if all("!" <= c <= "~" and c not in "\"'`" for c in secret):
        return secret
    raise ConfigError(
        f"the key from {source} holds a character that no key has "
        "(white space, a quote, or one that is not ASCII)",
        hint="copy the key again, without quotes around it",
    )


def _key_in(path: Path) -> str | None:
    from dotenv import dotenv_values

    try:
        with path.open("rb") as file:
            text = file.read(ENV_FILE_LIMIT).decode("utf-8-sig")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise InputUnreadable(f"cannot read {path}: {reason}") from error
    from io import StringIO

    return dotenv_values(stream=StringIO(text), interpolate=False).get(API_KEY)
