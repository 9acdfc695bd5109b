"""Where the API credential comes from, in order. Exactly one is sent: the first that is there.

`--env-file` (it was typed), ANTHROPIC_API_KEY, ANTHROPIC_AUTH_TOKEN, `key-command` of the config
file, the keyring of the system, the key file, and last a `.env` of the current folder. An empty
value counts as unset. Whatever costs time is imported once the environment has nothing.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from claude_cli.errors import ClaudeCliError, ConfigError
from claude_cli.keys.credential import Credential, api_key, auth_token

API_KEY = "ANTHROPIC_API_KEY"
AUTH_TOKEN = "ANTHROPIC_AUTH_TOKEN"
KEY_COMMAND = "key-command"
KEYRING = "keyring"
DOTENV = ".env"

KeyCommand = str | Sequence[str]


def _no_command() -> KeyCommand | None:
    return None


def _tell_nobody(text: str) -> None:
    pass


class Search(NamedTuple):
    """What the search depends on; `key_command` is asked only where the environment has nothing.

    `tell` hears of a keyring that does not answer: the search goes on without it.
    """

    environ: Mapping[str, str]
    env_file: str | None = None
    folder: Path = Path()
    key_command: Callable[[], KeyCommand | None] = _no_command
    tell: Callable[[str], None] = _tell_nobody

    def __repr__(self) -> str:
        return f"Search({self.env_file!r}, {self.folder!r})"


class Place(NamedTuple):
    """One place that may hold a credential; `read` gives None or "" where it holds none."""

    source: str
    read: Callable[[], str | None]
    credential: Callable[[str, str], Credential] = api_key


class Found(NamedTuple):
    """A place that holds a secret, or why that cannot be known."""

    source: str
    secret: str = ""
    problem: ClaudeCliError | None = None

    def __repr__(self) -> str:
        return f"Found({self.source!r}, {self.problem!r})"


def find_credential(search: Search) -> Credential:
    """Return the one credential to send.

    Raises ConfigError when there is none, when it could not be a header value, and for a key
    command or a key file that is at fault; InputUnreadable and InputError for `env_file`.
    """
    for place in _places(search):
        if secret := place.read():
            return place.credential(secret, place.source)
    raise no_key()


def in_environment(environ: Mapping[str, str]) -> list[str]:
    """The variables that hold a credential, the one that is sent first."""
    return [name for name in (API_KEY, AUTH_TOKEN) if environ.get(name)]


def look_everywhere(search: Search) -> Iterator[Found]:
    """Yield every place that holds a credential, in order, and those that are at fault."""
    for place in _places(search):
        try:
            if secret := place.read():
                place.credential(secret, place.source)
                yield Found(place.source, secret)
        except ClaudeCliError as error:
            yield Found(place.source, problem=error)


def no_key() -> ConfigError:
    """What to say where there is no credential at all."""
    return ConfigError(
        "no API key",
        hint="get one at https://console.anthropic.com/settings/keys, then: claude-cli auth login "
        f"(or set {API_KEY}); --simulate needs none",
    )


def _places(search: Search) -> Iterator[Place]:
    if search.env_file is not None:
        path = search.env_file
        yield Place(path, lambda: _from_env_file(path))
    yield Place(API_KEY, lambda: search.environ.get(API_KEY))
    yield Place(AUTH_TOKEN, lambda: search.environ.get(AUTH_TOKEN), auth_token)
    yield Place(KEY_COMMAND, lambda: _from_command(search))
    yield Place(KEYRING, lambda: _from_keyring(search))
    yield _key_file()
    yield Place(DOTENV, lambda: _from_dotenv(search.folder / DOTENV))


def _from_env_file(path: str) -> str:
    from claude_cli.keys.envfile import key_in

    if secret := key_in(Path(path), API_KEY):
        return secret
    raise ConfigError(f"no {API_KEY} in {path}")


def _from_command(search: Search) -> str | None:
    command = search.key_command()
    if command is None:
        return None
    from claude_cli.keys.command import run_key_command

    return run_key_command(command)


def _from_keyring(search: Search) -> str | None:
    from claude_cli.keys.keyring import KeyringTrouble, read_keyring

    try:
        return read_keyring()
    except KeyringTrouble as trouble:
        search.tell(str(trouble))
        return None


def _key_file() -> Place:
    from claude_cli.keys.keyfile import key_file, read_key_file

    path = key_file()
    return Place(str(path), lambda: read_key_file(path))


def _from_dotenv(path: Path) -> str | None:
    from claude_cli.keys.envfile import key_in

    return key_in(path, API_KEY) if path.is_file() else None
