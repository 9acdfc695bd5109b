"""`simulator`: a process that says where it listens, serves others, and ends on a signal."""

import json
import signal
import subprocess
import time
from pathlib import Path

import httpx
import pytest

from tests.conftest import Run, Spawn


def started(process: "subprocess.Popen[bytes]") -> str:
    """The base URL, the first line of stdout."""
    assert process.stdout is not None
    return process.stdout.readline().decode().strip()


def ended(process: "subprocess.Popen[bytes]", signum: signal.Signals) -> tuple[int, bytes, bytes]:
    process.send_signal(signum)
    out, err = process.communicate(timeout=30)
    return process.returncode, out, err


def test_it_prints_its_base_url_serves_another_process_and_ends_on_ctrl_c(
    spawn: Spawn, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = spawn("simulator")
    url = started(server)
    assert url.startswith("http://127.0.0.1:")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", url)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-x")
    out, err = spawn("ask", "what is a river?").communicate(timeout=30)
    assert b"what is a river?" in out
    assert err == b""
    code, rest, log = ended(server, signal.SIGINT)
    assert (code, rest) == (-signal.SIGINT, b"")
    assert log == b"POST /v1/messages 200\n"


def logged(spawn: Spawn, headers: dict[str, str], *flags: str) -> str:
    """What a simulator says of one request with no `max_tokens`, and of one that streams."""
    server = spawn("simulator", *flags)
    url = f"{started(server)}/v1/messages"
    headers = {"x-api-key": "sk-ant-secret", "anthropic-version": "2023-06-01", **headers}
    body = {"model": "claude-sonnet-4-6", "messages": [{"role": "user", "content": "a river"}]}
    httpx.post(url, json=body, headers=headers)
    httpx.post(url, json=body | {"max_tokens": 9, "stream": True}, headers=headers)
    return ended(server, signal.SIGTERM)[2].decode()


def test_it_tells_what_it_refused_and_betas_that_it_does_not_know(spawn: Spawn) -> None:
    log = logged(spawn, {"anthropic-beta": "make-it-good,compact-2026-01-12"})
    unknown = "the beta make-it-good is not known here: it changes nothing\n"
    assert log == (
        "POST /v1/messages 400 invalid_request_error: max_tokens: Field required\n"
        f"{unknown}POST /v1/messages 200\n{unknown}"
    )


def test_verbose_shows_headers_and_debug_bodies_too_and_none_the_key(spawn: Spawn) -> None:
    verbose, debug = (logged(spawn, {}, flag) for flag in ("-v", "--debug"))
    for log in (verbose, debug):
        assert "> x-api-key: [redacted]\n" in log
        assert "< 400 Bad Request\n" in log
        assert "< request-id: req_" in log
        assert "sk-ant-secret" not in log
    assert '"a river"' not in verbose
    assert '"a river"' in debug
    assert "< event: message_start\n" in debug


def test_a_web_page_cannot_use_it(spawn: Spawn) -> None:
    server = spawn("simulator")
    url = f"{started(server)}/v1/models"
    key = {"x-api-key": "k", "anthropic-version": "2023-06-01"}
    own, port = url.partition("/v1")[0], url.split(":")[2].partition("/")[0]
    for headers, status in (
        ({}, 200),
        ({"origin": own}, 200),
        ({"host": f"localhost:{port}"}, 200),
        ({"host": "rebound.example.com"}, 403),
        ({"host": "[::1"}, 403),
        ({"origin": "https://example.com"}, 403),
        ({"origin": "http://localhost:3000"}, 403),
        ({"origin": "null"}, 403),
    ):
        assert httpx.get(url, headers=key | headers).status_code == status, headers
    ended(server, signal.SIGTERM)


def test_a_second_one_on_the_same_port_is_wrong_usage(spawn: Spawn, run: Run) -> None:
    server = spawn("simulator")
    port = started(server).rpartition(":")[2]
    ran = run("simulator", "--port", port)
    assert ran.code == 2
    assert f"127.0.0.1:{port}: " in ran.stderr and "Errno" not in ran.stderr
    assert ended(server, signal.SIGTERM)[0] == -signal.SIGTERM
    again = spawn("simulator", "--port", port)
    assert started(again).endswith(f":{port}")


def test_script_latency_and_faults_are_served(
    spawn: Spawn, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("script.jsonl").write_text('{"text": "one"}\n{"text": "two"}\n')
    flags = ["--script", "script.jsonl", "--fault", "529x1", "--latency", "150"]
    monkeypatch.setenv("ANTHROPIC_BASE_URL", started(spawn("simulator", *flags)))
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-x")
    assert run("ask", "hi", "--retries", "0").code == 75
    began = time.monotonic()
    assert [run("ask", "hi").text for _ in range(2)] == ["one\n", "two\n"]
    assert time.monotonic() - began > 0.3


def test_quiet_keeps_the_requests_to_itself(
    spawn: Spawn, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = spawn("simulator", "-q")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", started(server))
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-x")
    assert run("ask", "hi").code == 0
    assert ended(server, signal.SIGTERM) == (-signal.SIGTERM, b"", b"")


def test_tokens_per_second_make_it_slow(
    spawn: Spawn, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(
        "ANTHROPIC_BASE_URL", started(spawn("simulator", "--tokens-per-second", "80"))
    )
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-x")
    ran = run("ask", "hi", "--format", "json")
    least = ran.json["usage"]["output_tokens"] / 80 / 2
    assert ran.json["claude_cli"]["seconds"] > least


@pytest.mark.parametrize(
    ("flags", "code", "named"),
    [
        (["--port", "99999999"], 2, "port"),
        (["--fault", "earthquake"], 2, "earthquake"),
        (["--script", "missing.jsonl"], 66, "missing.jsonl"),
        (["--script", "bad.jsonl"], 65, "bad.jsonl:2"),
        (["--latency", "-1"], 2, "latency"),
        (["--tokens-per-second", "0"], 2, "tokens-per-second"),
        (["--replay", "c.jsonl", "--script", "bad.jsonl"], 2, "hint: leave one out"),
    ],
)
def test_what_cannot_be_served_is_told(run: Run, flags: list[str], code: int, named: str) -> None:
    Path("bad.jsonl").write_text(json.dumps({"text": "fine"}) + '\n{"words": 1}\n')
    ran = run("simulator", *flags)
    assert (ran.code, ran.stdout) == (code, b"")
    assert named in ran.stderr
