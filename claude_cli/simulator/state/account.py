"""What the simulator remembers between requests, and how it was told to behave."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from claude_cli.cassette.player import Cassette
from claude_cli.simulator.answers.diagnostics import Diagnostics
from claude_cli.simulator.answers.prompt_cache import PromptCache
from claude_cli.simulator.answers.script import Script
from claude_cli.simulator.state.batch_store import Batches
from claude_cli.simulator.state.file_store import Files
from claude_cli.simulator.state.skill_store import Skills
from claude_cli.simulator.wire.faults import FaultQueue


@dataclass(slots=True)
class Account:
    """Everything behind the one account that every key opens. Each member is thread safe."""

    script: Script = field(default_factory=Script)
    faults: FaultQueue = field(default_factory=FaultQueue)
    cache: PromptCache = field(default_factory=PromptCache)
    diagnostics: Diagnostics = field(default_factory=Diagnostics)
    batches: Batches = field(default_factory=Batches)
    files: Files = field(default_factory=Files)
    skills: Skills = field(default_factory=Skills)
    cassette: Cassette | None = None
    """What answers in place of all the rest, if there is one."""
    latency: float = 0.0
    """Seconds before a response to `/v1/messages` begins."""
    tokens_per_second: float | None = None
    """How fast its stream comes; None is all at once."""
    models: Mapping[str, str] = field(default_factory=dict)
    """Names that only a platform knows, such as deployments → the catalogue's names."""

    def catalogued(self, body: dict[str, Any]) -> dict[str, Any]:
        """The body with the catalogue's name of its model."""
        model = body.get("model")
        known = self.models.get(model) if isinstance(model, str) else None
        return {**body, "model": known} if known else body
