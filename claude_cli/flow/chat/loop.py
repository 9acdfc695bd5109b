"""The loop of `chat`: lines from the line editor, or from a pipe, until the user has enough."""

import errno
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO

from claude_cli.content import sources
from claude_cli.content.editor import edit
from claude_cli.content.stdin import stdin_consumer
from claude_cli.disk import inputfile, paths
from claude_cli.errors import (
    ClaudeCliError,
    ExitCode,
    InputError,
    InputUnreadable,
    Interrupted,
    UsageError,
)
from claude_cli.flow.chat.dialogue import Dialogue, open_conversation
from claude_cli.flow.chat.settings import ChatSettings
from claude_cli.flow.chat.slash import line_of, take_line
from claude_cli.flow.chat.slash_commands import SLASH_COMMANDS
from claude_cli.models import catalog
from claude_cli.models.prices import format_usd
from claude_cli.session.store import Store
from claude_cli.turn.compose import Asked
from claude_cli.turn.connection import connect
from claude_cli.turn.gather import Question, gather
from claude_cli.turn.outcome import check_flags
from claude_cli.turn.toolcalls import Tools
from claude_cli.ui.editor.menu import Completion, Words, candidates, paths_from
from claude_cli.ui.editor.typeahead import echo
from claude_cli.ui.notices import Notices
from claude_cli.ui.sanitize import sanitize_line
from claude_cli.ui.terminal import describe_stderr, describe_stdout, pipe_reader_fd

if TYPE_CHECKING:
    from claude_cli.ui.editor.prompt import LineEditor

OFFERED_SESSIONS = 50
"""How many sessions Tab offers at most, the newest first."""


Take = Callable[[], ExitCode]
"""Does what a line says, or the command line."""


@dataclass(frozen=True, slots=True)
class Chatting:
    """A command line of `chat`. `keep_going`: a line that fails does not end the others;
    `keep_history`: what is typed is remembered for the next chats."""

    asked: Asked
    keep_going: bool
    keep_history: bool


def chat(chatting: Chatting) -> ExitCode:
    """Hold a conversation; the prompt words are its first turn.

    Raises what a turn raises, unless somebody is there to be told.
    """
    asked = chatting.asked
    check_flags(asked)
    _leave_stdin_alone(asked)
    typed = _somebody_types()
    if asked.content.edit and not typed:
        raise UsageError("--edit needs a terminal")
    notices = Notices(asked.verbosity.level)
    with Tools(asked.tools, notices) as tools:
        question = gather(asked.words, replace(asked.content, no_stdin=True), notices)
        conversation = open_conversation(asked.session, notices)
        settings = ChatSettings(asked, question, tools, notices)
        settings.without_messages(conversation.settings)  # tells now what is wrong with the flags
        fd = pipe_reader_fd()
        with connect(asked.connection, notices, reader_fd=fd) as client:
            dialogue = Dialogue(asked, settings, conversation, tools, client, notices)
            dialogue.attached = question.attachments
            first = partial(dialogue.send, question.content) if _asks(question) else _nothing
            if typed:
                return _converse(dialogue, first, chatting, notices)
            try:
                return _take_piped(dialogue, first, chatting, notices)
            except (ClaudeCliError, KeyboardInterrupt, Interrupted) as stop:
                failed = dialogue.failed
                dialogue.conversation.tell_rest(stop, begun=failed is not None and failed.cut)
                raise


def _leave_stdin_alone(asked: Asked) -> None:
    """Refuse a second reader of stdin: its lines are the turns."""
    specs = [sources.parse_spec(text) for text in asked.content.attach or ()]
    reader = stdin_consumer(asked.words, specs, {"--body": asked.content.body})
    if reader is not None:
        raise UsageError(f"'{reader} -' would read stdin, where a chat has its turns from")


def _somebody_types() -> bool:
    if sys.stdin is None or sys.stdin.closed or not sys.stdin.isatty():
        return False
    return describe_stdout().is_terminal or describe_stderr().is_terminal


def _asks(question: Question) -> bool:
    """Whether the command line has a turn in it: attachments alone wait for a prompt."""
    return len(question.content) > len(question.attachments)


def _nothing() -> ExitCode:
    return ExitCode.OK


# From a pipe


def _take_piped(dialogue: Dialogue, first: Take, chatting: Chatting, notices: Notices) -> ExitCode:
    """Take a turn for each line; returns the first exit code that tells of no success."""
    unread = chatting.asked.content.no_stdin
    lines = _lines(dialogue, None if unread else getattr(sys.stdin, "buffer", None))
    take: Take | None = first
    result = ExitCode.OK
    while take is not None:
        try:
            code = take()
        except ClaudeCliError as error:
            if not chatting.keep_going:
                raise
            notices.error(error)
            code = error.code
        result = result or code
        over = dialogue.over or (result is not ExitCode.OK and not chatting.keep_going)
        take = None if over else next(lines, None)
    return result


