"""Vertex AI's own form of the Messages API: path, body, errors. Pure.

Source: Vertex AI, "Claude models", rawPredict and streamRawPredict; Google Cloud API design guide,
"Errors".
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from claude_cli.api import failures
from claude_cli.api.platforms import Call
from claude_cli.errors import ClaudeCliError, InputError, ProtocolError
from claude_cli.values.strict_json import decode_json

VERSION = "vertex-2023-10-16"

MEANINGS = {
    "ABORTED": 409,
    "ALREADY_EXISTS": 409,
    "CANCELLED": 499,
    "DATA_LOSS": 500,
    "DEADLINE_EXCEEDED": 504,
    "FAILED_PRECONDITION": 400,
    "INTERNAL": 500,
    "INVALID_ARGUMENT": 400,
    "NOT_FOUND": 404,
    "OUT_OF_RANGE": 400,
    "PERMISSION_DENIED": 403,
    "RESOURCE_EXHAUSTED": 429,
    "UNAUTHENTICATED": 401,
    "UNAVAILABLE": 503,
    "UNIMPLEMENTED": 501,
    "UNKNOWN": 500,
}
"""Name of a Google error → the HTTP status that says what it means."""

HINTS = {
    "NOT_FOUND": "is the model enabled in Model Garden, and served in this --region?",
    "PERMISSION_DENIED": "the account needs roles/aiplatform.user, and the project the Vertex AI "
    "API",
    "RESOURCE_EXHAUSTED": "--region global has the most room",
    "UNAUTHENTICATED": "gcloud auth application-default login",
}


def host(region: str) -> str:
    """The host that serves a location."""
    if region == "global":
        return "aiplatform.googleapis.com"
    if region in ("us", "eu"):
        return f"aiplatform.{region}.rep.googleapis.com"
    return f"{region}-aiplatform.googleapis.com"


def predict(call: Call, folder: str, model: str) -> Call:
    """`POST /v1/messages` → the call that Vertex AI takes; `folder` is the path of the models."""
    body = call.body
    assert isinstance(body, dict), "a message is a JSON object"
    action = "streamRawPredict" if body.get("stream") else "rawPredict"
    kept = {key: value for key, value in body.items() if key != "model"}
    kept.setdefault("anthropic_version", VERSION)
    return Call("POST", f"{folder}/{_path_part(model)}:{action}", kept, call.betas)


def count(call: Call, folder: str, model: str) -> Call:
    """`POST /v1/messages/count_tokens` → the model that counts for all others."""
    body = call.body
    assert isinstance(body, dict), "what is counted is a JSON object"
    asked = {"anthropic_version": VERSION, **body, "model": model}
    return Call("POST", f"{folder}/count-tokens:rawPredict", asked, call.betas)


def models_folder(project: str, region: str) -> str:
    """The path below the base URL that holds the models of a project."""
    where = f"/projects/{quote(project, safe='')}/locations/{quote(region, safe='')}"
    return f"{where}/publishers/anthropic/models"


def read_failure(status: int, headers: Mapping[str, str], body: bytes) -> ClaudeCliError:
    """The error of a response: the envelope of the Messages API, or Google's, maybe in a list."""
    error = _google_error(body)
    if error is None:
        return failures.from_envelope(status, body)
    name = error.get("status")
    name = name if isinstance(name, str) else ""
    message = error.get("message")
    words = message if isinstance(message, str) and message else "no reason was given"
    envelope = {"error": {"type": name or "error", "message": words}}
    failure = failures.from_envelope(MEANINGS.get(name, status), envelope)
    failure.hint = HINTS.get(name, failure.hint)
    return failure


def _google_error(body: bytes) -> dict[str, Any] | None:
    try:
        document = decode_json(body)
    except ProtocolError:
        return None
    if isinstance(document, list) and len(document) == 1:
        document = document[0]
    if not isinstance(document, dict) or document.get("type") == "error":
        return None
    error = document.get("error")
    return error if isinstance(error, dict) and "status" in error else None


def _path_part(model: str) -> str:
    if not model or model in (".", ".."):
        raise InputError(f"not the id of a model: {model!r}")
    return quote(model, safe="@")
