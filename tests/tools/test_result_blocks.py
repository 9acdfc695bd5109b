"""Lists that are content blocks, and data that only looks like it."""

import base64
import json
import struct
import zlib
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_cli.simulator.checks import block_shapes
from claude_cli.simulator.wire.rejections import Rejection
from claude_cli.tools.result_blocks import blocks_in


def refused(blocks: Iterable[Any]) -> list[tuple[Any, str]]:
    """The blocks that no result of a tool may have, as the simulator checks it, and why."""
    found = []
    for block in blocks:
        try:
            block_shapes._TOOL_RESULT_CONTENT("content", block)
        except Rejection as why:
            found.append((block, str(why)))
    return found


def png(width: int = 2, height: int = 2) -> str:
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n\0\0\0\x0d" + header + struct.pack(">I", zlib.crc32(header))
    return base64.b64encode(data).decode()


def image(data: str, media_type: str = "image/png", **more: Any) -> dict[str, Any]:
    source = {"type": "base64", "media_type": media_type, "data": data}
    return {"type": "image", "source": source, **more}


def document(source: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "document", "source": source, **more}


TEXT = {"type": "text", "text": "hi"}
PDF = {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0xLjQ="}
PLAIN = {"type": "text", "media_type": "text/plain", "data": "x"}
BLOCKS = [
    TEXT,
    image(png()),
    {"type": "image", "source": {"type": "url", "url": "https://x/a.png"}},
    {"type": "image", "source": {"type": "file", "file_id": "file_1"}},
    document(PDF, title="T", context=None, citations={"enabled": True}),
    document(PLAIN),
    document({"type": "content", "content": "words"}),
    document({"type": "content", "content": [TEXT, image(png())]}),
    {"type": "search_result", "source": "s", "title": "t", "content": [TEXT]},
    {"type": "tool_reference", "tool_name": "add"},
]


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: str(block)[:60])
def test_what_the_api_takes_is_a_block(block: dict[str, Any]) -> None:
    assert blocks_in(f" {json.dumps([block, TEXT])}\n") == [block, TEXT]
    assert refused([block]) == []


def test_a_tool_sets_no_cache_breakpoints() -> None:
    cached = {**TEXT, "cache_control": {"type": "ephemeral", "ttl": "1h"}}
    assert blocks_in(json.dumps([cached] * 5)) == [TEXT] * 5


@pytest.mark.parametrize(
    "block",
    [
        {"type": "text", "text": "Name", "width": 30, "required": True},
        {"type": "text", "text": "   "},
        {"type": "text", "text": "hi", "cache_control": "yes"},
        {"type": "text", "text": "hi", "citations": [{"type": "char_location"}]},
        {"type": "image", "source": {"src": "a.png"}},
        {"type": "image", "source": {"type": "url", "url": "a.png"}},
        {"type": "image", "source": {"type": "path", "path": "a.png"}},
        {"type": "image", "source": {"type": "file", "file_id": "a.png"}},
        image(png(), "image/jpeg"),
        image(png(), alt="a chart"),
        image("no base64!"),
        image(base64.b64encode(b"hello").decode()),
        image(png(9000, 10)),
        {"type": "image", "source": {"type": "base64", "data": png()}},
        document({"type": "text", "data": "x"}),
        document(PLAIN, title=3),
        document({"type": "content", "content": [{"type": "paragraph"}]}),
        document({"type": "content", "content": []}),
        {"type": "document", "source": "a.pdf"},
        {"type": "search_result", "source": "s", "title": "t", "content": []},
        {"type": "search_result", "source": "s", "title": "t", "content": "words"},
        {"type": "tool_use", "id": "toolu_1", "name": "x", "input": {}},
        {"type": "tool_reference", "tool_name": ""},
    ],
    ids=lambda block: str(block)[:60],
)
def test_data_that_the_api_would_refuse_is_no_block(block: dict[str, Any]) -> None:
    assert blocks_in(json.dumps([TEXT, block])) is None


@pytest.mark.parametrize(
    "output",
    [
        "[]",
        "[1, 2]",
        '[{"type": "dog", "name": "Rex"}]',
        '[{"type": "text"}]',
        '[{"type": "text", "text": ""}]',
        '[{"type": ["text"], "text": "a"}]',
        '[{"type": "image", "path": "a.png"}]',
        '[{"type": "text", "text": "a"}, 1]',
        '[{"type": "text", "text": "a", "x": NaN}]',
        '[{"type": "text", "text": "a"}',
        '{"type": "text", "text": "a"}',
        "[" * 100_000,
        "[" + "9" * 5_000 + "]",
    ],
)
def test_any_other_json_is_no_list_of_blocks(output: str) -> None:
    assert blocks_in(output) is None


def test_a_large_image_stays_whole() -> None:
    data = base64.b64encode(base64.b64decode(png()) + bytes(1_000_000)).decode()
    assert blocks_in(json.dumps([image(data)])) == [image(data)]


def test_lone_surrogates_are_replaced_in_blocks_and_pairs_are_joined() -> None:
    output = r'[{"type": "text", "text": "\ud83d \ud83d\ude00"}]'
    assert blocks_in(output) == [{"type": "text", "text": "\ufffd \U0001f600"}]


KEYS = st.sampled_from(["type", "text", "source", "data", "title", "url", "content", "media_type"])
LEAVES = st.sampled_from(["text", "image", "url", "base64", "https://x", "", "image/png", 1, None])
DATA = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner), max_leaves=9
)


@given(st.lists(st.sampled_from(BLOCKS) | st.dictionaries(KEYS, DATA), min_size=1, max_size=3))
def test_what_counts_as_blocks_is_what_the_simulator_takes(value: list[Any]) -> None:
    assert refused(blocks_in(json.dumps(value)) or []) == []
