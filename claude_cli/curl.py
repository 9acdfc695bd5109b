"""A request as the `curl` command that sends it. Pure; the key stays a shell variable."""

import shlex
from collections.abc import Iterable

VARIABLES = {
    "x-api-key": "$ANTHROPIC_API_KEY",
    "authorization": "Bearer $ANTHROPIC_AUTH_TOKEN",
    "proxy-authorization": "$PROXY_AUTHORIZATION",
}
"""Secret header → what stands for its value."""


def curl_command(
    url: str, headers: Iterable[tuple[str, str]], body: str, options: Iterable[str] = ()
) -> str:
    """Return a shell command that posts `body` to `url`, runnable as it is.

    The body is one line of JSON in a quoted heredoc, so the shell changes nothing in it.
    """
    parts = [f"curl -sS --no-buffer {shlex.quote(url)}"]
    parts += [f"  {option}" for option in options]
    parts += [f"  -H {_quote_header(name, value)}" for name, value in headers]
    parts.append("  --data-binary @- <<'END_OF_BODY'")
    return " \\\n".join(parts) + f"\n{body}\nEND_OF_BODY\n"


def _quote_header(name: str, value: str) -> str:
    variable = VARIABLES.get(name.lower())
    return f'"{name}: {variable}"' if variable else shlex.quote(f"{name}: {value}")
