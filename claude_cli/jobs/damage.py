"""How files of a job that were changed behind our back are named."""

from pathlib import Path

from claude_cli.errors import InputUnreadable


def damaged(path: Path, why: object) -> InputUnreadable:
    """The error of a file in a job's folder that is not what was written."""
    return InputUnreadable(
        f"job {path.parent.name} is damaged: {path}: {why}",
        hint="the command that made the job mends all but its journal; claude-cli batch results "
        "msgbatch_… fetches a batch without its job",
    )
