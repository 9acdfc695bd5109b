"""Connection flags and environment → an `ApiClient`, with a simulator behind it when asked for."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from claude_cli import __version__
from claude_cli.api import headers
from claude_cli.api.address import check_base_url
from claude_cli.api.authorizer import Authorizer, FixedCredential
from claude_cli.api.client import ApiClient, Connection
from claude_cli.api.payload import secrets_in
from claude_cli.api.platforms import DIRECT
from claude_cli.api.redactor import hide_in
from claude_cli.child.environment import keep_from_children
from claude_cli.commandline.flags.connection import ConnectionFlags
from claude_cli.errors import ClaudeCliError, ConfigError, InputError, UsageError
from claude_cli.keys.credential import Credential, auth_token
from claude_cli.keys.places import (
    AUTH_TOKEN,
    DOTENV,
    KEY_COMMAND,
    Search,
    find_credential,
    in_environment,
)
from claude_cli.models.names import ModelNames
from claude_cli.turn.platforms.place import Place, choose, place_of, unused_variables
from claude_cli.types import RequestBody
from claude_cli.ui.notices import Notices
from claude_cli.values.secrecy import named_secrets

if TYPE_CHECKING:
    from claude_cli.tools.mcp.connector import Complete

CUSTOM_HEADERS = "ANTHROPIC_CUSTOM_HEADERS"
SIMULATED = Credential("x-api-key", "sk-no-key-is-needed", "--simulate")


@contextmanager
def connect(
    flags: ConnectionFlags,
    notices: Notices,
    *,
    reader_fd: int | None = None,
    complete: "Complete | None" = None,
) -> Iterator[ApiClient]:
    """Give the process's one client; with --simulate its server is a simulator of our own, with
    --replay a cassette. `complete` puts tokens into the bodies that it sends.

    Raises ConfigError for a missing or malformed key and for an insecure or malformed URL.
    """
    with ExitStack() as stack:
        place = find_place(flags, notices)
        if flags.simulate:
            place = stack.enter_context(_simulated(place, flags.config.platform_models))
            notices.notice("the answer is simulated: nothing was sent to Anthropic")
        secrets: list[str] = []
        hide = partial(_hide, secrets, notices)
        hide(_of_cloud(place.platform.name))
        stack.enter_context(_hidden_in_errors(secrets))
        authorizer = _authorizer(place, flags, notices, hide)
        connection = describe(flags, authorizer, place, reader_fd=reader_fd)
        if not flags.is_free:
            connection = replace(connection, complete=partial(_completed, complete, hide))
        hide(named_secrets(connection.header_lines()))
        yield stack.enter_context(_client(connection, flags, place, notices))


@contextmanager
def _simulated(place: Place, models: Mapping[str, str]) -> Iterator[Place]:
    """The place with a simulator of our own behind it; `models` are names that only the platform
    knows, and what they stand for."""
    from claude_cli.simulator.server.server import Simulator

    with Simulator(models=models) as simulator:
        path = urlsplit(place.platform.base_url).path
        try:
            yield place._replace(base_url=simulator.base_url + path)
        except InputError as error:
            if place.platform.name != DIRECT.name and "model: " in error.message:
                error.hint = "[platform-models] in the config file tells which model that is"
            raise


def _client(
    connection: Connection, flags: ConnectionFlags, place: Place, notices: Notices
) -> ApiClient:
    """The client; it may record, or be answered from a cassette."""
    if flags.record is None and flags.replay is None:
        return ApiClient(connection, observer=notices)
    from claude_cli.turn.cassettes import FileTape, open_cassette

    if flags.replay is not None:
        cassette = open_cassette(flags.replay, notices)
        return ApiClient(connection, observer=notices, cassette=cassette)
    return ApiClient(connection, observer=notices, tape=FileTape(flags, place, notices))


def _completed(
    complete: "Complete | None", hide: Callable[[Sequence[str]], None], body: RequestBody
) -> RequestBody:
    """A body with its tokens, which are told to nobody else."""
    body = complete(body) if complete else body
    hide(secrets_in(body))
    return body


def _hide(secrets: list[str], notices: Notices, found: Sequence[str]) -> None:
    """Neither notices nor errors repeat what was `found`, and no child process gets it."""
    secrets += (secret for secret in found if secret not in secrets)
    notices.hide(found)
    keep_from_children(found)


def find_place(
    flags: ConnectionFlags, notices: Notices | None = None, *, offline: bool = False
) -> Place:
    """The platform and where it is. With `offline` or --simulate nothing need be known of it.

    `notices` are told what the environment decides. Raises ConfigError for what is missing.
    """
    if flags.record is not None or flags.replay is not None:
        from claude_cli.turn.cassettes import check_flags, place_on

        check_flags(flags)
        if flags.replay is not None:
            return place_on(flags.replay, flags)
    name, switch = choose(flags, os.environ)
    if notices and switch:
        notices.notice(f"{switch} is set: the platform is {name}")
    unused = unused_variables(name, os.environ)
    if notices and unused:
        belong = "belongs" if len(unused) == 1 else "belong"
        message = f"{' and '.join(unused)} {belong} to --platform direct: not used for {name}"
        notices.notice(message)
    place = place_of(name, flags, os.environ, offline=offline or flags.simulate)
    if not offline and not flags.simulate:
        check_base_url(place.base_url, allow_insecure_http=flags.allow_insecure_http)
    keep_from_children(_of_cloud(name))  # before any child is started
    return place


def _of_cloud(name: str) -> list[str]:
    """What the environment holds of a platform's credential."""
    if name == DIRECT.name:
        return []
    from claude_cli.turn.platforms.credentials import secret_variables

    return [os.environ[v] for v in secret_variables(name) if os.environ.get(v)]


