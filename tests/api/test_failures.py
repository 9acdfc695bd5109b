"""What the API says went wrong, as an error with exit code, message, request id and next step."""

import json
from typing import Any

import pytest

from claude_cli.api.failures import (
    STATUS_OF_TYPE,
    from_envelope,
    from_status,
    is_container_gone,
    is_spend_limit,
)
from claude_cli.errors import ClaudeCliError, ExitCode

HTML = b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"


def envelope(kind: str, message: str = "No.", **more: Any) -> dict[str, Any]:
    return {"type": "error", "error": {"type": kind, "message": message, **more}}


@pytest.mark.parametrize(
    ("statuses", "code"),
    [
        ([400, 404, 413, 422], ExitCode.INPUT),
        ([401, 402, 403], ExitCode.ACCESS),
        ([408, 409, 424, 429, 499, 500, 501, 502, 503, 504, 529, 599], ExitCode.TEMPORARY),
        ([100, 204, 302, 304, 405, 418, 431, 600, 999], ExitCode.PROTOCOL),
    ],
    ids=lambda value: value.name if isinstance(value, ExitCode) else "",
)
def test_the_status_decides_on_the_exit_code(statuses: list[int], code: ExitCode) -> None:
    for status in statuses:
        for error in (from_status(status), from_envelope(status, envelope("some_error"))):
            assert error.code is code
            assert error.status == status
            assert str(status) in error.message


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("invalid_request_error", 400, ExitCode.INPUT),
        ("authentication_error", 401, ExitCode.ACCESS),
        ("billing_error", 402, ExitCode.ACCESS),
        ("permission_error", 403, ExitCode.ACCESS),
        ("not_found_error", 404, ExitCode.INPUT),
        ("conflict_error", 409, ExitCode.TEMPORARY),
        ("request_too_large", 413, ExitCode.INPUT),
        ("rate_limit_error", 429, ExitCode.TEMPORARY),
        ("api_error", 500, ExitCode.TEMPORARY),
        ("timeout_error", 504, ExitCode.TEMPORARY),
        ("overloaded_error", 529, ExitCode.TEMPORARY),
        ("error_of_tomorrow", 500, ExitCode.TEMPORARY),
    ],
)
def test_in_a_stream_the_type_decides(kind: str, status: int, code: ExitCode) -> None:
    error = from_envelope(None, envelope(kind))
    assert (error.code, error.status) == (code, status)
    assert error.message == f"{kind}: No."


def test_every_type_means_the_same_in_a_stream_as_with_its_status() -> None:
    for kind, status in STATUS_OF_TYPE.items():
        in_stream, in_response = (from_envelope(s, envelope(kind)) for s in (None, status))
        assert (in_stream.code, in_stream.hint) == (in_response.code, in_response.hint)


def test_the_status_outranks_the_type() -> None:
    error = from_envelope(401, envelope("overloaded_error"))
    assert error.code is ExitCode.ACCESS
    assert error.message == "401 overloaded_error: No."


@pytest.mark.parametrize("as_sent", [json.dumps, lambda body: json.dumps(body).encode()])
def test_the_body_may_be_json_that_was_not_decoded_yet(as_sent: Any) -> None:
    body = envelope("not_found_error", "model: claude-nope") | {"request_id": "req_1"}
    error = from_envelope(404, as_sent(body))
    assert error.message == "404 not_found_error: model: claude-nope"
    assert error.request_id == "req_1"


def test_a_request_id_is_a_text() -> None:
    body = envelope("api_error") | {"request_id": "req_body"}
    assert from_envelope(500, body).request_id == "req_body"
    assert from_envelope(500, body | {"request_id": 7}).request_id is None


@pytest.mark.parametrize(
    ("error", "part"),
    [
        (from_envelope(401, envelope("authentication_error")), "claude-cli auth status"),
        (from_envelope(402, envelope("billing_error")), "Console"),
        (from_envelope(403, envelope("permission_error")), "workspace"),
        (from_envelope(404, envelope("not_found_error", "model: x")), "claude-cli models list"),
        (from_envelope(413, envelope("request_too_large")), "32 MB"),
        (
            from_envelope(
                400,
                envelope("invalid_request_error", "max_tokens: 0 cannot be combined with `stream`"),
            ),
            "--no-stream",
        ),
        (from_status(413, "<html>"), "32 MB"),
        (from_status(404, "<html>"), "base URL"),
        (from_envelope(429, envelope("rate_limit_error")), "wait"),
        (from_envelope(529, envelope("overloaded_error")), "overloaded"),
        (from_envelope(None, envelope("overloaded_error")), "overloaded"),
    ],
)
def test_a_hint_names_the_next_step(error: ClaudeCliError, part: str) -> None:
    assert error.hint is not None
    assert part in error.hint


