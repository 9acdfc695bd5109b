"""`--mcp FILE[:SERVER]` → the servers of an `mcpServers` file, as other clients have it.

Only what is named is read and expanded. Source: the MCP clients' common format,
`{"mcpServers": {"NAME": {"command", "args", "env", "cwd", "timeout"}}}` for a child process,
`{"type": "http", "url", "headers"}` for a remote server.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeAlias

from claude_cli.disk import inputfile
from claude_cli.errors import ConfigError
from claude_cli.tools.mcp.stdio import ServerCommand
from claude_cli.tools.tool import DEFAULT_TIMEOUT
from claude_cli.values.secrecy import named_secrets
from claude_cli.values.shown_command import shown_command
from claude_cli.values.shown_url import shown_url

FILE_LIMIT: Final = 1024 * 1024
REMOTE: Final = ("http", "streamable-http")
_NAME = re.compile(r"[A-Za-z0-9_-]+")
_VARIABLE = re.compile(r"\$\{(?P<name>[A-Za-z_]\w*)(?::-(?P<default>[^}]*))?\}")


@dataclass(frozen=True, slots=True)
class Remote:
    """A server at a URL, and the headers that each request to it carries."""

    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def secrets(self) -> list[str]:
        """What it may repeat of its headers."""
        return named_secrets(self.headers.items())


@dataclass(frozen=True, slots=True)
class ServerEntry:
    """One server of a file. `seconds` is the limit of one call; `shown` is its command, or its URL,
    as the file has it, for what a variable holds may be a secret, and without secrets in it."""

    name: str
    place: ServerCommand | Remote
    shown: str
    seconds: float = DEFAULT_TIMEOUT


Environment: TypeAlias = Mapping[str, str]


def server_entries(spec: str, environment: Environment) -> list[ServerEntry]:
    """The servers of `FILE`, or the one of `FILE:SERVER`, with the variables put in.

    Raises ConfigError for a file that cannot be read or is no such file, for a server that is not
    in it, and for a variable that is not set; InputUnreadable where there is no file.
    """
    path, only = _split(spec)
    shown = inputfile.escaped(path)
    servers = _servers(path, shown)
    if only is not None and only not in servers:
        known = ", ".join(servers) or "none"
        raise ConfigError(f"{shown} has no MCP server {only}", hint=f"it has {known}")
    chosen = servers if only is None else {only: servers[only]}
    return [_entry(name, fields, shown, environment) for name, fields in chosen.items()]


def _split(spec: str) -> tuple[str, str | None]:
    """FILE and SERVER; the last `:NAME` is a server unless all of it is a file."""
    path, colon, server = spec.rpartition(":")
    if not colon or not path or not _NAME.fullmatch(server) or Path(spec).exists():
        return spec, None
    return path, server


def _servers(path: str, shown: str) -> dict[str, Any]:
    try:
        document = json.loads(inputfile.read_text(path, limit=FILE_LIMIT))
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{shown} is not JSON: {error}") from error
    servers = document.get("mcpServers") if isinstance(document, dict) else None
    if not isinstance(servers, dict):
        raise ConfigError(f"{shown} has no mcpServers", hint='{"mcpServers": {"NAME": {…}}}')
    return servers


def _entry(name: str, fields: Any, shown: str, environment: Environment) -> ServerEntry:
    about = f"{shown}: MCP server {name}"
    if not _NAME.fullmatch(name):
        raise ConfigError(f"{about}: a name has letters, digits, - and _")
    if not isinstance(fields, dict):
        raise ConfigError(f"{about} is no table")
    reader = _Fields(fields, about, environment)
    seconds = fields.get("timeout", DEFAULT_TIMEOUT)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not seconds > 0:
        raise ConfigError(f"{about}: timeout is a number of seconds")
    kind = fields.get("type", "http" if "url" in fields else "stdio")
    if kind in REMOTE:
        remote = Remote(reader.text("url"), reader.texts("headers"))
        return ServerEntry(name, remote, shown_url(fields["url"]), seconds)
    if kind != "stdio":
        raise ConfigError(f"{about}: its type is none of stdio, {', '.join(REMOTE)}")
    argv = (reader.text("command"), *reader.list("args"))
    cwd = reader.text("cwd") if "cwd" in fields else None
    command = ServerCommand(argv, reader.texts("env"), cwd)
    shown = shown_command([fields["command"], *fields.get("args", [])])
    return ServerEntry(name, command, shown, seconds)


@dataclass(frozen=True, slots=True)
class _Fields:
    """The fields of one server, each checked and expanded. All raise ConfigError."""

    fields: Mapping[str, Any] = field(repr=False)
    about: str
    environment: Environment = field(repr=False)

    def text(self, key: str) -> str:
        value = self.fields.get(key)
        if not isinstance(value, str) or not value:
            raise ConfigError(f"{self.about}: {key} is a text")
        return self._expanded(value)

    def list(self, key: str) -> Iterable[str]:
        value = self.fields.get(key, [])
        if not isinstance(value, list) or not all(isinstance(part, str) for part in value):
            raise ConfigError(f"{self.about}: {key} is a list of texts")
        return map(self._expanded, value)

    def texts(self, key: str) -> dict[str, str]:
        value = self.fields.get(key, {})
        if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
            raise ConfigError(f"{self.about}: {key} is a table of texts")
        return {name: self._expanded(text) for name, text in value.items()}

    def _expanded(self, text: str) -> str:
        return _VARIABLE.sub(self._value, text)

    def _value(self, found: re.Match[str]) -> str:
        value = self.environment.get(found["name"], found["default"])
        if value is None:
            raise ConfigError(
                f"{self.about} needs the variable {found['name']}, which is not set",
                hint=f"export {found['name']}=…, or write ${{{found['name']}:-default}}",
            )
        return value
