"""The Skills API: upload a folder once, let the code of any answer use it by id.

A skill is `{"id": "skill_…", "display_name", "latest_version_id", "source": {"type"}, …}`, one of
its versions `{"id": "skver_…", "skill_id", "name", "description", …}`. Those of Anthropic are
called `xlsx`, `pptx`, `docx` and `pdf`. Source: the official SDK 2.14, `client.skills`, and for the
download `client.beta.skills`, which sends no beta header either.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Literal

from claude_cli.api.address import segment
from claude_cli.api.client import ApiClient, ApiResponse
from claude_cli.api.multipart import FilePart, Progress, form
from claude_cli.api.pages import list_all
from claude_cli.api.retry import CREATE_ONCE
from claude_cli.errors import ProtocolError
from claude_cli.values.skill_text import LATEST

PATH = "/v1/skills"
FIELD = "files[]"
"""The field of each file; its name is the path below the folder's parent, as `top/SKILL.md`."""
LARGEST_ARCHIVE = 100_000_000
"""Bytes of a download that are taken; a skill has at most 30 MB."""

Source = Literal["custom", "anthropic"]


def list_skills(client: ApiClient, source: Source | None = None) -> Iterator[dict[str, Any]]:
    """Yield the skills that the key's workspace may use, all or those of one source."""
    return list_all(client, PATH, [("source", source)] if source else [])


def show_skill(client: ApiClient, skill_id: str) -> dict[str, Any]:
    """Return what the API says of a skill."""
    return client.call("GET", _path(skill_id))


def list_versions(client: ApiClient, skill_id: str) -> Iterator[dict[str, Any]]:
    """Yield every version of a skill."""
    return list_all(client, f"{_path(skill_id)}/versions")


def show_version(client: ApiClient, skill_id: str, version: str = LATEST) -> dict[str, Any]:
    """Return what the API says of a version."""
    return client.call("GET", _path(skill_id, version))


def create_skill(
    client: ApiClient, files: Sequence[FilePart], display_name: str | None, on_progress: Progress
) -> dict[str, Any]:
    """Upload a folder as a new skill, and return it.

    Tried again on 429 and 529 only: nothing must be made twice.
    """
    fields = [("display_name", display_name)] if display_name is not None else []
    body = form(files, on_progress, fields)
    return _made(client.call("POST", PATH, body=body, retry=CREATE_ONCE))


def create_version(
    client: ApiClient, skill_id: str, files: Sequence[FilePart], on_progress: Progress
) -> dict[str, Any]:
    """Upload a folder as the newest version of a skill, and return that version.

    It replaces the whole folder; its name stays the same. Tried again as `create_skill`.
    """
    path, body = f"{_path(skill_id)}/versions", form(files, on_progress)
    return _made(client.call("POST", path, body=body, retry=CREATE_ONCE))


def open_archive(client: ApiClient, skill_id: str, version: str) -> ApiResponse:
    """Return the open response with a version's folder as a zip archive; `latest` is no version
    here."""
    return client.open("GET", f"{_path(skill_id, version)}/content")


def delete_skill(client: ApiClient, skill_id: str) -> None:
    """Delete a skill with all its versions, for good."""
    client.call("DELETE", _path(skill_id))


def delete_version(client: ApiClient, skill_id: str, version: str) -> None:
    """Delete one version, for good."""
    client.call("DELETE", _path(skill_id, version))


def _path(skill_id: str, version: str | None = None) -> str:
    path = f"{PATH}/{segment(skill_id)}"
    return path if version is None else f"{path}/versions/{segment(version)}"


def _made(answer: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(answer.get("id"), str) or not answer["id"]:
        raise ProtocolError("the server answered without a skill", status=200)
    return answer
