"""The official SDK as the judge: a stream adds up to the message that the SDK makes of it.

With ANTHROPIC_SDK_SOURCE, the folder of its source archive, its own fixtures are read as well.
"""

import json
import os
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_cli.api.accumulate import Accumulator
from claude_cli.api.frames import Frames
from claude_cli.api.sse import join_halves, parse_event
from claude_cli.errors import ClaudeCliError
from claude_cli.values.sse import SSEDecoder

pytest.importorskip("anthropic")

pytestmark = pytest.mark.sdk

STREAMS = sorted((Path(__file__).parents[1] / "streams").glob("*.sse"))
if "ANTHROPIC_SDK_SOURCE" in os.environ:
    SOURCE = Path(os.environ["ANTHROPIC_SDK_SOURCE"]) / "tests/lib/streaming/fixtures"
    STREAMS += sorted(SOURCE.glob("*.txt"))

COUNTS = ("input_tokens", "output_tokens", "cache_read_input_tokens", "server_tool_use")
FIELDS = ("id", "model", "role", "stop_reason", "stop_sequence", "container")

Json = dict[str, Any]


def shared(message: Json) -> Json:
    """What both can tell of a message: the SDK keeps no field that it does not know."""
    usage = message.get("usage") or {}
    return {
        **{name: message.get(name) for name in FIELDS},
        **{name: usage.get(name) for name in COUNTS},
        "content": [
            {name: value for name, value in block.items() if value is not None}
            for block in message["content"]
        ],
    }


def ours(chunks: Iterable[bytes]) -> Json | None:
    """Our message; None where the stream ends in an error or holds a call that is no JSON."""
    decoder, frames, accumulator = SSEDecoder(), Frames(), Accumulator()
    events = (event for chunk in chunks for event in decoder.feed(chunk))
    try:
        for event in join_halves(events):
            for mended in frames.feed(parse_event(event)):
                accumulator.add(mended)
    except ClaudeCliError:
        return None
    return shared(accumulator.message)  # type: ignore[arg-type]


def theirs(chunks: Iterable[bytes]) -> Json | None:
    """The SDK's message; None where it raises."""
    from anthropic._streaming import SSEDecoder as SdkDecoder
    from anthropic.lib.streaming._beta_messages import accumulate_event

    snapshot: Any = None
    buffers: dict[int, bytes] = {}
    headers: Any = {}
    try:
        for sse in SdkDecoder().iter_bytes(iter(chunks)):
            if sse.event in (None, "ping"):
                continue
            if sse.event == "error":
                return None
            event: Any = json.loads(sse.data)
            snapshot = accumulate_event(
                event=event,
                current_snapshot=snapshot,
                json_bufs=buffers,
                request_headers=headers,
            )
    except (ValueError, RuntimeError, IndexError):
        return None
    return shared(snapshot.to_dict(mode="json", warnings=False)) if snapshot else None


@pytest.mark.parametrize("path", STREAMS, ids=lambda path: path.stem)
@pytest.mark.parametrize("size", [1, 7, 1 << 20])
def test_a_recorded_stream_adds_up_as_in_the_sdk(path: Path, size: int) -> None:
    content = path.read_bytes()
    chunks = [content[at : at + size] for at in range(0, len(content), size)]
    expected = theirs(chunks)
    assert expected is None or ours(chunks) == expected


TEXT = st.text(st.characters(exclude_categories=["Cs"]))
TOKENS = st.integers(0, 10**9)
CITATION = st.builds(lambda text: {"type": "char_location", "cited_text": text}, TEXT)


def delta(kind: str, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Json]:
    return st.fixed_dictionaries({"type": st.just(kind), **fields})


DELTAS = {
    "text": delta("text_delta", text=TEXT) | delta("citations_delta", citation=CITATION),
    "thinking": delta("thinking_delta", thinking=TEXT) | delta("signature_delta", signature=TEXT),
}
BEGUN: dict[str, Json] = {
    "text": {"text": ""},
    "thinking": {"thinking": "", "signature": ""},
    "redacted_thinking": {"data": "x"},
    "tool_use": {"id": "toolu_1", "name": "clock", "input": {}},
    "server_tool_use": {"id": "srvtoolu_1", "name": "web_search", "input": {}},
}
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
)


@st.composite
def pieces_of_input(draw: st.DrawFn) -> list[Json]:
    """JSON of an input, cut anywhere into deltas; its end may be missing."""
    text = json.dumps(draw(st.dictionaries(TEXT, VALUES, max_size=3)), ensure_ascii=False)
    text = text[: draw(st.integers(0, len(text)))] if draw(st.booleans()) else text
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=4)))
    bounds = [0, *cuts, len(text)]
    pieces = [text[a:b] for a, b in pairwise(bounds)]
    return [{"type": "input_json_delta", "partial_json": piece} for piece in pieces]


@st.composite
def streams(draw: st.DrawFn) -> list[Json]:
    usage = st.fixed_dictionaries({}, optional=dict.fromkeys(COUNTS[:3], TOKENS))
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": []}
    first = {"input_tokens": draw(TOKENS), "output_tokens": 1}
    events: list[Json] = [{"type": "message_start", "message": {**message, "usage": first}}]
    for index, kind in enumerate(draw(st.lists(st.sampled_from([*BEGUN]), max_size=4))):
        block = {"type": kind, **BEGUN[kind]}
        events.append({"type": "content_block_start", "index": index, "content_block": block})
        deltas: list[Json] = []
        if kind in DELTAS:
            deltas = draw(st.lists(DELTAS[kind], max_size=4))
        elif kind.endswith("tool_use"):
            deltas = draw(pieces_of_input())
        events += [{"type": "content_block_delta", "index": index, "delta": d} for d in deltas]
        events.append({"type": "content_block_stop", "index": index})
    for _ in range(draw(st.integers(1, 2))):
        totals = {**draw(usage), "output_tokens": draw(TOKENS)}
        end: Json = {"stop_reason": draw(st.sampled_from(["end_turn", "max_tokens"]))}
        end["stop_sequence"] = draw(st.none() | TEXT)
        events.append({"type": "message_delta", "delta": end, "usage": totals})
    return [*events, {"type": "message_stop"}]


def written(events: Iterable[Json], ensure_ascii: bool) -> Iterator[bytes]:
    for event in events:
        if event["type"] == "content_block_delta" and len(event["delta"]) % 2:
            yield b'event: ping\ndata: {"type": "ping"}\n\n'
        data = json.dumps(event, ensure_ascii=ensure_ascii)
        yield f"event: {event['type']}\ndata: {data}\n\n".encode()


@given(streams(), st.booleans(), st.integers(1, 50))
def test_any_stream_adds_up_as_in_the_sdk(
    events: list[Json], ensure_ascii: bool, size: int
) -> None:
    content = b"".join(written(events, ensure_ascii))
    chunks = [content[at : at + size] for at in range(0, len(content), size)]
    assert ours(chunks) == theirs(chunks) is not None
