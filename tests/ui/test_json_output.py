"""The json and events formats."""

import json
from decimal import Decimal
from typing import Any, cast

import pytest

from claude_cli.errors import ProtocolError
from claude_cli.types import ResponseFacts, StreamEvent
from claude_cli.ui.json_output import OVERHEAD
from claude_cli.ui.notices import Notices
from claude_cli.ui.renderers import make_renderer
from tests.ui.events import answer, block, streamed, text_block, thought, unstyled, words
from tests.ui.standard_streams import memory_streams, terminal_streams

EVENTS = streamed(*block("thinking", thought("Hm")), *text_block("č\x9b"))
RAW = StreamEvent(cast(Any, {"type": "ping"}), '{"type":  "ping" , "ž\x9b": 1.50}')


def test_json_in_a_pipe_is_the_message_exactly_on_one_line() -> None:
    with memory_streams() as memory:
        renderer = make_renderer("json", arriving=True, notices=Notices(), prefill="Oh")
        for event in EVENTS:
            renderer.event(event)
        assert memory.out == b""
        renderer.finish(answer("č\x9b", session="s1"))
    assert memory.out.decode() == (
        '{"id": "msg_1", "type": "message", "content": [{"type": "text", "text": "č\x9b"}], '
        '"stop_reason": "end_turn", "usage": {"input_tokens": 1000, "output_tokens": 500, '
        '"cache_creation_input_tokens": 0, "cache_read_input_tokens": 0}, '
        '"claude_cli": {"session": "s1", "cost_usd": 0.0105, "seconds": 4.67, '
        '"first_token_seconds": 0.42, "request_id": "req_1", "organization_id": "org_1", '
        '"turns": 1}}\n'
    )
    assert memory.err == ""


def test_json_has_null_for_what_is_not_known() -> None:
    with memory_streams() as memory:
        renderer = make_renderer("json", arriving=False, notices=Notices())
        unknown = answer(
            "yes", cost_usd=None, first_token_seconds=None, facts=ResponseFacts(), turns=3
        )
        renderer.finish(unknown)
    assert json.loads(memory.out)["claude_cli"] == {
        "session": None,
        "cost_usd": None,
        "seconds": 4.67,
        "first_token_seconds": None,
        "request_id": None,
        "organization_id": None,
        "turns": 3,
    }


def test_64_mb_of_events_are_kept_and_no_byte_more() -> None:
    most = StreamEvent(cast(Any, {"type": "ping"}), "x" * (64 * 1024 * 1024 - OVERHEAD))
    renderer = make_renderer("events", arriving=False, notices=Notices())
    renderer.event(most)
    with pytest.raises(ProtocolError, match="more than 64 MB of events"):
        renderer.event(RAW)
    renderer = make_renderer("events", arriving=False, notices=Notices())
    with pytest.raises(ProtocolError):
        renderer.event(most._replace(raw=most.raw + "x"))


@pytest.mark.parametrize("cost", ["0", "0.0105", "0.0000003", "12.345678"])
def test_a_cost_is_the_same_number_in_json(cost: str) -> None:
    with memory_streams() as memory:
        make_renderer("json", arriving=False, notices=Notices()).finish(
            answer(cost_usd=Decimal(cost))
        )
    found = json.loads(memory.out, parse_float=Decimal)["claude_cli"]["cost_usd"]
    assert found == Decimal(cost)


def test_a_lone_surrogate_in_json_becomes_a_replacement_character() -> None:
    with memory_streams() as memory:
        make_renderer("json", arriving=False, notices=Notices()).finish(answer("a\ud800b"))
    assert json.loads(memory.out)["content"][0]["text"] == "a\ufffdb"


def test_json_on_a_terminal_is_indented_and_harmless_and_means_the_same() -> None:
    hostile = "\x9b2J\u202e\U000e0041\x7f\x1b👩\u200d👧"
    with terminal_streams() as terminal:
        renderer = make_renderer("json", arriving=False, notices=Notices())
        renderer.finish(answer(hostile))
        received = terminal.received
    assert received.startswith('{\n  "id": "msg_1",\n')
    assert r'"\u009b2J\u202e\udb40\udc41\u007f\u001b👩' in received
    assert json.loads(received)["content"][0]["text"] == hostile


def test_json_shows_thinking_on_stderr() -> None:
    with memory_streams() as memory:
        renderer = make_renderer("json", arriving=False, notices=Notices(), show_thinking=True)
        for event in EVENTS:
            renderer.event(event)
        renderer.abandon()
    assert (memory.out, memory.err) == (b"", "Hm\n")


@pytest.mark.parametrize("arriving", [False, True])
def test_events_are_printed_as_they_were_sent(arriving: bool) -> None:
    with memory_streams() as memory:
        renderer = make_renderer("events", arriving=arriving, notices=Notices())
        for event in [RAW, *EVENTS]:
            renderer.event(event)
        lines = "".join(f"{event.raw}\n" for event in [RAW, *EVENTS])
        assert memory.out.decode() == (lines if arriving else "")
        renderer.finish(answer("č"))
    assert memory.out.decode() == lines
    assert memory.err == ""


def test_events_of_a_broken_answer_are_all_or_nothing_for_ask() -> None:
    with memory_streams() as memory:
        renderer = make_renderer("events", arriving=False, notices=Notices())
        renderer.event(RAW)
        renderer.abandon()
    assert memory.out == b""


def test_events_on_a_terminal_are_harmless_and_alone() -> None:
    with terminal_streams() as terminal:
        renderer = make_renderer("events", arriving=False, notices=Notices())
        for event in [RAW, *EVENTS]:
            renderer.event(event)
        renderer.finish(answer("č"))
        received = terminal.received
    assert received.startswith('{"type":  "ping" , "ž\\u009b": 1.50}\n')
    assert len(received.splitlines()) == 1 + len(EVENTS)


def test_thinking_between_events_on_a_terminal_is_on_lines_of_its_own() -> None:
    with terminal_streams() as terminal:
        renderer = make_renderer("events", arriving=True, notices=Notices(), show_thinking=True)
        for event in EVENTS:
            renderer.event(event)
        renderer.finish(answer())
        assert "\nThinking:\nHm\n(thought for N s)\n\n{" in unstyled(terminal.received)


def test_events_with_thinking_asked_for_show_it_on_stderr() -> None:
    with memory_streams() as memory:
        renderer = make_renderer("events", arriving=False, notices=Notices(), show_thinking=True)
        for event in EVENTS:
            renderer.event(event)
        renderer.finish(answer())
    assert memory.err == "Hm\n"


def test_stream_writes_events_that_arrive_together_in_one_go() -> None:
    first, second, third = words("a"), words("b"), words("c")
    with memory_streams() as memory:
        renderer = make_renderer("events", arriving=True, notices=Notices())
        renderer.event(first, more=True)
        assert memory.out == b""
        renderer.event(second)
        assert memory.out == f"{first.raw}\n{second.raw}\n".encode()
        renderer.event(third, more=True)
        renderer.abandon()
    assert memory.out == f"{first.raw}\n{second.raw}\n{third.raw}\n".encode()


def test_ask_leaves_a_pipe_without_events_when_the_answer_broke() -> None:
    with memory_streams() as memory:
        renderer = make_renderer("events", arriving=False, notices=Notices())
        renderer.event(words("a"))
        renderer.abandon()
    assert memory.out == b""
