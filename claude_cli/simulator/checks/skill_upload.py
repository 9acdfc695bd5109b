"""What the API refuses in the upload of a skill: files of one folder with a SKILL.md, or a zip."""

import io
import zipfile
from collections.abc import Iterable
from typing import NamedTuple

from claude_cli.simulator.wire.multipart import Part
from claude_cli.simulator.wire.rejections import Rejection, invalid
from claude_cli.values.skill_text import FILE_NAME, LARGEST_SKILL, problems, read_front_matter

FIELD = "files[]"
LONGEST_LABEL = 255


class Upload(NamedTuple):
    """`files`: path below the folder → bytes; `display_name` is None where none was given."""

    name: str
    description: str
    files: dict[str, bytes]
    display_name: str | None


def read_upload(parts: Iterable[Part], *, labelled: bool) -> Upload:
    """Raises a Rejection; `labelled`: a `display_name` may come with the files."""
    files: list[tuple[str, bytes]] = []
    label: str | None = None
    for part in parts:
        if part.name == "display_name" and labelled:
            label = _label(part.content)
        elif part.name == FIELD:
            files.append((part.filename or "upload", part.content))
        else:
            raise invalid(part.name, "Extra inputs are not permitted")
    if not files:
        raise invalid("files", "Field required")
    if len(files) == 1 and files[0][1].startswith(b"PK\x03\x04"):
        files = _unpacked(files[0][1])
    if sum(len(content) for _, content in files) > LARGEST_SKILL:
        raise Rejection(413, f"files: more than {LARGEST_SKILL} bytes")
    return _checked(*_below_one_folder(files), label)


def _checked(top: str, files: dict[str, bytes], label: str | None) -> Upload:
    try:
        front = read_front_matter(files[FILE_NAME].decode())
    except UnicodeDecodeError as error:
        raise invalid("files", f"{FILE_NAME} is not UTF-8") from error
    if front is None:
        raise invalid("files", f"{FILE_NAME} must start with YAML frontmatter")
    name = front.name or top
    if found := problems(name, front.description):
        raise invalid("files", f"{FILE_NAME}: {found[0]}")
    return Upload(name, front.description or "", files, label)


def _below_one_folder(files: list[tuple[str, bytes]]) -> tuple[str, dict[str, bytes]]:
    tops, below = set(), {}
    for name, content in files:
        top, _, rest = name.partition("/")
        if not _is_plain(name):
            raise invalid("files", f"{name!r} is no path below a folder")
        tops.add(top)
        below[rest] = content
    if FILE_NAME not in below:
        raise invalid("files", f"no {FILE_NAME} at the root of a top-level directory")
    if len(tops) > 1:
        raise invalid("files", "all files must be in the same top-level directory")
    return tops.pop(), below


def _is_plain(name: str) -> bool:
    return "\\" not in name and not {"", ".", ".."} & set(name.split("/"))


def _label(content: bytes) -> str:
    text = content.decode("utf-8", "replace")
    if not 0 < len(text) <= LONGEST_LABEL or "\n" in text:
        raise invalid("display_name", f"should be one line of at most {LONGEST_LABEL} characters")
    return text


def _unpacked(archive: bytes) -> list[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as packed:
            members = [member for member in packed.infolist() if not member.is_dir()]
            if sum(member.file_size for member in members) > LARGEST_SKILL:
                raise Rejection(413, f"files: more than {LARGEST_SKILL} bytes")
            return [(member.filename, packed.read(member)) for member in members]
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise invalid("files", f"not a zip archive: {error}") from error
