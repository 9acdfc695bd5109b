"""A cassette in place of the network: every request is answered from it, at once."""

from collections.abc import Iterable, Iterator

import httpx

from claude_cli.api.address import path_below
from claude_cli.api.network.failures import ConnectionLost
from claude_cli.cassette.canonical import BodyReader, canonical_path
from claude_cli.cassette.exchange import Request, Response
from claude_cli.cassette.player import Cassette


class ReplayTransport(httpx.BaseTransport):
    """Raises InputError for a request that is not in the cassette, ConnectionLost where the answer
    to it was cut when it was recorded."""

    def __init__(self, cassette: Cassette, base_url: str) -> None:
        self._cassette = cassette
        self._base_url = base_url

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        body = BodyReader(request.headers.get("content-type", ""))
        assert isinstance(request.stream, Iterable)
        for piece in request.stream:
            body.feed(piece)
        path = canonical_path(path_below(self._base_url, request.url.raw_path.decode()))
        answer = self._cassette.answer(Request(request.method, path, body.value()))
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer))


class _Body(httpx.SyncByteStream):
    def __init__(self, answer: Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._answer.chunks:
            yield chunk.data
        if self._answer.cut:
            raise ConnectionLost("the connection broke off, when this was recorded")
