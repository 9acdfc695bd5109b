"""`--record` and `--replay`: the cassette that a command line names, opened."""

from collections.abc import Mapping
from pathlib import Path

from claude_cli.cassette import exchange
from claude_cli.cassette.canonical import without_account
from claude_cli.cassette.exchange import Request, Response
from claude_cli.cassette.lines import read_place
from claude_cli.cassette.player import Cassette, file_of
from claude_cli.cassette.recorder import Recorder
from claude_cli.commandline.flags.connection import ConnectionFlags
from claude_cli.errors import CannotWrite, ClaudeCliError, InputError, UsageError
from claude_cli.turn.platforms.place import PLATFORMS, Place, place_of
from claude_cli.ui.notices import Notices

TAKEN = ("platform", "region", "base_url")
"""Flags whose values a cassette has."""
NOWHERE: Mapping[str, str] = {}
"""The environment, which says nothing of the place of a cassette."""


def check_flags(flags: ConnectionFlags) -> None:
    """Raise UsageError where a flag was typed whose value the cassette has."""
    if flags.replay is not None and (named := flags.given & {*TAKEN}):
        flag = min(named)
        message = f"--{flag.replace('_', '-')} comes from the cassette"
        raise UsageError(message, hint="leave it out with --replay", flag=flag)


def place_on(path: str, flags: ConnectionFlags) -> Place:
    """Where the exchanges of a cassette took place. Raises what reading it raises."""
    taped = read_place(file_of(path))
    if taped.platform not in PLATFORMS:
        raise InputError(f"{path}: a cassette of the platform {taped.platform}, which is not known")
    there = flags._replace(
        region=taped.region or flags.region,
        base_url=taped.base_url or None,
        given=flags.given - {"base_url"},
    )
    return place_of(taped.platform, there, NOWHERE, offline=True)


def open_cassette(path: str, notices: Notices) -> Cassette:
    """What answers in place of the network. Raises what Cassette raises."""
    cassette = Cassette(file_of(path))
    for note in cassette.notes:
        notices.warning(f"{note}: left out")
    notices.notice(f"the answers come from {path}: nothing is sent")
    return cassette


class FileTape:
    """Records into a file; where that fails the answers go on, and the command ends with it."""

    def __init__(self, flags: ConnectionFlags, place: Place, notices: Notices) -> None:
        """Raises what Recorder raises: before anything is sent."""
        region = place.settings.get("region")
        there = exchange.Place(place.platform.name, region, without_account(place.base_url))
        self._path = str(flags.record)
        self._recorder = Recorder(Path(self._path), there)
        self._late = [] if flags.late is None else flags.late
        self._notices = notices

    def write(self, request: Request, response: Response) -> None:
        if not self._late:
            try:
                self._recorder.write(request, response)
            except ClaudeCliError as error:
                self.give_up(error)

    def give_up(self, error: ClaudeCliError) -> None:
        """Record no more: a cassette with a hole in it would play wrongly."""
        if not self._late:
            self._notices.warning(f"recording ends here: {error.message}")
            self._late.append(CannotWrite(f"{self._path} does not hold all of it: {error.message}"))
