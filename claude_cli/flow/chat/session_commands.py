"""Slash commands about sessions: this one and the others."""

from itertools import islice

from claude_cli.content.specs import typed_path
from claude_cli.disk import inputfile
from claude_cli.flow.chat.dialogue import Dialogue
from claude_cli.session.export import to_markdown
from claude_cli.session.store import Store
from claude_cli.session.summary import title_of
from claude_cli.turn.export import write_export

LISTED = 10
"""How many sessions /sessions shows."""


def fork(chat: Dialogue, argument: str) -> None:
    chat.conversation.fork(argument or None)
    chat.screen.tell([f"going on in session {chat.conversation.label}"])


def name(chat: Dialogue, argument: str) -> None:
    if argument:
        chat.conversation.rename(argument)
    chat.screen.tell([chat.conversation.label])


def sessions(chat: Dialogue, argument: str) -> None:
    if chat.pick:
        if picked := chat.pick():
            resume(chat, picked)
        return
    newest = islice(Store().newest(), LISTED)
    lines = [
        f"{s.id}  {s.last_used}  {s.name or ''}{'  ' if s.name else ''}{s.title}" for s in newest
    ]
    chat.screen.tell(lines or ["no sessions"])


def resume(chat: Dialogue, argument: str) -> None:
    chat.resume(argument)
    last = chat.transcript.last_prompt()
    last_prompt = f", last prompt: {title_of(last['content'])}" if last else ""
    chat.screen.tell([f"session {chat.conversation.label}{last_prompt}"])
    if chat.edit:  # somebody sees it
        show_last_turn(chat)


def show_last_turn(chat: Dialogue) -> None:
    """Show what a session that is gone on with has said last."""
    if turn := chat.transcript.last_turn():
        _, *records = to_markdown(chat.conversation.session, turn)
        chat.screen.show_document("".join(records))


def history(chat: Dialogue, argument: str) -> None:
    chat.screen.show_document("".join(to_markdown(chat.conversation.session)))


def export(chat: Dialogue, argument: str) -> None:
    path = typed_path(argument)
    write_export(chat.conversation.session, path)
    chat.screen.tell([f"written: {inputfile.escaped(path)}"])
