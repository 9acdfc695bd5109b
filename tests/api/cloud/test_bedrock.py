"""Bedrock's form of the API: path, body, errors by AWS's table, events out of frames."""

import base64
import json
import struct
from typing import Any
from zlib import crc32

import pytest

from claude_cli.api.cloud import bedrock
from claude_cli.api.platforms import Call
from claude_cli.errors import ExitCode, InputError, ProtocolError

BODY = {
    "model": "claude-opus-5",
    "max_tokens": 9,
    "messages": [{"role": "user", "content": "hi"}],
    "stream": True,
}
CHUNK = {":message-type": "event", ":event-type": "chunk", ":content-type": "application/json"}


def call(**fields: Any) -> Call:
    return Call("POST", "/v1/messages", {**BODY, **fields}, ["interleaved-thinking-2025-05-14"])


def frame(headers: dict[str, str], payload: bytes) -> bytes:
    block = b"".join(
        bytes([len(name)]) + name.encode() + b"\x07" + struct.pack("!H", len(text)) + text.encode()
        for name, text in headers.items()
    )
    prelude = struct.pack("!II", len(block) + len(payload) + 16, len(block))
    data = prelude + struct.pack("!I", crc32(prelude)) + block + payload
    return data + struct.pack("!I", crc32(data))


def chunk(event: Any) -> bytes:
    inner = base64.b64encode(json.dumps(event).encode()).decode()
    return frame(CHUNK, json.dumps({"bytes": inner, "p": "abc"}).encode())


def events(data: bytes) -> list[tuple[str, Any]]:
    return [(event.event, json.loads(event.data)) for event in bedrock.FrameEvents().feed(data)]


def test_model_and_stream_are_in_the_path_betas_and_version_in_the_body() -> None:
    sent = bedrock.invoke(call(), "us.anthropic.claude-opus-5")
    assert sent.path == "/model/us.anthropic.claude-opus-5/invoke-with-response-stream"
    assert sent.body == {
        "max_tokens": 9,
        "messages": BODY["messages"],
        "anthropic_version": "bedrock-2023-05-31",
        "anthropic_beta": ["interleaved-thinking-2025-05-14"],
    }
    assert sent.betas == ()
    assert bedrock.invoke(call(stream=False), "m").path == "/model/m/invoke"


def test_a_version_of_the_user_stays() -> None:
    sent: Any = bedrock.invoke(call(anthropic_version="bedrock-2026-10-21"), "m").body
    assert sent["anthropic_version"] == "bedrock-2026-10-21"


@pytest.mark.parametrize(
    ("model", "part"),
    [
        ("anthropic.claude-haiku-4-5-20251001-v1:0", "anthropic.claude-haiku-4-5-20251001-v1:0"),
        (
            "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.x",
            "arn:aws:bedrock:us-east-1:123456789012:inference-profile%2Fus.x",
        ),
    ],
)
def test_an_id_is_one_part_of_the_path(model: str, part: str) -> None:
    assert bedrock.invoke(call(), model).path == f"/model/{part}/invoke-with-response-stream"


@pytest.mark.parametrize("model", ["", ".", "..", "..;x"])
def test_an_id_that_leads_elsewhere_is_refused(model: str) -> None:
    with pytest.raises(InputError):
        bedrock.invoke(call(), model)


@pytest.mark.parametrize("content", ["hi", [{"type": "text", "text": "hi"}]])
def test_a_cache_marker_beside_the_messages_goes_to_the_last_block(content: Any) -> None:
    marker = {"type": "ephemeral"}
    messages = [{"role": "user", "content": content}]
    sent: Any = bedrock.invoke(call(cache_control=marker, messages=messages), "m").body
    assert "cache_control" not in sent
    [block] = sent["messages"][0]["content"]
    assert block == {"cache_control": marker, "type": "text", "text": "hi"}
    assert messages[0]["content"] == content, "the caller's body is left alone"


def test_what_is_counted_is_a_whole_request_in_base64() -> None:
    asked = {"model": "m", "messages": BODY["messages"]}
    sent = bedrock.count(Call("POST", "/v1/messages/count_tokens", asked), "anthropic.m")
    assert sent.path == "/model/anthropic.m/count-tokens"
    body: Any = sent.body
    inner = json.loads(base64.b64decode(body["input"]["invokeModel"]["body"]))
    assert inner["max_tokens"] == 1 and inner["anthropic_version"] == "bedrock-2023-05-31"
    assert "model" not in inner


