"""A list shows what a scan over the lines finds, whoever wrote them and however."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from claude_cli.session.format import new_user
from claude_cli.session.journal import Session
from claude_cli.session.store import Store
from claude_cli.session.summary import TITLE_WIDTH, Summary, find_name, summarise
from tests.session.conversations import MODEL, PNG, message


@pytest.fixture
def session() -> Session:
    session = Store().new({"model": MODEL}, simulated=True)
    session.append_user([PNG, {"type": "text", "text": "piped"}, {"type": "text", "text": "Why?"}])
    call = {"type": "tool_use", "id": "t", "name": "tide", "input": {"kind": "user"}}
    usage = {"input_tokens": 10, "output_tokens": 5, "cache_read_input_tokens": 100}
    session.append_answer(message(call, stop="tool_use") | {"usage": usage}, model="first")
    session.append_user([{"type": "tool_result", "tool_use_id": "t", "content": "1"}])
    session.append_answer(message("Because.") | {"usage": usage}, model="second")
    session.append_user("More", {"model": "second"})
    session.append_answer(message("No."), model=None)
    session.rename("old")
    session.rename("work")
    return session


def path_of(session: Session) -> Path:
    assert session.path
    return session.path


def test_a_summary_tells_what_the_session_is(session: Session) -> None:
    path = path_of(session)
    assert summarise(path) == Summary(
        id=path.stem,
        file=str(path),
        modified=path.stat().st_mtime_ns / 1e9,
        name="work",
        title="Why?",
        turns=2,
        model="second",
        tokens=230,
        answered=True,
        simulated=True,
        damaged=0,
    )


def test_lines_in_another_spelling_of_json_say_the_same(session: Session) -> None:
    path = path_of(session)
    before = summarise(path)
    values = [json.loads(line) for line in path.read_bytes().splitlines()]
    # The scan reads the model from the record alone, the slow way from the message too.
    values[-3]["model"] = "second"
    path.write_text("".join(json.dumps(value) + "\r\n" for value in values))
    after = summarise(path)
    after.modified = before.modified
    assert after == before
    assert find_name(path) == "work"


def test_damaged_lines_are_counted_and_say_nothing_else(session: Session) -> None:
    path = path_of(session)
    before = path.read_bytes()
    lines = before.splitlines(keepends=True)
    path.write_bytes(before + lines[1][:-40] + b"\n" + lines[2][:-40] + b"\n\0\0\n\n")
    summary = summarise(path)
    assert (summary.damaged, summary.turns, summary.tokens) == (3, 2, 230)


def test_more_digits_than_a_number_can_have_are_no_tokens(session: Session) -> None:
    path = path_of(session)
    path.write_bytes(path.read_bytes().replace(b'"tokens":115', b'"tokens":' + b"9" * 5000))
    summary = summarise(path)
    assert (summary.tokens, summary.damaged) == (0, 2)


def test_a_prompt_without_a_parent_is_damaged_and_no_turn(session: Session) -> None:
    path = path_of(session)
    path.write_bytes(path.read_bytes() + b'{"kind":"user","id":"x","content":[]}\n')
    assert (summarise(path).turns, summarise(path).damaged) == (2, 1)


@pytest.mark.parametrize(
    ("content", "title"),
    [
        ("one\n two\tthree ", "one two three"),
        ("x" * 61, "x" * 59 + "…"),
        ("x" * 60, "x" * 60),
        ([PNG], ""),
        ([], ""),
    ],
)
def test_the_title_is_the_last_text_of_the_first_prompt(
    tmp_path: Path, content: Any, title: str
) -> None:
    path = tmp_path / "s.jsonl"
    path.write_text(json.dumps(new_user(None, content, "h")))
    assert summarise(path).title == title
    assert len(title) <= TITLE_WIDTH


def test_a_file_without_a_name_or_without_leave_to_read_has_none(tmp_path: Path) -> None:
    (tmp_path / "s.jsonl").write_bytes(b'{"kind":"name","name":3}\n{"name"\n')
    assert find_name(tmp_path / "s.jsonl") is None
    assert find_name(tmp_path / "missing.jsonl") is None


def test_a_thousand_sessions_are_listed_and_searched_by_name_within_a_second(
    session: Session,
) -> None:
    data = path_of(session).read_bytes()
    for n in range(1000):
        path_of(session).with_name(f"s{n}.jsonl").write_bytes(data)
    started = time.process_time()  # however busy the machine is
    assert sum(1 for _ in Store().summaries()) == 1001
    assert time.process_time() - started < 2
