"""Microsoft Foundry's errors: codes that are texts, and the envelope of the Messages API."""

import json

import pytest

from claude_cli.api.cloud import foundry
from claude_cli.api.retry import FREELY
from claude_cli.errors import ExitCode

ERRORS = [
    ("401", 401, ExitCode.ACCESS, "az login", False),
    ("PermissionDenied", 403, ExitCode.ACCESS, "Foundry User", False),
    ("403", 403, ExitCode.ACCESS, "Foundry User", False),
    ("DeploymentNotFound", 404, ExitCode.INPUT, "name of a deployment", False),
    ("api_not_supported", 404, ExitCode.INPUT, "--resource", False),
    ("429", 429, ExitCode.TEMPORARY, "wait", True),
    ("RequestTimeout", 408, ExitCode.TEMPORARY, "", True),
    ("InternalServerError", 500, ExitCode.TEMPORARY, "", True),
    ("BadRequest", 400, ExitCode.INPUT, "", False),
]


@pytest.mark.parametrize(("code", "status", "exit_code", "hint", "retried"), ERRORS)
def test_an_error_of_azure_is_one_of_ours(
    code: str, status: int, exit_code: ExitCode, hint: str, retried: bool
) -> None:
    told = {"error": {"code": code, "message": "why"}}
    error = foundry.read_failure(status, {}, json.dumps(told).encode())
    assert (error.code, error.status) == (exit_code, status)
    assert "why" in error.message and code in error.message
    assert hint in (error.hint or "")
    assert FREELY.statuses(error.status or 0) is retried


def test_the_envelope_of_the_messages_api_is_read_as_ever() -> None:
    told = {"type": "error", "error": {"type": "overloaded_error", "message": "busy"}}
    error = foundry.read_failure(529, {}, json.dumps(told).encode())
    assert error.code is ExitCode.TEMPORARY and "busy" in error.message
    denied = {"type": "error", "error": {"type": "authentication_error", "message": "no"}}
    assert "az login" in (foundry.read_failure(401, {}, json.dumps(denied).encode()).hint or "")


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[1]", b'{"error": 3}', b'{"error": {"code": 4}}', b'{"error": {}}']
)
def test_a_body_that_says_nothing_leaves_the_status(body: bytes) -> None:
    assert foundry.read_failure(503, {}, body).code is ExitCode.TEMPORARY
    assert foundry.read_failure(400, {}, body).code is ExitCode.INPUT
