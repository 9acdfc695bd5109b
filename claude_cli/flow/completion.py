"""What Tab offers: a word a line, with a note behind a tab character for shells that show one.

Typer's protocol tells the line (`_CLAUDE_CLI_COMPLETE`), and its engine which word is wanted. What
models, sessions and the like there are comes from here, each imported only when it is asked for.
"""

import gc
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from typing import Any

import typer
from typer._completion_classes import BashComplete, FishComplete, PowerShellComplete, ZshComplete

from claude_cli.offers import Words

VARIABLE = "_CLAUDE_CLI_COMPLETE"
SHELLS: dict[str, Any] = {
    "bash": BashComplete,
    "zsh": ZshComplete,
    "fish": FishComplete,
    "powershell": PowerShellComplete,
    "pwsh": PowerShellComplete,
}
MOST_SESSIONS = 200
"""How many sessions are offered, the newest: each file is looked into for its name."""


def complete(command: Any, commands: Mapping[str, str], instruction: str) -> int:
    """Print what the word at the cursor could be; return the exit code.

    `commands` is the table of the program: its first word is completed without building them all.
    Whatever goes wrong, nothing is printed: the user is in the middle of a line.
    """
    action, _, shell = instruction.partition("_")
    if action != "complete" or shell not in SHELLS:
        return 2
    gc.disable()  # nothing lives long enough here
    try:
        engine = SHELLS[shell](command, {"obj": WORDS}, "claude-cli", VARIABLE)
        args, incomplete = engine.get_completion_args()
        if not args and not incomplete.startswith("-"):
            found = _first_words(commands, incomplete, notes=shell != "bash")
        else:
            items = engine.get_completions(_without_equals(args), incomplete)
            found = ((item.value, item.help or "") for item in items)
        _print(found, shell, _joined_option(incomplete))
        sys.stdout.flush()
    except Exception:
        return 1
    return 0


def _print(found: Iterable[tuple[str, str]], shell: str, option: str) -> None:
    """Print words that are harmless as they are; bash has no notes, and splits at `=` itself."""
    for word, note in found:
        if word.isprintable():
            described = f"{option}{word}\t{' '.join(note.split())}".rstrip()
            line = word if shell == "bash" else described
            sys.stdout.buffer.write(f"{line}\n".encode("utf-8", "replace"))


def _joined_option(incomplete: str) -> str:
    """`--model=` of `--model=son`: most shells have option and value as one word."""
    name, equals, _ = incomplete.partition("=")
    return name + equals if equals and name.startswith("--") else ""


def _without_equals(args: list[str]) -> list[str]:
    """bash makes three words of `--model=opus`."""
    before = ["", *args]
    return [a for a, last in zip(args, before, strict=False) if a != "=" or last[:2] != "--"]


def _first_words(
    commands: Mapping[str, str], start: str, *, notes: bool
) -> Iterator[tuple[str, str]]:
    for name, place in commands.items():
        if name.startswith(start):
            yield name, _summary(place) if notes else ""


def _summary(place: str) -> str:
    """The first line of a command's help, without building the command."""
    module, _, attribute = place.partition(":")
    target = getattr(import_module(module), attribute)
    text = target.info.help if isinstance(target, typer.Typer) else target.__doc__
    return str(text or "").partition("\n")[0]


# Where the words come from


def _models() -> list[str]:
    from claude_cli.catalog import known_models

    return known_models()


def _sessions() -> Iterator[str]:
    from claude_cli.session.store import Store
    from claude_cli.session.summary import find_name

    for path in Store().files()[:MOST_SESSIONS]:
        yield find_name(path) or path.stem


def _profiles() -> Iterable[str]:
    from claude_cli.config import Config
    from claude_cli.paths import config_file

    return Config(config_file()).table("profiles")


def _templates() -> list[str]:
    from claude_cli.templates import template_names

    return template_names()


def _jobs() -> list[str]:
    import os

    from claude_cli.paths import data_dir

    folder = data_dir() / "jobs"
    return sorted(entry.name for entry in os.scandir(folder) if entry.is_dir())


WORDS: Words = {
    "models": _models,
    "sessions": _sessions,
    "profiles": _profiles,
    "templates": _templates,
    "jobs": _jobs,
}
