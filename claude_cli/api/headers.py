"""Which header lines a request carries, which of them are secret. Pure.

Names compare whatever their case, as HTTP has it (RFC 9110, section 5.1).
"""

import re
from collections.abc import Iterable

from claude_cli.errors import ConfigError
from claude_cli.values.secrecy import REDACTED, is_secret

NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
VALUE = re.compile(r"[!-~](?:[ \t!-~]*[!-~])?")

CREDENTIALS = frozenset({"x-api-key", "authorization"})
FRAMING = frozenset({"content-length", "transfer-encoding"})

FLAGS = {"anthropic-version": "api_version", "anthropic-beta": "beta"}
"""Header → the flag that sets it; --header sets all others."""

Headers = list[tuple[str, str]]


def merge(
    defaults: Iterable[tuple[str, str]],
    own: Iterable[tuple[str, str]],
    betas: Iterable[str] = (),
) -> Headers:
    """Return the lines to send: the defaults, replaced by the user's `own`, the last of which wins.

    Any credential of the user's replaces ours, so that exactly one is sent. `anthropic-beta` is
    one line of `betas` and the user's names, each once. Raises ConfigError for what is no header.
    """
    lines: dict[str, str] = {}
    names = list(betas)
    for name, value in defaults:
        lines[name.lower()] = value
    for name, value in own:
        key = _checked_name(name)
        if key == "anthropic-beta":
            names += value.split(",")
            continue
        if key in CREDENTIALS:
            for credential in CREDENTIALS:
                lines.pop(credential, None)
        lines[key] = value
    named = list(dict.fromkeys(filter(None, (beta.strip() for beta in names))))
    if named:
        lines["anthropic-beta"] = ",".join(named)
    return [(name, _checked_value(name, value)) for name, value in lines.items()]


def redact(headers: Iterable[tuple[str, str]]) -> Headers:
    """Return the lines with the values of secret ones replaced."""
    return [(name, REDACTED if is_secret(name) else value) for name, value in headers]


def _checked_name(name: str) -> str:
    if not NAME.fullmatch(name):
        raise ConfigError(f"not a header name: {name!r}", flag="header")
    if name.lower() in FRAMING:
        what = f"the header {name} is not yours to set: it follows from the body"
        raise ConfigError(what, flag="header")
    return name.lower()


def _checked_value(name: str, value: str) -> str:
    """Refuse what no header line can carry, without showing it: it may be a secret."""
    if not VALUE.fullmatch(value):
        raise ConfigError(
            f"the value of the header {name} is empty or holds a character that no header may",
            hint="visible ASCII characters only, no line break",
            flag=FLAGS.get(name, "header"),
        )
    return value
