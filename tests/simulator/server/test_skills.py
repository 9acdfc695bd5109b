"""Skills: uploaded as files or as a zip, version by version; refused where the API would."""

import io
import zipfile
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from claude_cli.simulator.server.server import Simulator
from tests.simulator.bodies import HEADERS

if TYPE_CHECKING:
    import anthropic

PATH = "/v1/skills"
TEXT = b"---\nname: charts\ndescription: Makes charts.\n---\n"
Files = list[tuple[str, bytes]]
FOLDER: Files = [("charts/SKILL.md", TEXT), ("charts/a/b.py", b"print(1)")]


@pytest.fixture
def client(simulator: Simulator) -> Iterator[httpx.Client]:
    """Without a content type of its own."""
    headers = {name: value for name, value in HEADERS.items() if name != "content-type"}
    with httpx.Client(base_url=simulator.base_url, headers=headers, timeout=10) as running:
        yield running


def send(
    client: httpx.Client, files: Files = FOLDER, path: str = PATH, **fields: Any
) -> httpx.Response:
    parts: Any = [("files[]", (name, content)) for name, content in files]
    return client.post(path, files=parts, data=fields)


def create(client: httpx.Client, files: Files = FOLDER, **fields: Any) -> Any:
    response = send(client, files, **fields)
    assert response.status_code == 200, response.text
    return response.json()


def zipped(files: Files) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files:
            archive.writestr(name, content)
    return packed.getvalue()


def test_a_skill_is_described_and_downloaded(client: httpx.Client) -> None:
    skill = create(client, display_name="My charts")
    assert (skill["type"], skill["display_name"]) == ("skill", "My charts")
    version = client.get(f"{PATH}/{skill['id']}/versions/latest").json()
    assert version["id"] == skill["latest_version_id"]
    assert (version["name"], version["description"]) == ("charts", "Makes charts.")
    content = client.get(f"{PATH}/{skill['id']}/versions/{version['id']}/content").content
    archive = zipfile.ZipFile(io.BytesIO(content))
    assert [(name, archive.read(name)) for name in archive.namelist()] == FOLDER


def test_one_zip_does_as_well(client: httpx.Client, simulator: Simulator) -> None:
    stored = simulator.skills.find(create(client, [("any.zip", zipped(FOLDER))])["id"])
    assert stored is not None
    assert stored.versions[0].files == {"SKILL.md": TEXT, "a/b.py": b"print(1)"}


@pytest.mark.parametrize(
    ("files", "fields", "problem"),
    [
        ([], {}, "content-type"),
        ([("upload", b"Example data")], {}, "no SKILL.md at the root"),
        ([("SKILL.md", TEXT)], {}, "no SKILL.md at the root"),
        ([("a/b/SKILL.md", TEXT)], {}, "no SKILL.md at the root"),
        ([*FOLDER, ("other/a", b"")], {}, "same top-level directory"),
        ([*FOLDER, ("charts/../../a", b"")], {}, "no path below a folder"),
        ([*FOLDER, ("/charts/a", b"")], {}, "no path below a folder"),
        ([("c/SKILL.md", b"# c")], {}, "YAML frontmatter"),
        ([("c/SKILL.md", b"---\nname: C\ndescription: d\n---\n")], {}, "a name has 1 to 64"),
        ([("c/SKILL.md", b"---\nname: c\n---\n")], {}, "there is no description"),
        ([("c/SKILL.md", b"\xff")], {}, "not UTF-8"),
        ([("a.zip", b"PK\x03\x04 and no more")], {}, "not a zip archive"),
        (FOLDER, {"display_name": "x" * 256}, "at most 255"),
        (FOLDER, {"other": "x"}, "other: Extra inputs"),
    ],
)
def test_an_upload_that_is_no_skill_is_refused(
    client: httpx.Client, files: Files, fields: Any, problem: str
) -> None:
    response = send(client, files, **fields)
    assert response.status_code == 400
    assert problem in response.json()["error"]["message"]


