"""The skills that a request names: those that are not there, and the versions of those that are."""

from typing import Any

from claude_cli.simulator.checks.prompt import asked_skills
from claude_cli.simulator.state.skill_store import Skills, StoredVersion
from claude_cli.simulator.wire.rejections import Rejection, invalid


def check_skills(body: dict[str, Any], skills: Skills) -> None:
    """Raises a 404 or 400 for a checked Messages request."""
    named = []
    for index, asked in enumerate(asked_skills(body)):
        path = f"container.skills.{index}"
        if _resolved(asked, skills) is None:
            called = f"{asked['skill_id']} ({asked.get('version', 'latest')})"
            raise Rejection(404, f"{path}: skill not found: {called}")
        named.append(asked["skill_id"])
        if named.count(asked["skill_id"]) > 1:
            raise invalid(path, f"{asked['skill_id']} is there twice")


def used_skills(body: dict[str, Any], skills: Skills) -> list[dict[str, str]]:
    """The skills of a checked request as an answer names them: with the version that was used."""
    return [
        {"type": asked["type"], "skill_id": asked["skill_id"], "version": version.id}
        for asked in asked_skills(body)
        if (version := _resolved(asked, skills))
    ]


def _resolved(asked: dict[str, Any], skills: Skills) -> StoredVersion | None:
    skill = skills.find(asked["skill_id"])
    if skill is None or skill.source != asked["type"]:
        return None
    return skill.find(asked.get("version", "latest"))
