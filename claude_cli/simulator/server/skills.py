"""The endpoints of the Skills API, below `/v1/skills`."""

import io
import zipfile

from claude_cli.simulator.checks.headers import check_headers
from claude_cli.simulator.checks.skill_upload import Upload, read_upload
from claude_cli.simulator.state.account import Account
from claude_cli.simulator.state.skill_store import StoredSkill, StoredVersion
from claude_cli.simulator.wire.exchange import Interruption, Received, Response, json_response
from claude_cli.simulator.wire.faults import Fault, refuse
from claude_cli.simulator.wire.multipart import read_parts
from claude_cli.simulator.wire.paging import later_page
from claude_cli.simulator.wire.rejections import Rejection, invalid


def create(account: Account, received: Received) -> Response:
    """Files of one folder, and beside them, if it is given, `display_name`."""
    upload = _upload(received, labelled=True)
    label = upload.display_name or upload.name
    fault = _create_fault(account)
    found = account.skills.add(
        received.fingerprint, upload.name, upload.description, upload.files, label
    )
    return _lost() if fault else json_response(found.shown())


def list_skills(account: Account, received: Received) -> Response:
    check_headers(received.headers, json_body=False)
    source = received.query.get("source", [""])[-1]
    skills = [skill for skill in account.skills if source in ("", skill.source)]
    newest = [skill.shown() for skill in reversed(skills)]
    return json_response(later_page(newest, received.query))


def show(account: Account, received: Received, skill_id: str) -> Response:
    return json_response(_find(account, received, skill_id).shown())


def delete(account: Account, received: Received, skill_id: str) -> Response:
    """All versions go, too."""
    account.skills.remove(_own(account, received, skill_id))
    return json_response({"id": skill_id, "type": "skill_deleted"})


def create_version(account: Account, received: Received, skill_id: str) -> Response:
    skill = _own(account, received, skill_id)
    upload = _upload(received, labelled=False)
    if upload.name != skill.versions[0].name:
        problem = f"the name is {skill.versions[0].name!r} for good, and not {upload.name!r}"
        raise invalid("files", problem)
    fault = _create_fault(account)
    made = account.skills.add_version(skill, received.fingerprint, upload.description, upload.files)
    return _lost() if fault else json_response(made.shown())


def list_versions(account: Account, received: Received, skill_id: str) -> Response:
    skill = _find(account, received, skill_id)
    newest = [version.shown() for version in reversed(skill.versions)]
    return json_response(later_page(newest, received.query))


def show_version(account: Account, received: Received, skill_id: str, version: str) -> Response:
    return json_response(_find_version(_find(account, received, skill_id), version).shown())


def delete_version(account: Account, received: Received, skill_id: str, version: str) -> Response:
    skill = _own(account, received, skill_id)
    found = _find_version(skill, version)
    if len(skill.versions) == 1:
        raise invalid("version", "a skill has at least one version: delete the skill")
    skill.versions.remove(found)
    return json_response({"id": found.id, "type": "skill_version_deleted"})


def download(account: Account, received: Received, skill_id: str, version: str) -> Response:
    """The folder as a zip archive; `latest` is no version here."""
    skill = _own(account, received, skill_id)
    if version == "latest":
        raise Rejection(404, f"skill version: {version}")
    found = _find_version(skill, version)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in found.files.items():
            member = zipfile.ZipInfo(f"{found.name}/{path}", (2026, 1, 31, 12, 0, 0))
            archive.writestr(member, content)
    return Response(headers={"content-type": "application/zip"}, body=packed.getvalue())


def _create_fault(account: Account) -> Fault | None:
    """The fault that this create meets, if it is one that shows only afterwards."""
    fault = account.faults.next("create")
    if fault:
        refuse(fault)
    return fault


def _lost() -> Response:
    """The connection is closed in silence."""
    return Response(body=[Interruption.CUT])


def _upload(received: Received, *, labelled: bool) -> Upload:
    check_headers(received.headers, json_body=False)
    parts = read_parts(received.headers.get("content-type", ""), received.raw)
    return read_upload(parts, labelled=labelled)


def _own(account: Account, received: Received, skill_id: str) -> StoredSkill:
    """A skill that was uploaded; those of Anthropic are only read and used."""
    skill = _find(account, received, skill_id)
    if skill.source != "custom":
        raise Rejection(403, f"skill: {skill_id} is managed by Anthropic")
    return skill


def _find(account: Account, received: Received, skill_id: str) -> StoredSkill:
    check_headers(received.headers, json_body=False)
    skill = account.skills.find(skill_id)
    if skill is None:
        raise Rejection(404, f"skill: {skill_id}")
    return skill


def _find_version(skill: StoredSkill, version: str) -> StoredVersion:
    found = skill.find(version)
    if found is None:
        raise Rejection(404, f"skill version: {version}")
    return found
