"""`--skill`: skills for the container of a request, and the tool that runs code in it. Pure."""

from collections.abc import Iterable

from claude_cli.api.skills import LATEST
from claude_cli.errors import UsageError

CUSTOM = "skill_"
"""How the ids of skills begin that are not Anthropic's."""
MOST_SKILLS = 20


def split(spec: str) -> tuple[str, str | None]:
    """`SKILL` or `SKILL@VERSION`. Raises UsageError where a part is empty."""
    skill_id, at, version = spec.partition("@")
    if not skill_id or (at and not version):
        raise UsageError(f"not a skill: {spec!r}", hint="such as xlsx, skill_… or skill_…@skver_…")
    return skill_id, version or None


def container_skills(specs: Iterable[str]) -> list[dict[str, str]]:
    """The `container.skills` of a request. Raises UsageError for more than the API takes."""
    skills = [_skill(*split(spec)) for spec in specs]
    if len(skills) > MOST_SKILLS:
        raise UsageError(f"{len(skills)} skills: a request has at most {MOST_SKILLS}", flag="skill")
    return skills


def _skill(skill_id: str, version: str | None) -> dict[str, str]:
    kind = "custom" if skill_id.startswith(CUSTOM) else "anthropic"
    return {"type": kind, "skill_id": skill_id, "version": version or LATEST}
