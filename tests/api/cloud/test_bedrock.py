"""Bedrock's form of the API: path, body, errors by AWS's table, events out of frames."""

import base64
import json
import struct
from typing import Any
from zlib import crc32

import pytest

from claude_cli.api import failures
from claude_cli.api.cloud import bedrock
from claude_cli.api.platforms import Call
from claude_cli.api.retry import FREELY, Failure, may_retry
from claude_cli.errors import (
    AccessDenied,
    ClaudeCliError,
    ExitCode,
    InputError,
    ProtocolError,
    TemporaryFailure,
)

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


LOGIN = "aws sso login"
ERRORS = [
    ("ValidationException", 400, "invalid_request_error", InputError, "", "no"),
    ("ServiceQuotaExceededException", 400, "invalid_request_error", InputError, "quota", "no"),
    ("AccessDeniedException", 403, "permission_error", AccessDenied, "model access", "no"),
    ("UnrecognizedClientException", 403, "authentication_error", AccessDenied, LOGIN, "renewed"),
    ("InvalidSignatureException", 403, "authentication_error", AccessDenied, LOGIN, "renewed"),
    ("ExpiredTokenException", 403, "authentication_error", AccessDenied, LOGIN, "renewed"),
    ("MissingAuthenticationToken", 403, "authentication_error", AccessDenied, LOGIN, "renewed"),
    (
        "MissingAuthenticationTokenException",
        403,
        "authentication_error",
        AccessDenied,
        LOGIN,
        "renewed",
    ),
    ("SignatureDoesNotMatch", 403, "authentication_error", AccessDenied, LOGIN, "renewed"),
    ("RequestTimeTooSkewed", 403, "authentication_error", AccessDenied, "", "renewed"),
    ("ResourceNotFoundException", 404, "not_found_error", InputError, "--region", "no"),
    ("ModelTimeoutException", 408, "timeout_error", TemporaryFailure, "", "yes"),
    ("ModelErrorException", 424, "api_error", TemporaryFailure, "", "no"),
    ("ModelStreamErrorException", 424, "api_error", TemporaryFailure, "", "no"),
    ("ThrottlingException", 429, "rate_limit_error", TemporaryFailure, "wait", "yes"),
    ("ModelNotReadyException", 429, "overloaded_error", TemporaryFailure, "", "yes"),
    ("InternalServerException", 500, "api_error", TemporaryFailure, "", "yes"),
    ("ServiceUnavailableException", 503, "overloaded_error", TemporaryFailure, "", "yes"),
    ("SomethingNewException", 500, "SomethingNewException", TemporaryFailure, "", "yes"),
]
"""Name, HTTP status, type of the Messages API, class, hint, and whether it is tried again:
`renewed` once, with a new credential."""
MEANT = {"ModelNotReadyException": 529}
"""A name whose status means another one here; those of a credential mean 401."""
IN_STREAM = {
    "internalServerException": (TemporaryFailure, True),
    "modelStreamErrorException": (TemporaryFailure, True),
    "modelTimeoutException": (TemporaryFailure, True),
    "serviceUnavailableException": (TemporaryFailure, True),
    "throttlingException": (TemporaryFailure, True),
    "validationException": (InputError, False),
    "accessDeniedException": (AccessDenied, False),
    "somethingNewException": (TemporaryFailure, True),
}
"""Each exception of the stream: its class, and whether it is tried again before the first word."""


@pytest.mark.parametrize(("name", "status", "kind", "error", "hint", "retried"), ERRORS)
def test_an_error_of_aws_is_one_of_ours(
    name: str, status: int, kind: str, error: type[ClaudeCliError], hint: str, retried: str
) -> None:
    for headers, body in (
        ({"x-amzn-errortype": f"{name}:http://x/"}, {"message": "why"}),
        ({}, {"__type": f"com.amazon#{name}", "Message": "why"}),
        ({}, {"code": name, "message": "why"}),
    ):
        found = bedrock.read_failure(status, headers, json.dumps(body).encode())
        assert type(found) is error
        assert found.message == f"{name}: why"
        assert hint in (found.hint or "")
        assert found.status == MEANT.get(name, 401 if retried == "renewed" else status)
        assert may_retry(FREELY, Failure(found.status)) is (retried == "yes")
    in_stream = events(
        frame(
            {":message-type": "exception", ":exception-type": name[0].lower() + name[1:]},
            b'{"message": "why"}',
        )
    )
    expected = "api_error" if name == "SomethingNewException" else kind
    assert in_stream == [
        ("error", {"type": "error", "error": {"type": expected, "message": "why"}})
    ]


@pytest.mark.parametrize(("name", "error", "retried"), [(k, *v) for k, v in IN_STREAM.items()])
def test_an_exception_in_the_stream_is_tried_again_where_it_passes(
    name: str, error: type[ClaudeCliError], retried: bool
) -> None:
    data = frame({":message-type": "exception", ":exception-type": name}, b'{"message": "why"}')
    ((_, told),) = events(data)
    found = failures.from_envelope(None, told)
    assert type(found) is error
    assert may_retry(FREELY, Failure(found.status)) is retried


def test_a_model_without_on_demand_throughput_is_told_with_its_profiles() -> None:
    why = (
        "Invocation of model ID anthropic.claude-opus-5 with on-demand throughput isn\u2019t "
        "supported. Retry your request with the ID or ARN of an inference profile."
    )
    error = bedrock.read_failure(400, {}, json.dumps({"message": why}).encode())
    assert "-m claude-opus-5 " in (error.hint or "")
    assert "-m global.anthropic.claude-opus-5 " in (error.hint or "")


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
