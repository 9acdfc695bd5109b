"""Files that code made: named to the user, or brought into a folder."""

import os
from collections.abc import Iterator
from pathlib import Path

from claude_cli.api import files
from claude_cli.api.client import ApiClient
from claude_cli.disk.atomic_file import write_first_free
from claude_cli.disk.private_files import storage_error
from claude_cli.disk.safe_name import safe_name
from claude_cli.errors import ClaudeCliError
from claude_cli.turn.downloads import file_content
from claude_cli.ui.notices import Notices

MOST_FILES = 100
"""Of one turn that are brought here."""
MOST_NAMED = 10
MOST_NAMESAKES = 1000


def deliver(
    client: ApiClient, ids: tuple[str, ...], folder: str | None, notices: Notices
) -> ClaudeCliError | None:
    """Bring files into `folder`, or tell how to get them; each is told.

    Return the first failure, for the answer comes before it.
    """
    if folder is None:
        _name(ids, notices)
        return None
    notices.spinner.start()
    try:
        os.makedirs(folder, exist_ok=True)
        return _save(client, ids[:MOST_FILES], Path(folder), notices)
    except OSError as error:
        _name(ids[:MOST_FILES], notices)
        return storage_error(Path(folder), error)
    finally:
        notices.spinner.stop()
        _name(ids[MOST_FILES:], notices)


def _save(
    client: ApiClient, ids: tuple[str, ...], folder: Path, notices: Notices
) -> ClaudeCliError | None:
    first = None
    for file_id in ids:
        try:
            path = _bring(client, file_id, folder)
        except ClaudeCliError as error:
            notices.warning(f"{file_id} is not saved: {error.message}")
            first = first or error
        else:
            notices.notice(f"saved {path}")
    return first


def _bring(client: ApiClient, file_id: str, folder: Path) -> Path:
    facts = files.show_file(client, file_id)
    name = safe_name(facts.get("filename"), file_id)
    pieces = file_content(client, file_id, facts.get("size_bytes"))
    return write_first_free(_candidates(folder, name), pieces)


def _candidates(folder: Path, name: str) -> Iterator[Path]:
    """`chart.png`, `chart (2).png`, …"""
    yield folder / name
    stem, suffix = os.path.splitext(name)
    for number in range(2, MOST_NAMESAKES):
        yield folder / f"{stem} ({number}){suffix}"


def _name(ids: tuple[str, ...], notices: Notices) -> None:
    """Tell of files that are not here."""
    if not ids:
        return
    more = f" and {len(ids) - MOST_NAMED} more" if len(ids) > MOST_NAMED else ""
    notices.notice(
        f"made by code: {', '.join(ids[:MOST_NAMED])}{more}; "
        f"claude-cli files download {ids[0]} brings it here, --save-files DIR all of an answer"
    )
