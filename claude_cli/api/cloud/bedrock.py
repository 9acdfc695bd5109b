"""Amazon Bedrock's own form of the Messages API: path, body, errors, frames. Pure.

The body goes to a path with the model's id, without `model` and `stream`; betas and version are
fields of it. A stream is one of AWS event frames, each with a JSON event of the Messages API in
base64. Source: Amazon Bedrock API reference, InvokeModel, InvokeModelWithResponseStream and
CountTokens; botocore's service model.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from claude_cli.api import failures
from claude_cli.api.cloud.eventstream import Frame, FrameDecoder
from claude_cli.api.platforms import Call
from claude_cli.errors import ClaudeCliError, InputError, ProtocolError
from claude_cli.models.platform_ids import catalogue_id
from claude_cli.types import RequestBody
from claude_cli.values.sse import ServerSentEvent
from claude_cli.values.strict_json import decode_json

VERSION = "bedrock-2023-05-31"
CONTENT_TYPE = "application/vnd.amazon.eventstream"

TYPES = {
    "AccessDeniedException": (403, "permission_error"),
    "ExpiredTokenException": (401, "authentication_error"),
    "InternalServerException": (500, "api_error"),
    "InvalidSignatureException": (401, "authentication_error"),
    "MissingAuthenticationToken": (401, "authentication_error"),
    "MissingAuthenticationTokenException": (401, "authentication_error"),
    "ModelErrorException": (424, "api_error"),
    "ModelNotReadyException": (529, "overloaded_error"),
    "ModelStreamErrorException": (424, "api_error"),
    "ModelTimeoutException": (408, "timeout_error"),
    "RequestTimeTooSkewed": (401, "authentication_error"),
    "ResourceNotFoundException": (404, "not_found_error"),
    "ServiceQuotaExceededException": (400, "invalid_request_error"),
    "ServiceUnavailableException": (503, "overloaded_error"),
    "SignatureDoesNotMatch": (401, "authentication_error"),
    "ThrottlingException": (429, "rate_limit_error"),
    "UnrecognizedClientException": (401, "authentication_error"),
    "ValidationException": (400, "invalid_request_error"),
}
"""Name of an AWS error → the status that says what it means here, and the Messages API's type."""

_LOGIN = "aws sso login renews them; is the clock of this machine right?"
HINTS = {
    **{name: _LOGIN for name, (status, _) in TYPES.items() if status == 401},
    "AccessDeniedException": "model access is granted in the Bedrock console; and IAM must allow "
    "bedrock:InvokeModelWithResponseStream",
    "ResourceNotFoundException": "is the model served in this --region, and was access granted?",
    "ServiceQuotaExceededException": "the quota is raised in the Service Quotas console",
}
_ON_DEMAND = "on-demand throughput"
_NO_COUNT = "support counting tokens"
_COUNT_HINT = "Bedrock counts no tokens of this model; the usage of an answer tells them"


def invoke(call: Call, model: str) -> Call:
    """`POST /v1/messages` → the call that Bedrock takes."""
    body = call.body
    assert isinstance(body, dict), "a message is a JSON object"
    action = "invoke-with-response-stream" if body.get("stream") else "invoke"
    path = f"/model/{_path_part(model)}/{action}"
    return Call("POST", path, _invoke_body(body, call.betas))


def count(call: Call, model: str) -> Call:
    """`POST /v1/messages/count_tokens` → Bedrock's CountTokens: an InvokeModel body inside."""
    body = call.body
    assert isinstance(body, dict), "what is counted is a JSON object"
    inner = {"max_tokens": 1, **_invoke_body(body, call.betas)}
    encoded = base64.b64encode(json.dumps(inner, ensure_ascii=False).encode()).decode()
    asked = {"input": {"invokeModel": {"body": encoded}}}
    return Call("POST", f"/model/{_path_part(model)}/count-tokens", asked)


def read_failure(status: int, headers: Mapping[str, str], body: bytes) -> ClaudeCliError:
    """The error of a response: in the form of AWS, or of the Messages API."""
    document = _object(body)
    if document.get("type") == "error":
        return failures.from_envelope(status, document)
    name = headers.get("x-amzn-errortype") or document.get("code") or document.get("__type")
    message = document.get("message") or document.get("Message")
    return failure(_error_name(name), message, status)


