"""CPU time of decoding a stream: ours against what a bare httpx script does with the same bytes.

    python -m tests.bench.stream_decode [DELTAS]

Aim: decoding, parsing and accumulating cost at most 1.5 × the loop over `iter_lines`, which only
parses. Each figure is the best of several runs, taken in turns.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator

import httpx

from claude_cli.api.accumulate import Accumulator
from claude_cli.api.sse import parse_event
from claude_cli.values.sse import SSEDecoder

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
    decoder = SSEDecoder()
    accumulator = Accumulator()
    for chunk in chunks:
        for event in decoder.feed(chunk):
            accumulator.add(parse_event(event))
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


def rows(deltas: int = 100_000) -> list[tuple[str, float, float]]:
    """Ours over the bare loop, for chunks as a fast server sends them, then one event a chunk."""
    stream = make_stream(deltas)
    expected = parsed_only(iter(stream.decode().split("\n")))

    def fastest(run: Callable[[], str]) -> float:
        return min(cpu_seconds(run, expected) for _ in range(ROUNDS))

    return [
        (
            "decode, 64 KB chunks / iter_lines + json.loads, cpu",
            fastest(lambda: ours(pieces(stream, CHUNK)))
            / fastest(lambda: bare_httpx(pieces(stream, CHUNK))),
            1.5,
        ),
        (
            "decode, an event a chunk / the same, cpu",
            fastest(lambda: ours(events_one_by_one(stream)))
            / fastest(lambda: bare_httpx(events_one_by_one(stream))),
            1.5,
        ),
    ]


def main() -> None:
    deltas = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    stream = make_stream(deltas)
    lines = stream.decode().split("\n")
    expected = parsed_only(iter(lines))
    contestants: dict[str, Callable[[], str]] = {
        "json.loads over lines split before": lambda: parsed_only(iter(lines)),
        "httpx iter_lines + json.loads, 64 KB chunks": lambda: bare_httpx(pieces(stream, CHUNK)),
        "ours, 64 KB chunks": lambda: ours(pieces(stream, CHUNK)),
        "httpx, an event a chunk": lambda: bare_httpx(events_one_by_one(stream)),
        "ours, an event a chunk": lambda: ours(events_one_by_one(stream)),
    }
    best = dict.fromkeys(contestants, float("inf"))
    for _ in range(ROUNDS):
        for name, work in contestants.items():
            best[name] = min(best[name], cpu_seconds(work, expected))
    for name, seconds in best.items():
        print(f"{name:45} {seconds:6.3f} s  {seconds / deltas * 1e6:5.2f} µs a delta")
    parts = list(best.values())
    print(
        f"ours / httpx: {parts[2] / parts[1]:.2f} in 64 KB chunks, {parts[4] / parts[3]:.2f} else"
    )


if __name__ == "__main__":
    main()
