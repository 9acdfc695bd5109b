"""From server-sent events to the events of a Messages stream."""

import json

import pytest

from claude_cli.api.sse import parse_event
from claude_cli.errors import ProtocolError
from claude_cli.types import StreamEvent
from claude_cli.values.sse import ServerSentEvent


def parse(data: str, name: str = "x") -> StreamEvent:
    return parse_event(ServerSentEvent(name, data))


def test_an_event_is_what_its_type_says_whatever_its_name() -> None:
    data = '{"type": "content_block_stop",  "index": 0}'
    for name in ("content_block_stop", "message", "message_stop", "ping"):
        assert parse(data, name) == ({"type": "content_block_stop", "index": 0}, data)


@pytest.mark.parametrize("data", ["hello", "[1]", "{}", '{"type": 5}', '{"type": "ping"', " "])
def test_a_ping_is_one_whatever_it_holds(data: str) -> None:
    assert parse(data, "ping") == ({"type": "ping"}, '{"type":"ping"}')


@pytest.mark.parametrize(
    "data",
    [
        "nonsense",
        '{"type": "message_st',
        "{}",
        "[]",
        '"ping"',
        "null",
        '{"type": 1}',
        '{"type": null}',
        '{"type": "x", "n": NaN}',
        '{"type": "x"} {}',
        '{"type": "x\ny"}',
        "[DONE]",
        "[" * 200_000,
        '{"type": "x", "n": ' + "1" * 5000 + "}",
    ],
    ids=lambda data: data[:20],
)
def test_other_data_is_refused_with_its_start(data: str) -> None:
    with pytest.raises(ProtocolError) as refusal:
        parse(data)
    assert data[:20] in refusal.value.message
    assert len(refusal.value.message) < 260


def test_raw_is_the_data_on_one_line_as_it_was_sent() -> None:
    assert parse('{"type": "x",\n "b": 1e2 }').raw == '{"type": "x",  "b": 1e2 }'
    assert parse('{"type": "x"\r\n}').raw == '{"type": "x"  }'
    assert parse(' {"type":"x","a":"\u2028\\n"} ').raw == ' {"type":"x","a":"\u2028\\n"} '


def test_a_lone_surrogate_becomes_a_replacement_character_in_data_and_raw() -> None:
    event = parse(r'{"type":"x","\ud800k":["\uDFFF!",{"a":"\ud83d\ude00 \\ud800"}]}')
    assert event.data == {"type": "x", "\ufffdk": ["\ufffd!", {"a": "😀 \\ud800"}]}
    assert json.loads(event.raw) == event.data
    event.raw.encode()
