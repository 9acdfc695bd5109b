"""Connection flags and environment → an `ApiClient`, with a simulator behind it when asked for."""

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from claude_cli import __version__
from claude_cli.api.client import ApiClient, Connection
from claude_cli.errors import ClaudeCliError, UsageError
from claude_cli.flags import ConnectionFlags
from claude_cli.keys import Credential, find_credential
from claude_cli.ui.notices import Notices

API = "https://api.anthropic.com"
SIMULATED = Credential("x-api-key", "simulated", "--simulate")


@contextmanager
def connect(
    flags: ConnectionFlags,
    notices: Notices,
    *,
    betas: Sequence[str] = (),
    reader_fd: int | None = None,
) -> Iterator[ApiClient]:
    """Give the process's one client; with --simulate its server is a simulator of our own.

    Raises ConfigError for a missing or malformed key and for an insecure or malformed URL.
    """
    with ExitStack() as stack:
        base_url = flags.base_url or API
        if flags.simulate:
            from claude_cli.simulator.server import Simulator

            base_url = stack.enter_context(Simulator()).base_url
            notices.notice("the answer is simulated: nothing was sent to Anthropic")
        credential = _credential(flags, notices)
        connection = describe(flags, credential, base_url, betas=betas, reader_fd=reader_fd)
        yield stack.enter_context(ApiClient(connection, observer=notices))


def describe(
    flags: ConnectionFlags,
    credential: Credential,
    base_url: str,
    *,
    betas: Sequence[str] = (),
    reader_fd: int | None = None,
) -> Connection:
    """Return the plain values that an `ApiClient` is made of."""
    return Connection(
        base_url=base_url,
        credential=(credential.header, credential.value),
        api_version=flags.api_version,
        betas=(*(flags.beta or ()), *betas),
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


def offline(flags: ConnectionFlags, betas: Sequence[str] = ()) -> Connection:
    """Return the connection for --curl, which needs no key: a made-up one stands in for it."""
    try:
        credential = find_credential(os.environ, flags.env_file, Path())
    except ClaudeCliError:
        credential = SIMULATED
    return describe(flags, credential, flags.base_url or API, betas=betas)


def _credential(flags: ConnectionFlags, notices: Notices) -> Credential:
    if flags.simulate:
        return SIMULATED
    found = find_credential(os.environ, flags.env_file, Path())
    if found.source == ".env":
        notices.notice("the API key comes from .env in this folder")
    return found


def _environment_headers() -> Iterator[tuple[str, str]]:
    for line in os.environ.get("ANTHROPIC_CUSTOM_HEADERS", "").splitlines():
        if line.strip():
            yield _header(line)


def _header(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon or not name.strip():
        raise UsageError("a header is written 'Name: value'")
    return name.strip(), value.strip()
