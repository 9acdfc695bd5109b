"""What `skills` does: folders checked and sent as skills, versions shown and brought back."""

import shlex
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from math import ceil
from typing import Any

from claude_cli.api import multipart, skills
from claude_cli.api.batches import was_refused
from claude_cli.api.client import ApiClient
from claude_cli.api.multipart import FilePart
from claude_cli.commandline.flags.connection import ConnectionFlags
from claude_cli.content.skill_folder import SkillFile, SkillFolder, read_skill_folder
from claude_cli.disk import inputfile
from claude_cli.disk.safe_name import safe_name
from claude_cli.errors import ClaudeCliError, UsageError
from claude_cli.turn.connection import connect
from claude_cli.turn.container.skills import split
from claude_cli.turn.downloads import bring, refuse_terminal
from claude_cli.ui.notices import Notices
from claude_cli.ui.progress import Progress
from claude_cli.ui.sanitize import sanitize_line
from claude_cli.ui.streams import open_stdout
from claude_cli.ui.tables import Column, Columns, ListFormat, print_record, print_rows
from claude_cli.values.skill_text import LATEST

SKILLS: Columns = {
    "id": "SKILL",
    "display_name": Column("NAME", cut="end"),
    "source": Column("SOURCE", spare=2),
    "latest_version_id": Column("LATEST", spare=3),
    "updated_at": Column("UPDATED", spare=1),
}
VERSIONS: Columns = {
    "id": "VERSION",
    "created_at": "CREATED",
    "description": Column("DESCRIPTION", cut="end"),
}
MOST_SHOWN = 20
"""Files of an upload that are named one by one; with --verbose all are."""


def list_all(
    source: skills.Source | None, format: ListFormat, flags: ConnectionFlags, notices: Notices
) -> None:
    """Print the skills that the key's workspace may use."""
    with connect(flags, notices) as client:
        found = [*skills.list_skills(client, source)]
    if format == "table":
        found = [{**skill, "source": _source(skill)} for skill in found]
    print_rows(found, SKILLS, format)


def show(spec: str, format: ListFormat, flags: ConnectionFlags, notices: Notices) -> None:
    """Print what the API says of a skill and its versions, or of one version."""
    skill_id, version = split(spec)
    with connect(flags, notices) as client:
        if version:
            print_record(skills.show_version(client, skill_id, version), format)
            return
        found = skills.show_skill(client, skill_id)
        versions = [*skills.list_versions(client, skill_id)]
    if format == "json":
        print_record({**found, "versions": versions}, format)
        return
    print_record({**found, "source": _source(found)})
    print_rows(versions, VERSIONS)


def create(folder: str, name: str | None, flags: ConnectionFlags, notices: Notices) -> None:
    """Upload a folder as a new skill, and print its id."""
    if name is not None and not name.isprintable():
        raise UsageError("--name is one line of text")
    _send(
        folder,
        lambda client, parts, tell: skills.create_skill(client, parts, name, tell),
        "list --source custom",
        flags,
        notices,
    )


def update(skill_id: str, folder: str, flags: ConnectionFlags, notices: Notices) -> None:
    """Upload a folder as the newest version of a skill, and print the version's id."""
    _send(
        folder,
        lambda client, parts, tell: skills.create_version(client, skill_id, parts, tell),
        f"show {shlex.quote(skill_id)}",
        flags,
        notices,
    )


def download(spec: str, target: str, flags: ConnectionFlags, notices: Notices) -> None:
    """Bring the zip archive of a version into a folder, or to a path that is free, as it comes."""
    refuse_terminal(target)
    skill_id, version = split(spec)
    with connect(flags, notices) as client:
        facts = skills.show_version(client, skill_id, version or LATEST)
        name = safe_name(facts.get("name"), skill_id)
        pieces = _archive(client, skill_id, str(facts.get("id")))
        bring(pieces, target, f"{name}.zip")


def delete(specs: Sequence[str], flags: ConnectionFlags, notices: Notices) -> None:
    """Delete skills, or single versions, for good."""
    with connect(flags, notices) as client:
        for skill_id, version in map(split, specs):
            if version:
                skills.delete_version(client, skill_id, version)
            else:
                skills.delete_skill(client, skill_id)


Send = Callable[[ApiClient, Sequence[FilePart], multipart.Progress], dict[str, Any]]


def _send(path: str, send: Send, look: str, flags: ConnectionFlags, notices: Notices) -> None:
    """Check a folder, show and send it, and print the id of what was made; `look` shows whether it
    was, where the reply got lost."""
    folder = read_skill_folder(path)
    _tell(folder, notices)
    parts = [_part(file) for file in folder.files]
    progress = Progress(notices, folder.size)
    with connect(flags, notices) as client:
        try:
            made = send(client, parts, partial(progress.show, what="bytes sent"))
        except ClaudeCliError as error:
            if not was_refused(error) and error.hint is None:
                error.hint = f"it may be there all the same: claude-cli skills {look}"
            raise
        finally:
            progress.close()
    open_stdout().write(f"{sanitize_line(str(made.get('id')))}\n")


def _tell(folder: SkillFolder, notices: Notices) -> None:
    """Show what is about to be uploaded."""
    count = len(folder.files)
    left = ", ".join(f"{number} {kind}" for kind, number in folder.left_out.items())
    notices.notice(
        f"skill {folder.name}: {count} file{'' if count == 1 else 's'}, "
        f"{ceil(folder.size / 1e3):,} KB" + (f"; left out: {left}" if left else "")
    )
    for number, file in enumerate(folder.files):
        say = notices.notice if number < MOST_SHOWN else notices.detail
        say(f"  {file.name}")
    if count > MOST_SHOWN:
        notices.notice(f"  … and {count - MOST_SHOWN} more; -v shows all")


def _part(file: SkillFile) -> FilePart:
    from mimetypes import guess_type

    kind = guess_type(file.name)[0] or "application/octet-stream"
    return FilePart(
        skills.FIELD, file.name, kind, file.size, partial(inputfile.open_regular, file.path)
    )


def _archive(client: ApiClient, skill_id: str, version: str) -> Iterator[bytes]:
    with skills.open_archive(client, skill_id, version) as response:
        yield from response.chunks(skills.LARGEST_ARCHIVE)


def _source(skill: dict[str, Any]) -> Any:
    source = skill.get("source")
    return source.get("type") if isinstance(source, dict) else source
