"""Exchanges heard as they pass, for a cassette: requests as they are sent, responses as they come.

It stands before the network. While it listens, answers are asked for uncompressed.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from typing import Protocol

import httpx

from claude_cli.api.address import path_below
from claude_cli.api.network.inflate import Inflater
from claude_cli.api.redactor import Redactor, redacted
from claude_cli.cassette.canonical import BodyReader, canonical_path
from claude_cli.cassette.exchange import Chunk, Request, Response
from claude_cli.errors import CannotWrite, ClaudeCliError
from claude_cli.values.secrecy import is_long, named_secrets

LARGEST_ANSWER = 32 * 1024 * 1024
"""Bytes of a body that is kept: it is in memory until the exchange is over."""


class Tape(Protocol):
    """What takes the exchanges; called from whichever thread makes them. Raises nothing."""

    def write(self, request: Request, response: Response) -> None: ...

    def give_up(self, error: ClaudeCliError) -> None:
        """Something cannot be recorded."""


class RecordingTransport(httpx.BaseTransport):
    """Sends through `network` and gives each exchange to `tape` as soon as it is over."""

    def __init__(self, network: httpx.BaseTransport, base_url: str, tape: Tape) -> None:
        self._network = network
        self._base_url = base_url
        self._tape = tape

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        body = BodyReader(request.headers.get("content-type", ""))
        begun = time.monotonic()
        request.headers["accept-encoding"] = "identity"
        request.stream = _Upload(request.stream, body.feed)
        response = self._network.handle_request(request)
        secrets = named_secrets(request.headers.multi_items())
        asked = Request(
            request.method,
            canonical_path(path_below(self._base_url, request.url.raw_path.decode())),
            body.value(secrets),
            dict(request.headers),
        )
        secrets += filter(is_long, body.secrets)
        answer = _Answer(self._tape, asked, response, secrets, begun)
        return httpx.Response(
            response.status_code,
            headers=response.headers,
            stream=answer,
            extensions=response.extensions,
        )

    def close(self) -> None:
        self._network.close()


class _Upload(httpx.SyncByteStream):
    """The body of a request, heard as it passes."""

    def __init__(self, stream: object, hear: Callable[[bytes], None]) -> None:
        self._stream = stream
        self._hear = hear

    def __iter__(self) -> Iterator[bytes]:
        assert isinstance(self._stream, Iterable)
        for piece in self._stream:
            self._hear(piece)
            yield piece


class _Answer(httpx.SyncByteStream):
    """The body of a response; once it is closed the exchange is written."""

    def __init__(
        self,
        tape: Tape,
        asked: Request,
        response: httpx.Response,
        secrets: list[str],
        begun: float,
    ) -> None:
        self._tape = tape
        self._asked = asked
        self._response = response
        self._redactor = Redactor(secrets)
        self._hide = partial(redacted, secrets=secrets)
        self._begun = begun
        self._chunks: list[Chunk] = []
        self._size = 0
        self._whole = False
        self._inflater: Inflater | None = None
        with suppress(ClaudeCliError):  # who reads the answer meets it too
            self._inflater = Inflater(response.headers.get("content-encoding", ""), None)

    def __iter__(self) -> Iterator[bytes]:
        assert isinstance(self._response.stream, httpx.SyncByteStream)
        for data in self._response.stream:
            with suppress(ClaudeCliError):
                for piece in self._inflater.feed(data) if self._inflater else ():
                    self._hear(piece)
            yield data
        self._whole = True

    def close(self) -> None:
        self._response.close()
        tape, self._tape = self._tape, _Nothing()
        if self._size > LARGEST_ANSWER:
            tape.give_up(CannotWrite(f"an answer is larger than {LARGEST_ANSWER >> 20} MB"))
            return
        self._keep(self._redactor.end())
        headers = {name: self._hide(value) for name, value in self._response.headers.items()}
        chunks, status = tuple(self._chunks), self._response.status_code
        tape.write(self._asked, Response(status, headers, chunks, not self._whole))

    def _hear(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size <= LARGEST_ANSWER:
            self._keep(self._redactor.feed(piece))

    def _keep(self, piece: bytes) -> None:
        if piece:
            self._chunks.append(Chunk(time.monotonic() - self._begun, piece))


class _Nothing:
    """Takes the second closing of an exchange."""

    def write(self, request: Request, response: Response) -> None: ...

    def give_up(self, error: ClaudeCliError) -> None: ...
