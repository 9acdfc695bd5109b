"""What the API says went wrong → our errors: from a status, an error envelope, or both. Pure.

Envelope: `{"type": "error", "error": {"type", "message", "details"?}, "request_id"?}`, the body of
a response without success or the data of an `error` event.
"""

import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from claude_cli.errors import (
    AccessDenied,
    ClaudeCliError,
    InputError,
    ProtocolError,
    TemporaryFailure,
)
from claude_cli.models.catalog import nearest
from claude_cli.values.strict_json import EXCERPT, decode_json

STATUS_OF_TYPE = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "conflict_error": 409,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}
"""Error type → the status that it comes with where there is one. Unknown types count as 500."""

LONGEST_MESSAGE = 2000
"""Characters of the API's own message that are repeated."""

SPEND_LIMITS = frozenset({"enforced_spend_limit_reached", "contract_spend_limit_reached"})
"""Error codes of a 429 that no waiting mends."""

NO_MONEY = re.compile(
    r"credit balance is too low|reached your specified [\w ]{0,40}usage limit", re.IGNORECASE
)
"""What a 400 says that is about money: no code and no type tells it from a bad request."""

_CONTAINER_GONE = re.compile(
    r"^(?!.*\bskill).*\bcontainer\b.*\b(expired|not found|does not exist|no longer)\b",
    re.IGNORECASE | re.DOTALL,
)

_REJECTIONS = frozenset({400, 404, 413, 422})
_DENIALS = frozenset({401, 402, 403})
_PASSING = frozenset({408, 409, 424, 429, 499})
"""Of those below 500; 424 says that the model failed, 499 that somebody on the way gave up."""

_HINTS = {
    401: "check the key: claude-cli auth status",
    402: "the account's billing is in the Console, under Settings",
    403: "does the key's workspace allow this, and is the API offered where you are?",
    413: "the API takes 32 MB a request: attach less, or use claude-cli files upload",
    429: "too many requests or tokens a minute: wait, then try again",
    529: "the API is overloaded, whoever asks: try again in a few minutes",
}
_MODEL_HINT = "see which models the key may use: claude-cli models list"
_ADDRESS_HINT = "is that the base URL of an Anthropic API?"
_STREAM_HINT = "--no-stream asks for the whole answer in one piece"
_SPEND_HINT = "waiting does not help: the limit is in the Console, under Settings"


class SpendLimitReached(AccessDenied):
    """A 429 for money rather than for speed: trying again is of no use."""


class AskedToWait(TemporaryFailure):
    """The server asks for a longer wait than ours: the next request would be told the same."""

    def __init__(self, error: ClaudeCliError, seconds: float) -> None:
        super().__init__(
            f"{error.message} (the server asks to wait {seconds:.0f} s: longer than we wait)",
            hint=error.hint,
            request_id=error.request_id,
            status=error.status,
        )


class NotCounted(InputError):
    """The server does not count the tokens of this model, or not by this id."""


def from_envelope(status: int | None, body: object) -> ClaudeCliError:
    """Return the error that `body` stands for, to be raised.

    `status` is None for an event in a stream: the error's type decides then, otherwise the status
    does. `body` is the JSON value, or the bytes or text of what should be JSON; where it is no
    envelope, this is `from_status`.
    """
    document = _document(body)
    kind, message, code = _facts(document)
    request_id = _text(document, "request_id")
    if kind is None and message is None:
        return from_status(status, _plain_text(body), request_id)
    meaning = STATUS_OF_TYPE.get(kind or "", 500) if status is None else status
    judged = 402 if meaning == 400 and NO_MONEY.search(message or "") else meaning
    label = " ".join(str(part) for part in (status, kind) if part is not None)
    return _error_class(judged, code)(
        ": ".join(part for part in (label, message) if part)[:LONGEST_MESSAGE],
        hint=_hint(judged, code, message or ""),
        request_id=request_id,
        status=meaning,
    )


def from_status(
    status: int | None, text: str = "", request_id: str | None = None
) -> ClaudeCliError:
    """Return the error of a response that tells no more than `status`, or of an event (None).

    The start of `text` is shown unless it is HTML, which only a browser can make sense of.
    """
    meaning = 500 if status is None else status
    excerpt = "" if text.lstrip().startswith("<") else " ".join(text.split())[:EXCERPT]
    what = f"answered {status} {_phrase(status)}".rstrip() if status else "ended with an error"
    return _error_class(meaning)(
        f"the server {what}" + (f": {excerpt}" if excerpt else ""),
        hint=_ADDRESS_HINT if status == 404 else _hint(meaning),
        request_id=request_id,
        status=meaning,
    )


def name_betas(error: ClaudeCliError, betas: Sequence[str]) -> ClaudeCliError:
    """Say which betas a request had that was refused for one of them, unnamed by the server."""
    if betas and "invalid beta flag" in error.message.lower():
        error.hint = f"this model does not take one of: {', '.join(betas)}"
    return error


def is_error(document: Any) -> bool:
    """Whether a JSON value tells of an error; the envelopes of gateways may lack their type."""
    if not isinstance(document, dict):
        return False
    if document.get("type") == "error":
        return True
    error = document.get("error")
    return bool(error) and ("type" not in document or isinstance(error, dict))


def is_spend_limit(error: ClaudeCliError) -> bool:
    """Whether `error` says that the money of the month is spent."""
    return isinstance(error, SpendLimitReached)


def is_container_gone(error: ClaudeCliError) -> bool:
    """Whether a request failed, or may have failed, for a container that is there no more.

    A 400 or 404 has only its text to tell it by. Some that are a few days old are answered by a
    500, however often they are asked for.
    """
    if error.status in (400, 404):
        return bool(_CONTAINER_GONE.search(error.message))
    return error.status == 500


def _error_class(status: int, code: str | None = None) -> type[ClaudeCliError]:
    if status == 429 and code in SPEND_LIMITS:
        return SpendLimitReached
    if status in _REJECTIONS:
        return InputError
    if status in _DENIALS:
        return AccessDenied
    if status in _PASSING or 500 <= status <= 599:
        return TemporaryFailure
    return ProtocolError


def _hint(status: int, code: str | None = None, message: str = "") -> str | None:
    if status == 429 and code in SPEND_LIMITS:
        return _SPEND_HINT
    if status == 404:
        return _model_hint(message) if "model" in message.lower() else None
    if status == 400 and "cannot be combined with `stream`" in message:
        return _STREAM_HINT
    return _HINTS.get(status)


def _model_hint(message: str) -> str:
    """`message` ends in the name that the API does not know."""
    near = nearest(message.rpartition(" ")[2])
    return f"did you mean {near}? {_MODEL_HINT}" if near else _MODEL_HINT


def _facts(document: Any) -> tuple[str | None, str | None, str | None]:
    """Return type, message and error code; gateways have envelopes of their own."""
    error = document.get("error") if isinstance(document, dict) else None
    if isinstance(error, dict):
        code = _text(error.get("details"), "error_code")
        return _text(error, "type"), _text(error, "message"), code
    if isinstance(error, str):
        return None, error, None
    return None, _text(document, "message") or _text(document, "detail"), None


def _document(body: object) -> Any:
    if not isinstance(body, bytes | str):
        return body
    try:
        return decode_json(body)
    except ProtocolError:
        return None


def _plain_text(body: object) -> str:
    if isinstance(body, bytes):
        return body.decode("utf-8", "replace")
    return body if isinstance(body, str) else ""


def _text(document: Any, key: str) -> str | None:
    value = document.get(key) if isinstance(document, dict) else None
    return value if isinstance(value, str) and value else None


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