def test_there_is_no_hint_where_there_is_nothing_to_do() -> None:
    assert (
        from_envelope(400, envelope("invalid_request_error", "max_tokens: too large")).hint is None
    )
    assert from_envelope(404, envelope("not_found_error", "file: file_1")).hint is None
    assert from_status(500).hint is None


@pytest.mark.parametrize("code", ["enforced_spend_limit_reached", "contract_spend_limit_reached"])
def test_a_spend_limit_is_told_from_a_rate_limit(code: str) -> None:
    spent = from_envelope(429, envelope("rate_limit_error", details={"error_code": code}))
    assert is_spend_limit(spent)
    assert spent.code is ExitCode.ACCESS
    assert "waiting does not help" in (spent.hint or "")


@pytest.mark.parametrize(
    "message",
    [
        "Your credit balance is too low to access the Anthropic API.",
        "You have reached your specified API usage limits. You will regain access on 2026-12-01.",
        "You have reached your specified workspace API usage limits. You will regain access soon.",
    ],
)
@pytest.mark.parametrize("status", [400, None])
def test_a_bad_request_that_is_about_money_is_a_matter_of_billing(
    message: str, status: int | None
) -> None:
    error = from_envelope(status, envelope("invalid_request_error", message))
    assert error.code is ExitCode.ACCESS
    assert "billing" in (error.hint or "")


@pytest.mark.parametrize("details", [None, {}, "x", {"error_code": None}, {"error_code": ["x"]}])
def test_other_429s_are_no_spend_limit(details: object) -> None:
    body = envelope("rate_limit_error", details=details)
    assert not is_spend_limit(from_envelope(429, body))
    assert not is_spend_limit(from_status(429))


@pytest.mark.parametrize(
    "body", [HTML, HTML.decode(), b"\n <!DOCTYPE html>x", b"", "", None, [], 5]
)
def test_a_body_that_says_nothing_leaves_the_status_and_dumps_nothing(body: object) -> None:
    assert from_envelope(502, body).message == "the server answered 502 Bad Gateway"
    assert from_envelope(529, body).message == "the server answered 529"
    assert from_envelope(502, body).code is ExitCode.TEMPORARY


def test_plain_text_is_shown_on_one_line_and_cut() -> None:
    error = from_envelope(503, b"no healthy\n  upstream \xff" + b"x" * 5000)
    assert error.message.startswith(
        "the server answered 503 Service Unavailable: no healthy upstream \ufffdx"
    )
    assert len(error.message) < 260


@pytest.mark.parametrize(
    "body",
    [
        {"error": "Nope."},
        {"message": "Nope."},
        {"detail": "Nope."},
        {"error": {"message": "Nope."}},
    ],
)
def test_envelopes_of_gateways_are_understood(body: dict[str, Any]) -> None:
    assert from_envelope(400, body).message == "400: Nope."


@pytest.mark.parametrize(
    "error", [{}, None, 5, {"type": 5, "message": ["x"]}, {"type": "", "message": None}]
)
def test_an_envelope_without_words_is_still_a_failure(error: object) -> None:
    failure = from_envelope(None, {"type": "error", "error": error})
    assert failure.code is ExitCode.TEMPORARY
    assert failure.message == "the server ended with an error"


def test_an_endless_message_is_cut() -> None:
    assert len(from_envelope(400, envelope("invalid_request_error", "x" * 10**6)).message) == 2000


@pytest.mark.parametrize(
    ("status", "message", "gone"),
    [
        (400, "container: Container container_01 has expired", True),
        (404, "Container not found: container_01", True),
        (400, "the container is no longer available", True),
        (400, "container_id is required when there are pending tool uses", False),
        (400, "container.skills: skill not found: xlsx", False),
        (404, "model: nothing", False),
        (500, "Internal server error", True),
        (529, "Overloaded", False),
        (401, "container expired", False),
    ],
)
def test_a_container_that_is_gone_is_known_by_its_text(
    status: int, message: str, gone: bool
) -> None:
    body = {"type": "error", "error": {"type": "invalid_request_error", "message": message}}
    assert is_container_gone(from_envelope(status, body)) is gone
