"""A request as the `curl` command that sends it. Pure; the key stays a shell variable."""

import shlex
from collections.abc import Callable, Iterable, Mapping

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


def _quote_header(name: str, value: str, is_secret: Callable[[str], bool]) -> str:
    variable = VARIABLES.get(name.lower())
    if value.partition(" ")[0].lower() != "bearer" and name.lower() == "authorization":
        variable = "$AUTHORIZATION"  # the user's own, which may be of another kind
    if variable is None and is_secret(name):
        variable = "$" + "".join(c if c.isalnum() else "_" for c in name.upper())
    if variable:
        return f'"{name}: {variable}"'
    return shlex.quote(f"{name}: {value}" if value else f"{name};")  # "name:" would take it away
