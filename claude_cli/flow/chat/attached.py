"""What goes with the next prompt of a chat: files, pictures, the output of commands."""

from collections.abc import Callable, Sequence

from claude_cli.content.blocks import build_block
from claude_cli.content.sources import Source
from claude_cli.content.specs import Spec
from claude_cli.errors import UsageError
from claude_cli.types import ContentBlock


class Attached:
    """The `sources` that wait for a prompt, read by `read`."""

    def __init__(self, read: Callable[[Sequence[Spec]], list[Source]]) -> None:
        self.sources: list[Source] = []
        self._read_specs = read

    def add(self, specs: Sequence[Spec]) -> None:
        """Read what is to go along. Raises what reading raises: then nothing is added."""
        self.sources = [*self.sources, *self._read(specs)]

    def drop(self, name: str) -> None:
        """Let go of what has this name, or of all for an empty one. Raises UsageError where there
        is none."""
        kept = [s for s in self.sources if name and name not in (s.name, s.reference)]
        if len(kept) == len(self.sources):
            raise UsageError(f"{name} is not attached" if name else "nothing is attached")
        self.sources = kept

    def forget_sent(self, content: Sequence[ContentBlock]) -> None:
        """What is a part of `content` went with it."""
        self.sources = [s for s in self.sources if build_block(s) not in content]

    def named(self, specs: Sequence[Spec]) -> list[Source]:
        """What a prompt itself names, but for what goes along anyway."""
        return [source for source in self._read(specs) if source not in self.sources]

    def _read(self, specs: Sequence[Spec]) -> list[Source]:
        if any(spec.origin == "stdin" for spec in specs):
            raise UsageError("stdin cannot be attached in a chat")
        return self._read_specs(specs)


def listed(sources: Sequence[Source]) -> str:
    """Sources as people read them."""
    return ", ".join(f"{s.name or s.reference} ({s.media_type})" for s in sources)
