"""The endpoints of Amazon Bedrock: invoke, invoke-with-response-stream, count-tokens.

A request is turned into one of the Messages API and answered as such; what is refused is told in
the form of AWS. Source: Amazon Bedrock API reference.
"""

import base64
import binascii
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from claude_cli.models.platform_ids import catalogue_id
from claude_cli.simulator.checks.headers import version_in
from claude_cli.simulator.server import messages
from claude_cli.simulator.state.account import Account
from claude_cli.simulator.wire.aws_frames import CONTENT_TYPE, framed
from claude_cli.simulator.wire.exchange import Received, Response, json_response
from claude_cli.simulator.wire.rejections import Rejection, invalid

NAMES = {
    400: "ValidationException",
    401: "UnrecognizedClientException",
    403: "AccessDeniedException",
    404: "ResourceNotFoundException",
    408: "ModelTimeoutException",
    424: "ModelErrorException",
    429: "ThrottlingException",
    500: "InternalServerException",
    503: "ServiceUnavailableException",
}
"""Status → the error that AWS names; others are an InternalServerException."""

ANSWERED_FIELDS = ("model", "stream")
"""Fields of a Messages body that Bedrock takes from the path."""


def invoke(account: Account, received: Received, model: str) -> Response:
    """The whole answer."""
    return _in_terms_of_aws(lambda: _message(account, received, model, stream=False))


def invoke_streaming(account: Account, received: Received, model: str) -> Response:
    """The answer in frames."""

    def answer() -> Response:
        response = _message(account, received, model, stream=True)
        if not isinstance(response.body, bytes):
            response.headers["content-type"] = CONTENT_TYPE
            response.headers["x-amzn-bedrock-content-type"] = "application/json"
            response.body = framed(response.body)
        return response

    return _in_terms_of_aws(answer)


def count_tokens(account: Account, received: Received, model: str) -> Response:
    """The tokens of an invoke body, which comes in base64; of a base model alone."""

    def answer() -> Response:
        if not model.startswith("anthropic."):
            raise invalid("", f"The model {model} doesn't support counting tokens")
        inner = replace(received, raw=_inner_body(received.json()))
        counted = messages.count_tokens(account, _translated(inner, model, {}))
        assert isinstance(counted.body, bytes)
        return json_response({"inputTokens": json.loads(counted.body)["input_tokens"]})

    return _in_terms_of_aws(answer)


def _message(account: Account, received: Received, model: str, *, stream: bool) -> Response:
    if model.startswith("anthropic.claude-") and "-3-" not in model:
        raise invalid(
            "",
            f"Invocation of model ID {model} with on-demand throughput isn't supported. Retry your "
            "request with the ID or ARN of an inference profile that contains this model.",
        )
    translated = _translated(received, model, {"stream": stream})
    received.body = translated.body
    return messages.create(account, translated)


def _translated(received: Received, model: str, fields: dict[str, Any]) -> Received:
    """The request as the Messages API would have got it."""
    body = received.json()
    if not isinstance(body, dict):
        raise invalid("", "the body is no object")
    for name in ANSWERED_FIELDS:
        if name in body:
            raise invalid("", f"#: extraneous key [{name}] is not permitted")
    if "cache_control" in body:
        raise invalid("", "#: extraneous key [cache_control] is not permitted")
    version = version_in(body, own="bedrock-")
    betas = body.get("anthropic_beta", [])
    asked = {k: v for k, v in body.items() if k not in ("anthropic_version", "anthropic_beta")}
    asked = {"model": catalogue_id(model), **asked, **fields}
    # a client of AWS may say nothing of the body's type: it is JSON
    json_type = {"content-type": "application/json"}
    headers = {**json_type, **received.headers, "anthropic-version": version}
    if betas:
        headers["anthropic-beta"] = ",".join(map(str, betas))
    return replace(received, raw=json.dumps(asked).encode(), headers=headers)


def _inner_body(body: Any) -> bytes:
    try:
        encoded = body["input"]["invokeModel"]["body"]
        inner = json.loads(base64.b64decode(encoded, validate=True))
        inner.pop("max_tokens")
        return json.dumps(inner).encode()
    except (KeyError, TypeError, AttributeError, ValueError, binascii.Error) as error:
        raise invalid("input", "no invokeModel body in base64") from error


def _in_terms_of_aws(answer: Callable[[], Response]) -> Response:
    try:
        return answer()
    except Rejection as rejection:
        name = NAMES.get(rejection.status, "InternalServerException")
        response = json_response({"message": rejection.message})
        response.status = rejection.status if rejection.status in NAMES else 500
        error_type = {"x-amzn-errortype": f"{name}:http://internal.amazon.com/"}
        response.headers |= error_type | rejection.headers
        return response
