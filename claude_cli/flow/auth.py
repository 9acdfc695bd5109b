"""What `auth` does: keep a key where later runs find it, forget it, and tell which one is sent.

No key is ever shown but for its last four characters.
"""

import os
import sys
from contextlib import suppress
from typing import Literal

from claude_cli.api.authorizer import FixedCredential
from claude_cli.api.client import ApiClient
from claude_cli.api.failures import NotCounted
from claude_cli.api.messages import count_tokens
from claude_cli.api.platforms import DIRECT
from claude_cli.commandline.flags.connection import ConnectionFlags
from claude_cli.errors import ConfigError, InputError, TemporaryFailure, Unreachable, UsageError
from claude_cli.keys.credential import Credential, api_key, mask
from claude_cli.keys.keyfile import delete_key_file, key_file, write_key_file
from claude_cli.keys.keyring import (
    KeyringTrouble,
    delete_from_keyring,
    has_keyring,
    write_keyring,
)
from claude_cli.keys.places import in_environment, look_everywhere, no_key
from claude_cli.models import catalog
from claude_cli.turn.connection import connect, describe, find_place, model_names, search_of
from claude_cli.turn.platforms.place import Place
from claude_cli.ui.editor.question import ask_line, ask_secret, somebody_types
from claude_cli.ui.notices import Notices
from claude_cli.ui.tables import ListFormat, print_rows

Store = Literal["keyring", "file"]

LONGEST_LINE = 4096
MODELS_PATH = "/v1/models"
PLATFORM_COLUMNS = {"platform": "PLATFORM", "where": "WHERE", "source": "FROM", "key": "KEY"}
ACCOUNT_COLUMN = {"account": "ACCOUNT"}
COLUMNS = {"used": "USED", "source": "FROM", "key": "KEY", "problem": "PROBLEM"}


def login(flags: ConnectionFlags, store: Store | None, check: bool, notices: Notices) -> None:
    """Read a key, try it with a call that costs nothing, and keep it.

    Raises ConfigError for what is no key, what the call raises for one that is refused, and
    CannotCreate or CannotWrite where it cannot be kept; then nothing has changed.
    """
    if flags.is_free:
        raise UsageError(f"--{'simulate' if flags.simulate else 'replay'} needs no key")
    if flags.record is not None:
        raise UsageError("a login is not recorded", hint="leave --record out")
    typed = somebody_types()
    secret = ask_secret("API key (it is not shown): ") if typed else _piped_line()
    credential = api_key(secret.strip(), "stdin")
    if not credential.value:
        raise ConfigError("no key was given", hint="claude-cli auth login < FILE")
    if check:
        try:
            _try(flags, credential, notices)
        except (Unreachable, TemporaryFailure) as error:
            error.hint = "--no-check keeps the key without trying it"
            raise
    store = store or (_ask_where() if typed else "keyring" if has_keyring() else "file")
    _keep(store, credential.value)
    notices.notice(f"the key {mask(credential.value)} is kept in {_called(store)}")
    _tell_of_environment(notices, "goes before it")


def logout(notices: Notices) -> None:
    """Forget the key, wherever `login` kept it."""
    forgotten = [_called("file")] if delete_key_file(key_file()) else []
    try:
        forgotten += [_called("keyring")] if delete_from_keyring() else []
    except KeyringTrouble as trouble:
        notices.warning(str(trouble))
    for place in forgotten:
        notices.notice(f"the key in {place} is forgotten")
    if not forgotten:
        notices.notice("no key was kept")
    _tell_of_environment(notices, "is still set")


def status(flags: ConnectionFlags, format: ListFormat, check: bool, notices: Notices) -> None:
    """Print every place that has a key, the one that is sent first; with `check` try that one.

    Beside the direct API there is one place: the platform, and as whom it is asked; `check` finds
    the account, too.

    Raises ConfigError where there is none, and, once they are printed, where that one is unfit.
    """
    place = find_place(flags, None if check else notices)  # the check tells what it tells
    if place.platform.name == DIRECT.name:
        _list_keys(flags, format, notices)
    else:
        account = _account(place, flags, notices) if check and not flags.is_free else None
        _show_platform(place, flags, account, format)
    if check:
        _ask_for_little(flags, notices)
        notices.notice(f"{place.base_url} takes it")


