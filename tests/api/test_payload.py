"""How a request's body becomes bytes."""

import json
from math import nan

import pytest

from claude_cli.api.payload import PIECE, bytes_payload, json_payload
from claude_cli.errors import InputError


def test_json_is_compact_utf8() -> None:
    payload = json_payload({"model": "m", "text": "Zürich 台北 \u2028"})
    assert payload.whole == '{"model":"m","text":"Zürich 台北 \u2028"}'.encode()
    assert payload.length == len(payload.whole)
    assert payload.content_type == "application/json"


def test_a_lone_surrogate_becomes_one_replacement_character() -> None:
    payload = json_payload({"text": "a\ud800b\udc00\ud83d\ude00"})
    assert json.loads(payload.whole or b"") == {"text": "a\ufffdb\ufffd\U0001f600"}


def test_every_try_gets_the_whole_body_in_pieces() -> None:
    content = bytes(range(256)) * (PIECE // 100)
    payload = bytes_payload("application/octet-stream", content)
    for _ in range(2):
        pieces = list(payload.pieces())
        assert b"".join(pieces) == content
        assert max(map(len, pieces)) == PIECE


def test_what_json_cannot_hold_is_bad_input() -> None:
    with pytest.raises(InputError):
        json_payload({"temperature": nan})
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(InputError):
        json_payload({"messages": deep})
