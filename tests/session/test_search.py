"""Search finds words in every turn, as people wrote them, and nowhere else."""

from pathlib import Path
from typing import Any

import pytest

from claude_cli.session.journal import Session
from claude_cli.session.search import search
from claude_cli.session.store import Store
from tests.session.conversations import PIXEL, PNG, ask, message


def found(words: str) -> list[str]:
    return [match.words for match in search(Store().files(), words)]


def session_with(*turns: tuple[Any, Any]) -> Session:
    session = Store().new({"model": "needle-in-settings"})
    for prompt, answer in turns:
        session.append_user(prompt)
        session.append_answer(message(answer))
    return session


def test_a_match_tells_where_it_is_and_what_surrounds_it() -> None:
    session = session_with(("What is it?", "x" * 100 + " The Tamsui. " + "y" * 100))
    (match,) = search(Store().files(), "tamsui")
    assert (match.path, match.line, match.role) == (session.path, 3, "assistant")
    assert match.record_id == session.transcript.head
    assert (match.before, match.words) == ("x" * 55 + " The ", "Tamsui")
    assert match.after == ". " + "y" * 58


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Grüße aus TAIPEI", "grÜSSE".replace("SS", "ß")),
        ("ПРИВЕТ, мир", "привет"),
        ("臺北有一條河", "一條"),
        ('say "hi"\\n', '"HI"\\n'),
        ("first\nsecond\tthird", "first\nsecond\t"),
        ("a+b (c)?", "A+B (C)?"),
        ("\u2028é", "É"),
    ],
)
def test_case_is_left_aside_and_every_character_is_itself(text: str, words: str) -> None:
    session_with((text, "other"))
    assert len(found(words)) == 1


@pytest.mark.parametrize(
    "block",
    [
        {"type": "thinking", "thinking": "a needle", "signature": "s"},
        {"type": "tool_use", "id": "t", "name": "n", "input": {"deep": [{"key": "Needle"}]}},
        {"type": "web_search_tool_result", "content": [{"title": "needle", "url": "u"}]},
    ],
)
def test_all_that_people_and_models_wrote_is_searched(block: Any) -> None:
    session_with(("q", block))
    assert len(found("needle")) == 1


def test_results_of_tools_and_documents_are_searched() -> None:
    call = {"type": "tool_use", "id": "t", "name": "n", "input": {}}
    result = {
        "type": "tool_result",
        "tool_use_id": "t",
        "content": [{"type": "text", "text": "Nadel"}],
    }
    document = {"type": "document", "source": {"type": "text", "data": "in der Nadel"}}
    session_with(("q", call), ([result], "a"), ([document], "a"))
    assert len(found("nadel")) == 2


def test_what_only_machines_read_is_not_searched() -> None:
    thinking = {"type": "thinking", "thinking": "", "signature": "needle"}
    redacted = {"type": "redacted_thinking", "data": "needle"}
    session = session_with(("q", thinking), ([PNG], redacted))
    session.rename("needle")
    assert found("needle") == []
    assert found(PIXEL[:20]) == []
    assert found("text") == []
    assert found("assistant") == []


def test_a_record_matches_once_and_other_branches_are_searched() -> None:
    session = session_with(("q", "needle needle"))
    session.undo()
    ask(session, "q", "needle")
    assert len(found("needle")) == 2


def test_nothing_is_found_by_nothing_and_unreadable_files_are_passed_over(tmp_path: Path) -> None:
    session = session_with(("q", "needle"))
    assert found(" ") == []
    assert session.path
    files = [tmp_path / "missing.jsonl", tmp_path, session.path]
    assert len(list(search(files, "needle"))) == 1
