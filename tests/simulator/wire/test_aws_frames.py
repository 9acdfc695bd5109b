"""Our frames are those that botocore reads."""

import base64
import json
from typing import Any

from botocore.eventstream import EventStreamBuffer
from hypothesis import given
from hypothesis import strategies as st

from claude_cli.simulator.wire.aws_frames import EXCEPTIONS, frame, framed
from claude_cli.simulator.wire.stream import encode_event


def read(data: bytes) -> Any:
    buffer: Any = EventStreamBuffer()
    buffer.add_data(data)
    [event] = buffer
    return event


@given(
    st.dictionaries(st.text(min_size=1, max_size=20), st.text(max_size=40), max_size=5),
    st.binary(max_size=200),
)
def test_botocore_reads_a_frame(headers: dict[str, str], payload: bytes) -> None:
    event = read(frame(headers, payload))
    assert (event.headers, event.payload) == (headers, payload)


def test_an_event_of_the_stream_is_a_chunk() -> None:
    sent = {"type": "ping", "text": "é"}
    [data, pause] = [*framed([encode_event(sent), 0.5])]
    assert pause == 0.5 and isinstance(data, bytes)
    event = read(data)
    assert event.headers[":event-type"] == "chunk"
    assert json.loads(base64.b64decode(json.loads(event.payload)["bytes"])) == sent


def test_an_error_is_an_exception() -> None:
    for kind, name in EXCEPTIONS.items():
        sent = {"type": "error", "error": {"type": kind, "message": "m"}}
        [data] = framed([encode_event(sent)])
        assert isinstance(data, bytes)
        event = read(data)
        assert event.headers == {":exception-type": name, ":message-type": "exception"}
        assert json.loads(event.payload) == {"message": "m"}
