"""`simulator --replay`: what a cassette has, served to any client."""

from collections.abc import Iterator

from claude_cli.cassette import exchange
from claude_cli.cassette.canonical import canonical_body, canonical_path
from claude_cli.cassette.player import Cassette
from claude_cli.errors import InputError
from claude_cli.simulator.wire.exchange import Interruption, Received, Response, Step
from claude_cli.simulator.wire.rejections import Rejection

BODY_LIMIT = 500_000_000
"""Bytes of a body: an upload may be that large."""
_LEADS_HOME = b'"results_url"'


def answer(cassette: Cassette, received: Received) -> Response:
    """The recorded response; a 404 that says where the nearest request differs."""
    body = canonical_body(received.headers.get("content-type", ""), received.raw)
    path = canonical_path(f"{received.path}?{received.query_text}")
    try:
        found = cassette.answer(exchange.Request(received.method, path, body))
    except InputError as error:
        raise Rejection(404, error.message) from error
    return Response(found.status, dict(found.headers), _body(cassette, found, received.base_url))


def _body(cassette: Cassette, found: exchange.Response, base_url: str) -> bytes | Iterator[Step]:
    if found.cut:
        return _cut(found)
    if _LEADS_HOME in found.body:
        return found.body.replace(cassette.place.base_url.encode(), base_url.encode())
    if "stream" in found.headers.get("content-type", ""):
        return (chunk.data for chunk in found.chunks)
    return found.body


def _cut(found: exchange.Response) -> Iterator[Step]:
    yield from (chunk.data for chunk in found.chunks)
    yield Interruption.CUT