def _show_platform(
    place: Place, flags: ConnectionFlags, account: str | None, format: ListFormat
) -> None:
    from claude_cli.turn.platforms.credentials import source_of

    source = source_of(place, flags, os.environ)
    row = {
        "platform": place.platform.name,
        "where": " ".join(f"{name}={value}" for name, value in place.settings.items()),
        "source": source.called,
        "key": mask(source.key) if source.key else None,
        "account": account,
    }
    print_rows([row], PLATFORM_COLUMNS | (ACCOUNT_COLUMN if account else {}), format)


def _account(place: Place, flags: ConnectionFlags, notices: Notices) -> str | None:
    from claude_cli.turn.platforms.account import account_of

    return account_of(place, flags, notices.hide, notices.notice)


def _ask_for_little(flags: ConnectionFlags, notices: Notices) -> None:
    """Make a call that costs nothing: a list of models, or a count where there is none."""
    with connect(flags, notices) as client:
        if MODELS_PATH not in client.connection.platform.missing:
            client.call("GET", MODELS_PATH, query=[("limit", "1")])
            return
        configured = flags.config.defaults(flags.profile).get("model")
        model = os.environ.get("ANTHROPIC_MODEL") or configured or catalog.default_model()
        name = model_names(flags).resolve(model)
        body = {"model": name, "messages": [{"role": "user", "content": "hi"}]}
        with suppress(NotCounted):
            count_tokens(client, body)


def _list_keys(flags: ConnectionFlags, format: ListFormat, notices: Notices) -> None:
    found = list(look_everywhere(search_of(flags, notices)))
    if not found:
        raise no_key()
    rows = [
        {
            "source": place.source,
            "key": mask(place.secret) if place.secret else None,
            "used": position == 0 and place.problem is None,
            "problem": place.problem and place.problem.message,
        }
        for position, place in enumerate(found)
    ]
    if format == "table":
        rows = [{**row, "used": "yes" if row["used"] else ""} for row in rows]
    print_rows(rows, COLUMNS, format)
    if problem := found[0].problem:
        raise ConfigError(problem.message, hint=problem.hint)


def _piped_line() -> str:
    stream = getattr(sys.stdin, "buffer", None)
    line: bytes = stream.readline(LONGEST_LINE + 1) if stream is not None else b""
    if len(line) > LONGEST_LINE:
        raise InputError(f"a line of more than {LONGEST_LINE} bytes is no key")
    return line.decode("utf-8", "replace").removeprefix("\ufeff")


def _try(flags: ConnectionFlags, credential: Credential, notices: Notices) -> None:
    authorizer = FixedCredential(credential.header, credential.value, credential.betas)
    connection = describe(flags, authorizer, find_place(flags, notices))
    with ApiClient(connection, observer=notices) as client:
        client.call("GET", MODELS_PATH, query=[("limit", "1")])


def _ask_where() -> Store:
    """Ask; an empty answer is the keyring, where there is one."""
    if not has_keyring():
        answer = ask_line(f"Keep it in {_called('file')}, for you alone? [Y/n] ")
        if answer.lower() in ("", "y", "yes"):
            return "file"
        raise UsageError("the key was not kept")
    answer = ask_line(f"Keep it in the [k]eyring, or in the [f]ile {_called('file')}? [K/f] ")
    stores: dict[str, Store] = {"": "keyring", "k": "keyring", "f": "file"}
    if answer.lower()[:1] not in stores:
        raise UsageError("the key was not kept", hint="--store keyring or --store file")
    return stores[answer.lower()[:1]]


def _keep(store: Store, key: str) -> None:
    """Keep it in one place alone, so that no older key outranks it."""
    if store == "keyring":
        write_keyring(key)
        delete_key_file(key_file())
    else:
        write_key_file(key_file(), key)
        with suppress(KeyringTrouble):
            delete_from_keyring()


def _called(store: Store) -> str:
    return "the keyring" if store == "keyring" else str(key_file())


def _tell_of_environment(notices: Notices, how: str) -> None:
    for name in in_environment(os.environ)[:1]:
        notices.notice(f"{name} in the environment {how}")
