"""`--skill`: skills for the container of a request, and the tool that runs code in it. Pure."""

from collections.abc import Iterable

from claude_cli.errors import UsageError
from claude_cli.models import catalog
from claude_cli.session.containers import offers_code
from claude_cli.types import RequestBody
from claude_cli.values.skill_text import LATEST

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


def provide_code_execution(body: RequestBody, model: str) -> None:
    """Offer the tool that runs code, the newest that `model` takes, to a request with skills that
    has none: without it the API refuses them."""
    container, tools = body.get("container"), body.get("tools") or []
    if not (isinstance(container, dict) and container.get("skills") and isinstance(tools, list)):
        return
    if not offers_code(body):
        body["tools"] = [*tools, catalog.server_tool("code_execution", model)]


def _skill(skill_id: str, version: str | None) -> dict[str, str]:
    kind = "custom" if skill_id.startswith(CUSTOM) else "anthropic"
    return {"type": kind, "skill_id": skill_id, "version": version or LATEST}
