"""What events add to the screen."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_cli.types import StreamEvent
from claude_cli.ui.pieces import Citing, Pieces, text_of
from tests.ui.events import block, delta, event, streamed, text_block, thought, words

SEA = {"type": "char_location", "document_title": "Tides", "cited_text": "high  at\nnoon"}
WEB = {
    "type": "web_search_result_location",
    "title": "Moon",
    "url": "https://moon.example/",
    "cited_text": "it *pulls*",
}


def shown(events: list[StreamEvent], **options: Any) -> list[tuple[str, str]]:
    pieces = Pieces(**options)
    return [*(piece for event in events for piece in pieces.feed(event)), *pieces.end()]


def printed(events: list[StreamEvent], **options: Any) -> str:
    return "".join(text for kind, text in shown(events, **options) if kind == "text")


def test_words_come_as_they_were_cut() -> None:
    events = streamed(*text_block("Hel", "", "lo"), *text_block("!"))
    assert shown(events) == [("text", "Hel"), ("text", "lo"), ("text", "!")]


def test_words_in_the_start_of_a_block_count() -> None:
    assert printed(streamed(*block("text", words(" there"), text="Hello"))) == "Hello there"


def test_a_prefill_comes_before_the_first_words_and_once() -> None:
    assert printed(streamed(*text_block("a", "b")), prefill="{") == "{ab"
    assert shown([event("message_start")], prefill="{") == [("text", "{")]


def test_a_prefill_waits_for_the_first_words() -> None:
    assert Pieces("{").feed(event("message_start")) == ()


def test_citations_are_numbered_after_their_block_and_listed_at_the_end() -> None:
    events = streamed(
        *block("text", words("Noon"), delta("citations_delta", citation=SEA), citations=[]),
        *text_block(" and "),
        *block("text", words("moon"), delta("citations_delta", citation=WEB), citations=[]),
        *block("text", words("."), citations=[SEA | {"start_char_index": 9}, WEB, WEB]),
    )
    assert printed(events) == (
        "Noon[1] and moon[2].[1][2]\n\n"
        '[1] Tides: "high at noon"\n'
        '[2] Moon (https://moon.example/): "it *pulls*"'
    )


def test_citations_in_markdown_keep_their_lines_and_their_marks() -> None:
    events = streamed(*block("text", words("moon\n"), citations=[WEB, SEA]))
    assert printed(events, citing="markdown").splitlines() == [
        "moon",
        r"\[1\]\[2\]",
        "",
        r'\[1\] Moon \(https://moon.example/\): "it \*pulls\*"' + "\\",
        r'\[2\] Tides: "high at noon"',
    ]


def test_citations_can_be_left_out() -> None:
    events = streamed(*block("text", words("moon"), citations=[WEB]))
    assert printed(events, citing="none") == "moon"


def test_citations_of_a_block_that_was_cut_are_not_lost() -> None:
    events = block("text", words("moon"), citations=[SEA])[:-1]
    assert printed(events).startswith("moon[1]\n\n[1] Tides")


def test_a_block_whose_stop_never_came_is_ended_by_the_next() -> None:
    cited = block("text", words("Noon"), citations=[SEA])[:-1]
    assert printed([*cited, *text_block(" and")]).startswith("Noon[1] and\n")


@pytest.mark.parametrize(
    ("citation", "line"),
    [
        ({"document_index": 0, "cited_text": "x"}, '[1] document 1: "x"'),
        ({"source": "notes/7", "title": "Notes", "cited_text": "x"}, '[1] Notes (notes/7): "x"'),
        ({"url": "https://a.example", "title": None}, "[1] https://a.example"),
        ({"document_title": 7, "cited_text": ["x"]}, "[1] unnamed source"),
    ],
)
def test_a_citation_is_named_by_what_it_has(citation: dict[str, Any], line: str) -> None:
    assert printed(block("text", words("a"), citations=[citation])).splitlines()[-1] == line


def test_thinking_comes_apart_from_the_words() -> None:
    events = streamed(
        *block("thinking", thought("Hm"), delta("signature_delta", signature="c2ln")),
        *block("thinking", thought("Hm"), thought("!")),
        *text_block("Yes"),
        *block("thinking", thought("Oh")),
    )
    assert shown(events) == [
        ("thinking", "Hm"),
        ("thinking", "\n\nHm"),
        ("thinking", "!"),
        ("text", "Yes"),
        ("thinking", "Oh"),
    ]


def test_redacted_thinking_is_named_and_omitted_thinking_is_not() -> None:
    events = streamed(
        *block("redacted_thinking", data="c2VjcmV0"),
        *block("thinking", delta("signature_delta", signature="c2ln"), thinking=""),
    )
    assert shown(events) == [("note", "thinking: redacted")]
    assert shown(events, thinking=False) == []


def test_hidden_thinking_makes_no_pieces() -> None:
    events = streamed(*block("thinking", thought("Hm")), *text_block("Yes"))
    assert shown(events, thinking=False) == [("text", "Yes")]


def test_a_server_tool_and_its_result_are_noted() -> None:
    events = streamed(
        *block(
            "server_tool_use",
            delta("input_json_delta", partial_json='{"que'),
            delta("input_json_delta", partial_json='ry": "tides today"}'),
            name="web_search",
            input={},
        ),
        *block("web_search_tool_result", content=[{"type": "web_search_result"}] * 5),
    )
    assert shown(events) == [
        ("note", 'web_search: "tides today"'),
        ("note", "web_search: 5 results"),
    ]


def test_calls_for_us_are_left_to_the_flow() -> None:
    call = block("tool_use", delta("input_json_delta", partial_json="{}"), name="f", input={})
    assert shown(streamed(*call)) == []


def test_two_messages_are_kept_apart_by_an_empty_line() -> None:
    two = [*streamed(*text_block("One."), stop_reason="tool_use"), *streamed(*text_block("Two."))]
    assert printed(two) == "One.\n\nTwo."
    two = [*streamed(*text_block("One.\n"), stop_reason="tool_use"), *streamed(*text_block("Two."))]
    assert printed(two) == "One.\n\nTwo."


def test_a_message_that_only_paused_goes_on_without_a_seam() -> None:
    events = [
        *streamed(*text_block("One,"), stop_reason="pause_turn"),
        *streamed(*text_block(" two."), stop_reason="tool_use"),
        *streamed(*text_block("Three.")),
    ]
    assert printed(events) == "One, two.\n\nThree."


@pytest.mark.parametrize("citing", ["plain", "markdown", "none"])
def test_a_whole_message_gives_what_its_events_give(citing: Citing) -> None:
    content: list[Any] = [
        {"type": "thinking", "thinking": "Hm"},
        {"type": "server_tool_use", "name": "web_search", "input": {"query": "q"}},
        {"type": "web_search_tool_result", "content": []},
        {"type": "text", "text": "Noon", "citations": [SEA]},
        {"type": "container_upload", "file_id": "file_1"},
        {"type": "hologram"},
        {"type": "tool_use", "name": "f", "input": {}},
        {"type": "text", "text": "!", "citations": None},
    ]
    events = streamed(*(event for each in content for event in block(**_as_block(each))))
    whole = shown([event("message", content=content)], prefill="p", citing=citing)
    assert whole == shown(events, prefill="p", citing=citing)
    assert ("note", 'web_search: "q"') in whole
    assert text_of({"type": "message", "content": content}, "p", citing=citing) == "".join(
        text for kind, text in whole if kind == "text"
    )


def _as_block(fields: dict[str, Any]) -> dict[str, Any]:
    return {"kind": fields["type"]} | {name: fields[name] for name in fields if name != "type"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
KINDS = st.sampled_from(
    ["text", "thinking", "server_tool_use", "web_fetch_tool_result", "fallback", "compaction"]
)
SHAPES = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(
            (
                *("message", "message_start", "message_delta"),
                *("content_block_start", "content_block_delta", "content_block_stop"),
            )
        )
        | JSON,
        "content": JSON | st.lists(st.fixed_dictionaries({"type": KINDS | JSON, "text": JSON})),
        "message": JSON,
        "delta": JSON
        | st.fixed_dictionaries(
            {"type": st.sampled_from(["text_delta", "thinking_delta", "citations_delta"]) | JSON},
            optional={"text": JSON, "thinking": JSON, "citation": JSON, "stop_reason": JSON},
        ),
        "content_block": JSON
        | st.fixed_dictionaries(
            {"type": KINDS | JSON},
            optional={
                name: JSON
                for name in ("text", "thinking", "citations", "name", "input", "content", "to")
            },
        ),
    },
)


@given(st.lists(SHAPES, max_size=6))
def test_malformed_shapes_never_raise(shapes: list[dict[str, Any]]) -> None:
    pieces = Pieces()
    for data in shapes:
        for kind, text in pieces.feed(StreamEvent(data, "")):  # type: ignore[arg-type]
            assert kind in ("text", "thinking", "note") and isinstance(text, str)
    pieces.end()
