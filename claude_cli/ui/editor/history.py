"""What was typed before; that of earlier chats is in a file (0600, made when it is needed)."""

from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from prompt_toolkit.history import History

from claude_cli.disk import appendlog
from claude_cli.errors import ClaudeCliError

REMEMBERED = 1000
"""Prompts that the history offers."""
LONGEST_REMEMBERED = 100_000
"""Characters of a prompt that is kept in the history."""


class PromptHistory(History):
    """Prompts in a file, a JSON object a line, or without one in memory. A history that fails is no
    reason to fail.

    `untyped` are those with an `@` or a `!` that was pasted: it must mean nothing later on, either.
    """

    def __init__(self, path: Path | None) -> None:
        super().__init__()
        self.untyped: set[str] = set()
        self._path = path

    def load_history_strings(self) -> Iterable[str]:
        prompts: deque[str] = deque(maxlen=REMEMBERED)
        with suppress(ClaudeCliError):
            for line in appendlog.read_records(self._path) if self._path else ():
                prompt = line.value.get("prompt") if line.value else None
                if isinstance(prompt, str):
                    prompts.append(prompt)
                    if line.value and "untyped" in line.value:
                        self.untyped.add(prompt)
        return reversed(prompts)

    def store_string(self, string: str) -> None:
        if self._path and len(string) <= LONGEST_REMEMBERED:
            record = {"prompt": string} | ({"untyped": True} if string in self.untyped else {})
            with suppress(ClaudeCliError):
                appendlog.append(self._path, [record], wait=0)
