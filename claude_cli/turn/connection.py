"""Connection flags and environment → an `ApiClient`, with a simulator behind it when asked for."""

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from claude_cli import __version__
from claude_cli.api import headers
from claude_cli.api.authorizer import FixedCredential
from claude_cli.api.client import ApiClient, Connection
from claude_cli.api.platforms import DIRECT
from claude_cli.api.redactor import hide_in
from claude_cli.child.environment import keep_from_children
from claude_cli.commandline.flags.connection import ConnectionFlags
from claude_cli.errors import ClaudeCliError, ConfigError, UsageError
from claude_cli.keys.credential import Credential, auth_token
from claude_cli.keys.places import (
    AUTH_TOKEN,
    DOTENV,
    KEY_COMMAND,
    Search,
    find_credential,
    in_environment,
)
from claude_cli.ui.notices import Notices

CUSTOM_HEADERS = "ANTHROPIC_CUSTOM_HEADERS"
SIMULATED = Credential("x-api-key", "sk-no-key-is-needed", "--simulate")


@contextmanager
def connect(
    flags: ConnectionFlags,
    notices: Notices,
    *,
    reader_fd: int | None = None,
) -> Iterator[ApiClient]:
    """Give the process's one client; with --simulate its server is a simulator of our own.

    Raises ConfigError for a missing or malformed key and for an insecure or malformed URL.
    """
    with ExitStack() as stack:
        base_url = flags.base_url or DIRECT.base_url
        if flags.simulate:
            from claude_cli.simulator.server.server import Simulator

            base_url = stack.enter_context(Simulator()).base_url
            notices.notice("the answer is simulated: nothing was sent to Anthropic")
        credential = _credential(flags, notices)
        connection = describe(flags, credential, base_url, reader_fd=reader_fd)
        own = (credential.header, credential.value)
        secrets = headers.secrets([*connection.header_lines(), own])
        notices.hide(secrets)
        keep_from_children(secrets)
        stack.enter_context(_hidden_in_errors(secrets))
        yield stack.enter_context(ApiClient(connection, observer=notices))


@contextmanager
def _hidden_in_errors(secrets: Sequence[str]) -> Iterator[None]:
    """Take out of a failure what a server repeated of its request."""
    try:
        yield
    except ClaudeCliError as error:
        hide_in(error, secrets)
        raise


def describe(
    flags: ConnectionFlags,
    credential: Credential,
    base_url: str,
    *,
    reader_fd: int | None = None,
) -> Connection:
    """Return the plain values that an `ApiClient` is made of."""
    return Connection(
        base_url=base_url,
        authorizer=FixedCredential(credential.header, credential.value),
        api_version=flags.api_version,
        betas=tuple(flags.beta or ()),
        headers=(*_environment_headers(), *map(_header, flags.header or ())),
        timeout=flags.timeout,
        max_time=flags.max_time,
        retries=flags.retries,
        proxy=flags.proxy,
        ca_bundle=Path(flags.ca_bundle) if flags.ca_bundle else None,
        allow_insecure_http=flags.allow_insecure_http,
        reader_fd=reader_fd,
        user_agent=f"claude-cli/{__version__}",
    )


def offline(flags: ConnectionFlags) -> Connection:
    """Return the connection for --curl, which needs no key: it takes a variable's place."""
    token = in_environment(os.environ)[:1] == [AUTH_TOKEN] and flags.env_file is None
    credential = auth_token("t", AUTH_TOKEN) if token else SIMULATED
    return describe(flags, credential, flags.base_url or DIRECT.base_url)


def search_of(flags: ConnectionFlags, notices: Notices) -> Search:
    """Where to look for the key, in this folder, with these flags and the config file."""
    return Search(
        os.environ,
        flags.env_file,
        key_command=lambda: flags.config.setting(KEY_COMMAND, flags.profile),
        tell=notices.warning,
    )


def _credential(flags: ConnectionFlags, notices: Notices) -> Credential:
    if flags.simulate:
        return SIMULATED
    found = find_credential(search_of(flags, notices))
    if found.source == DOTENV:
        notices.notice("the API key comes from .env in this folder")
    if flags.env_file is None and len(both := in_environment(os.environ)) > 1:
        notices.notice(f"{both[0]} and {both[1]} are both set: the first is sent")
    return found


def _environment_headers() -> Iterator[tuple[str, str]]:
    for line in os.environ.get(CUSTOM_HEADERS, "").splitlines():
        try:
            if line.strip():
                name, value = _header(line)
                headers.merge((), [(name, value)])
                yield name, value
        except (UsageError, ConfigError) as error:
            raise ConfigError(f"environment variable {CUSTOM_HEADERS}: {error.message}") from error


def _header(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon or not name.strip():
        raise UsageError("a header is written 'Name: value'", flag="header")
    return name.strip(), value.strip()
