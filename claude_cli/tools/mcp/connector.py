"""MCP servers that the API itself asks (`--mcp-url`): its connector, `mcp_servers` in the request.

A token stands in no body until that is sent: REDACTED is in its place, so that nothing that shows
or keeps a request can show it. Source: Anthropic's guide "MCP connector".
"""

import os
import re
import threading
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from claude_cli.child.environment import keep_from_children
from claude_cli.errors import ConfigError, UsageError
from claude_cli.types import RequestBody
from claude_cli.values.secrecy import REDACTED
from claude_cli.values.shown_url import shown_url

TABLE = "mcp-url"
"""Of the config file: `[mcp-url.NAME]`."""
COMMAND_SECONDS = 30.0
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_URL = re.compile(r"https://(\[[0-9A-Fa-f:.]+\]|[^\s/@:?#\[\]]+)(:[0-9]{1,5})?([/?]\S*)?")
_TOKEN = re.compile(r"[!-~]{1,16384}")

Complete = Callable[[RequestBody], RequestBody]


class Connector(NamedTuple):
    """A server, and where its token comes from: a variable, a command, or there is none."""

    name: str
    url: str
    variable: str | None = None
    command: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Connector({self.name})"

    @property
    def server(self) -> dict[str, Any]:
        """Its entry in `mcp_servers`."""
        entry = {"type": "url", "url": self.url, "name": self.name}
        has_token = self.variable or self.command
        return {**entry, "authorization_token": REDACTED} if has_token else entry

    @property
    def toolset(self) -> dict[str, Any]:
        """Its entry in `tools`: all that the server has."""
        return {"type": "mcp_toolset", "mcp_server_name": self.name}


def read_connector(text: str, table: Mapping[str, Any]) -> Connector:
    """`NAME=URL`, or a NAME whose URL `[mcp-url.NAME]` tells → the server.

    Raises UsageError for what is neither, ConfigError for a table that is at fault.
    """
    name, equals, url = text.partition("=")
    if not _NAME.fullmatch(name):
        raise UsageError(f"--mcp-url takes NAME=URL: {shown_url(text)}", flag="mcp_url")
    row = _checked(name, table.get(name, {}))
    known = row.get("url")
    if equals and known not in (None, url):
        what = f"[{TABLE}.{name}] has its token for {shown_url(str(known))}"
        raise ConfigError(f"{what}, not for {shown_url(url)}")
    url = url or known or ""
    if not _URL.fullmatch(url):
        what = f"--mcp-url {name}: {shown_url(url)} is no https URL without user name and password"
        what = what if url else f"--mcp-url {name} has no URL"
        raise UsageError(what, hint="the API asks it, not this machine: NAME=https://…")
    return Connector(name, url, row.get("token-env"), tuple(row.get("token-command", ())))


def _checked(name: str, row: Any) -> Mapping[str, Any]:
    about = f"[{TABLE}.{name}]"
    if not isinstance(row, dict) or row.keys() - {"url", "token-env", "token-command"}:
        raise ConfigError(f"{about} takes url, and token-env or token-command")
    if {"token-env", "token-command"} <= row.keys():
        raise ConfigError(f"{about} has both token-env and token-command")
    command = row.get("token-command", ["x"])
    is_command = isinstance(command, list) and bool(command)
    texts = [row.get("url", ""), row.get("token-env", "x"), *(command if is_command else [None])]
    if not all(isinstance(text, str) for text in texts) or not row.get("token-env", "x"):
        raise ConfigError(
            f"{about} holds a value that is none", hint='token-command = ["pass", "show", "docs"]'
        )
    return row


class Connectors:
    """The servers of one run. `environ` has the variables that hold their tokens."""

    def __init__(self, table: Mapping[str, Any], environ: Mapping[str, str] | None = None) -> None:
        self._table = table
        self._environ = os.environ if environ is None else environ
        self._named: dict[str, Connector] = {}
        self._tokens: dict[str, str] = {}
        self._lock = threading.Lock()

    @property
    def all(self) -> list[Connector]:
        return [*self._named.values()]

    def are_meant(self, text: str) -> bool:
        """Whether a text names a server for the API rather than a file of servers."""
        return "=https://" in text or text in self._table

    def add(self, text: str) -> None:
        """Name a server, or name it anew. Raises as `read_connector`."""
        connector = read_connector(text, self._table)
        self._named[connector.name] = connector
        if connector.variable:
            keep_from_children([self._environ.get(connector.variable, "")])

    def drop(self, name: str) -> bool:
        """Forget a server; return whether there was one of that name."""
        return self._named.pop(name, None) is not None

    def put_into(self, body: RequestBody) -> None:
        """Name the servers in a request, beside those that it names already."""
        if not self._named:
            return
        servers = [connector.server for connector in self.all]
        toolsets = [connector.toolset for connector in self.all]
        body["mcp_servers"] = [*self._others(body.get("mcp_servers"), "name"), *servers]
        body["tools"] = [*self._others(body.get("tools"), "mcp_server_name"), *toolsets]

    def _others(self, entries: Any, key: str) -> list[Any]:
        """The entries that name none of these servers."""
        listed = entries if isinstance(entries, list) else []
        return [e for e in listed if not (isinstance(e, dict) and e.get(key) in self._named)]

    def complete(self, body: RequestBody) -> RequestBody:
        """`body` as it is sent: with the tokens of those servers that this run named.

        Raises ConfigError where a token cannot be had.
        """
        servers = body.get("mcp_servers")
        if not isinstance(servers, list) or not self._named:
            return body
        return {**body, "mcp_servers": [self._completed(server) for server in servers]}

    def _completed(self, server: Any) -> Any:
        for connector in self.all:
            if server == connector.server and "authorization_token" in server:
                return {**server, "authorization_token": self._token(connector)}
        return server

    def _token(self, connector: Connector) -> str:
        with self._lock:
            if connector.name not in self._tokens:
                self._tokens[connector.name] = self._fetch(connector)
            return self._tokens[connector.name]

    def _fetch(self, connector: Connector) -> str:
        about = f"the token of the MCP server {connector.name}"
        if connector.variable:
            token = self._environ.get(connector.variable, "")
            missing = f"{connector.variable} is not set"
        else:
            token, missing = _from_command(connector.command)
        if not token:
            raise ConfigError(f"{about}: {missing}", hint=f"[{TABLE}.{connector.name}] says so")
        if not _TOKEN.fullmatch(token):
            raise ConfigError(f"{about} is none: it has spaces, or characters beyond ASCII")
        return token


def _from_command(command: tuple[str, ...]) -> tuple[str, str]:
    """The first line that a command prints, and what is wrong where that is empty."""
    from claude_cli.child.run import run

    try:
        ended = run(command, seconds=COMMAND_SECONDS, on_terminal=True)
    except (OSError, ValueError) as error:
        return "", f"{command[0]} cannot be started: {error}"
    if ended.status != 0:
        why = (ended.stderr.strip().splitlines() or [ended.trouble or f"status {ended.status}"])[-1]
        return "", f"{command[0]}: {why}"
    line = (ended.stdout.splitlines() or [""])[0].strip()
    return line, f"{command[0]} printed none"
