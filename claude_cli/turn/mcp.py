"""The servers of `--mcp`: reached over our HTTP, shown to the user, heard in the spinner."""

from pathlib import Path

from claude_cli.api import address, headers
from claude_cli.child.environment import keep_from_children
from claude_cli.commandline.flags.connection import ConnectionFlags
from claude_cli.errors import ConfigError
from claude_cli.tools.mcp.channel import Channel, Heard
from claude_cli.tools.mcp.config import Remote, ServerEntry
from claude_cli.tools.mcp.servers import McpServers
from claude_cli.ui.notices import Notices
from claude_cli.ui.sanitize import sanitize_line
from claude_cli.values.secrecy import named_secrets

LONGEST_PROGRESS = 200


def mcp_servers(flags: ConnectionFlags, notices: Notices) -> McpServers:
    """Make the servers of a run, none of which is started yet."""

    def connect(place: Remote, heard: Heard) -> Channel:
        from claude_cli.api.network.plain import PlainHttp  # a child process needs no HTTP
        from claude_cli.tools.mcp.http import HttpChannel

        http = PlainHttp(flags.proxy, Path(flags.ca_bundle) if flags.ca_bundle else None)
        return HttpChannel(place, http.open, heard)

    def introduce(entry: ServerEntry) -> None:
        _check(entry)
        notices.hide(entry.place.secrets)
        keep_from_children(_credentials(entry))
        notices.detail(f"MCP server {entry.name}: {entry.shown}")

    def show(progress: str) -> None:
        notices.spinner.tell(sanitize_line(progress, LONGEST_PROGRESS))

    return McpServers(connect, introduce=introduce, on_progress=show)


def _check(entry: ServerEntry) -> None:
    """Raise ConfigError for a URL or a header that cannot be sent, or would be sent readable."""
    if not isinstance(entry.place, Remote):
        return
    about = f"MCP server {entry.name}"
    there = address.parse(entry.place.url)
    if there is None:
        what = f"{about}: not a URL without user name and password: {entry.shown}"
        raise ConfigError(what, hint="headers in its file can give it a credential")
    if there.scheme == "http" and not address.is_loopback(there.host):
        raise ConfigError(f"{about}: plain http is for this machine alone", hint="use https")
    try:
        headers.merge((), entry.place.headers.items())
    except ConfigError as error:
        raise ConfigError(f"{about}: {error.message}", hint=error.hint) from error


def _credentials(entry: ServerEntry) -> list[str]:
    """What is meant for the server alone. Of a variable the last word counts: what is in
    SSH_AUTH_SOCK is for others, too."""
    if isinstance(entry.place, Remote):
        return entry.place.secrets
    variables = entry.place.env.items()
    return named_secrets((name.rpartition("_")[2], value) for name, value in variables)
