"""A chat whose lines are typed at a terminal, until the user leaves."""

import sys
from collections.abc import Callable
from contextlib import nullcontext, suppress
from functools import partial
from shlex import quote
from typing import Protocol

from claude_cli.content.editor import edit
from claude_cli.disk import paths
from claude_cli.errors import ClaudeCliError, ExitCode
from claude_cli.flow.chat.dialogue import Dialogue, KeySet
from claude_cli.flow.chat.failed import line_of
from claude_cli.flow.chat.mentioned import mention_of, mentioned
from claude_cli.flow.chat.prompt_line import completions, offered, toolbar
from claude_cli.flow.chat.session_commands import show_last_turn
from claude_cli.flow.chat.shell_line import run_shell_line
from claude_cli.flow.chat.slash import Take, take_line
from claude_cli.flow.chat.slash_commands import SLASH_COMMANDS
from claude_cli.ui.chat_screen import ChatScreen
from claude_cli.ui.editor.typeahead import echo, fresh_answer
from claude_cli.ui.editor.typed_line import NO_LINE, TypedLine, untyped
from claude_cli.ui.notices import Notices
from claude_cli.ui.terminal import describe_stderr, describe_stdout

LEAVING = ("exit", "quit")
"""Words that alone on a line are rather meant for the program than for the model."""


class Editor(Protocol):
    def read(
        self, default: TypedLine, toolbar: Callable[[int], str], keys: KeySet
    ) -> TypedLine | None:
        """Return the next line, which starts as `default`; None once the user leaves."""


def converse(dialogue: Dialogue, first: Take, notices: Notices, *, keep_history: bool) -> ExitCode:
    """Ask for lines until the user leaves; what fails is told, and the prompt comes back."""
    dumb = is_dumb()
    editor = _plain_editor() if dumb else _line_editor(dialogue, notices, keep_history)
    dialogue.edit, dialogue.agree = _edit, partial(_agrees, dialogue.screen, default=False)
    model, label = dialogue.requests.parameters["model"], dialogue.conversation.label
    notices.notice(f"{model} · {label} · /help shows the commands, Ctrl-D leaves")
    take, line = first, NO_LINE
    show_last_turn(dialogue)
    with nullcontext() if dumb else echo(False):
        while next_line := _next(dialogue, editor, _try(take, line, dialogue, notices)):
            line = next_line
            take = partial(_take, dialogue, line)
    if dialogue.conversation.session.path and dialogue.transcript.base is not None:
        notices.notice(f"go on with: claude-cli chat -r {quote(dialogue.conversation.label)}")
    return ExitCode.OK


def is_dumb() -> bool:
    """Whether escape sequences mean nothing where the lines are typed."""
    return describe_stdout().dumb or describe_stderr().dumb


def _plain_editor() -> Editor:
    from claude_cli.ui.editor.plain_prompt import PlainLineEditor

    return PlainLineEditor()


def _line_editor(dialogue: Dialogue, notices: Notices, keep_history: bool) -> Editor:
    from claude_cli.ui.editor.prompt import LineEditor

    history = paths.state_dir() / "prompt-history" if keep_history else None
    complete = partial(offered, completions(dialogue))
    return LineEditor(history, complete, partial(_edit_line, notices), mention_of)


def _take(dialogue: Dialogue, line: TypedLine) -> ExitCode:
    """Do what a line says; of an `!` or an `@` in it only what was typed counts."""
    if line.text.startswith("!") and line.is_typed(0):
        run_shell_line(dialogue, line.text[1:])
        return ExitCode.OK
    return take_line(dialogue, line.text, SLASH_COMMANDS, mentioned(line))


def _try(take: Take, line: TypedLine, dialogue: Dialogue, notices: Notices) -> TypedLine:
    """Do what `line` says and tell what fails; return what asks a prompt again that just failed.

    It is offered once. Whoever clears it, to type something else, does not get it back.
    """
    before = dialogue.failed
    try:
        take()
        return NO_LINE
    except KeyboardInterrupt:
        _stop(dialogue, notices)
    except ClaudeCliError as error:
        notices.error(error)
    failed = dialogue.failed
    again = line_of(failed) if failed and failed is not before else ""
    return line if line.text == again else untyped(again)


def _next(dialogue: Dialogue, editor: Editor, default: TypedLine) -> TypedLine | None:
    """Ask for a line; None once the user has enough."""
    while not dialogue.over:
        with suppress(KeyboardInterrupt):
            line = editor.read(default, toolbar(dialogue), dialogue.keys)
            return None if line is None or _leaves(line.text, dialogue) else line
    return None


def _leaves(line: str, dialogue: Dialogue) -> bool:
    word = line.strip()
    question = f'leave the chat? n sends "{word}" to the model [Y/n] '
    return word.lower() in LEAVING and _agrees(dialogue.screen, question, default=True)


def _agrees(screen: ChatScreen, question: str, *, default: bool) -> bool:
    """Ask on a line of its own; `default` is what Enter says."""
    with fresh_answer(sys.stdin.fileno()):
        screen.stderr.write(question)
        answer = sys.stdin.readline(1000).strip().lower()
    return answer in ("y", "yes") or (default and not answer)


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
