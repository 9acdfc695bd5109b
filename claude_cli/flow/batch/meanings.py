"""What the names of models meant in a job: an alias resolves once, however long the job takes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from claude_cli.jobs.store import JobStore
from claude_cli.models.names import ModelNames

MOST = 3
"""Older meanings that are tried: each has every request made once more."""


@dataclass(frozen=True, slots=True)
class SettledNames(ModelNames):
    """Names of which each keeps the meaning that it had first."""

    settled: dict[str, str] = field(default_factory=dict)

    def resolve(self, name: str) -> str:
        if name not in self.settled:
            self.settled[name] = ModelNames.resolve(self, name)
        return self.settled[name]

    @property
    def aliases_met(self) -> dict[str, str]:
        """The names that were resolved, and mean another one."""
        return {name: meant for name, meant in self.settled.items() if name != meant}


def settled(names: ModelNames, meanings: Mapping[str, str]) -> SettledNames:
    """The same names, of which some have their meaning already."""
    return SettledNames(names.aliases, names.catalogued, names.platform, dict(meanings))


def older_meanings(
    store: JobStore, names: ModelNames, place: Mapping[str, str | None]
) -> list[dict[str, str]]:
    """What aliases meant in jobs of this `place` (input, engine, base_url), where they mean
    something else now; the newest first."""
    found: list[dict[str, str]] = []
    for header in store.headers():
        meanings = dict(header.get("aliases") or {})
        is_here = all(header.get(name) == value for name, value in place.items())
        if is_here and meanings not in found and list(_changed(names, meanings)):
            found.append(meanings)
    return found[:MOST]


def _changed(names: ModelNames, meanings: Mapping[str, str]) -> Iterator[str]:
    return (name for name, meant in meanings.items() if names.resolve(name) != meant)
