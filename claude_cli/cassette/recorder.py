"""A cassette that is being recorded: a file to which each exchange is added."""

from pathlib import Path

from claude_cli.cassette.exchange import Place, Request, Response
from claude_cli.cassette.lines import exchange_line, first_line, read_place
from claude_cli.disk.appendlog import append
from claude_cli.errors import InputError


class Recorder:
    """Writes a cassette, an exchange as soon as it is over. Thread-safe.

    Raises CannotCreate where the path takes no file, CannotWrite where the disk refuses,
    InputError for a file that is another place's cassette, or none.
    """

    def __init__(self, path: Path, place: Place) -> None:
        self._path = path
        if not path.exists() or not path.stat().st_size:
            append(path, [first_line(place)])
        elif (there := read_place(path)) != place:
            raise InputError(
                f"{path} was recorded at {there.platform}, {there.base_url}, and this is "
                f"{place.platform}, {place.base_url}",
                hint="record into another file",
            )

    def write(self, request: Request, response: Response) -> None:
        """Add one exchange. Raises CannotWrite, and InputError for one that is too long."""
        append(self._path, [exchange_line(request, response)])