def _lines(dialogue: Dialogue, stream: BinaryIO | None) -> Iterator[Take]:
    """Yield what each line of stdin wants done. Raises InputUnreadable where reading fails."""
    number = 0
    try:
        while stream is not None and (line := stream.readline(sources.READ_LIMIT + 1)):
            number += 1
            yield partial(_take_raw, dialogue, line, f"line {number} of stdin")
    except OSError as error:
        if error.errno == errno.EBADF:  # opened for writing: there is nothing to read
            return
        raise InputUnreadable(f"cannot read stdin: {error.strerror}") from error


def _take_raw(dialogue: Dialogue, line: bytes, name: str) -> ExitCode:
    """Do what a line says. Raises InputError for one that is too long or not UTF-8."""
    if len(line) > sources.READ_LIMIT:
        raise InputError(f"{name} is longer than a request can be")
    text = inputfile.decode_text(line.rstrip(b"\r\n"), name)
    return take_line(dialogue, text, SLASH_COMMANDS)


# On a terminal


def _converse(dialogue: Dialogue, first: Take, chatting: Chatting, notices: Notices) -> ExitCode:
    """Ask for lines until the user leaves; what fails is told, and the prompt comes back."""
    from claude_cli.ui.editor.prompt import LineEditor

    dialogue.edit = _edit
    history = paths.state_dir() / "prompt-history" if chatting.keep_history else None
    complete = partial(candidates, commands=completions(dialogue))
    editor = LineEditor(history, complete, partial(_edit_line, notices))
    model, label = dialogue.next_request["model"], dialogue.conversation.label
    notices.notice(f"{model} · {label} · /help shows the commands, Ctrl-D leaves")
    take: Take | None = first
    with echo(False):
        while take is not None:
            try:
                take()
                take = _next(dialogue, editor)
            except KeyboardInterrupt:
                take = _nothing
                _stop(dialogue, notices)
            except ClaudeCliError as error:
                take = _nothing
                notices.error(error)
    return ExitCode.OK


def _next(dialogue: Dialogue, editor: "LineEditor") -> Take | None:
    """Ask for a line; None once the user has enough."""
    if dialogue.over:
        return None
    offered = line_of(dialogue.failed) if dialogue.failed else ""
    line = editor.read(offered, toolbar(dialogue))
    return None if line is None else partial(take_line, dialogue, line, SLASH_COMMANDS)


def _stop(dialogue: Dialogue, notices: Notices) -> None:
    """Offer what the user stopped no more, unless it has words that /retry does not ask."""
    failed = dialogue.failed
    if failed and failed.way != "edit":
        dialogue.failed = None
        notices.notice("stopped; /retry asks again")
    else:
        notices.notice("stopped")


def _edit(text: str) -> str:
    with echo(True):
        return edit(text)


def _edit_line(notices: Notices, text: str) -> str:
    try:
        return _edit(text)
    except ClaudeCliError as error:
        notices.error(error)
        return text


def toolbar(dialogue: Dialogue) -> str:
    """One harmless line: model, session, how full the context is, what it cost so far."""
    model = str(dialogue.next_request["model"])
    used, window = dialogue.transcript.context_tokens(), catalog.facts(model).context_window
    if used is None:
        context = "context n/a"
    elif window is None:
        context = f"{used:,} tokens"
    else:
        context = f"{used / window:.0%} of {_rounded(window)}"
    cost = format_usd(dialogue.totals.cost_usd)
    return sanitize_line(f"{model} · {dialogue.conversation.label} · {context} · {cost}")


def _rounded(tokens: int) -> str:
    return f"{tokens / 1e6:g}M" if tokens >= 1_000_000 else f"{tokens / 1e3:.0f}k"


def completions(dialogue: Dialogue) -> dict[str, Completion]:
    """What Tab offers for each slash command; nothing of it asks the API."""
    words: dict[str, Words] = {
        "models": lambda start: ((model, "") for model in catalog.known_models()),
        "sessions": _session_words,
        "paths": paths_from,
        "attached": lambda start: ((s.name or s.reference, "") for s in dialogue.attached),
    }
    return {
        name: Completion(row.help, words[row.completes] if row.completes else None)
        for name, row in SLASH_COMMANDS.items()
    }


def _session_words(start: str) -> Iterable[tuple[str, str]]:
    with suppress(ClaudeCliError):  # the user is in the middle of a line
        for summary in islice(Store().summaries(), OFFERED_SESSIONS):
            if summary.name:
                yield summary.name, summary.title
            yield summary.id, summary.name or summary.title
