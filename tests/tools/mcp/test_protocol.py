"""JSON-RPC of MCP servers: every line is a message or nothing, and no message breaks the client."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_cli.tools.mcp.protocol import (
    Era,
    RpcError,
    agreed,
    decode,
    encode,
    notification,
    reply_to,
    request,
    result_of,
    version_named,
)
from tests.thorough import MANY

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
KEYS = ("jsonrpc", "id", "method", "params", "result", "error")
MESSAGES = st.fixed_dictionaries({}, optional={key: JSON for key in KEYS}) | st.fixed_dictionaries(
    {"id": JSON, "error": st.fixed_dictionaries({}, optional={"code": JSON, "message": JSON})}
)


@MANY
@given(st.binary(max_size=80) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_line_is_a_message_or_nothing(line: bytes) -> None:
    message = decode(line)
    assert message is None or "id" in message or "method" in message


@MANY
@given(MESSAGES)
def test_any_message_is_understood_or_refused_in_words(message: dict[str, Any]) -> None:
    with contextlib.suppress(RpcError):
        agreed(result_of(message))
    reply = reply_to(message)
    if reply is not None:
        assert decode(encode(reply)) == decode(json.dumps(reply).encode())
        assert ("result" in reply) is (message["method"] == "ping")


@MANY
@given(st.text(), st.dictionaries(st.text(max_size=5), JSON, max_size=3), st.booleans())
def test_what_we_send_is_one_line_that_comes_back(
    method: str, params: dict[str, Any], modern: bool
) -> None:
    era = Era("2026-07-28" if modern else "2025-11-25")
    params.pop("_meta", None)
    sent = request(7, method, era.params(params))
    line = encode(sent)
    assert line.count(b"\n") == 1 and line.endswith(b"\n")
    back = decode(line)
    assert back is not None and (back["id"], version_named(back)) == (
        7,
        era.version if modern else None,
    )
    assert "id" not in notification(method, params)


@pytest.mark.parametrize(
    ("response", "code", "words"),
    [
        ({"error": {"code": -1, "message": "no"}}, -1, "no"),
        ({"error": {"code": "x"}}, 0, "an error without a message"),
        ({"error": "x"}, 0, "the response has neither a result nor an error"),
        ({"result": []}, 0, "the response has neither a result nor an error"),
    ],
)
def test_an_error_has_a_code_and_words(response: dict[str, Any], code: int, words: str) -> None:
    with pytest.raises(RpcError, match=f"^{words}$") as caught:
        result_of({"id": 1, **response})
    assert caught.value.code == code
