"""CPU time of decoding a stream: ours against what a bare httpx script does with the same bytes.

Ours decodes, parses, puts in order and accumulates; the loop over `iter_lines` only parses. Each
figure is the best of several runs, taken in turns.
"""

import json
import time
from collections.abc import Callable, Iterator

import httpx

from claude_cli.api.accumulate import Accumulator
from claude_cli.api.events import Arrivals
from claude_cli.api.frames import Frames
from claude_cli.api.platforms import SERVER_SENT_EVENTS
from claude_cli.api.sse import join_halves, parse_event
from tests.bench.figures import Figure

DELTAS = 100_000
ROUNDS = 5
CHUNK = 64 * 1024
PREFIX = "data: "


def make_stream(deltas: int) -> bytes:
    """Return the stream of a text answer of `deltas` deltas, seven characters each."""
    events = [
        '{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant",'
        '"model":"claude-sonnet-4-6","content":[],"stop_reason":null,"usage":{"input_tokens":9}}}',
        '{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}',
        *(
            '{"type":"content_block_delta","index":0,'
            f'"delta":{{"type":"text_delta","text":" {number:06}"}}}}'
            for number in range(deltas)
        ),
        '{"type":"content_block_stop","index":0}',
        '{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":7}}',
        '{"type":"message_stop"}',
    ]
    return "".join(f"event: {json.loads(e)['type']}\ndata: {e}\n\n" for e in events).encode()


def pieces(stream: bytes, size: int) -> Iterator[bytes]:
    return (stream[start : start + size] for start in range(0, len(stream), size))


def events_one_by_one(stream: bytes) -> Iterator[bytes]:
    """Cut as a network does while a model writes: each event in a packet of its own."""
    return (event + b"\n\n" for event in stream.split(b"\n\n") if event)


def ours(chunks: Iterator[bytes]) -> str:
    frames = Frames()
    accumulator = Accumulator()
    for event in map(parse_event, join_halves(Arrivals(chunks, SERVER_SENT_EVENTS))):
        for ordered in frames.feed(event):
            accumulator.add(ordered)
    return accumulator.message["content"][0]["text"]


def bare_httpx(chunks: Iterator[bytes]) -> str:
    return parsed_only(iter(httpx.Response(200, content=chunks).iter_lines()))


def parsed_only(lines: Iterator[str]) -> str:
    texts = []
    for line in lines:
        if line.startswith(PREFIX):
            event = json.loads(line[len(PREFIX) :])
            if event["type"] == "content_block_delta":
                texts.append(event["delta"]["text"])
    return "".join(texts)


def cpu_seconds(work: Callable[[], str], expected: str) -> float:
    started = time.process_time()
    text = work()
    spent = time.process_time() - started
    assert text == expected
    return spent


def figures() -> Iterator[Figure]:
    stream = make_stream(DELTAS)
    yield _against_httpx("decode, 64 KB chunks", lambda: pieces(stream, CHUNK), stream)
    yield _against_httpx("decode, an event a chunk", lambda: events_one_by_one(stream), stream)


def _against_httpx(name: str, chunks: Callable[[], Iterator[bytes]], stream: bytes) -> Figure:
    expected = parsed_only(iter(stream.decode().split("\n")))
    rounds = [
        (
            cpu_seconds(lambda: ours(chunks()), expected),
            cpu_seconds(lambda: bare_httpx(chunks()), expected),
        )
        for _ in range(ROUNDS)
    ]
    best, reference = map(min, zip(*rounds, strict=True))
    return Figure(f"{name} / iter_lines + json.loads, cpu", best / reference, "×", 1.5)
