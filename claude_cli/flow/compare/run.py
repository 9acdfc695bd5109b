"""`compare`: one question to several models at once: priced, asked, drawn in the order typed."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial

from claude_cli.commandline.flags.asked import Asked
from claude_cli.commandline.flags.question import SessionFlags
from claude_cli.errors import ExitCode, Interrupted
from claude_cli.flow.compare.at_once import Stop, stopping, take_all
from claude_cli.flow.compare.candidates import Candidate, Comparison, as_sent, compose_all
from claude_cli.flow.compare.report import Report
from claude_cli.turn.compose import open_conversation
from claude_cli.turn.connection import connect
from claude_cli.turn.guard import guard_of
from claude_cli.turn.keeping.conversation import Conversation
from claude_cli.turn.outcome import check_theme, deliver_files
from claude_cli.turn.preview import as_line
from claude_cli.turn.spending import Spending
from claude_cli.turn.toolcalls import Tools
from claude_cli.turn.turn import setting_of, take_turn
from claude_cli.types import Answer
from claude_cli.ui.notices import Notices
from claude_cli.ui.progress import Progress
from claude_cli.ui.streams import open_stdout


@dataclass(frozen=True, slots=True)
class Comparing:
    """A command line of `compare`. `models` as typed; `name` is of the session that is to have the
    answers."""

    asked: Asked
    models: Sequence[str]
    name: str | None
    format: str | None
    theme: str | None


def compare(comparing: Comparing, *, dry_run: bool) -> ExitCode:
    """Ask all models at once and print the answers; one that fails does not stop the others.

    Raises UsageError for fewer than two models, TooExpensive, and what reading raises.
    """
    asked = comparing.asked
    check_theme(comparing.theme, comparing.format)
    stdout = open_stdout()
    notices = Notices(asked.verbosity.level)
    notices.without_spinner()
    with Tools(asked.tools, asked.connection, notices, asked.mcp) as tools:
        comparison = compose_all(asked, comparing.models, notices, tools)
        if dry_run:
            for candidate in comparison.candidates:
                body = as_sent(candidate, asked)
                stdout.write(as_line(asked.connection, body, notices))
            return ExitCode.OK
        report = Report(comparison, comparing.format, comparing.theme, asked, notices)
        try:
            with stopping() as stop:
                _ask_all(comparing, comparison, tools, report, stop, notices)
        except (KeyboardInterrupt, Interrupted):
            if comparing.name is not None:
                notices.notice(f"what came is in session {comparing.name}")
            raise
    return report.conclude()


def _ask_all(
    comparing: Comparing,
    comparison: Comparison,
    tools: Tools,
    report: Report,
    stop: Stop,
    notices: Notices,
) -> None:
    asked = comparing.asked
    spending = Spending(asked.connection, notices, keep=asked.keeps_ledger)
    guard = guard_of(asked, spending, notices, together=True)
    with connect(asked.connection, notices, reader_fd=stop.fd, complete=tools.complete) as client:
        if asked.guard.max_cost is None:
            guard.tell_most(comparison.bodies)
        guard.check(client, comparison.bodies, None)
        turns = []
        for candidate, conversation in _conversations(comparing, comparison, notices):
            conversation.asked(comparison.content, candidate.body)
            setting = setting_of(asked, client, conversation, spending, tools, notices, guard)
            recorded = report.expect(conversation)
            turns.append(partial(take_turn, setting, candidate.body, recorded))
        progress = Progress(notices, len(turns))

        def meanwhile() -> None:
            if tools.asking.acquire(blocking=False):
                progress.show(report.over, "answered")
                tools.asking.release()

        with closing(progress), closing(take_all(turns, stop, meanwhile)) as over:
            for number, outcome in over:
                with tools.asking:
                    progress.close()
                    report.add(number, outcome)
                    if isinstance(outcome, Answer):
                        deliver_files(client, outcome, None, notices)


def _conversations(
    comparing: Comparing, comparison: Comparison, notices: Notices
) -> Iterator[tuple[Candidate, Conversation]]:
    """Each candidate with a conversation: with `name`, branches of one session that begins with
    the first; each asks before the next is opened."""
    name, connection = comparing.name, comparing.asked.connection
    flags = SessionFlags(name=name, no_save=name is None)
    for candidate in comparison.candidates:
        conversation = open_conversation(connection, flags, notices)
        conversation.reports.branches_told = name is not None
        yield candidate, conversation
        flags = SessionFlags(resume=name, no_save=name is None)
