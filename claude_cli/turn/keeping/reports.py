"""What is told of the session of a turn: damage, branches, what is not sent or not kept."""

import shlex
from collections.abc import Set

from claude_cli.api.platforms import Platform
from claude_cli.errors import ClaudeCliError, TemporaryFailure
from claude_cli.session.journal import Session
from claude_cli.ui.notices import Notices


class Reports:
    """Reports on the session of one conversation; what stays as it is gets told once.

    `branches_told`: whether nothing is to be told of branches, or nothing more.
    """

    def __init__(self, notices: Notices) -> None:
        self.branches_told = False
        self._notices = notices
        self._refused_told = 0
        self._left_out_told: set[str] = set()

    def continuing(self, session: Session) -> None:
        self._notices.notice(f"continuing session {session.name or session.id}")

    def damage(self, session: Session, spec: str | None) -> None:
        tell_damage(session, spec, self._notices)

    def refused(self, refused: int) -> None:
        """Tell of turns that are kept and not sent again: the API would refuse them anew."""
        if refused > self._refused_told:
            turns = "a refused turn is" if refused == 1 else f"{refused} refused turns are"
            self._notices.notice(f"{turns} not sent again; what was said stays in the session")
        self._refused_told = refused

    def left_out(self, features: Set[str], platform: Platform) -> None:
        """Tell of features in the history that the platform does not serve."""
        from claude_cli.api.cloud.features import FEATURES

        for feature in sorted(features - self._left_out_told):
            what = f"what this session has from {FEATURES[feature].called} is not sent"
            self._notices.notice(f"{what}: {platform.name} does not serve it")
        self._left_out_told |= features

    def branches(self, session: Session) -> None:
        """Tell of prompts that another process added; both are kept, side by side."""
        if session.branches and not self.branches_told:
            self.branches_told = True
            self._notices.notice("another process added a turn to this session: it now branches")

    def not_kept(self, error: ClaudeCliError) -> None:
        self._notices.warning(f"this conversation is not kept: {error.message}")

    def trouble(self, trouble: ClaudeCliError) -> None:
        """Tell what became of a turn that something else ended."""
        if isinstance(trouble, TemporaryFailure):
            self._notices.warning(trouble.message)
        else:
            self._notices.warning(f"this turn is not kept: {trouble.message}")

    def interrupted(self) -> None:
        self._notices.over_echo()

    def place_of_answer(self, session: Session, label: str) -> None:
        """Tell where an answer is that broke off, if a file has it."""
        from claude_cli.turn.going_on.go_on import was_cut

        answer = session.transcript.last_answer
        if answer and session.path:
            partial = answer.get("status") == "partial"
            what = "the partial answer" if partial else "what was answered"
            name = shlex.quote(label)
            place = f"{what} is in session {label}: claude-cli sessions show {name}"
            rest = f", or claude-cli ask -r {name} --go-on"
            self._notices.notice(place + (rest if was_cut(session.transcript) else ""))


def tell_damage(session: Session, spec: str | None, notices: Notices) -> None:
    """Tell what is wrong with a session, as much of it as was read; the user calls it `spec`."""
    for problem in session.notices():
        notices.warning(f"session {spec}: {problem}")
