"""The tree of records and the context that its chain makes, without any file."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_cli.disk.appendlog import encode_line
from claude_cli.session.format import Record, decode, new_answer, new_name, new_user
from claude_cli.session.journal import Session
from claude_cli.session.resend import NOT_RUN
from claude_cli.session.transcript import Transcript
from tests.session.conversations import MODEL, ask, message, said
from tests.thorough import MANY

CALL = {"type": "tool_use", "id": "toolu_1", "name": "tide", "input": {}}
RESULT: Any = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "04:12"}


@pytest.fixture
def session() -> Session:
    """In memory: what is tested is the transcript, through the methods that feed it."""
    session = Session()
    ask(session, "q1", "a1")
    ask(session, "q2", "a2")
    return session


def test_the_context_is_the_chain_in_the_shape_of_the_api(session: Session) -> None:
    assert session.context()[:2] == [
        {"role": "user", "content": "q1"},
        {"role": "assistant", "content": [{"type": "text", "text": "a1"}]},
    ]
    assert said(session) == ["q1", "a1", "q2", "a2"]


IDS = st.sampled_from("abcd")
CONTENT: Any = st.sampled_from(["q", "", [], [CALL], [RESULT], [{"type": "text", "text": "a"}]])
ANY_RECORD = st.fixed_dictionaries(
    {"id": IDS, "parent": IDS | st.none(), "kind": st.sampled_from(["user", "header", "name"])},
    optional={"content": CONTENT, "model": st.just(MODEL), "name": st.just("n")},
) | st.fixed_dictionaries(
    {
        "id": IDS,
        "parent": IDS | st.none(),
        "kind": st.sampled_from(["assistant", "head"]),
        "to": IDS | st.none(),
        "status": st.sampled_from(["complete", "partial"]),
        "message": st.builds(lambda content: {"type": "message", "content": content}, CONTENT),
    }
)


@MANY
@given(st.lists(ANY_RECORD, max_size=6))
def test_any_records_in_any_order_have_a_context(records: list[Any]) -> None:
    """Circles of parents, records twice and out of order too: as a damaged file may have them."""
    lines = [encode_line(record) for record in records]
    known = [record for record, _ in map(decode, lines) if record]
    transcript = Transcript(known)
    sent = [record["id"] for record in transcript.sent()]
    assert len(sent) == len({*sent})
    turns = [record["id"] for turn in transcript.turns() for record in turn]
    assert {*turns} <= {record["id"] for record in known}
    assert len(transcript.waiting()) <= len(known)


def test_an_empty_session_has_no_context() -> None:
    session = Session()
    assert session.context() == []
    assert session.undo() is None
    assert session.transcript.settings == {}


def test_a_prompt_without_an_answer_is_off_the_chain(session: Session) -> None:
    session.append_user("crash")
    assert said(session) == ["q1", "a1", "q2", "a2"]
    assert [record["content"] for record in session.transcript.waiting()] == ["crash"]
    ask(session, "q3", "a3")
    assert said(session) == ["q1", "a1", "q2", "a2", "q3", "a3"]
    assert session.transcript.waiting() == []


def test_only_retry_sends_a_prompt_without_an_answer_again(session: Session) -> None:
    session.append_user("crash")
    assert session.undo() == "crash"
    ask(session, "crash", "a3")
    assert said(session) == ["q1", "a1", "q2", "a2", "crash", "a3"]


def test_a_partial_answer_is_on_the_chain_where_the_user_goes_on(session: Session) -> None:
    session.append_user("q3")
    session.append_answer(message("half an"), status="partial")
    ask(session, "go on", "a4")
    assert said(session)[4:] == ["q3", "half an", "go on", "a4"]


def test_a_partial_answer_is_off_the_chain_after_a_retry(session: Session) -> None:
    session.append_user("q3")
    session.append_answer(message("half an"), status="partial")
    assert session.undo() == "q3"
    ask(session, "q3", "whole")
    assert said(session)[4:] == ["q3", "whole"]


def test_an_answer_cut_before_anything_was_said_is_no_answer(session: Session) -> None:
    session.append_user("q3")
    session.append_answer(message({"type": "thinking", "thinking": "We"}), status="partial")
    assert [record["kind"] for record in session.transcript.waiting()] == ["user", "assistant"]
    ask(session, "q4", "a4")
    assert said(session)[4:] == ["q4", "a4"]


def test_a_record_that_is_damaged_may_follow_a_call_without_an_id(session: Session) -> None:
    session.append_user("q3")
    call = {"type": "tool_use", "name": "tide", "input": {}}
    calling = session.append_answer(message("Well", call, stop="tool_use"))
    session.transcript.add({"kind": "damaged", "id": "d", "parent": calling})
    session.transcript.head = "d"
    assert said(session)[4:] == ["q3", "Well"]


def test_a_prefill_alone_is_no_answer(session: Session) -> None:
    session.append_user("q3")
    session.append_answer(message(), status="partial", prefill="Well")
    ask(session, "q4", "a4")
    assert said(session)[4:] == ["q4", "a4"]


def test_a_turn_stays_until_what_takes_its_place_has_an_answer(session: Session) -> None:
    assert session.replace_last_turn() == "q2"
    assert said(session) == ["q1", "a1"]
    session.append_user("in vain")
    session.keep_last_turn()
    assert said(session) == ["q1", "a1", "q2", "a2"]
    assert session.replace_last_turn() == "q2"
    ask(session, "q2", "a2'")
    session.keep_last_turn()
    assert said(session) == ["q1", "a1", "q2", "a2'"]


def test_without_a_turn_there_is_none_to_replace() -> None:
    session = Session()
    assert session.replace_last_turn() is None
    session.keep_last_turn()
    ask(session, "q1", "a1")
    assert said(session) == ["q1", "a1"]


def test_undo_takes_back_turn_after_turn(session: Session) -> None:
    assert session.undo() == "q2"
    assert said(session) == ["q1", "a1"]
    assert session.undo() == "q1"
    assert said(session) == []
    assert session.undo() is None
    ask(session, "new", "start")
    assert said(session) == ["new", "start"]


def test_edit_asks_a_sibling(session: Session) -> None:
    session.undo()
    ask(session, "q2, better", "a2'")
    assert said(session) == ["q1", "a1", "q2, better", "a2'"]


def test_clear_goes_on_with_an_empty_context(session: Session) -> None:
    session.clear()
    assert said(session) == []
    ask(session, "q3", "a3")
    assert said(session) == ["q3", "a3"]


def test_a_compaction_stands_for_the_older_turns_until_it_is_undone(session: Session) -> None:
    session.compact("Sum up.", message("a summary"), model=MODEL)
    ask(session, "q3", "a3")
    assert said(session) == ["Sum up.", "a summary", "q3", "a3"]
    assert said(session, 1) == ["Sum up.", "a summary", "q3", "a3"]
    assert said(session, 0) == ["Sum up.", "a summary"]
    session.undo()
    assert said(session) == ["Sum up.", "a summary"]
    assert session.undo() == "q2"
    assert said(session) == ["q1", "a1"]


def test_a_fork_goes_on_by_itself(session: Session, tmp_path: Any) -> None:
    forked = session.fork("f", tmp_path / "f.jsonl")
    ask(forked, "q3", "a3")
    assert said(forked) == ["q1", "a1", "q2", "a2", "q3", "a3"]
    assert said(session) == ["q1", "a1", "q2", "a2"]
    assert forked.undo() == "q3"
    assert forked.undo() == "q2"


# Tools


@pytest.fixture
def tool_session(session: Session) -> Session:
    session.append_user("tide?")
    session.append_answer(message("Let me see.", CALL, stop="tool_use"))
    return session


def test_a_tool_loop_is_on_the_chain(tool_session: Session) -> None:
    tool_session.append_user([RESULT])
    tool_session.append_answer(message("At 04:12."))
    assert said(tool_session)[4:] == [
        "tide?",
        "Let me see.",
        "tool_use",
        "tool_result",
        "At 04:12.",
    ]


def test_a_call_without_a_result_gets_one_when_the_user_goes_on(tool_session: Session) -> None:
    content = tool_session.transcript.complete_calls("never mind")
    assert content[0] == RESULT | {"content": NOT_RUN, "is_error": True}
    tool_session.append_user(content)
    tool_session.append_answer(message("fine"))
    assert tool_session.context()[-2] == {"role": "user", "content": content}


def test_the_user_record_gets_the_missing_results_by_itself(tool_session: Session) -> None:
    tool_session.append_user("never mind")
    tool_session.append_answer(message("fine"))
    assert said(tool_session)[-3:] == ["tool_result", "never mind", "fine"]


def test_results_that_were_kept_before_a_crash_are_sent(tool_session: Session) -> None:
    tool_session.append_user([RESULT])  # and no answer came
    assert tool_session.transcript.complete_calls("x")[0] == RESULT
    tool_session.append_answer(message(), status="partial")
    assert tool_session.transcript.complete_calls("x")[0] == RESULT


def test_undo_takes_the_whole_tool_loop_back(tool_session: Session) -> None:
    tool_session.append_user([RESULT])
    tool_session.append_answer(message("At 04:12."))
    assert tool_session.undo() == "tide?"
    assert said(tool_session) == ["q1", "a1", "q2", "a2"]


def test_a_history_of_n_turns_never_starts_inside_a_tool_loop(tool_session: Session) -> None:
    tool_session.append_user([RESULT])
    tool_session.append_answer(message("At 04:12."))
    ask(tool_session, "q4", "a4")
    assert said(tool_session, 1) == ["q4", "a4"]
    assert said(tool_session, 2)[0] == "tide?"
    assert said(tool_session, 3)[:2] == ["q2", "a2"]
    assert said(tool_session, 99)[0] == "q1"
    assert said(tool_session, 0) == []


def test_a_history_goes_further_back_where_a_prompt_answers_a_call(tool_session: Session) -> None:
    ask(tool_session, "never mind", "fine")
    assert said(tool_session, 1)[0] == "tide?"
    assert tool_session.undo() is not None  # though undo takes that prompt alone
    assert said(tool_session)[-1] == "tool_use"


def test_a_paused_answer_and_its_continuation_both_go_back(session: Session) -> None:
    search = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}}
    found = {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []}
    session.append_user("q3")
    session.append_answer(message(search, stop="pause_turn"))
    session.append_answer(message(found, "a3"))
    assert said(session)[4:] == ["q3", "server_tool_use", "web_search_tool_result", "a3"]


# Settings


def test_settings_are_those_of_the_newest_prompt_on_the_chain() -> None:
    session = Session()
    session.append_user("q1", {"model": "a", "system": "Be brief."})
    session.append_answer(message("a1"))
    session.append_user("q2", {"model": "b"})
    session.append_answer(message("a2"))
    assert session.transcript.settings == {"model": "b"}
    session.append_user("q3")
    assert session.transcript.settings == {"model": "b"}
    session.undo()
    session.undo()
    assert session.transcript.settings == {"model": "a", "system": "Be brief."}


# Records that nobody should have written


def chain(*kinds: str) -> list[Record]:
    """Records that follow each other; u: prompt, a: answer, x: damaged, n: a name in between."""
    made: list[Record] = []
    for n, kind in enumerate(kinds):
        parent = made[-1]["id"] if made else None
        record = {
            "u": new_user(parent, f"q{n}", "header"),
            "a": new_answer(parent, message(f"a{n}")),
            "n": new_name("between"),
        }.get(kind, {"kind": "damaged", "id": f"damaged{n}", "parent": parent})
        record["parent"] = parent
        made.append(record)
    return made


def texts_of(transcript: Transcript) -> list[str]:
    session = Session(transcript=transcript)
    return said(session)


@pytest.mark.parametrize(
    ("kinds", "left"),
    [
        ("uauxua", ["q0", "a1", "q4", "a5"]),
        ("uaxaua", ["q0", "a1", "q4", "a5"]),
        ("xaua", ["q2", "a3"]),
        ("auaua", ["q1", "a2", "q3", "a4"]),
        ("uanua", ["q0", "a1", "q3", "a4"]),
    ],
    ids=["answer", "prompt", "first", "no beginning", "foreign kind"],
)
def test_a_turn_with_a_damaged_record_is_left_out_as_a_whole(kinds: str, left: list[str]) -> None:
    assert texts_of(Transcript(chain(*kinds))) == left


def test_a_chain_whose_beginning_is_missing_starts_at_its_first_prompt() -> None:
    transcript = Transcript(chain(*"uauaua")[1:])
    assert texts_of(transcript) == ["q2", "a3", "q4", "a5"]
    assert transcript.missing


def test_the_last_turns_of_a_chain_whose_beginning_is_missing_can_be_sent() -> None:
    transcript = Transcript(chain(*"uauaua")[1:])
    assert [record["kind"] for record in transcript.sent(limit=1)] == ["user", "assistant"]
    assert transcript.missing


@pytest.mark.parametrize("to", [0, 1, 2, 3])
def test_a_cycle_of_parents_ends(to: int) -> None:
    made = chain(*"uaua")
    made[0]["parent"] = made[to]["id"]
    transcript = Transcript(made)
    assert texts_of(transcript) == ["q0", "a1", "q2", "a3"]
    assert transcript.cyclic
