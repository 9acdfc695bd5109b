"""What the API answers instead of a message: a status, an `error.type` and a line that names the
field. Raised by the checks, turned into the error envelope by the server.
"""

from collections.abc import Mapping
from typing import Any

ERROR_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    408: "timeout_error",
    409: "conflict_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}
_STATUSES = {error_type: status for status, error_type in ERROR_TYPES.items()}


class Rejection(Exception):
    """One refused request. `headers` are sent beside the usual ones (`retry-after`, `allow`)."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        error_type: str | None = None,
        headers: Mapping[str, str] | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.error_type = error_type or error_type_of(status)
        self.headers = dict(headers or {})
        self.details = details

    def envelope(self, request_id: str) -> dict[str, Any]:
        """The JSON body of the error response; also an errored item of a batch."""
        error: dict[str, Any] = {"type": self.error_type, "message": self.message}
        if self.details is not None:
            error["details"] = self.details
        return {"type": "error", "error": error, "request_id": request_id}


def status_of(error_type: str) -> int:
    """The status that usually comes with an `error.type`."""
    return _STATUSES.get(error_type, 500)


def error_type_of(status: int) -> str:
    return ERROR_TYPES.get(status, "api_error" if status >= 500 else "invalid_request_error")


def invalid(path: str, message: str) -> Rejection:
    """A 400 about the field at `path`, dotted as in `messages.3.content.0.text`; "" is the body."""
    return Rejection(400, f"{path}: {message}" if path else message)
