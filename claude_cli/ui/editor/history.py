"""The prompts of earlier chats, in a file (0600, made when it is needed)."""

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


class FileHistory(History):
    """Prompts in a file, a JSON object a line. A history that fails is no reason to fail."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def load_history_strings(self) -> Iterable[str]:
        prompts: deque[str] = deque(maxlen=REMEMBERED)
        with suppress(ClaudeCliError):
            for line in appendlog.read_records(self._path):
                prompt = line.value.get("prompt") if line.value else None
                if isinstance(prompt, str):
                    prompts.append(prompt)
        return reversed(prompts)

    def store_string(self, string: str) -> None:
        if len(string) <= LONGEST_REMEMBERED:
            with suppress(ClaudeCliError):
                appendlog.append(self._path, [{"prompt": string}], wait=0)
