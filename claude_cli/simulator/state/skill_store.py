"""The skills of the account: Anthropic's own, and what was uploaded, version by version."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

OWN = ("pptx", "xlsx", "docx", "pdf")
"""Skills of Anthropic, which nobody can change."""
OWN_VERSION, _OWN_CREATED = "20251013", 1_760_313_600.0


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """`files`: path below the skill's folder → bytes. Times are seconds since the epoch."""

    id: str
    skill_id: str
    name: str
    description: str
    files: dict[str, bytes] = field(default_factory=dict, repr=False)
    created: float = field(default_factory=time.time)

    def shown(self) -> dict[str, Any]:
        """The version as the API describes it."""
        return {
            "id": self.id,
            "type": "skill_version",
            "skill_id": self.skill_id,
            "name": self.name,
            "description": self.description,
            "created_at": _written(self.created),
        }


@dataclass(slots=True)
class StoredSkill:
    """One skill; its versions, oldest first, are never none."""

    id: str
    display_name: str
    source: str
    versions: list[StoredVersion]

    def find(self, version: str) -> StoredVersion | None:
        """The version of this id, or the newest for `latest`."""
        if version == "latest":
            return self.versions[-1]
        return next((one for one in self.versions if one.id == version), None)

    def shown(self) -> dict[str, Any]:
        """The skill as the API describes it."""
        return {
            "id": self.id,
            "type": "skill",
            "display_name": self.display_name,
            "latest_version_id": self.versions[-1].id,
            "source": {"type": self.source},
            "created_at": _written(self.versions[0].created),
            "updated_at": _written(self.versions[-1].created),
        }


class Skills:
    """All skills. Thread safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made = 0
        self._skills = {name: _own(name) for name in OWN}

    def add(
        self, fingerprint: str, name: str, description: str, files: dict[str, bytes], label: str
    ) -> StoredSkill:
        skill_id = self._new_id("skill", fingerprint)
        version = StoredVersion(
            self._new_id("skver", fingerprint), skill_id, name, description, files
        )
        skill = StoredSkill(skill_id, label, "custom", [version])
        with self._lock:
            self._skills[skill_id] = skill
        return skill

    def add_version(
        self, skill: StoredSkill, fingerprint: str, description: str, files: dict[str, bytes]
    ) -> StoredVersion:
        name = skill.versions[0].name
        version_id = self._new_id("skver", fingerprint)
        version = StoredVersion(version_id, skill.id, name, description, files)
        with self._lock:
            skill.versions.append(version)
        return version

    def find(self, skill_id: str) -> StoredSkill | None:
        return self._skills.get(skill_id)

    def remove(self, skill: StoredSkill) -> None:
        with self._lock:
            self._skills.pop(skill.id, None)

    def __iter__(self) -> Iterator[StoredSkill]:
        """In the order of their creation."""
        with self._lock:
            return iter(list(self._skills.values()))

    def _new_id(self, kind: str, fingerprint: str) -> str:
        with self._lock:
            self._made += 1
            return f"{kind}_{self._made:04}{fingerprint[:20]}"


def _own(name: str) -> StoredSkill:
    description = f"Makes and reads {name} files."
    version = StoredVersion(OWN_VERSION, name, name, description, created=_OWN_CREATED)
    return StoredSkill(name, name, "anthropic", [version])


def _written(seconds: float) -> str:
    """RFC 3339."""
    return datetime.fromtimestamp(seconds, UTC).isoformat()
