"""What surrounds the line that is typed in a chat: the toolbar, and what Tab offers."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import partial
from itertools import islice

from claude_cli.errors import ClaudeCliError
from claude_cli.flow.chat.dialogue import Dialogue
from claude_cli.flow.chat.slash_commands import SLASH_COMMANDS
from claude_cli.models import catalog
from claude_cli.models.prices import format_usd
from claude_cli.session.store import Store
from claude_cli.ui.editor.mentions import complete_mention
from claude_cli.ui.editor.menu import Candidate, Completion, Words, candidates, paths_from

OFFERED_SESSIONS = 50
"""How many sessions Tab offers at most, the newest first."""


def toolbar(dialogue: Dialogue) -> Callable[[int], str]:
    """The line below the prompt for so many columns: model, session, what is attached, how full the
    context is, the cost and what is left of a budget. Nothing of it changes while a line is typed.
    """
    from claude_cli.ui.editor.toolbar import Part, fitted

    count = len(dialogue.attached.sources)
    parts = [
        Part(str(dialogue.requests.parameters["model"]), 4),
        Part(dialogue.conversation.label, 6),
        Part(f"{count} attached" if count else "", 3),
        Part(_context(dialogue), 1),
        Part(format_usd(dialogue.totals.cost_usd), 2),
        Part(_budget(dialogue), 5),
    ]
    return partial(fitted, parts)


def _context(dialogue: Dialogue) -> str:
    used = dialogue.transcript.context_tokens()
    window = catalog.facts(dialogue.requests.known_model).context_window
    if used is None:
        return "context n/a"
    if window is None:
        return f"{used:,} tokens"
    return f"{used / window:.0%} of {_rounded(window)}"


def _budget(dialogue: Dialogue) -> str:
    with suppress(ClaudeCliError):  # a turn will tell what is wrong with the ledger
        return dialogue.guard.left(dialogue.conversation.id) or ""
    return ""


def _rounded(tokens: int) -> str:
    return f"{tokens / 1e6:g}M" if tokens >= 1_000_000 else f"{tokens / 1e3:.0f}k"


def offered(commands: Mapping[str, Completion], before: str) -> Iterable[Candidate]:
    """What Tab offers behind the text `before` the cursor: words of a command, paths for an `@`."""
    return candidates(before, commands) if before.startswith("/") else complete_mention(before)


def completions(dialogue: Dialogue) -> dict[str, Completion]:
    """What Tab offers for each slash command; nothing of it asks the API."""
    words: dict[str, Words] = {
        "models": lambda start: (
            (model, "") for model in (*dialogue.settings.names.own, *catalog.known_models())
        ),
        "sessions": _session_words,
        "paths": paths_from,
        "attached": lambda start: ((s.name or s.reference, "") for s in dialogue.attached.sources),
    }
    return {
        name: Completion(row.help, words[row.completes] if row.completes else None)
        for name, row in SLASH_COMMANDS.items()
    }


def _session_words(start: str) -> Iterable[tuple[str, str]]:
    with suppress(ClaudeCliError):  # the user is in the middle of a line
        for summary in islice(Store().newest(), OFFERED_SESSIONS):
            if summary.name:
                yield summary.name, summary.title
            yield summary.id, summary.name or summary.title
