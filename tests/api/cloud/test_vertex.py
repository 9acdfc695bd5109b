"""Vertex AI's form of the API: hosts, paths, bodies, and its three shapes of an error."""

import json
from typing import Any

import pytest

from claude_cli.api.cloud import vertex
from claude_cli.api.platforms import Call
from claude_cli.api.retry import FREELY
from claude_cli.errors import ExitCode, InputError

FOLDER = "/projects/p/locations/global/publishers/anthropic/models"


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("global", "aiplatform.googleapis.com"),
        ("us", "aiplatform.us.rep.googleapis.com"),
        ("eu", "aiplatform.eu.rep.googleapis.com"),
        ("europe-west1", "europe-west1-aiplatform.googleapis.com"),
    ],
)
def test_each_location_has_its_host(region: str, host: str) -> None:
    assert vertex.host(region) == host


def test_the_model_is_in_the_path_and_stream_stays_in_the_body() -> None:
    body = {"model": "x", "stream": True, "messages": []}
    sent = vertex.predict(Call("POST", "/v1/messages", body, ["b"]), FOLDER, "m@20250929")
    assert sent.path == f"{FOLDER}/m@20250929:streamRawPredict"
    assert sent.body == {"stream": True, "messages": [], "anthropic_version": "vertex-2023-10-16"}
    assert sent.betas == ["b"]
    whole = vertex.predict(Call("POST", "/v1/messages", {**body, "stream": False}), FOLDER, "m")
    assert whole.path == f"{FOLDER}/m:rawPredict"


def test_a_model_of_its_own_counts_for_the_others() -> None:
    sent = vertex.count(Call("POST", "/v1/messages/count_tokens", {"model": "x"}), FOLDER, "m@1")
    assert sent.path == f"{FOLDER}/count-tokens:rawPredict"
    assert sent.body == {"anthropic_version": "vertex-2023-10-16", "model": "m@1"}


def test_parts_of_a_path_are_quoted() -> None:
    assert vertex.models_folder("a/b", "x y").startswith("/projects/a%2Fb/locations/x%20y/")
    path = vertex.predict(Call("POST", "", {}), FOLDER, "m;x/y").path
    assert path == f"{FOLDER}/m%3Bx%2Fy:rawPredict"
    with pytest.raises(InputError):
        vertex.predict(Call("POST", "", {}), FOLDER, "")


HINTS = {
    "UNAUTHENTICATED": "gcloud auth application-default login",
    "PERMISSION_DENIED": "roles/aiplatform.user",
    "NOT_FOUND": "Model Garden",
    "RESOURCE_EXHAUSTED": "--region global",
}
ERRORS = [
    ("INVALID_ARGUMENT", 400, ExitCode.INPUT, 400),
    ("FAILED_PRECONDITION", 400, ExitCode.INPUT, 400),
    ("OUT_OF_RANGE", 400, ExitCode.INPUT, 400),
    ("UNAUTHENTICATED", 401, ExitCode.ACCESS, 401),
    ("PERMISSION_DENIED", 403, ExitCode.ACCESS, 403),
    ("NOT_FOUND", 404, ExitCode.INPUT, 404),
    ("ABORTED", 409, ExitCode.TEMPORARY, 409),
    ("ALREADY_EXISTS", 409, ExitCode.TEMPORARY, 409),
    ("RESOURCE_EXHAUSTED", 429, ExitCode.TEMPORARY, 429),
    ("INTERNAL", 500, ExitCode.TEMPORARY, 500),
    ("UNAVAILABLE", 503, ExitCode.TEMPORARY, 503),
    ("UNKNOWN", 500, ExitCode.TEMPORARY, 500),
    ("DATA_LOSS", 500, ExitCode.TEMPORARY, 500),
    ("DEADLINE_EXCEEDED", 504, ExitCode.TEMPORARY, 504),
    ("CANCELLED", 499, ExitCode.TEMPORARY, 499),
    ("UNIMPLEMENTED", 501, ExitCode.TEMPORARY, 501),
]


@pytest.mark.parametrize(("name", "status", "code", "meaning"), ERRORS)
def test_an_error_of_google_is_one_of_ours(
    name: str, status: int, code: ExitCode, meaning: int
) -> None:
    told: Any = {"error": {"code": status, "message": "why", "status": name, "details": []}}
    for answered, body in ((status, told), (status, [told]), (418, told)):  # the name decides
        error = vertex.read_failure(answered, {}, json.dumps(body).encode())
        assert (error.code, error.status) == (code, meaning)
        assert "why" in error.message and name in error.message
        assert HINTS.get(name, "") in (error.hint or "")
        assert FREELY.statuses(meaning) is (
            code is ExitCode.TEMPORARY and name not in ("CANCELLED", "UNIMPLEMENTED")
        )


@pytest.mark.parametrize("message", [None, 5, ["why"], ""])
def test_an_error_without_words_is_told_by_its_name(message: Any) -> None:
    told = {"error": {"message": message, "status": "INTERNAL"}}
    error = vertex.read_failure(500, {}, json.dumps(told).encode())
    assert error.message.endswith("INTERNAL: no reason was given")


def test_the_envelope_of_the_messages_api_is_read_as_ever() -> None:
    told = {"type": "error", "error": {"type": "overloaded_error", "message": "x"}}
    assert vertex.read_failure(529, {}, json.dumps(told).encode()).code is ExitCode.TEMPORARY
    assert vertex.read_failure(404, {}, b"<html>").code is ExitCode.INPUT
