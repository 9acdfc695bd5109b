"""How files of a job that were changed behind our back are named."""

from pathlib import Path

from claude_cli.errors import InputUnreadable

JOURNAL = "journal.jsonl"
"""The one file of a job that nothing can be made of anew."""
RETRIES = "retries"
"""The folder, in that of a job, of its retries."""


class Damaged(InputUnreadable):
    """A file in a job's folder is not what was written."""


def damaged(path: Path, why: object) -> Damaged:
    """The error of that file, with what can be done."""
    folder = path.parent
    job = (folder.parents[1] if folder.parent.name == RETRIES else folder).name
    fetches = "claude-cli batch results msgbatch_… fetches a batch without its job"
    if path.name == JOURNAL:
        hint = f"{fetches}; claude-cli batch delete {job} drops what is here"
    else:
        hint = f"the command that made the job mends it; {fetches}"
    return Damaged(f"job {job} is damaged: {path}: {why}", hint=hint)
