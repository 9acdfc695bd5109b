"""A request as the `curl` command that sends it. Pure; the key stays a shell variable."""

import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping

VARIABLES = {
    "x-api-key": "$ANTHROPIC_API_KEY",
    "authorization": "Bearer $ANTHROPIC_AUTH_TOKEN",
    "proxy-authorization": "$PROXY_AUTHORIZATION",
}
"""Secret header → what stands for its value."""


def curl_command(
    url: str,
    headers: Iterable[tuple[str, str]],
    body: str,
    flags: Mapping[str, object] | None = None,
    is_secret: Callable[[str], bool] = lambda name: False,
) -> str:
    """Return a shell command that posts `body` to `url`, runnable as it is.

    `flags` are curl's own, None for those that are not set; the value of a header whose name
    `is_secret` becomes a shell variable. The body is one line of JSON in a
    quoted heredoc, so the shell changes nothing in it.
    """
    parts = [f"curl -sS --no-buffer {shlex.quote(url)}"]
    given = {flag: value for flag, value in (flags or {}).items() if value is not None}
    parts += [f"  {flag} {shlex.quote(str(value))}" for flag, value in given.items()]
    parts += [f"  -H {_quote_header(name, value, is_secret)}" for name, value in headers]
    parts.append("  --data-binary @- <<'END_OF_BODY'")
    return " \\\n".join(parts) + f"\n{body}\nEND_OF_BODY\n"


def left_out(
    headers: Iterable[tuple[str, str]], is_secret: Callable[[str], bool]
) -> Iterator[tuple[str, str]]:
    """Each header whose value the command does not hold, and the shell variable to put it into."""
    for name, value in headers:
        if stand_in := _stand_in(name, value, is_secret):
            yield name, stand_in.rpartition(" ")[2]


def _quote_header(name: str, value: str, is_secret: Callable[[str], bool]) -> str:
    if stand_in := _stand_in(name, value, is_secret):
        return f'"{name}: {stand_in}"'
    return shlex.quote(f"{name}: {value}" if value else f"{name};")  # "name:" would take it away


def _stand_in(name: str, value: str, is_secret: Callable[[str], bool]) -> str | None:
    """What the command holds instead of a secret value."""
    if value.partition(" ")[0].lower() != "bearer" and name.lower() == "authorization":
        return "$AUTHORIZATION"  # the user's own, which may be of another kind
    known = VARIABLES.get(name.lower())
    if known is None and is_secret(name):
        return "$" + "".join(c if c.isalnum() else "_" for c in name.upper())
    return known
