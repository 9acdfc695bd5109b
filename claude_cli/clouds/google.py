"""Google's application-default credentials: by google-auth over our own HTTP, or by `gcloud`.

google-auth (the extra `vertex`) is imported only for Vertex AI and Claude on Google Cloud. Without
it, `gcloud auth application-default print-access-token` prints a token that holds for an hour.
"""

import time
from collections.abc import Callable, Mapping
from datetime import UTC
from importlib import import_module
from typing import Any

from claude_cli.child.run import run
from claude_cli.clouds.send import Reply, Send
from claude_cli.clouds.tokens import Token
from claude_cli.errors import (
    AccessDenied,
    ConfigError,
    ProtocolError,
    TemporaryFailure,
    Unreachable,
)

SCOPE = "https://www.googleapis.com/auth/cloud-platform"
LOGIN = "gcloud auth application-default login"
EXTRA = "pip install 'claude-cli[vertex]'"
PRINT_TOKEN = ("gcloud", "auth", "application-default", "print-access-token")
SECRETS = ("refresh_token", "client_secret")
"""What google-auth's credentials of a person hold."""
COMMAND_SECONDS = 30.0
COMMAND_TOKEN_SECONDS = 1800.0
"""A token of gcloud holds for an hour; how much of that is left it does not say."""


class Credentials:
    """The application-default credentials of this machine. Raises ConfigError for none."""

    def __init__(self, send: Send, hide: Callable[[list[str]], None] = lambda found: None) -> None:
        """`hide` is told the secrets that tokens are asked for with."""
        self._request = _Transport(send)
        self._hide = hide
        self._found: Any = None
        self.project: str | None = None
        """The project that the credentials name."""

    @property
    def quota_project(self) -> str | None:
        """The project that pays, where it is another one: for credentials of a person."""
        return getattr(self._found, "quota_project_id", None)

    @property
    def account(self) -> str | None:
        """The address of the service account or the person, where the credentials tell it."""
        names = (getattr(self._found, name, None) for name in ("service_account_email", "account"))
        return next((name for name in names if isinstance(name, str) and "@" in name), None)

    def fetch(self) -> Token:
        """A new token."""
        try:
            auth: Any = import_module("google.auth")
        except ImportError:
            return _from_gcloud()
        if self._found is None:
            self._found, self.project = _told(
                lambda: auth.default(scopes=[SCOPE], request=self._request)
            )
            secrets = (getattr(self._found, name, None) for name in SECRETS)
            self._hide([secret for secret in secrets if isinstance(secret, str) and secret])
        _told(lambda: self._found.refresh(self._request))
        expiry = self._found.expiry
        return Token(self._found.token, expiry.replace(tzinfo=UTC).timestamp() if expiry else None)


class _Transport:
    """google-auth's `Request`, on our own way out: its proxy, its certificates, its limits."""

    def __init__(self, send: Send) -> None:
        self._send = send

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        **_: Any,
    ) -> "_Response":
        data = body.encode() if isinstance(body, str) else body or b""
        try:
            return _Response(self._send(method, url, headers or {}, data, timeout or 30.0))
        except (Unreachable, TemporaryFailure) as error:  # where to look next, google-auth knows
            exceptions: Any = import_module("google.auth.exceptions")
            raise exceptions.TransportError(error.message) from error


class _Response:
    def __init__(self, reply: Reply) -> None:
        self.status, self.headers, self.data = reply


def _told(work: Callable[[], Any]) -> Any:
    """What `work` gives; google-auth's exceptions in our terms."""
    exceptions: Any = import_module("google.auth.exceptions")
    try:
        return work()
    except exceptions.DefaultCredentialsError as error:
        raise ConfigError(f"Google: {error}", hint=LOGIN) from error
    except exceptions.TransportError as error:
        raise Unreachable(f"Google: {error}") from error
    except exceptions.GoogleAuthError as error:
        if error.retryable:
            raise TemporaryFailure(f"Google: {error}") from error
        raise AccessDenied(f"Google: {error}", hint=LOGIN) from error
    except (TypeError, KeyError) as error:  # google-auth reads any 200 as an object of JSON
        raise ProtocolError("Google: the server of tokens gave none") from error


def _from_gcloud() -> Token:
    try:
        ended = run(PRINT_TOKEN, seconds=COMMAND_SECONDS)
    except (OSError, ValueError) as error:
        what = "neither google-auth nor gcloud is installed"
        raise ConfigError(what, hint=EXTRA) from error
    token = ended.stdout.strip()
    if ended.status != 0 or not token:
        why = ended.stderr.strip().splitlines() or [ended.trouble or "it printed no token"]
        raise AccessDenied(f"gcloud: {why[0]}", hint=LOGIN)
    return Token(token, time.time() + COMMAND_TOKEN_SECONDS)