@pytest.mark.parametrize(("size", "status"), [(30_000_000, 200), (30_000_001, 413)])
def test_more_than_30_mb_are_too_large(client: httpx.Client, size: int, status: int) -> None:
    rest = size - sum(len(content) for _, content in FOLDER)
    big = [*FOLDER, ("charts/big", bytes(rest))]
    for files in (big, [("a.zip", zipped(big))]):
        assert send(client, files).status_code == status


def test_a_version_keeps_the_name_of_its_skill(client: httpx.Client) -> None:
    skill = create(client)
    versions = f"{PATH}/{skill['id']}/versions"
    other = [("x/SKILL.md", TEXT.replace(b"charts", b"graphs"))]
    assert send(client, other, versions).status_code == 400
    labelled = send(client, FOLDER, versions, display_name="Other charts")
    assert (labelled.status_code, "display_name: Extra" in labelled.text) == (400, True)
    made = send(client, FOLDER, versions).json()
    listed = client.get(versions, params={"limit": 1}).json()
    assert [one["id"] for one in listed["data"]] == [made["id"]]
    rest = client.get(versions, params={"page": listed["next_page"]}).json()
    assert [one["id"] for one in rest["data"]] == [skill["latest_version_id"]]
    assert rest["next_page"] is None


def test_a_download_names_its_version(client: httpx.Client) -> None:
    """The API knows `latest` where a version is shown, and not where it is downloaded."""
    versions = f"{PATH}/{create(client)['id']}/versions"
    assert client.get(f"{versions}/latest").status_code == 200
    assert client.get(f"{versions}/latest/content").status_code == 404


def test_a_skill_has_at_least_one_version(client: httpx.Client) -> None:
    skill = create(client)
    version = f"{PATH}/{skill['id']}/versions/{skill['latest_version_id']}"
    assert client.delete(version).status_code == 400
    made = send(client, FOLDER, f"{PATH}/{skill['id']}/versions").json()
    deleted = client.delete(version).json()
    assert deleted == {"id": skill["latest_version_id"], "type": "skill_version_deleted"}
    assert client.get(f"{PATH}/{skill['id']}").json()["latest_version_id"] == made["id"]
    assert client.delete(f"{PATH}/{skill['id']}").json()["type"] == "skill_deleted"
    assert client.get(f"{PATH}/{skill['id']}").status_code == 404


def test_those_of_anthropic_are_listed_and_nobody_changes_them(client: httpx.Client) -> None:
    create(client)
    listed = client.get(PATH, params={"source": "anthropic"}).json()["data"]
    assert {skill["id"] for skill in listed} == {"pptx", "xlsx", "docx", "pdf"}
    assert client.delete(f"{PATH}/xlsx").status_code == 403
    assert send(client, FOLDER, f"{PATH}/xlsx/versions").status_code == 403
    assert client.get(f"{PATH}/xlsx/versions/20251013/content").status_code == 403


@pytest.mark.parametrize("path", ["skill_none", "skill_none/versions", "xlsx/versions/1"])
def test_what_is_not_there_is_a_404(client: httpx.Client, path: str) -> None:
    assert client.get(f"{PATH}/{path}").status_code == 404


def test_without_a_key_nothing_is_told(simulator: Simulator) -> None:
    assert httpx.get(f"{simulator.base_url}{PATH}").status_code == 401


def test_the_official_sdk_uploads_uses_and_deletes_a_skill(simulator: Simulator) -> None:
    sdk_module = pytest.importorskip("anthropic")
    with sdk_module.Anthropic(api_key="k", base_url=simulator.base_url) as sdk:
        client: anthropic.Anthropic = sdk
        skill = client.skills.create(files=FOLDER, display_name="My charts")
        version = client.skills.versions.create(skill.id, files=FOLDER)
        assert client.skills.retrieve(skill.id).latest_version_id == version.id
        assert skill.id in {one.id for one in client.skills.list(limit=2)}
        archive = client.beta.skills.versions.download(version.id, skill_id=skill.id)
        assert archive.read().startswith(b"PK")
        assert client.skills.delete(skill.id).type == "skill_deleted"
