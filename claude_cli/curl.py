"""A request as the `curl` command that sends it. Pure; every secret stays a shell variable."""

import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple
from urllib.parse import unquote, urlsplit


class LeftOut(NamedTuple):
    """A value that ends in a secret: what comes before it, and the shell variable that holds it."""

    before: str
    variable: str


VARIABLES = {
    "x-api-key": LeftOut("", "$ANTHROPIC_API_KEY"),
    "authorization": LeftOut("Bearer ", "$ANTHROPIC_AUTH_TOKEN"),
    "proxy-authorization": LeftOut("", "$PROXY_AUTHORIZATION"),
}
"""Secret header → what stands for its value."""
PROXY_PASSWORD = "$PROXY_PASSWORD"
_PLAIN = re.compile(r"[a-zA-Z0-9_ :.@-]*")
"""What double quotes hold as it is."""


OF_PLATFORMS = {
    "vertex": '-H "authorization: Bearer $(gcloud auth application-default print-access-token)"',
    "google": '-H "authorization: Bearer $(gcloud auth application-default print-access-token)"',
    "foundry": '-H "x-api-key: $ANTHROPIC_FOUNDRY_API_KEY"',
}
"""Platform → curl's arguments for its credential, as the shell reads them."""


def aws_credential(region: str, service: str, *, temporary: bool) -> str:
    """curl's arguments that sign the request; a temporary key has a session token."""
    signed = f"--aws-sigv4 {shlex.quote(f'aws:amz:{region}:{service}')}"
    token = ' -H "x-amz-security-token: $AWS_SESSION_TOKEN"' if temporary else ""
    return f'{signed} --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY"{token}'


def curl_command(
    url: str,
    headers: Iterable[tuple[str, str]],
    body: str,
    flags: Mapping[str, object] | None = None,
    is_secret: Callable[[str], bool] = lambda name: False,
    credential: str | None = None,
) -> str:
    """Return a shell command that posts `body` to `url`, runnable as it is.

    `flags` are curl's own, None for those that are not set; the value of a header whose name
    `is_secret` becomes a shell variable. The body is one line of JSON in a
    quoted heredoc, so the shell changes nothing in it. `credential` are further arguments, written
    as the shell reads them.
    """
    parts = [f"curl -sS --no-buffer {shlex.quote(url)}"]
    given = {flag: value for flag, value in (flags or {}).items() if value is not None}
    parts += [f"  {flag} {_quote(value)}" for flag, value in given.items()]
    parts += [f"  -H {_quote(_header(name, value, is_secret))}" for name, value in headers]
    parts += [f"  {credential}"] if credential else []
    parts.append("  --data-binary @- <<'END_OF_BODY'")
    return " \\\n".join(parts) + f"\n{body}\nEND_OF_BODY\n"


def left_out(
    headers: Iterable[tuple[str, str]], is_secret: Callable[[str], bool]
) -> Iterator[tuple[str, str]]:
    """Each header whose value the command does not hold, and the shell variable to put it into."""
    for name, value in headers:
        if stand_in := _stand_in(name, value, is_secret):
            yield name, stand_in.variable


def proxy_flags(proxy: str | None) -> dict[str, object]:
    """curl's flags for a proxy: a password in its URL is left out."""
    parts = urlsplit(proxy or "")
    if "@" not in parts.netloc:
        return {"--proxy": proxy}
    user, _, host = parts.netloc.rpartition("@")
    name, colon, _ = user.partition(":")
    before = f"{unquote(name)}:" if colon else ""  # a name alone may be a token
    return {
        "--proxy": parts._replace(netloc=host).geturl(),
        "--proxy-user": LeftOut(before, PROXY_PASSWORD),
    }


def _quote(value: object) -> str:
    if isinstance(value, LeftOut):
        if _PLAIN.fullmatch(value.before):
            return f'"{value.before}{value.variable}"'
        return f'{shlex.quote(value.before)}"{value.variable}"'
    return shlex.quote(str(value))


def _header(name: str, value: str, is_secret: Callable[[str], bool]) -> object:
    if stand_in := _stand_in(name, value, is_secret):
        return LeftOut(f"{name}: {stand_in.before}", stand_in.variable)
    return f"{name}: {value}" if value else f"{name};"  # "name:" would take it away


def _stand_in(name: str, value: str, is_secret: Callable[[str], bool]) -> LeftOut | None:
    """What the command holds instead of a secret value."""
    if value.partition(" ")[0].lower() != "bearer" and name.lower() == "authorization":
        return LeftOut("", "$AUTHORIZATION")  # the user's own, which may be of another kind
    known = VARIABLES.get(name.lower())
    if known is None and is_secret(name):
        variable = "".join(c if c.isascii() and c.isalnum() else "_" for c in name.upper())
        return LeftOut("", f"$_{variable}" if variable[0].isdigit() else f"${variable}")
    return known
