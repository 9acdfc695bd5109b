"""The Skills API, as the simulator plays it; and its failures, by a server that fails."""

import io
import zipfile
from collections.abc import Iterator
from functools import partial

import pytest

from claude_cli.api import pages, skills
from claude_cli.api.client import ApiClient
from claude_cli.api.multipart import FilePart
from claude_cli.errors import ClaudeCliError, InputError, ProtocolError, TemporaryFailure
from claude_cli.simulator.server.server import Simulator
from tests.api.clients import client as client_of

TEXT = b"---\nname: charts\ndescription: Makes charts.\n---\n"
FOLDER = {"charts/SKILL.md": TEXT, "charts/\xe9/data.bin": bytes(range(256)) * 3000}


@pytest.fixture
def client(simulator: Simulator) -> Iterator[ApiClient]:
    with client_of(simulator.base_url) as made:
        yield made


def parts(files: dict[str, bytes]) -> list[FilePart]:
    return [
        FilePart(skills.FIELD, name, "text/plain", len(content), partial(io.BytesIO, content))
        for name, content in files.items()
    ]


def create(client: ApiClient, name: str | None = None) -> str:
    sent: list[int] = []
    made = skills.create_skill(client, parts(FOLDER), name, sent.append)
    assert sent[-1] == sum(map(len, FOLDER.values()))
    return str(made["id"])


def test_a_folder_is_there_byte_for_byte(client: ApiClient, simulator: Simulator) -> None:
    stored = simulator.skills.find(create(client, "Charts für alle"))
    assert stored is not None
    assert stored.display_name == "Charts für alle"
    assert {f"charts/{name}": data for name, data in stored.versions[0].files.items()} == FOLDER


def test_a_skill_is_shown_listed_and_deleted(client: ApiClient) -> None:
    skill_id = create(client)
    found = skills.show_skill(client, skill_id)
    assert (found["display_name"], found["source"]) == ("charts", {"type": "custom"})
    assert [skill["id"] for skill in skills.list_skills(client, "custom")] == [skill_id]
    assert {skill["id"] for skill in skills.list_skills(client)} > {skill_id, "xlsx"}
    skills.delete_skill(client, skill_id)
    with pytest.raises(InputError):
        skills.show_skill(client, skill_id)


def test_a_new_version_is_the_latest_and_the_old_one_can_go(
    client: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    skill_id = create(client)
    monkeypatch.setattr(pages, "PAGE", 1)
    made = skills.create_version(client, skill_id, parts(FOLDER), lambda sent: None)
    assert skills.show_version(client, skill_id) == made
    old = [one["id"] for one in skills.list_versions(client, skill_id)][1]
    skills.delete_version(client, skill_id, old)
    assert [*skills.list_versions(client, skill_id)] == [made]
    with pytest.raises(InputError):
        skills.show_version(client, skill_id, old)


def test_a_download_is_a_zip_archive_of_the_version(client: ApiClient) -> None:
    skill_id = create(client)
    version = skills.show_version(client, skill_id)["id"]
    with skills.open_archive(client, skill_id, version) as response:
        archive = zipfile.ZipFile(io.BytesIO(b"".join(response.chunks())))
    assert {name: archive.read(name) for name in archive.namelist()} == FOLDER


@pytest.mark.parametrize(("fault", "tries"), [(429, 2), (529, 2), (500, 1)])
def test_a_create_is_tried_again_only_where_nothing_was_made(
    simulator: Simulator, fault: int, tries: int, short_backoff: None
) -> None:
    simulator.inject(f"{fault}-createx1:retry-after=0.01")
    with client_of(simulator.base_url, retries=3) as client:
        if tries == 1:
            with pytest.raises(TemporaryFailure):
                create(client)
        else:
            create(client)
    assert len(simulator.requests) == tries


def test_a_file_that_shrinks_while_it_is_sent_is_told(client: ApiClient) -> None:
    shrunk = [part._replace(size=part.size + 1) for part in parts(FOLDER)]
    with pytest.raises(InputError, match="shorter"):
        skills.create_skill(client, shrunk, None, lambda sent: None)


@pytest.mark.parametrize("odd", ["", ".", ".."])
def test_ids_cannot_leave_their_place_in_the_path(client: ApiClient, odd: str) -> None:
    for call in (
        lambda: skills.show_skill(client, odd),
        lambda: skills.delete_version(client, "skill_1", odd),
        lambda: skills.open_archive(client, "skill_1", odd),
    ):
        with pytest.raises(ClaudeCliError):
            call()


def test_an_answer_without_an_id_is_told(simulator: Simulator, client: ApiClient) -> None:
    with pytest.raises(ProtocolError, match="without a skill"):
        skills._made({"type": "skill"})
