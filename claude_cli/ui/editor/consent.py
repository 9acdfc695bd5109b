"""May this call run? Asked on the terminal itself: what comes through a pipe is no answer."""

import json
import os
import re
from typing import IO, Any, Literal

from claude_cli.ui.editor.typeahead import fresh_answer
from claude_cli.ui.sanitize import sanitize, sanitize_line

TERMINAL = "CON" if os.name == "nt" else "/dev/tty"
QUESTION = "run it? [y]es, [n]o, [a]lways, [v]iew all of it, [q]uit: "
UNSEEN = "not all of it is shown: [v]iew it before you say yes, [n]o, [q]uit: "
Decision = Literal["yes", "no", "always", "quit"]
DECISIONS: tuple[Decision, ...] = ("yes", "no", "always", "quit")
ANSWERS = {word: decision for decision in DECISIONS for word in (decision, decision[0])}
"""The whole word or its letter: "abort" must not mean always."""
REFUSALS: tuple[Decision, ...] = ("no", "quit")
SHORT = 200
"""Characters of the input in front of the question."""
_BLANKS = re.compile(r"[\s\u2800]{21,}")
"""A run of blanks would push out of sight what stands behind it."""


def can_ask() -> bool:
    """Whether there is a terminal to ask on."""
    try:
        with open(TERMINAL, "rb+", buffering=0):
            return True
    except OSError:
        return False


def ask_user(name: str, tool_input: Any, about: str | None = None) -> Decision:
    """Show the call, below what there is to say `about` it, and wait for an answer; the end of
    input, or of the terminal, is a no."""
    try:
        return _ask(name, tool_input, about)
    except OSError:
        return "no"


def _ask(name: str, tool_input: Any, about: str | None) -> Decision:
    with (
        open(TERMINAL, "rb", buffering=0) as keys,
        open(TERMINAL, "wb", buffering=0) as screen,
        fresh_answer(keys.fileno()),
    ):
        if about:
            _write(screen, f"{sanitize_line(_squeezed(about))}\n")
        shown, hidden = short_form(tool_input)
        _write(screen, f"{sanitize_line(name)} {shown}\n")
        while True:
            _write(screen, UNSEEN if hidden else QUESTION)
            if not (line := _typed_line(keys, screen)):
                return "no"
            word = line.decode("utf-8", "replace").strip().lower()
            if word in ("v", "view"):
                _write(screen, f"{whole_form(tool_input)}\n")
                hidden = 0
            elif word in ANSWERS and (not hidden or ANSWERS[word] in REFUSALS):
                return ANSWERS[word]


def _typed_line(keys: IO[bytes], screen: IO[bytes]) -> bytes:
    """What is typed behind the question; a signal ends its line."""
    try:
        return keys.readline(1000)
    except BaseException:
        _write(screen, "\n")
        raise


def short_form(tool_input: Any) -> tuple[str, int]:
    """The input on one harmless line, what was cut counted at its end; and how much that is."""
    line = sanitize(json.dumps(_squeezed(tool_input), ensure_ascii=False))
    if hidden := max(0, len(line) - SHORT):
        return f"{line[:SHORT]}… and {hidden} more characters", hidden
    return line, 0


def whole_form(tool_input: Any) -> str:
    """All of the input, on lines of its own."""
    return sanitize(json.dumps(_squeezed(tool_input), indent=2, ensure_ascii=False))


def _squeezed(value: Any) -> Any:
    """The same JSON value; each run of blanks in its texts is told by its length."""
    if isinstance(value, str):
        return _BLANKS.sub(lambda run: f"[{len(run[0])} blanks]", value)
    if isinstance(value, list):
        return [_squeezed(each) for each in value]
    if isinstance(value, dict):
        return {_squeezed(key): _squeezed(each) for key, each in value.items()}
    return value


def _write(screen: IO[bytes], text: str) -> None:
    screen.write(text.encode("utf-8", "replace"))
