"""What each kind of delta does to each kind of block."""

from typing import Any

import pytest

from claude_cli.api.deltas import DELTAS, OpenBlock, is_well_formed
from claude_cli.errors import ProtocolError

Block = dict[str, Any]

TEXT: Block = {"type": "text", "text": ""}
THINKING: Block = {"type": "thinking", "thinking": "", "signature": ""}
TOOL: Block = {"type": "tool_use", "id": "toolu_1", "name": "clock", "input": {}}
COMPACTION: Block = {"type": "compaction", "content": None, "encrypted_content": None}
NOVELTY: Block = {"type": "novelty", "text": "", "thinking": "", "signature": "", "input": {}}

CITED = {"type": "char_location", "cited_text": "a"}
SAMPLES: dict[str, Block] = {
    "text_delta": {"text": "a"},
    "thinking_delta": {"thinking": "a"},
    "input_json_delta": {"partial_json": '{"a": 1}'},
    "signature_delta": {"signature": "a"},
    "citations_delta": {"citation": CITED},
    "compaction_delta": {"content": "a", "encrypted_content": "b"},
}
FITTING: dict[str, list[Block]] = {
    "text_delta": [TEXT],
    "thinking_delta": [THINKING],
    "input_json_delta": [TOOL],
    "signature_delta": [THINKING],
    "citations_delta": [TEXT],
    "compaction_delta": [COMPACTION],
}


def grown(start: Block, *deltas: Block) -> Block:
    """Return the block that begins as `start`, after `deltas`."""
    block: Any = OpenBlock(start)  # type: ignore[arg-type]
    for delta in deltas:
        DELTAS[delta["type"]](block, delta)
    result: Block = block.snapshot()
    return result


def test_there_is_a_sample_of_every_kind() -> None:
    assert SAMPLES.keys() == FITTING.keys() == DELTAS.keys()


@pytest.mark.parametrize("kind", SAMPLES)
@pytest.mark.parametrize(
    "start", [TEXT, THINKING, TOOL, COMPACTION, NOVELTY], ids=lambda block: block["type"]
)
def test_a_delta_changes_a_block_that_it_fits_and_no_other(kind: str, start: Block) -> None:
    changed = grown(start, {"type": kind, **SAMPLES[kind]}) != start
    assert changed == (start in FITTING[kind])


@pytest.mark.parametrize("kind", ["tool_use", "server_tool_use", "mcp_tool_use", "moon_tool_use"])
def test_the_input_of_every_kind_of_tool_comes_in_pieces_of_json(kind: str) -> None:
    pieces = ["", '{"port": "Kee', "lung \\ud83c", '\\udf0a", "days": [1', ", 2]}"]
    deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in pieces]
    assert grown({**TOOL, "type": kind}, *deltas) == {
        **TOOL,
        "type": kind,
        "input": {"port": "Keelung 🌊", "days": [1, 2]},
    }


@pytest.mark.parametrize("start", [{"input": {"a": 1}}, {"input": {}}, {"input": None}, {}])
@pytest.mark.parametrize("pieces", [[], [""], ['{"b": '], ["nonsense"], ["[1]"], ["[" * 200_000]])
def test_an_input_that_is_not_whole_leaves_what_was_there(start: Block, pieces: list[str]) -> None:
    deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in pieces]
    block = grown({"type": "tool_use", **start}, *deltas)
    assert block == {"type": "tool_use", "input": start.get("input") or {}}


def test_a_lone_surrogate_in_a_tool_input_becomes_a_replacement_character() -> None:
    delta = {"type": "input_json_delta", "partial_json": r'{"\ud800": ["\udfff"]}'}
    assert grown(TOOL, delta)["input"] == {"\ufffd": ["\ufffd"]}


def test_text_is_added_to_what_the_block_began_with() -> None:
    delta = {"type": "text_delta", "text": "\r\nb\r"}
    assert grown({"type": "text", "text": "a"}, delta, delta)["text"] == "a\r\nb\r\r\nb\r"
    assert grown({"type": "text", "text": None}, delta)["text"] == "\r\nb\r"
    assert grown({"type": "text"}, delta)["text"] == "\r\nb\r"
    assert grown({"type": "text"}) == {"type": "text"}


def test_a_signature_replaces_the_one_before() -> None:
    deltas = [{"type": "signature_delta", "signature": text} for text in ("a", "b")]
    assert grown(THINKING, *deltas) == {**THINKING, "signature": "b"}


@pytest.mark.parametrize("start", [{}, {"citations": None}, {"citations": []}])
def test_citations_are_appended(start: Block) -> None:
    citations = [{"cited_text": text} for text in "abc"]
    deltas = [{"type": "citations_delta", "citation": citation} for citation in citations]
    block = {**TEXT, **start}
    assert grown(block, *deltas) == {**TEXT, "citations": citations}
    assert grown({**TEXT, "citations": citations[:1]}, *deltas[1:])["citations"] == citations
    assert grown(block) == block


def test_growing_leaves_what_was_sent_alone() -> None:
    start = {**TEXT, "citations": [CITED]}
    before = {**start, "citations": [CITED]}
    delta = {"type": "citations_delta", "citation": CITED}
    assert grown(start, delta)["citations"] == [CITED, CITED]
    assert start == before


def test_a_compaction_comes_in_one_delta() -> None:
    delta = {"type": "compaction_delta", "content": "Before: tides.", "encrypted_content": None}
    assert grown(COMPACTION, delta) == {**COMPACTION, "content": "Before: tides."}


@pytest.mark.parametrize("value", [None, 5, ["a"], {"a": "b"}, "absent"])
@pytest.mark.parametrize("kind", sorted(SAMPLES.keys() - {"compaction_delta"}))
def test_a_delta_without_its_field_breaks_the_protocol(kind: str, value: object) -> None:
    if kind == "citations_delta" and isinstance(value, dict):
        value = "a"
    fields = {} if value == "absent" else dict.fromkeys(SAMPLES[kind], value)
    for start in (FITTING[kind][0], NOVELTY):
        with pytest.raises(ProtocolError, match=kind):
            grown(start, {"type": kind, **fields})


@pytest.mark.parametrize(
    "block",
    [
        TEXT,
        THINKING,
        TOOL,
        {"type": "text"},
        {"type": "text", "text": None, "citations": None},
        {"type": "redacted_thinking", "data": "x"},
        {"type": "novelty", "text": 5, "citations": "x", "input": []},
    ],
)
def test_blocks_that_can_grow_and_blocks_that_are_unknown_are_well_formed(block: object) -> None:
    assert is_well_formed(block)


@pytest.mark.parametrize(
    "block",
    [
        *(None, 5, "text", [], {}, {"type": None}, {"type": ["text"]}),
        {"type": "text", "text": 5},
        {"type": "text", "text": "", "citations": {}},
        {"type": "thinking", "thinking": ["a"]},
        {"type": "thinking", "signature": 5},
        {"type": "server_tool_use", "input": "{}"},
    ],
)
def test_blocks_that_nothing_can_be_added_to_are_not(block: object) -> None:
    assert not is_well_formed(block)
