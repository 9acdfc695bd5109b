"""Microsoft Foundry's own errors, beside those of the Messages API. Pure.

Azure answers `{"error": {"code": "…", "message": "…"}}`, where `code` is a text, be it a number.
Source: Microsoft Learn, "Use Claude in Microsoft Foundry"; Azure OpenAI error codes.
"""

from collections.abc import Mapping
from typing import Any

from claude_cli.api import failures
from claude_cli.errors import ClaudeCliError, ProtocolError
from claude_cli.values.strict_json import decode_json

_LOGIN = "is the key that of this --resource? Without a key, az login"
_ROLE = "the account needs the role Foundry User, or Cognitive Services User, for the resource"
HINTS = {
    "401": _LOGIN,
    "403": _ROLE,
    "DeploymentNotFound": "-m takes the name of a deployment; a new one needs some minutes",
    "PermissionDenied": _ROLE,
    "api_not_supported": "is --resource, or the base URL up to /anthropic, that of a Claude model?",
}


def read_failure(status: int, headers: Mapping[str, str], body: bytes) -> ClaudeCliError:
    """The error of a response: the envelope of the Messages API, or Azure's."""
    code, message = _azure_error(body)
    if code is None:
        error = failures.from_envelope(status, body)
    else:
        error = failures.from_envelope(status, {"error": {"type": code, "message": message}})
    error.hint = HINTS.get(code or str(status), error.hint)
    return error


def _azure_error(body: bytes) -> tuple[str | None, str]:
    try:
        document: Any = decode_json(body)
    except ProtocolError:
        return None, ""
    error = document.get("error") if isinstance(document, dict) else None
    code = error.get("code") if isinstance(error, dict) and "type" not in error else None
    message = error.get("message") if isinstance(error, dict) else None
    words = message if isinstance(message, str) and message else "no reason was given"
    return (code, words) if isinstance(code, str) and code else (None, "")
