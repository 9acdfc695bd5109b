"""A conversation into a file: Markdown, an HTML page or JSON, by name or by the file's suffix."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

from claude_cli.disk.atomic_file import write_new
from claude_cli.errors import UsageError
from claude_cli.session.export import articles, title, to_json, to_markdown
from claude_cli.session.journal import Session

ExportFormat = Literal["markdown", "html", "json"]
SUFFIXES: dict[str, ExportFormat] = {
    "": "markdown",
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".json": "json",
}


def to_html(session: Session) -> Iterator[str]:
    """One page that loads nothing and runs nothing, light or dark as the reader likes it."""
    from claude_cli.ui.html_page import page

    return page(title(session), articles(session))


EXPORTS: dict[ExportFormat, Callable[[Session], Iterator[str]]] = {
    "markdown": to_markdown,
    "html": to_html,
    "json": to_json,
}


def write_export(session: Session, path: str, format: ExportFormat | None = None) -> None:
    """Write a conversation into a new file; None is the format of its suffix, without one Markdown.

    Raises UsageError for a suffix that says nothing.
    """
    suffix = Path(path).suffix.lower()
    chosen = format or SUFFIXES.get(suffix)
    if chosen is None:
        raise UsageError(
            f"{suffix} is no format of an export",
            hint="use .md, .html or .json, or sessions export --format",
        )
    write_new(path, EXPORTS[chosen](session))
