"""What a user of `ask` and `stream` meets when the network, the server or the input misbehaves.

Each test looks at the exit code, at the one line on stderr, and at what was kept.
"""

import gzip
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from claude_cli.simulator.server.server import Simulator
from tests.conftest import CANARY, Ran, Run, Spawn
from tests.controlling_terminal import ControllingTerminal
from tests.faulty_server import (
    BLOCK,
    LAST_CHUNK,
    MESSAGE_STOP,
    PING,
    START,
    STOP,
    STREAM_HEAD,
    FaultyServer,
    Script,
    Wire,
    answer,
    chunk,
    delta,
    error_response,
    event,
    json_response,
    replying,
    replying_once,
    response,
)

WORDS = "as far as it came"
OPENING = STREAM_HEAD + START + BLOCK + delta(WORDS)
MESSAGE = {"id": "msg_1", "type": "message", "role": "assistant", "content": []}
HARMFUL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Any]]:
    """Point the program at a server that runs the scripts, with the canary as its key."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", CANARY)

    @contextmanager
    def start(*scripts: Script, tls: bool = False) -> Iterator[FaultyServer]:
        with FaultyServer(*scripts, tls=tls) as server:
            monkeypatch.setenv("ANTHROPIC_BASE_URL", server.base_url)
            yield server

    yield start


Serve = Callable[..., Any]


def failed(ran: Ran, code: int, *words: str) -> list[str]:
    """Check that `ran` ended with `code` and one harmless error line that has `words`."""
    lines = ran.stderr.splitlines()
    errors = [line for line in lines if line.startswith("error: ")]
    assert (ran.code, len(errors)) == (code, 1), ran
    assert [word for word in words if word not in errors[0]] == []
    assert not HARMFUL.search(ran.stderr)
    assert "Traceback" not in ran.stderr
    assert CANARY not in ran.stderr + ran.text
    return lines


def kept(tmp_path: Path) -> list[dict[str, Any]]:
    """The user and assistant records of the one session that there is."""
    [file] = (tmp_path / "home" / "data" / "sessions").glob("*.jsonl")
    records = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    return [record for record in records if record["kind"] in ("user", "assistant")]


def partial(tmp_path: Path) -> str:
    """The text of the partial answer that was kept."""
    question, reply = kept(tmp_path)
    assert question["content"] == [{"type": "text", "text": "hi"}]
    assert reply["status"] == "partial"
    return "".join(block.get("text", "") for block in reply["message"]["content"])


# The network


def test_a_closed_port_is_tried_again_told_and_the_prompt_kept(
    monkeypatch: pytest.MonkeyPatch, run: Run, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        host = f"127.0.0.1:{listener.getsockname()[1]}"
    monkeypatch.setenv("ANTHROPIC_API_KEY", CANARY)
    ran = run("ask", "hi", "--base-url", f"http://{host}", "--retries", "1")
    lines = failed(ran, 69, host, "refused")
    [retry] = [line for line in lines if line.startswith("retrying")]
    assert re.fullmatch(r"retrying in 0\.\d s \(.*attempt 2 of 2\)", retry)
    assert [record["kind"] for record in kept(tmp_path)] == ["user"]


def test_a_name_that_does_not_resolve_is_named(monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", CANARY)
    ran = run("ask", "hi", "--base-url", "https://nowhere.invalid", "--retries", "0")
    failed(ran, 69, "nowhere.invalid")


def test_a_certificate_that_nobody_vouches_for_is_refused_once(serve: Serve, run: Run) -> None:
    with serve(replying(answer()), tls=True) as server:
        lines = failed(run("ask", "hi"), 69, "127.0.0.1")
    assert (server.connections, server.requests) == (1, [])
    assert lines[-1].startswith("hint: ") and "--ca-bundle" in lines[-1]


def test_tls_to_a_plain_port_has_a_hint_and_no_insecure_fallback(serve: Serve, run: Run) -> None:
    with serve(lambda wire: wire.send(response("400 Bad Request"))) as server:
        ran = run("ask", "hi", "--base-url", server.base_url.replace("http", "https"))
    assert failed(ran, 69)[-1].startswith("hint: ")
    assert server.connections == 1


@pytest.mark.parametrize("content", [None, b""])
def test_a_missing_or_empty_ssl_cert_file_is_named(
    monkeypatch: pytest.MonkeyPatch, run: Run, tmp_path: Path, content: bytes | None
) -> None:
    bundle = tmp_path / "bundle.pem"
    if content is not None:
        bundle.write_bytes(content)
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    monkeypatch.setenv("ANTHROPIC_API_KEY", CANARY)
    failed(run("ask", "hi", "--base-url", "https://127.0.0.1:9"), 78, "SSL_CERT_FILE", str(bundle))


def test_accept_then_silence_ends_at_the_timeout(serve: Serve, run: Run) -> None:
    with serve(Wire.hold) as server:
        failed(run("ask", "hi", "--timeout", "0.2"), 75, "silent for 0.2 s")
    assert server.connections == 1


def test_bytes_that_trickle_end_at_max_time(serve: Serve, run: Run) -> None:
    with serve(lambda wire: (wire.read_request(), wire.trickle(STREAM_HEAD * 9, 0.1))):
        started = time.monotonic()
        failed(run("ask", "hi", "--max-time", "0.4"), 75)
    assert time.monotonic() - started < 8


def test_a_flood_of_pings_ends_at_max_time(serve: Serve, run: Run, tmp_path: Path) -> None:
    def flood(wire: Wire) -> None:
        wire.read_request()
        wire.send(OPENING)
        while not wire.sleep(0.01):
            wire.send(PING)

    with serve(flood):
        failed(run("ask", "hi", "--max-time", "0.4"), 75)
    assert partial(tmp_path) == WORDS


def stall(wire: Wire) -> None:
    wire.read_request()
    wire.send(OPENING)
    wire.hold()


def reset(wire: Wire) -> None:
    wire.read_request()
    wire.send(OPENING)
    wire.sleep(0.1)
    wire.reset()


BROKEN = {
    "stalled": (stall, 75, "silent for 0.3 s"),
    "reset": (reset, 75, "broke"),
    "cut in a chunk": (replying_once(OPENING, b"40\r\nevent: "), 75, "closed the connection"),
    "ended without a stop reason": (replying_once(OPENING, LAST_CHUNK), 75, "ended before"),
    "ended by an error event": (
        replying_once(
            OPENING,
            event({"type": "error", "error": {"type": "overloaded_error", "message": "Busy"}}),
            LAST_CHUNK,
        ),
        75,
        "Busy",
    ),
    "refused by an error event": (
        replying_once(
            OPENING,
            event({"type": "error", "error": {"type": "permission_error", "message": "No"}}),
            LAST_CHUNK,
        ),
        77,
        "No",
    ),
    "malformed line": (
        replying_once(OPENING, chunk(b"data: {no json\n\n"), LAST_CHUNK),
        76,
        "{no json",
    ),
    "a piece of a call that never began": (
        replying_once(
            OPENING,
            event(
                {
                    "type": "content_block_delta",
                    "index": 7,
                    "delta": {"type": "input_json_delta", "partial_json": "{"},
                }
            ),
        ),
        76,
        "never began",
    ),
    "a block without a type": (
        replying_once(OPENING, event({"type": "content_block_start", "index": 9})),
        76,
        "content_block_start",
    ),
    "another message": (
        replying_once(
            OPENING,
            event({"type": "message_start", "message": MESSAGE | {"id": "msg_other"}}),
            LAST_CHUNK,
        ),
        76,
        "msg_other",
    ),
}


@pytest.mark.parametrize("fault", BROKEN)
@pytest.mark.parametrize("command", ["ask", "stream"])
def test_an_answer_that_breaks_is_kept_as_partial_and_never_asked_for_again(
    serve: Serve, run: Run, tmp_path: Path, command: str, fault: str
) -> None:
    script, code, words = BROKEN[fault]
    with serve(script) as server:
        ran = run(command, "hi", "--timeout", "0.3")
    failed(ran, code, words)
    assert partial(tmp_path) == WORDS
    assert (server.connections, len(server.requests)) == (1, 1)
    assert ran.text == ("" if command == "ask" else WORDS)
    assert "request id: req_1" in ran.stderr


MISPLACED = {
    "delta before its start": event(
        {"type": "content_block_delta", "index": 7, "delta": {"type": "text_delta", "text": " on"}}
    ),
    "bad index": event(
        {
            "type": "content_block_start",
            "index": 9,
            "content_block": {"type": "text", "text": " on"},
        }
    ),
    "second message_start": START + delta(" on"),
    "stop of nothing": event({"type": "content_block_stop", "index": 9}) + delta(" on"),
}


@pytest.mark.parametrize("frames", MISPLACED)
@pytest.mark.parametrize("command", ["ask", "stream"])
def test_frames_out_of_place_are_read_and_the_answer_that_is_cut_behind_them_is_kept(
    serve: Serve, run: Run, tmp_path: Path, command: str, frames: str
) -> None:
    with serve(replying_once(OPENING, MISPLACED[frames], LAST_CHUNK)) as server:
        ran = run(command, "hi")
    failed(ran, 75, "ended before the answer was complete")
    assert partial(tmp_path) == f"{WORDS} on"
    assert len(server.requests) == 1
    assert ran.text == ("" if command == "ask" else f"{WORDS} on")


@pytest.mark.parametrize("command", ["ask", "stream"])
def test_what_follows_the_end_of_an_answer_cannot_spoil_it(
    serve: Serve, run: Run, tmp_path: Path, command: str
) -> None:
    ended = OPENING + STOP + MESSAGE_STOP + chunk(b"data: [DONE]\n\n") + LAST_CHUNK
    with serve(replying(ended)):
        ran = run(command, "hi")
    assert (ran.code, ran.text, ran.stderr) == (0, f"{WORDS}\n", "")
    assert kept(tmp_path)[1]["status"] == "complete"


def test_an_answer_without_end_is_capped_and_kept_as_partial(
    serve: Serve, run: Run, tmp_path: Path
) -> None:
    piece = delta('"\n' * (1 << 19))
    with serve(replying_once(STREAM_HEAD + START + BLOCK, *[piece] * 40)):
        failed(run("ask", "hi"), 76, "an answer of more than 30 MB")
    assert len(partial(tmp_path)) >= 30 << 20


ENDLESS = {
    "pings": PING,
    "comments": chunk(b": still here\n\n"),
    "events of another kind": event({"type": "hologram_delta", "index": 0}),
    "deltas of another kind": event(
        {"type": "content_block_delta", "index": 0, "delta": {"type": "beam", "x": 1}}
    ),
}


@pytest.mark.parametrize("kind", ENDLESS)
def test_a_stream_without_end_is_given_up_and_kept_as_partial(
    serve: Serve, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr("claude_cli.api.events.LARGEST_STREAM", 1 << 16)
    flood = ENDLESS[kind] * (2 * (1 << 16) // len(ENDLESS[kind]))
    with serve(replying_once(OPENING, flood, STOP, MESSAGE_STOP, LAST_CHUNK)):
        failed(run("ask", "hi"), 76, "larger than 65536 bytes")
    assert partial(tmp_path) == WORDS


def test_a_connection_closed_before_any_reply_is_tried_again(serve: Serve, run: Run) -> None:
    with serve(Wire.read_request, replying(answer("at last"))) as server:
        ran = run("ask", "hi")
    assert (ran.code, ran.text) == (0, "at last\n")
    assert "attempt 2 of 3" in ran.stderr
    assert len(server.requests) == 2


def test_an_error_as_the_first_event_is_tried_again(serve: Serve, run: Run) -> None:
    busy = event({"type": "error", "error": {"type": "overloaded_error", "message": "Busy"}})
    with serve(replying_once(STREAM_HEAD + busy + LAST_CHUNK), replying(answer("then"))) as server:
        ran = run("ask", "hi")
    assert (ran.code, ran.text, len(server.requests)) == (0, "then\n", 2)
    assert "Busy" in ran.stderr


@pytest.mark.parametrize("status", [302, 307, 308])
def test_a_redirect_is_not_followed(serve: Serve, run: Run, status: int) -> None:
    with FaultyServer(replying(answer())) as other:
        there = response(f"{status} Elsewhere", location=f"{other.base_url}/v1/messages")
        with serve(replying(there)):
            failed(run("ask", "hi"), 76, f"redirects ({status}) to {other.base_url}; ")
    assert other.connections == 0


@pytest.mark.parametrize("header", ["retry_after", "retry_after_ms"])
def test_a_429_waits_as_long_as_the_server_says_and_says_so(
    serve: Serve, run: Run, header: str
) -> None:
    value = "1" if header == "retry_after" else "1000"
    busy = error_response("429 Slow Down", "rate_limit_error", **{header: value})
    with serve(replying_once(busy), replying(answer())):
        started = time.monotonic()
        ran = run("ask", "hi")
    assert ran.code == 0
    assert time.monotonic() - started >= 1
    assert re.match(
        r"retrying in 1\.0 s \(429 rate_limit_error: No\., attempt 2 of 3\)", ran.stderr
    )


def test_the_first_token_is_timed_at_its_own_coming(serve: Serve, spawn: Spawn) -> None:
    is_read = threading.Event()

    def slow(wire: Wire) -> None:
        wire.read_request()
        wire.send(STREAM_HEAD + START + BLOCK)
        wire.sleep(0.2)
        wire.send(delta(WORDS))
        is_read.wait(30)
        wire.sleep(0.3)
        wire.send(STOP + MESSAGE_STOP + LAST_CHUNK)

    with serve(slow):
        process = spawn("stream", "hi", "-u", "--format", "text")
        assert process.stdout is not None
        shown = os.read(process.stdout.fileno(), 100)
        is_read.set()
        rest, err = process.communicate(timeout=30)
    assert (process.returncode, shown + rest) == (0, f"{WORDS}\n".encode())
    first, speed = re.findall(r"first token ([\d.]+) s · (\d+) tokens/s", err.decode())[0]
    assert float(first) >= 0.2
    assert int(speed) <= 3, "it is one token, and its rest took 0.3 s"


def test_a_wait_of_a_day_is_told_and_not_waited(serve: Serve, run: Run) -> None:
    busy = error_response("429 Slow Down", "rate_limit_error", retry_after="99999")
    with serve(replying(busy)) as server:
        failed(run("ask", "hi"), 75, "99999 s")
    assert len(server.requests) == 1


@pytest.mark.parametrize("value", ["-1", "nan", "1e999", "Thu, 99 Foo 2020", "0"])
def test_a_retry_after_of_nonsense_or_nought_means_the_ordinary_backoff(
    serve: Serve, run: Run, value: str
) -> None:
    busy = error_response("429 Slow Down", "rate_limit_error", retry_after=value)
    with serve(replying(busy)) as server:
        started = time.monotonic()
        lines = failed(run("ask", "hi", "--retries", "1"), 75, "429")
    assert 0.3 < time.monotonic() - started < 8
    assert (len(server.requests), len([line for line in lines if "retrying" in line])) == (2, 1)


def test_a_server_that_asks_for_no_pause_at_all_is_not_flooded(serve: Serve, run: Run) -> None:
    busy = error_response("429 Slow Down", "rate_limit_error", retry_after_ms="1")
    with serve(replying(busy)) as server:
        failed(run("ask", "hi", "--retries", "1000", "--max-time", "2"), 75)
    assert len(server.requests) <= 4


def test_x_should_retry_outranks_the_status(serve: Serve, run: Run) -> None:
    final = error_response("529 Overloaded", "overloaded_error", x_should_retry="false")
    with serve(replying(final)) as server:
        failed(run("ask", "hi"), 75, "529")
    assert len(server.requests) == 1


def test_a_request_over_32_mb_is_refused_before_connecting(
    serve: Serve, run: Run, tmp_path: Path
) -> None:
    (tmp_path / "half.txt").write_bytes(b"x" * (17 << 20))
    with serve(replying(answer())) as server:
        half = f"@{tmp_path / 'half.txt'}"
        failed(run("ask", "-s", half, stdin=b"y" * (17 << 20)), 65, "MB")
    assert server.connections == 0


def test_413_is_reported_although_the_upload_breaks(serve: Serve, run: Run) -> None:
    def refuse(wire: Wire) -> None:
        wire.send(error_response("413 Too Large", "request_too_large", "Too much."))
        wire.sleep(0.1)
        wire.reset()

    with serve(refuse):
        failed(run("ask", stdin=b"x" * (8 << 20)), 65, "413", "Too much.")


def test_a_proxy_that_refuses_is_named_without_its_password(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", CANARY)
    with FaultyServer(replying_once(response("403 Forbidden"))) as proxy:
        address = f"127.0.0.1:{proxy.port}"
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:hunter22@{address}")
        ran = run("ask", "hi", "--retries", "0")
    failed(ran, 69, address)
    assert "hunter22" not in ran.stderr
    assert CANARY.encode() not in b"".join(proxy.requests)


@pytest.mark.parametrize(
    ("name", "value"),
    [("HTTPS_PROXY", "ftp://user:hunter22@x"), ("HTTPS_PROXY", "socks5://user:hunter22@x"),
     ("NO_PROXY", "[::1")],
)  # fmt: skip
def test_a_proxy_variable_that_cannot_be_used_is_named(
    run: Run, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", CANARY)
    monkeypatch.setenv("HTTPS_PROXY", "http://user:hunter22@127.0.0.1:9")
    monkeypatch.setenv(name, value)
    ran = run("ask", "hi")
    failed(ran, 78, name)
    assert "hunter22" not in ran.stderr


# The protocol

NONSENSE = {
    "HTML": response("200 OK", b"<html>Welcome to our \x9bWiFi</html>", content_type="text/html"),
    "nothing": response("200 OK", b"", content_type="application/json"),
    "no content": response("204 No Content"),
    "cut JSON": response("200 OK", b'{"type":"message","con', content_type="application/json"),
    "deep JSON": response("200 OK", b"[" * 200_000, content_type="application/json"),
    "a huge integer": response("200 OK", b"9" * 5_000, content_type="application/json"),
    "no HTTP": b"SSH-2.0-OpenSSH_9.6\r\n",
    "a status of 999": response("999 What", b"{}", content_type="application/json"),
    "a huge header": response("200 OK", b"", x_filler="x" * 200_000),
    "a negative length": b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
    "two lengths": b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nxx",
    "gzip of garbage": response(
        "200 OK", gzip.compress(b"")[:10] + b"garbage", content_encoding="gzip",
        content_type="text/event-stream",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", NONSENSE)
@pytest.mark.parametrize("command", ["ask", "stream"])
def test_an_answer_that_is_none_breaks_the_protocol(
    serve: Serve, run: Run, command: str, fault: str
) -> None:
    with serve(replying_once(NONSENSE[fault])) as server:
        ran = run(command, "hi", "--timeout", "5")
    failed(ran, 76)
    assert ran.stdout == b""
    assert len(server.requests) == 1


def test_html_is_shown_with_its_type_and_cut(serve: Serve, run: Run) -> None:
    page = response("200 OK", b"<html>\x1b[31m" + b"x" * 5_000, content_type="text/html")
    with serve(replying(page)):
        lines = failed(run("ask", "hi"), 76, "text/html", "<html>␛[31mxxx")
    assert len(lines[0]) < 400


def test_the_html_of_a_gateway_is_not_dumped(serve: Serve, run: Run) -> None:
    page = response("502 Bad Gateway", b"<html><h1>502</h1>nginx", content_type="text/html")
    with serve(replying(page)):
        ran = run("ask", "hi", "--retries", "0")
    failed(ran, 75, "502")
    assert "nginx" not in ran.stderr


def test_a_gzip_bomb_does_not_go_off(serve: Serve, run: Run) -> None:
    bomb = gzip.compress(b" " * (200 << 20), 9)
    body = response("200 OK", bomb, content_encoding="gzip", content_type="application/json")
    with serve(replying_once(body)):
        failed(run("ask", "hi"), 76, "larger than")


def test_a_line_without_end_is_capped(serve: Serve, run: Run, tmp_path: Path) -> None:
    piece = chunk(b"x" * (1 << 20))
    with serve(replying_once(OPENING, chunk(b"data: "), *[piece] * 20)):
        failed(run("ask", "hi"), 76, "16 MB")
    assert partial(tmp_path) == WORDS


def test_a_message_in_one_piece_keeps_the_order_of_its_fields(serve: Serve, run: Run) -> None:
    message = MESSAGE | {"model": "m", "stop_reason": "end_turn", "usage": None}
    with serve(replying(json_response(message))):
        shown = run("ask", "hi", "--format", "json").json
    assert [*shown] == [*message, "claude_cli"]


UNKNOWN_EVENT = {"type": "hologram_delta", "index": 0, "new": {"a": [1]}}
UNKNOWN_BLOCK = {"type": "hologram", "beam": 3}
UNKNOWN_DELTA = {"type": "content_block_delta", "index": 1, "delta": {"type": "beam", "x": 1}}
NEW_WORLD = [
    event({"type": "message_start", "message": MESSAGE | {"brand_new": 1}}),
    BLOCK,
    event(UNKNOWN_EVENT),
    delta("words"),
    event({"type": "content_block_start", "index": 1, "content_block": UNKNOWN_BLOCK}),
    event(UNKNOWN_DELTA),
    event({"type": "content_block_stop", "index": 1}),
    STOP,
    MESSAGE_STOP,
]


@pytest.mark.parametrize("command", ["ask", "stream"])
def test_what_is_unknown_is_left_out_of_the_text_and_kept_everywhere_else(
    serve: Serve, run: Run, tmp_path: Path, command: str
) -> None:
    with serve(replying(STREAM_HEAD + b"".join(NEW_WORLD) + LAST_CHUNK)):
        text = run(command, "hi", "-n")
        events = run(command, "hi", "-n", "--format", "events")
        whole = run(command, "hi", "--format", "json")
    assert (text.code, text.text) == (0, "words\n")
    shown = [json.loads(line) for line in events.text.splitlines()]
    assert [shown[2], shown[5]] == [UNKNOWN_EVENT, UNKNOWN_DELTA]
    assert (whole.json["brand_new"], whole.json["content"][1]) == (1, UNKNOWN_BLOCK)
    message = kept(tmp_path)[1]["message"]
    assert (message["brand_new"], message["content"][1]) == (1, UNKNOWN_BLOCK)


@pytest.mark.parametrize(
    "usage",
    [
        {},
        {"usage": None},
        {"usage": {"output_tokens": None}},
        {"usage": {"output_tokens": "many"}},
        {"usage": {"output_tokens": 1, "cache_creation": 5}},
    ],
)
def test_usage_that_is_missing_or_odd_is_not_available(
    serve: Serve, run: Run, usage: dict[str, Any]
) -> None:
    end = event({"type": "message_delta", "delta": {"stop_reason": "end_turn"}} | usage)
    with serve(replying(OPENING + end + MESSAGE_STOP + LAST_CHUNK)):
        ran = run("ask", "hi", "-u")
        whole = run("ask", "hi", "--format", "json")
    assert ran.code == 0
    assert "n/a" in ran.stderr
    assert whole.json["claude_cli"]["cost_usd"] is None


TEXT_DELTA = (
    b'data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"%b"}}\n\n'
)


def test_a_lone_surrogate_and_broken_utf8_become_replacement_characters(
    serve: Serve, run: Run, tmp_path: Path
) -> None:
    broken = chunk(TEXT_DELTA % rb"a\ud800b") + chunk(TEXT_DELTA % b"\xff")
    with serve(replying(STREAM_HEAD + START + BLOCK + broken + STOP + MESSAGE_STOP + LAST_CHUNK)):
        ran = run("ask", "hi")
        whole = run("ask", "hi", "-n", "--format", "json")
    assert (ran.code, ran.text) == (0, "a\ufffdb\ufffd\n")
    assert whole.json["content"][0]["text"] == "a\ufffdb\ufffd"
    assert kept(tmp_path)[1]["message"]["content"][0]["text"] == "a\ufffdb\ufffd"


# What is untrusted, on stderr

EVIL = "\x1b]52;c;aGk=\x07 \x1b[2J \x9b31m \u202e[/bold] \U000e0041 \x7f"


@pytest.mark.parametrize("status", ["400 Bad Request", "529 Overloaded"])
def test_an_api_error_is_made_harmless_with_its_request_id(
    serve: Serve, run: Run, status: str
) -> None:
    envelope = {
        "type": "error",
        "error": {"type": f"e{EVIL}", "message": f"Sorry {EVIL}\nerror: x"},
    }
    refusal = json_response(envelope | {"request_id": f"req{EVIL}"}, status)
    with serve(replying(refusal)):
        ran = run("ask", "hi", "--retries", "1")
    lines = failed(ran, 65 if status.startswith("400") else 75, "Sorry", "[/bold]", "␛]52")
    assert "\U000e0041" not in ran.stderr
    assert lines[-1].startswith("request id: req␛]52")


def test_an_error_event_is_made_harmless(serve: Serve, run: Run) -> None:
    broken = event({"type": "error", "error": {"type": "api_error", "message": f"Oh {EVIL}"}})
    with serve(replying_once(OPENING, broken, LAST_CHUNK)):
        failed(run("ask", "hi"), 75, "Oh ␛]52")


@pytest.mark.parametrize(
    "line",
    [
        ("sessions", "show", "talk"),
        ("sessions", "show", "talk", "--raw"),
        ("sessions", "search", "words"),
        ("templates", "show", "./evil.toml"),
    ],
)
def test_what_was_kept_does_not_act_on_a_terminal(
    simulator: Simulator, run: Run, line: tuple[str, ...]
) -> None:
    evil = EVIL.translate({27: None, 7: None, 127: None}) if line[0] == "templates" else EVIL
    Path("evil.toml").write_text(f'prompt = "words {evil}"')  # TOML has no C0
    simulator.enqueue(text=f"more words {EVIL}")
    assert run("ask", f"words {EVIL}", "--name", "talk").code == 0
    with ControllingTerminal(*line) as terminal:
        assert terminal.wait() == 0
    assert "words" in terminal.received and "202E" in terminal.received
    for acting in ("\x1b]52", "\x1b[2J", "\x9b", "\u202e", "\U000e0041", "\x7f"):
        assert acting not in terminal.received
    assert line[1] != "search" or not HARMFUL.search(run(*line).text.replace("\t", ""))


@pytest.mark.parametrize(
    "line",
    [
        ("files", "upload", "notes.txt"),
        ("skills", "create", "skill"),
        ("files", "download", "file_simulated_chart", f"./to{EVIL.replace('/', '')}"),
        ("sessions", "check"),
    ],
)
def test_ids_and_paths_are_printed_harmless(
    simulator: Simulator, serve: Serve, run: Run, tmp_path: Path, line: tuple[str, ...]
) -> None:
    Path("notes.txt").write_text("notes")
    Path("skill").mkdir()
    Path("skill/SKILL.md").write_text("---\nname: skill\ndescription: d\n---\n")
    sessions = tmp_path / "home" / "data" / "sessions"
    sessions.mkdir(parents=True)
    (sessions / f"a{EVIL.replace('/', '')}.jsonl").write_text('{"kind": "torn')
    if line[1] in ("upload", "create"):
        with serve(replying(json_response({"id": f"id{EVIL}", "type": "x"}))):
            ran = run(*line)
    else:
        ran = run(*line)
    assert "␛]52" in ran.text
    assert not HARMFUL.search(ran.text + ran.stderr)


def test_the_name_of_a_file_is_made_harmless(run: Run) -> None:
    for arguments in (["-a", f"no{EVIL}\n"], ["-r", f"./no{EVIL}\n"], ["-s", f"@no{EVIL}\n"]):
        failed(run("ask", "hi", "--simulate", *arguments), 66, "no")


# What is asked


def test_what_is_no_file_is_not_attached(run: Run, tmp_path: Path) -> None:
    os.mkfifo("fifo")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")
        started = time.monotonic()
        for path in ("fifo", "socket", "/dev/zero", str(tmp_path), "/proc/self/environ", "gone"):
            for flag in ("-a", "--body"):
                failed(run("ask", "hi", "--simulate", flag, path), 66, path)
    assert time.monotonic() - started < 8


def test_a_sparse_file_of_ten_gigabytes_is_refused_at_once(run: Run) -> None:
    with open("sparse.txt", "wb") as file:
        file.truncate(10 << 30)
    failed(run("ask", "hi", "--simulate", "-a", "sparse.txt"), 65, "sparse.txt")


@pytest.mark.parametrize("url", ["http://example.org/a.png", "file:///etc/passwd"])
def test_only_https_urls_can_be_attached(run: Run, url: str) -> None:
    failed(run("ask", "hi", "--simulate", "-a", url), 2, url)


def test_stdin_that_is_no_utf8_is_refused_with_the_offset(run: Run) -> None:
    failed(run("ask", "hi", "--simulate", stdin=b"ab\xffcd"), 65, "offset 2")


IN = {  # each way in for text, and what stdin is
    "-a": (["-a", "in.txt"], b""),
    "stdin": ([], None),
    "-a -": (["-a", "-"], None),
    "system": (["-s", "@in.txt"], b""),
}


@pytest.mark.parametrize("way", IN)
def test_text_in_another_encoding_gets_the_iconv_line_whichever_way_it_comes(
    run: Run, way: str
) -> None:
    arguments, stdin = IN[way]
    for data, hint in (
        ("hi\n".encode("utf-16"), "iconv -f UTF-16 -t UTF-8"),
        ("請問什麼時候出貨？".encode("big5"), "iconv -f BIG5 -t UTF-8"),
        (b"caf\xc3\xa9 caf\xe9", "iconv -f UTF-8 -t UTF-8 -c"),
    ):
        Path("in.txt").write_bytes(data)
        ran = run("ask", "--dry-run", "hi", *arguments, stdin=data if stdin is None else stdin)
        failed(ran, 65, "UTF-8 but for" if "-c" in hint else "is not UTF-8 text")
        assert hint in ran.stderr


@pytest.mark.parametrize("way", IN)
def test_lossy_takes_text_with_a_few_bad_bytes_and_says_how_many(run: Run, way: str) -> None:
    arguments, stdin = IN[way]
    data = b"caf\xc3\xa9 caf\xe9"
    Path("in.txt").write_bytes(data)
    ran = run("ask", "--dry-run", "--lossy", "hi", *arguments, stdin=data if stdin is None else b"")
    assert ran.code == 0 and "café caf\ufffd" in json.dumps(ran.json, ensure_ascii=False)
    assert "1 × U+FFFD" in ran.stderr


def test_a_file_of_a_byte_order_mark_alone_is_empty(run: Run) -> None:
    Path("in.txt").write_bytes(b"\xef\xbb\xbf")
    failed(run("ask", "hi", "--simulate", "-a", "in.txt"), 65, "in.txt is empty")


@pytest.mark.parametrize("blank", [" ", "@blank.txt", "@bom.txt"])
def test_a_blank_system_prompt_is_an_empty_one(run: Run, blank: str) -> None:
    Path("blank.txt").write_text("\n")
    Path("bom.txt").write_bytes(b"\xef\xbb\xbf\n")
    assert run("ask", "hi", "--simulate", "-n", "-s", blank).code == 0


@pytest.mark.parametrize(
    "flag",
    ["--system", "--prefill", "--stop", "--user-id", "--model", "--tool-choice", "--thinking"],
)
def test_a_flag_that_is_no_utf8_is_refused_with_the_offset(run: Run, flag: str) -> None:
    failed(run("ask", "hi", "--simulate", flag, "a\udcff"), 65, f"{flag} is not UTF-8", "offset 1")


@pytest.mark.parametrize(
    ("flag", "value"),
    [
        ("--param", "x=\udcff"),
        ("--field", "x=\udcff"),
        ("--schema", '{"\udcff": 1}'),
        ("--tool", 'web_search:{"\udcff": 1}'),
    ],
)
def test_so_is_a_part_of_one(run: Run, flag: str, value: str) -> None:
    failed(run("ask", "hi", "--simulate", flag, value), 65, f"{flag} is not UTF-8", "offset 2")


@pytest.mark.skipif(sys.platform != "linux", reason="needs a file system that takes any byte")
def test_a_path_may_hold_any_bytes(run: Run) -> None:
    name = "\udcff.txt"
    Path(name).write_text("{}")
    for flag in ("--attach", "--body", "--schema"):
        assert run("ask", "hi", "--dry-run", flag, name).code == 0
    assert run("ask", "hi", "--dry-run", "--system", f"@{name}").json["system"] == "{}"


def test_an_argument_that_the_locale_cannot_read_is_utf8_all_the_same(spawn: Spawn) -> None:
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    process = spawn("ask", "ä", "-s", "ö", "--stop", "ü", "--dry-run", env={**os.environ, **plain})
    out, _ = process.communicate(timeout=30)
    body = json.loads(out)
    assert (body["system"], body["stop_sequences"]) == ("ö", ["ü"])


TOOL = {"name": "clock", "description": "Tells.", "input_schema": {"type": "object"}}
SUBSTITUTED = {
    "-s @<(echo {})": ("system", "{}\n"),
    "--body <(echo '{\"top_k\": 3}')": ("top_k", 3),
    "--schema <(echo '{\"enum\": [1]}')": (
        "output_config",
        {"format": {"type": "json_schema", "schema": {"enum": [1]}}},
    ),
    "-t <(echo 'max-tokens = 3')": ("max_tokens", 3),
    f"-T <(echo '{json.dumps(TOOL)}')": ("tools", [TOOL]),
}


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs a shell that has <(command)")
@pytest.mark.parametrize("arguments", SUBSTITUTED)
def test_what_a_command_prints_can_be_a_file(arguments: str) -> None:
    command = f"{sys.executable} -m claude_cli ask hi --dry-run {arguments}"
    ran = subprocess.run(["bash", "-c", command], capture_output=True, timeout=30)
    key, value = SUBSTITUTED[arguments]
    assert (ran.returncode, json.loads(ran.stdout)[key]) == (0, value)


def test_endless_stdin_is_read_to_a_limit(simulator: Simulator, spawn: Spawn) -> None:
    with open("/dev/zero", "rb") as zeros:
        process = spawn("ask", "hi", stdin=zeros)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 65
    assert b"stdin" in err
    assert simulator.requests == []


# The terminal and signals


def test_a_second_interrupt_ends_at_once(
    simulator: Simulator, spawn: Spawn, tmp_path: Path
) -> None:
    """The first one waits here for the lock of the session."""
    import fcntl

    simulator.enqueue(text=WORDS)
    simulator.inject("stall")
    process = spawn("stream", "hi")
    assert process.stdout is not None
    os.read(process.stdout.fileno(), 100)
    [file] = (tmp_path / "home" / "data" / "sessions").glob("*.jsonl")
    with file.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        process.send_signal(signal.SIGINT)
        time.sleep(0.3)
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=4)
    assert process.returncode == -signal.SIGINT
    assert b"Traceback" not in err


def test_a_terminal_that_is_closed_ends_it_by_hangup_and_saves(
    simulator: Simulator, spawn: Spawn, tmp_path: Path
) -> None:
    simulator.enqueue(text=WORDS)
    simulator.inject("stall")
    ours, theirs = os.openpty()
    process = spawn(
        "stream", "hi", stdin=theirs, stdout=theirs, stderr=theirs,
        start_new_session=True, preexec_fn=lambda: _take_terminal(theirs),
    )  # fmt: skip
    os.close(theirs)
    seen = b""
    while b"came" not in seen and b"as far" not in seen:
        seen += os.read(ours, 4096)
    os.close(ours)
    process.wait(timeout=30)
    assert process.returncode == -signal.SIGHUP
    text = partial(tmp_path)
    assert text and WORDS.startswith(text)


def _take_terminal(fd: int) -> None:
    import fcntl
    import termios

    fcntl.ioctl(fd, termios.TIOCSCTTY, 0)


@pytest.mark.parametrize("arguments", [["--help"], ["ask", "-h"], ["sessions"]])
def test_help_into_a_pipe_that_nobody_reads_dies_of_sigpipe(
    spawn: Spawn, arguments: list[str]
) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    process = spawn(*arguments, stdout=writer)
    os.close(writer)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (-signal.SIGPIPE, b"")


def test_everything_unread_in_a_pipe_is_no_traceback(simulator: Simulator, spawn: Spawn) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    process: subprocess.Popen[bytes] = spawn("ask", "hi", "--format", "events", stdout=writer)
    os.close(writer)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (-signal.SIGPIPE, b"")
