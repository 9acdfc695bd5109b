"""The loop of `chat`: lines from the line editor, or from a pipe, until the user has enough."""

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import BinaryIO

from claude_cli import catalog, inputfile, paths
from claude_cli.content import sources
from claude_cli.content.editor import edit
from claude_cli.content.stdin import stdin_consumer
from claude_cli.errors import ClaudeCliError, ExitCode, InputError, UsageError
from claude_cli.flow.answer import check_flags
from claude_cli.flow.chat_settings import ChatSettings
from claude_cli.flow.compose import Asked
from claude_cli.flow.connection import connect
from claude_cli.flow.dialogue import Dialogue, open_conversation
from claude_cli.flow.gather import gather
from claude_cli.flow.slash import take_line
from claude_cli.flow.slash_commands import SLASH_COMMANDS
from claude_cli.flow.toolcalls import Tools
from claude_cli.prices import format_usd
from claude_cli.session.store import Store
from claude_cli.ui.completion import Completion, Words, candidates, paths_from
from claude_cli.ui.notices import Notices
from claude_cli.ui.sanitize import sanitize_line
from claude_cli.ui.terminal import describe_stderr, describe_stdout, pipe_reader_fd
from claude_cli.ui.typeahead import echo

OFFERED_SESSIONS = 50
"""How many sessions Tab offers at most, the newest first."""


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
        question = gather([], replace(asked.content, no_stdin=True, edit=False), notices)
        conversation = open_conversation(asked.session, notices)
        settings = ChatSettings(asked, question, tools, notices)
        settings.without_messages(conversation.settings)  # tells now what is wrong with the flags
        fd = pipe_reader_fd()
        with connect(asked.connection, notices, betas=tools.betas, reader_fd=fd) as client:
            dialogue = Dialogue(asked, settings, conversation, tools, client, notices)
            dialogue.attached = question.attachments
            if typed:
                return _converse(dialogue, chatting, notices)
            return _take_piped(dialogue, chatting, notices)


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


def _first_line(asked: Asked) -> str:
    """The prompt words as a line of their own; they are a turn even with a slash in front."""
    text = sources.prompt_text(asked.words)
    return f"/{text}" if text.startswith("/") else text


# From a pipe


def _take_piped(dialogue: Dialogue, chatting: Chatting, notices: Notices) -> ExitCode:
    """Take a turn for each line; returns the first exit code that tells of no success."""
    stream = getattr(sys.stdin, "buffer", None)
    unread = chatting.asked.content.no_stdin
    lines = _lines(_first_line(chatting.asked), None if unread else stream)
    result = ExitCode.OK
    while not dialogue.over and (chatting.keep_going or result is ExitCode.OK):
        read = next(lines, None)
        if read is None:
            break
        try:
            code = take_line(dialogue, read(), SLASH_COMMANDS)
        except ClaudeCliError as error:
            if not chatting.keep_going:
                raise
            notices.error(error)
            code = error.code
        result = result or code
    return result


def _lines(first: str, stream: BinaryIO | None) -> Iterator[Callable[[], str]]:
    """Yield a way to read each line: a line may be none, and the next one all right."""
    yield lambda: first
    number = 0
    while stream is not None and (line := stream.readline(sources.READ_LIMIT + 1)):
        number += 1
        yield partial(_decoded, line, number)


def _decoded(line: bytes, number: int) -> str:
    """A line without its end. Raises InputError for one that is too long or not UTF-8."""
    name = f"line {number} of stdin"
    if len(line) > sources.READ_LIMIT:
        raise InputError(f"{name} is longer than a request can be")
    return inputfile.decode_text(line.rstrip(b"\r\n"), name)


# On a terminal


def _converse(dialogue: Dialogue, chatting: Chatting, notices: Notices) -> ExitCode:
    """Ask for lines until the user leaves; what fails is told, and the prompt comes back."""
    from claude_cli.ui.prompt import LineEditor

    dialogue.edit = _edit
    history = paths.state_dir() / "prompt-history" if chatting.keep_history else None
    complete = partial(candidates, commands=completions(dialogue))
    editor = LineEditor(history, complete, partial(_edit_line, notices))
    model, label = dialogue.next_request["model"], dialogue.conversation.label
    notices.notice(f"{model} · {label} · /help shows the commands, Ctrl-D leaves")
    line: str | None = _first_line(chatting.asked)
    with echo(False):
        if chatting.asked.content.edit:
            line = _edit(line or "")
        while line is not None:
            try:
                take_line(dialogue, line, SLASH_COMMANDS)
                line = None if dialogue.over else editor.read(dialogue.unsent, toolbar(dialogue))
            except KeyboardInterrupt:
                dialogue.unsent = line = ""
                notices.notice("stopped; /retry asks again")
            except ClaudeCliError as error:
                line = ""
                notices.error(error)
    return ExitCode.OK


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
    used, window = dialogue.context_tokens(), catalog.facts(model).context_window
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
    for summary in islice(Store().summaries(), OFFERED_SESSIONS):
        if summary.name:
            yield summary.name, summary.title
        yield summary.id, summary.name or summary.title