def failure(name: str, message: object, status: int | None) -> ClaudeCliError:
    """The error that an AWS name stands for; an unknown one counts as `status`, or as 500."""
    words = message if isinstance(message, str) and message else "no reason was given"
    if _NO_COUNT in words:
        return failures.NotCounted(f"{name}: {words}"[: failures.LONGEST_MESSAGE], hint=_COUNT_HINT)
    meaning, kind = TYPES.get(name, (status or 500, name or "api_error"))
    error = failures.from_envelope(meaning, {"error": {"type": kind, "message": words}})
    error.message = f"{name or 'the server'}: {words}"[: failures.LONGEST_MESSAGE]
    error.hint = _profile_hint(words) if _ON_DEMAND in words else HINTS.get(name, error.hint)
    return error


class FrameEvents:
    """Bytes in chunks → the events that the frames hold. Raises ProtocolError for damaged ones."""

    def __init__(self) -> None:
        self._frames = FrameDecoder()

    def feed(self, chunk: bytes) -> list[ServerSentEvent]:
        events = (_event(frame) for frame in self._frames.feed(chunk))
        return [event for event in events if event is not None]

    def end(self) -> list[ServerSentEvent]:
        """Nothing is held back: a frame that was cut says nothing."""
        return []


def _event(frame: Frame) -> ServerSentEvent | None:
    kind = frame.text(":message-type")
    if kind == "exception":
        return _error_event(frame.text(":exception-type"), _object(frame.payload).get("message"))
    if kind == "error":
        return _error_event(frame.text(":error-code"), frame.text(":error-message"))
    if frame.text(":event-type") != "chunk":
        return None
    data = _inner(frame.payload)
    inner = decode_json(data)
    name = inner.get("type") if isinstance(inner, dict) else None
    return ServerSentEvent(name, data) if isinstance(name, str) else None


def _inner(payload: bytes) -> str:
    encoded = _object(payload).get("bytes")
    try:
        return base64.b64decode(encoded or "", validate=True).decode("utf-8", "replace")
    except (binascii.Error, TypeError, ValueError) as error:
        raise ProtocolError("a frame of the stream holds no base64") from error


def _error_event(name: str, message: object) -> ServerSentEvent:
    """An exception in the stream, as the `error` event that the direct API would send."""
    name = name[:1].upper() + name[1:]
    _, kind = TYPES.get(name, (500, "api_error"))
    words = message if isinstance(message, str) and message else name
    event = {"type": "error", "error": {"type": kind, "message": words}}
    return ServerSentEvent("error", json.dumps(event))


def _invoke_body(body: RequestBody, betas: object) -> RequestBody:
    kept = {key: value for key, value in body.items() if key not in ("model", "stream")}
    kept = _with_explicit_cache(kept)
    kept.setdefault("anthropic_version", VERSION)
    if names := list(betas) if isinstance(betas, list | tuple) else []:
        kept["anthropic_beta"] = names
    return kept


def _with_explicit_cache(body: RequestBody) -> RequestBody:
    """Bedrock refuses `cache_control` beside `messages`: it goes to the last block of all."""
    body = dict(body)
    marker, messages = body.pop("cache_control", None), body.get("messages")
    if not isinstance(marker, dict) or not isinstance(messages, list) or not messages:
        return body
    *others, last = messages
    content = last.get("content") if isinstance(last, dict) else None
    if isinstance(content, str):
        content = [{"type": "text", "text": content}]
    if isinstance(content, list) and content and isinstance(content[-1], dict):
        marked = [*content[:-1], {"cache_control": marker, **content[-1]}]
        body["messages"] = [*others, {**last, "content": marked}]
    return body


def _path_part(model: str) -> str:
    """A model's id in a path. Raises InputError for one that would lead to another path."""
    if model.partition(";")[0] in ("", ".", ".."):
        raise InputError(f"not the id of a model: {model!r}")
    return quote(model, safe=":;")


def _error_name(code: object) -> str:
    """`ns#ThrottlingException:https://…` → `ThrottlingException`."""
    text = code if isinstance(code, str) else ""
    name = text.partition(":")[0].rpartition("#")[2].strip()
    return name if re.fullmatch(r"[A-Za-z]\w{0,80}", name) else ""


def _object(raw: bytes) -> dict[str, Any]:
    try:
        document = decode_json(raw)
    except ProtocolError:
        return {}
    return document if isinstance(document, dict) else {}


def _profile_hint(message: str) -> str:
    """A model is served through inference profiles alone; its own id is in the message."""
    found = re.search(r"\banthropic\.[\w.:-]*\w", message)
    model = found[0] if found else "anthropic.…"
    return (
        f"use an inference profile: -m {catalogue_id(model)} takes that of the region, "
        f"-m global.{model} the global one"
    )
