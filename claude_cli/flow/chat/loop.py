"""`chat`: a conversation whose lines are typed, or come from a pipe."""

import sys
from collections.abc import Callable
from functools import partial

from claude_cli.commandline.flags.asked import Asked
from claude_cli.commandline.flags.question import ChatFlags
from claude_cli.errors import ClaudeCliError, ExitCode, Interrupted, UsageError
from claude_cli.flow.chat.dialogue import Dialogue, open_conversation
from claude_cli.flow.chat.picking import pick_session
from claude_cli.flow.chat.piped import take_piped
from claude_cli.flow.chat.settings import ChatSettings
from claude_cli.flow.chat.typed import converse, is_dumb
from claude_cli.flow.chat.wording import in_chat
from claude_cli.turn.connection import connect, model_names
from claude_cli.turn.gather import Question, asks_for_stdin, fitting_by, gather
from claude_cli.turn.outcome import check_flags
from claude_cli.turn.toolcalls import Tools
from claude_cli.ui.notices import Notices
from claude_cli.ui.terminal import describe_stderr, describe_stdout, pipe_reader_fd


def chat(asked: Asked, flags: ChatFlags) -> ExitCode:
    """Hold a conversation; the prompt words are its first turn.

    Raises what a turn raises; at a terminal the error is shown and the chat goes on.
    """
    check_flags(asked)
    _leave_stdin_alone(asked)
    typed = _somebody_types()
    if asked.content.edit and not typed:
        raise UsageError("--edit needs a terminal")
    notices = Notices(asked.verbosity.level)
    if flags.pick:
        picked = _picked(asked, notices, typed=typed)
        if picked is None:
            return ExitCode.OK
        asked = asked._replace(session=asked.session._replace(resume=picked))
    with Tools(asked.tools, asked.connection, notices, asked.mcp) as tools:
        conversation = open_conversation(asked, asked.session, notices)
        fitting = fitting_by(asked.request, conversation, model_names(asked.connection))
        question = gather(asked.words, asked.content._replace(no_stdin=True), notices, fitting)
        settings = ChatSettings(asked, question, tools, notices)
        settings.without_messages(conversation.settings)  # tells now what is wrong with the flags
        fd = pipe_reader_fd()
        with connect(
            asked.connection, notices, reader_fd=fd, complete=tools.connectors.complete
        ) as client:
            dialogue = Dialogue(asked, settings, conversation, tools, client, notices)
            dialogue.attached.sources = question.attachments
            dialogue.keys = flags.keys
            if typed and not is_dumb():
                dialogue.pick = partial(pick_session, asked.connection, notices)
            notices.wording = in_chat
            first = _first(asked, question, dialogue)
            if typed:
                return converse(dialogue, first, notices, keep_history=not flags.no_history)
            lines = None if asked.content.no_stdin else getattr(sys.stdin, "buffer", None)
            try:
                return take_piped(dialogue, first, notices, lines, keep_going=flags.keep_going)
            except (ClaudeCliError, KeyboardInterrupt, Interrupted) as stop:
                failed = dialogue.failed
                dialogue.conversation.tell_rest(stop, begun=failed is not None and failed.cut)
                raise


def _first(asked: Asked, question: Question, dialogue: Dialogue) -> Callable[[], ExitCode]:
    """What the command line itself asks."""
    if asked.session.go_on:
        return dialogue.go_on
    return partial(dialogue.send, question.content) if _asks(question) else _nothing


def _picked(asked: Asked, notices: Notices, *, typed: bool) -> str | None:
    """The session that the user chooses; None if they leave."""
    if not typed or is_dumb():
        raise UsageError("--pick needs a terminal", hint="-r NAME_OR_ID names the session")
    return pick_session(asked.connection, notices)


def _leave_stdin_alone(asked: Asked) -> None:
    """Refuse a second reader of stdin: its lines are the turns."""
    reader = asks_for_stdin(asked.words, asked.content)
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