ERRORS = [
    ("ValidationException", 400, ExitCode.INPUT, 400),
    ("ServiceQuotaExceededException", 400, ExitCode.INPUT, 400),
    ("AccessDeniedException", 403, ExitCode.ACCESS, 403),
    ("UnrecognizedClientException", 403, ExitCode.ACCESS, 401),
    ("InvalidSignatureException", 403, ExitCode.ACCESS, 401),
    ("ExpiredTokenException", 403, ExitCode.ACCESS, 401),
    ("ResourceNotFoundException", 404, ExitCode.INPUT, 404),
    ("ModelTimeoutException", 408, ExitCode.TEMPORARY, 408),
    ("ModelErrorException", 424, ExitCode.TEMPORARY, 500),
    ("ThrottlingException", 429, ExitCode.TEMPORARY, 429),
    ("ModelNotReadyException", 429, ExitCode.TEMPORARY, 529),
    ("InternalServerException", 500, ExitCode.TEMPORARY, 500),
    ("ServiceUnavailableException", 503, ExitCode.TEMPORARY, 503),
]


@pytest.mark.parametrize(("name", "status", "code", "meaning"), ERRORS)
def test_an_error_of_aws_is_one_of_ours(
    name: str, status: int, code: ExitCode, meaning: int
) -> None:
    for headers, body in (
        ({"x-amzn-errortype": f"{name}:http://x/"}, {"message": "why"}),
        ({}, {"__type": f"com.amazon#{name}", "Message": "why"}),
        ({}, {"code": name, "message": "why"}),
    ):
        error = bedrock.read_failure(status, headers, json.dumps(body).encode())
        assert (error.code, error.status) == (code, meaning)
        assert error.message == f"{name}: why"


@pytest.mark.parametrize(
    ("message", "hint"),
    [
        ("on-demand throughput isn't supported", "inference profile"),
        ("invalid beta flag", "--beta"),
    ],
)
def test_what_users_meet_first_has_its_hint(message: str, hint: str) -> None:
    for body in (
        {"message": message},
        {"type": "error", "error": {"type": "invalid_request_error", "message": message}},
    )[: 1 if "demand" in message else 2]:
        error = bedrock.read_failure(400, {}, json.dumps(body).encode())
        assert hint in (error.hint or "")


@pytest.mark.parametrize("body", [b"", b"<html>", b"[1]", b"\xff", b'{"message": 3}'])
def test_a_body_that_says_nothing_leaves_the_status(body: bytes) -> None:
    assert bedrock.read_failure(503, {}, body).code is ExitCode.TEMPORARY
    assert bedrock.read_failure(400, {}, body).code is ExitCode.INPUT


def test_frames_hold_the_events_of_the_messages_api() -> None:
    stop = {"type": "message_stop", "amazon-bedrock-invocationMetrics": {"inputTokenCount": 3}}
    data = chunk({"type": "ping"}) + chunk({"no": "type"}) + frame({}, b"") + chunk(stop)
    assert events(data) == [("ping", {"type": "ping"}), ("message_stop", stop)]


@pytest.mark.parametrize(
    ("headers", "payload", "kind"),
    [
        (
            {":message-type": "exception", ":exception-type": "throttlingException"},
            b'{"message": "slow down"}',
            "rate_limit_error",
        ),
        (
            {":message-type": "exception", ":exception-type": "validationException"},
            b'{"message": "slow down"}',
            "invalid_request_error",
        ),
        (
            {":message-type": "error", ":error-code": "X", ":error-message": "slow down"},
            b"",
            "api_error",
        ),
    ],
)
def test_an_exception_in_the_stream_is_an_error_event(
    headers: dict[str, str], payload: bytes, kind: str
) -> None:
    told = {"type": "error", "error": {"type": kind, "message": "slow down"}}
    assert events(frame(headers, payload)) == [("error", told)]


@pytest.mark.parametrize("payload", [b"{}", b'{"bytes": "%"}', b'{"bytes": 3}'])
def test_a_frame_whose_inside_is_garbage_is_a_broken_protocol(payload: bytes) -> None:
    with pytest.raises(ProtocolError):
        bedrock.FrameEvents().feed(frame(CHUNK, payload))
