"""An open response: what its header tells, and its body as it arrives, decompressed and capped."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Self, TypeVar
from urllib.parse import urljoin

import httpx

from claude_cli.api import failures
from claude_cli.api.address import parse
from claude_cli.api.network.failures import ConnectionLost
from claude_cli.api.network.inflate import PLAIN, Inflater
from claude_cli.api.network.watch import Watch
from claude_cli.api.observer import SILENT, Observer
from claude_cli.api.platforms import ReadFailure
from claude_cli.api.redactor import Redactor, hide_in
from claude_cli.errors import ClaudeCliError, ProtocolError, TemporaryFailure
from claude_cli.types import ResponseFacts
from claude_cli.values.strict_json import EXCERPT, decode_json

JSON_LIMIT = 64 * 1024 * 1024
ERROR_LIMIT = 1024 * 1024
"""Bytes of a whole body: of an answer, of an error."""

ERROR_PATIENCE = 10.0
"""Seconds for the body of an error, whose status says the most already."""

Error = TypeVar("Error", bound=ClaudeCliError)

REQUEST_IDS = ("request-id", "x-amzn-requestid", "apim-request-id")


class ApiResponse:
    """A response whose body is still to be read, once. Close it, or use it in a `with`."""

    def __init__(
        self,
        response: httpx.Response,
        url: str,
        watch: Watch,
        observer: Observer = SILENT,
        secrets: Sequence[str] = (),
    ) -> None:
        self._response = response
        self._url = url
        self._watch = watch
        self._observer = observer
        self._secrets = secrets
        self._redactor = Redactor(secrets)
        self.status = response.status_code
        self.received = 0
        """Bytes of the body so far, decompressed."""
        self.headers: Mapping[str, str] = response.headers
        self.content_type: str = response.headers.get("content-type", "")
        self.facts = ResponseFacts(
            request_id=next(filter(None, map(response.headers.get, REQUEST_IDS)), None),
            organization_id=response.headers.get("anthropic-organization-id"),
        )

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    @property
    def is_compressed(self) -> bool:
        """Whether the body is compressed: then a few bytes can become many."""
        return self.headers.get("content-encoding", "").strip().lower() not in PLAIN

    def chunks(self, limit: int | None = None) -> Iterator[bytes]:
        """Yield the body as it arrives, at most `limit` bytes of it after decompression.

        Raises ProtocolError beyond that and for a broken encoding, and what the network raises.
        """
        try:
            for chunk in self._inflated(limit):
                self.received += len(chunk)
                self._tell(self._redactor.feed(chunk))
                yield chunk
            self._tell(self._redactor.end())
        except ClaudeCliError as error:
            self._tell(self._redactor.end())
            self.attribute(error)
            raise

    def json(self, chunks: Iterator[bytes] | None = None) -> dict[str, Any]:
        """Read the whole body, a JSON object; `chunks` are its bytes where reading has begun.

        Raises ProtocolError when it is anything else, and the error that it tells of: a gateway may
        send one with a status of success.
        """
        body = self._whole(self.chunks(JSON_LIMIT) if chunks is None else chunks)
        try:
            value = decode_json(body)
        except ProtocolError as error:
            raise self.unexpected("JSON", body) from error
        if not isinstance(value, dict):
            raise self.unexpected("a JSON object", body)
        if failures.is_error(value):
            raise self.attribute(failures.from_envelope(None, value))
        return value

    def _whole(self, chunks: Iterator[bytes]) -> bytes:
        body = bytearray()
        for chunk in chunks:
            body += chunk
            if len(body) > JSON_LIMIT:
                text = f"the server sent more than {JSON_LIMIT >> 20} MB of JSON"
                raise self.attribute(ProtocolError(text))
        return bytes(body)

    def unexpected(self, expected: str, body: bytes) -> ProtocolError:
        """Return the failure of a success whose body is not what was expected."""
        text = " ".join(body[: 4 * EXCERPT].decode("utf-8", "replace").split())[:EXCERPT]
        what = f"{self.content_type or 'no content type'}: {text or 'nothing'}"
        return self.attribute(
            ProtocolError(
                f"the server answered {self.status} without {expected}, but with {what}",
                status=self.status,
            )
        )

    def failure(self, read: ReadFailure) -> ClaudeCliError:
        """Return the error that a response without success stands for: `read` judges its body."""
        if 300 <= self.status < 400 and "location" in self.headers:
            return self.attribute(self._redirect())
        return self.attribute(read(self.status, self.headers, self._error_body()))

    def attribute(self, error: Error) -> Error:
        """Return `error` with the id of this request, the header's before the body's, and without
        a key that a server repeated."""
        error.request_id = self.facts.request_id or error.request_id
        hide_in(error, self._secrets)
        return error

    def expect_end(self, seconds: float) -> None:
        """From now on take silence longer than `seconds` for the end."""
        self._watch.silence = min(self._watch.silence, seconds)

    def close(self) -> None:
        """Close the connection, unless all of the body was read: then it may serve again."""
        self._response.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *details: object) -> None:
        self.close()

    def _inflated(self, limit: int | None) -> Iterator[bytes]:
        inflater = Inflater(self.headers.get("content-encoding", ""), limit)
        for received in self._response.iter_raw():
            yield from inflater.feed(received)
        try:
            inflater.end()
        except TemporaryFailure as error:
            raise ConnectionLost(error.message) from error

    def _redirect(self) -> ProtocolError:
        try:
            url = urljoin(self._url, self.headers.get("location", ""))
        except ValueError:
            url = ""
        target = parse(url.partition("#")[0])
        return ProtocolError(
            f"the server redirects ({self.status}) to {target.server if target else 'nowhere'}; "
            "redirects are not followed: they could take the key to another server",
            hint="name the right server with --base-url",
            status=self.status,
        )

    def _error_body(self) -> bytes:
        """Read as much of the body as comes in time and fits."""
        body = bytearray()
        self.expect_end(ERROR_PATIENCE)
        deadline = time.monotonic() + ERROR_PATIENCE
        with suppress(ClaudeCliError):
            for chunk in self.chunks(ERROR_LIMIT):
                body += chunk
                if time.monotonic() > deadline:
                    break
        return bytes(body)

    def _tell(self, shown: bytes) -> None:
        if shown:
            self._observer.response_chunk(shown)
