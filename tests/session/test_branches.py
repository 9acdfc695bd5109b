"""A session has another end only where two processes answered the same turn."""

from pathlib import Path

import pytest

from claude_cli.session.branches import ends
from claude_cli.session.format import read_link
from claude_cli.session.journal import Session
from claude_cli.session.store import Store
from tests.session.conversations import ask, message


@pytest.fixture
def session() -> Session:
    session = Store().new({}, name="s")
    ask(session, "q1", "a1")
    ask(session, "q2", "a2")
    return session


def ends_of(session: Session) -> list[str]:
    assert session.path
    lines = Path(session.path).read_bytes().splitlines()
    return ends(link for line in lines if (link := read_link(line)))


def base(session: Session) -> list[str]:
    return [session.transcript.base] if session.transcript.base else []


def test_a_conversation_has_one_end(session: Session) -> None:
    assert ends_of(session) == base(session)
    session.append_user("in vain")
    assert ends_of(session) == base(session)


def test_what_was_taken_back_asked_again_cleared_or_summed_up_is_no_branch(
    session: Session,
) -> None:
    session.undo()
    ask(session, "q2", "again")
    assert ends_of(session) == base(session)
    session.replace_last_turn()
    session.append_user("in vain")
    session.keep_last_turn()
    assert ends_of(session) == base(session)
    session.replace_last_turn()
    ask(session, "q2", "once more")
    assert ends_of(session) == base(session)
    session.compact("Sum up.", message("in short"))
    ask(session, "q3", "a3")
    session.undo()
    assert ends_of(session) == base(session)
    session.clear()
    ask(session, "q4", "a4")
    assert ends_of(session) == base(session)


def test_two_processes_that_answer_the_same_turn_leave_two_ends(session: Session) -> None:
    ours, theirs = Store().open("s"), Store().open("s")
    for other in (ours, theirs):
        other.context()
    ours.append_user("ours")
    theirs.append_user("theirs")
    ours.append_answer(message("to us"))
    theirs.append_answer(message("to them"))
    assert ends_of(session) == [ours.transcript.base, theirs.transcript.base]
    ask(ours, "more", "fine")
    assert ends_of(session) == [theirs.transcript.base, ours.transcript.base]
    ours.undo()
    ours.undo()
    assert theirs.transcript.base in ends_of(session)


def test_of_two_answers_that_are_gone_on_with_at_once_the_wholes_are_the_ends(
    session: Session,
) -> None:
    ours, theirs = Store().open("s"), Store().open("s")
    for one in (ours, theirs):
        one.context()
    for one in (ours, theirs):
        one.append_user("q")
    for one in (ours, theirs):
        one.append_answer(message("cut"))
    for part in ("cut here", "cut here and there"):
        for one in (ours, theirs):
            one.complete_answer(message(part), message("rest"), status="complete")
    assert ends_of(session) == [ours.transcript.base, theirs.transcript.base]
