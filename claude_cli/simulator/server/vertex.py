"""The endpoints of Vertex AI: rawPredict and streamRawPredict of a model, and of count-tokens.

A request is turned into one of the Messages API and answered as such. Source: Vertex AI, "Claude
models".
"""

import json
from dataclasses import replace
from typing import Any

from claude_cli.models.platform_ids import catalogue_id
from claude_cli.simulator.checks.headers import version_in
from claude_cli.simulator.server import messages
from claude_cli.simulator.state.account import Account
from claude_cli.simulator.wire.exchange import Received, Response, json_response
from claude_cli.simulator.wire.rejections import Rejection, invalid

STATUSES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ABORTED",
    429: "RESOURCE_EXHAUSTED",
    499: "CANCELLED",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
"""Status → Google's name of it; the model's own refusals, of 400 and 529, keep their envelope."""
COUNTER = "count-tokens"
PREDICT, STREAM = "rawPredict", "streamRawPredict"


def predict(
    account: Account, received: Received, project: str, location: str, target: str
) -> Response:
    """`target` is the last part of the path: `MODEL:rawPredict` or `MODEL:streamRawPredict`."""
    model, _, action = target.rpartition(":")
    try:
        if action not in (PREDICT, STREAM) or not model:
            raise Rejection(404, f"Not found: {received.path}")
        if model == COUNTER:
            return messages.count_tokens(account, _translated(received, None))
        translated = _translated(received, model)
        received.body = translated.body
        return messages.create(account, translated)
    except Rejection as rejection:
        if rejection.status not in STATUSES or rejection.status == 400:
            raise
        return _refusal(rejection, as_list=action == STREAM)


def _translated(received: Received, model: str | None) -> Received:
    """The request as the Messages API would have got it; a count has its `model` in the body."""
    body = received.json()
    if not isinstance(body, dict):
        raise invalid("", "the body is no object")
    version = version_in(body, own="vertex-")
    asked: dict[str, Any] = {k: v for k, v in body.items() if k != "anthropic_version"}
    if model is None:
        asked["model"] = catalogue_id(str(asked.get("model", "")))
    elif "model" in asked:
        raise invalid("model", "Extra inputs are not permitted")
    else:
        asked = {"model": catalogue_id(model), **asked}
    headers = {**received.headers, "anthropic-version": version}
    return replace(received, raw=json.dumps(asked).encode(), headers=headers)


def _refusal(rejection: Rejection, *, as_list: bool) -> Response:
    error = {
        "code": rejection.status,
        "message": rejection.message,
        "status": STATUSES[rejection.status],
    }
    response = json_response([{"error": error}] if as_list else {"error": error})
    response.status = rejection.status
    return response
