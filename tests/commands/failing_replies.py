"""Replies of an API that fails in every way that we know of, a script of the server for each."""

import gzip
import json

from tests.faulty_server import (
    BLOCK,
    BLOCK_STOP,
    LAST_CHUNK,
    PING,
    START,
    STREAM_HEAD,
    Script,
    Wire,
    chunk,
    delta,
    error_response,
    event,
    json_response,
    replying,
    replying_once,
    response,
)

EVIL = "\x1b]52;c;aGk=\x07 \x1b[2J \x9b31m \u202e[/bold] \U000e0041 \x7f\nerror: x"
HTML = b"<html><head><title>Welcome</title></head><body>Sign in</body></html>"
OPENING = STREAM_HEAD + START + BLOCK + delta("as far as it came")
BUSY = {"type": "error", "error": {"type": "overloaded_error", "message": f"Busy {EVIL}"}}
CALL = {"type": "tool_use", "id": "toolu_1", "name": "clock", "input": {}}
HALF_INPUT = {"type": "input_json_delta", "partial_json": '{"a'}
HALF_CALL = (
    event({"type": "content_block_start", "index": 1, "content_block": CALL}),
    event({"type": "content_block_delta", "index": 1, "delta": HALF_INPUT}),
)


def _text(body: bytes, kind: str = "application/json", **headers: str) -> bytes:
    return response("200 OK", body, content_type=kind, **headers)


def _whole(*pieces: bytes) -> Script:
    """A stream that the server ends properly, whatever is in it."""
    return replying_once(STREAM_HEAD, *pieces, LAST_CHUNK)


def _reset(*pieces: bytes) -> Script:
    def script(wire: Wire) -> None:
        wire.read_request()
        wire.send(*pieces)
        wire.sleep(0.01)
        wire.reset()

    return script


def _repeating(wire: Wire) -> None:
    """An error whose message is all of the request, the key included."""
    while request := wire.read_request():
        words = request[:4000].decode("utf-8", "replace")
        wire.send(error_response("400 Bad Request", "invalid_request_error", words))


STATUSES: dict[str, Script] = {
    f"{status}": replying(error_response(f"{status} No", kind, f"Sorry {EVIL}"))
    for status, kind in (
        (400, "invalid_request_error"),
        (401, "authentication_error"),
        (402, "billing_error"),
        (403, "permission_error"),
        (404, "not_found_error"),
        (409, "conflict_error"),
        (413, "request_too_large"),
        (418, "teapot_error"),
        (429, "rate_limit_error"),
        (500, "api_error"),
        (501, "api_error"),
        (529, "overloaded_error"),
    )
}
EMPTY: dict[str, Script] = {
    f"{status} without a body": replying(response(f"{status} Word"))
    for status in (200, 201, 400, 401, 404, 500, 503)
} | {
    "204": replying(b"HTTP/1.1 204 No Content\r\n\r\n"),
    "304": replying(b"HTTP/1.1 304 Not Modified\r\n\r\n"),
    "101": replying_once(b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n"),
    "100 and no more": replying_once(b"HTTP/1.1 100 Continue\r\n\r\n"),
    "999": replying(response("999 Request Denied", HTML, content_type="text/html")),
}
ODD_BODIES: dict[str, Script] = {
    "HTML": replying(_text(HTML, "text/html")),
    "HTML called JSON": replying(_text(HTML)),
    "HTML of a gateway": replying(response("502 Bad Gateway", HTML, content_type="text/html")),
    "no words in an error": replying(json_response({"type": "error"}, "400 Bad Request")),
    "an error of other types": replying(
        json_response({"type": "error", "error": {"type": 5, "message": ["x"]}}, "400 Bad Request")
    ),
    "a list in an error": replying(json_response({"error": [EVIL]}, "500 Oh")),
    "a long error": replying(error_response("400 Bad", "x", EVIL * 60_000)),
    "an error called a success": replying(json_response(BUSY)),
    "an empty object": replying(json_response({})),
    "an empty list": replying(json_response([])),
    "null": replying(json_response(None)),
    "a text": replying(json_response(EVIL)),
    "data of another type": replying(json_response({"data": 5, "id": [], "content": {}})),
    "records that are none": replying(
        json_response({"data": [None, 5, {}], "has_more": True, "last_id": 7, "id": ""})
    ),
    "cut JSON": replying(_text(b'{"id": "x", "content": [')),
    "nested JSON": replying(_text(b"[" * 200_000)),
    "a long number": replying(_text(b'{"input_tokens": %b}' % (b"9" * 5000))),
    "NaN": replying(_text(b'{"input_tokens": NaN, "content": [], "id": "x", "data": []}')),
    "bytes that are no UTF-8": replying(_text(b'{"type": "error", "error": "\xff\xfe"}')),
    "UTF-16": replying(_text(json.dumps({"content": []}).encode("utf-16"))),
    "a gzip of nothing": replying(_text(b"\x1f\x8bgarbage", content_encoding="gzip")),
    "a gzip bomb": replying(_text(gzip.compress(bytes(80 << 20)), content_encoding="gzip")),
    "another compression": replying(_text(b"\x0b\x02\x80x\x03", content_encoding="br")),
    "the request again": _repeating,
}
REDIRECTS: dict[str, Script] = {
    f"{status} elsewhere": replying(response(f"{status} Go", location=f"http://127.0.0.1:9/{EVIL}"))
    for status in (301, 307)
} | {"302 nowhere": replying(response("302 Go"))}
NO_HTTP: dict[str, Script] = {
    "closed at once": replying_once(),
    "reset at once": _reset(),
    "not HTTP": replying_once(b"SSH-2.0-OpenSSH_9.6\r\n"),
    "a cut header": replying_once(b"HTTP/1.1 200 OK\r\ncontent-ty"),
    "a long header": replying_once(b"HTTP/1.1 200 OK\r\nx-a: " + b"a" * 200_000 + b"\r\n\r\n"),
    "a negative length": replying_once(response("200 OK", content_length="-1")),
    "two lengths": replying_once(
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 9\r\n\r\n{}"
    ),
    "a cut body": replying_once(_text(b'{"id": "x"', content_length="999")),
    "a cut chunk": replying_once(STREAM_HEAD, b"40\r\nevent: "),
    "no chunk": replying_once(STREAM_HEAD, b"zz\r\nevent: "),
    "a header that acts": replying_once(response("400 Bad", x_a="\x1b[2J", request_id="\x1b[2J")),
}
STREAMS: dict[str, Script] = {
    "an empty stream": _whole(),
    "pings alone": _whole(*[PING] * 300),
    "an error as the first event": _whole(event(BUSY)),
    "a start alone": _whole(START),
    "an error in the middle": replying_once(OPENING, event(BUSY), LAST_CHUNK),
    "a reset in the middle": _reset(OPENING),
    "an end without a reason": replying_once(OPENING, BLOCK_STOP, LAST_CHUNK),
    "a line that is no JSON": replying_once(OPENING, chunk(b"data: {no\n\n"), LAST_CHUNK),
    "a call that is cut": replying_once(OPENING, *HALF_CALL, LAST_CHUNK),
    "events of other types": _whole(
        event({"type": "message_start", "message": [5]}),
        event({"type": "content_block_delta", "index": "x", "delta": {"type": {}}}),
        event({"type": "message_delta", "delta": 5, "usage": []}),
    ),
    "a line without end": _whole(chunk(b"data: " + b"x" * (17 << 20))),
}
REPLIES = STATUSES | EMPTY | ODD_BODIES | REDIRECTS | NO_HTTP | STREAMS