def model_names(flags: ConnectionFlags) -> ModelNames:
    """What models are called, by the config file and on the platform that serves them.

    Raises ConfigError for a table of the config file that has no names.
    """
    config = flags.config
    platform = find_place(flags, offline=True).platform
    return ModelNames(config.aliases, config.platform_models, platform.name)


def _authorizer(
    place: Place, flags: ConnectionFlags, notices: Notices, hide: Callable[[Sequence[str]], None]
) -> Authorizer | None:
    if place.platform.name != DIRECT.name:
        if any(name.lower() in headers.CREDENTIALS for name, _ in map(_header, flags.header or ())):
            return None  # the user's own
        from claude_cli.turn.platforms.credentials import authorizer_of, stand_in

        return stand_in(place) if flags.is_free else authorizer_of(place, flags, os.environ, hide)
    credential = _credential(flags, notices)
    hide(named_secrets([(credential.header, credential.value)]))
    return FixedCredential(credential.header, credential.value, credential.betas)


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
    authorizer: Authorizer | None,
    place: Place,
    *,
    reader_fd: int | None = None,
) -> Connection:
    """Return the plain values that an `ApiClient` is made of."""
    needed = authorizer.betas if isinstance(authorizer, FixedCredential) else ()
    return Connection(
        base_url=place.base_url,
        authorizer=authorizer,
        platform=place.platform,
        api_version=flags.api_version,
        betas=(*(flags.beta or ()), *needed),
        headers=(
            *place.platform.headers,
            *_environment_headers(),
            *map(_header, flags.header or ()),
        ),
        timeout=flags.timeout,
        max_time=flags.max_time,
        retries=flags.retries,
        proxy=flags.proxy,
        ca_bundle=Path(flags.ca_bundle) if flags.ca_bundle else None,
        allow_insecure_http=flags.allow_insecure_http or flags.replay is not None,
        reader_fd=reader_fd,
        user_agent=f"claude-cli/{__version__}",
    )


def offline(flags: ConnectionFlags, notices: Notices) -> Connection:
    """Return the connection for --dry-run and --curl: a variable stands for the key."""
    place = find_place(flags, notices, offline=True)
    if place.platform.name != DIRECT.name:
        from claude_cli.turn.platforms.credentials import stand_in

        return describe(flags, stand_in(place), place)
    token = in_environment(os.environ)[:1] == [AUTH_TOKEN] and flags.env_file is None
    credential = auth_token("t", AUTH_TOKEN) if token else SIMULATED
    return describe(flags, FixedCredential(credential.header, credential.value), place)


def search_of(flags: ConnectionFlags, notices: Notices) -> Search:
    """Where to look for the key, in this folder, with these flags and the config file."""
    return Search(
        os.environ,
        flags.env_file,
        key_command=lambda: flags.config.setting(KEY_COMMAND, flags.profile),
        tell=notices.warning,
    )


def _credential(flags: ConnectionFlags, notices: Notices) -> Credential:
    if flags.is_free:
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
