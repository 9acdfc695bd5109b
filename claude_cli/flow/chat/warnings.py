"""What a chat warns of: each problem of its requests once, and a context that is nearly full."""

from collections.abc import Iterable

from claude_cli.commandline.flags.request import RequestFlags
from claude_cli.models import catalog
from claude_cli.turn.compose import warn
from claude_cli.turn.parameters import thinks_anyway
from claude_cli.types import Answer, RequestBody
from claude_cli.ui.notices import Notices
from claude_cli.ui.usage_line import cache_words

NEARLY_FULL = 0.8
"""Share of the context window from which on a chat warns."""


class ChatWarnings:
    """Remembers what the user has read already."""

    def __init__(self, notices: Notices) -> None:
        self._notices = notices
        self._known: set[str] = set()
        self._was_full = False

    def problems(self, found: Iterable[str], body: RequestBody) -> None:
        """Warn of the problems of a request that are new in this chat."""
        for problem in found:
            if problem not in self._known:
                warn(problem, body, self._notices)
            self._known.add(problem)

    def refusals(self, request: RequestBody, flags: RequestFlags) -> None:
        """Warn of what the model is known to refuse in a request, which needs no messages, and of
        what was asked for instead."""
        note = thinks_anyway(flags, request)
        found = [*catalog.warnings({**request, "messages": []}), *([note] if note else [])]
        self.problems(found, request)

    def cache(self, done: Answer, *, is_shown: bool) -> None:
        """Tell what the prompt cache had and did not give, unless it `is_shown` with the usage."""
        if done.cache and done.cache.missed and not is_shown:
            self._notices.notice(str(cache_words(done.cache)))

    def context(self, used: int | None, model: str) -> None:
        """Warn when the context comes near the window of a model of the catalogue; `used` is in
        tokens."""
        window = catalog.facts(model).context_window
        full = bool(used and window and used >= NEARLY_FULL * window)
        if full and not self._was_full:
            self._notices.warning(
                f"the context is nearly full, {used:,} of {window:,} tokens: "
                "/compact sums it up, /clear begins anew"
            )
        self._was_full = full
