"""What the API refuses in the file ids of a request: files that are not there, and those that the
block cannot show.
"""

from collections.abc import Iterator
from typing import Any

from claude_cli.simulator.checks.prompt import blocks_of, placed_blocks
from claude_cli.simulator.state.file_store import Files
from claude_cli.simulator.wire.rejections import Rejection, invalid
from claude_cli.values.media import IMAGES, PDF

_MEDIA_TYPES = {"image": IMAGES, "document": (PDF, "text/plain")}
"""By the type of a block, those that it shows; any other block takes every file."""


def check_files(body: dict[str, Any], files: Files) -> None:
    """Raises a 404 or 400 for a checked Messages or count_tokens request."""
    for path, _, placed in placed_blocks(body, nested=True):
        for inner, block in _with_content(path, placed):
            if named := _file_id(inner, block):
                _check_file(*named, block["type"], files)


def _with_content(path: str, block: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """A block, and those of which a document is made up."""
    yield path, block
    if block["type"] == "document" and block["source"]["type"] == "content":
        for index, part in enumerate(blocks_of(block["source"]["content"])):
            yield f"{path}.source.content.{index}", part


def _file_id(path: str, block: dict[str, Any]) -> tuple[str, str] | None:
    if block["type"] == "container_upload":
        return f"{path}.file_id", block["file_id"]
    if block["type"] in _MEDIA_TYPES and block["source"]["type"] == "file":
        return f"{path}.source.file_id", block["source"]["file_id"]
    return None


def _check_file(path: str, file_id: str, kind: str, files: Files) -> None:
    file = files.find(file_id)
    if file is None:
        raise Rejection(404, f"{path}: file not found: {file_id}")
    media_type = file.media_type.partition(";")[0].strip().lower()
    shown = _MEDIA_TYPES.get(kind)
    if shown and media_type not in shown:
        problem = f"a file of type {media_type} cannot be used in a block of type `{kind}`"
        raise invalid(path, problem)
