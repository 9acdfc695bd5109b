"""May this call run? Asked on the terminal itself: what comes through a pipe is no answer."""

import json
import os
from typing import IO, Any, Literal

from claude_cli.ui.editor.typeahead import fresh_answer
from claude_cli.ui.sanitize import sanitize, sanitize_line

TERMINAL = "CON" if os.name == "nt" else "/dev/tty"
QUESTION = "run it? [y]es, [n]o, [a]lways, [v]iew all of it, [q]uit: "
Decision = Literal["yes", "no", "always", "quit"]
DECISIONS: tuple[Decision, ...] = ("yes", "no", "always", "quit")
ANSWERS = {word: decision for decision in DECISIONS for word in (decision, decision[0])}
"""The whole word or its letter: "abort" must not mean always."""
SHORT = 200


def can_ask() -> bool:
    """Whether there is a terminal to ask on."""
    try:
        with open(TERMINAL, "rb+", buffering=0):
            return True
    except OSError:
        return False


def ask_user(name: str, tool_input: Any) -> Decision:
    """Show the call and wait for an answer; the end of input, or of the terminal, is a no."""
    try:
        return _ask(name, tool_input)
    except OSError:
        return "no"


def _ask(name: str, tool_input: Any) -> Decision:
    with (
        open(TERMINAL, "rb", buffering=0) as keys,
        open(TERMINAL, "wb", buffering=0) as screen,
        fresh_answer(keys.fileno()),
    ):
        shown = json.dumps(tool_input, ensure_ascii=False)
        _write(screen, f"{sanitize_line(name)} {sanitize_line(shown, SHORT)}\n")
        while True:
            _write(screen, QUESTION)
            line = keys.readline(1000)
            if not line:
                return "no"
            word = line.decode("utf-8", "replace").strip().lower()
            if word in ("v", "view"):
                whole = json.dumps(tool_input, indent=2, ensure_ascii=False)
                _write(screen, f"{sanitize(whole)}\n")
            elif word in ANSWERS:
                return ANSWERS[word]


def _write(screen: IO[bytes], text: str) -> None:
    screen.write(text.encode("utf-8", "replace"))
