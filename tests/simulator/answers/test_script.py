"""Scripted replies: files, fields, order."""

import json
from pathlib import Path
from typing import Any

import pytest

from claude_cli.errors import InputError, InputUnreadable
from claude_cli.simulator.answers.prompt_cache import InputUse
from claude_cli.simulator.answers.script import Script, load_script
from claude_cli.simulator.answers.scripted import Scripted
from claude_cli.simulator.checks.parameters import check_model
from claude_cli.simulator.checks.signatures import origin_of
from claude_cli.simulator.wire.rejections import Rejection
from tests.simulator.bodies import message_body

FINGERPRINT = "0123456789abcdef" * 2


def scripted(**fields: Any) -> Scripted:
    script = Script()
    script.add(fields)
    found = script.next()
    assert found is not None
    return found


def message(**fields: Any) -> dict[str, Any]:
    body = message_body()
    made = scripted(**fields).reply(body, check_model(body["model"]), FINGERPRINT, InputUse(9))
    return made.message


def written(folder: Path, content: str) -> Path:
    path = folder / "script.jsonl"
    path.write_text(content, encoding="utf-8")
    return path


def test_replies_come_in_order_and_then_no_more() -> None:
    script = Script()
    script.add({"text": "a"})
    script.add({"text": "b", "repeat": 2})
    given = [script.next() for _ in range(4)]
    assert [reply and reply.fields["text"] for reply in given] == ["a", "b", "b", None]


def test_a_text_becomes_a_whole_message() -> None:
    made = message(text="Hello.")
    assert made["content"] == [{"type": "text", "text": "Hello."}]
    assert (made["stop_reason"], made["model"]) == ("end_turn", "claude-sonnet-4-6")
    assert (made["usage"]["input_tokens"], made["usage"]["output_tokens"]) == (9, 2)


def test_what_is_missing_in_blocks_is_filled_in() -> None:
    made = message(
        content=[
            {"type": "thinking", "thinking": "Hm."},
            {"type": "tool_use", "name": "t", "input": {}},
            {"type": "server_tool_use", "name": "web_search", "input": {}},
            {"type": "newfangled", "x": 1},
        ]
    )
    thinking, call, search, unknown = made["content"]
    assert origin_of("Hm.", thinking["signature"]) == ("claude-sonnet-4-6", "", "")
    assert call["id"].startswith("toolu_")
    assert search["id"].startswith("srvtoolu_")
    assert unknown == {"type": "newfangled", "x": 1}
    assert made["stop_reason"] == "tool_use"


def test_fields_of_the_message_win() -> None:
    made = message(
        text="a", id="msg_x", model="m", stop_reason=None, usage={"output_tokens": 99}, container={}
    )
    assert (made["id"], made["model"], made["stop_reason"]) == ("msg_x", "m", None)
    assert (made["usage"]["output_tokens"], made["usage"]["input_tokens"]) == (99, 9)
    assert made["container"] == {}


def test_a_printed_message_is_a_reply() -> None:
    printed = {**message(text="a"), "claude_cli": {"session": None}}
    assert message(**printed) == {**message(text="a"), "id": printed["id"]}


def test_the_stream_of_a_complete_reply_is_encoded_only_once() -> None:
    reply = scripted(text="a b c", delta_characters=1)
    body = message_body()
    model = check_model(body["model"])
    first, second = (reply.reply(body, model, FINGERPRINT, InputUse(9)) for _ in range(2))
    assert first.events is second.events
    assert first.events is not None
    assert sum(b"text_delta" in event for event in first.events) == 5


def test_a_signature_in_the_script_is_remembered() -> None:
    script = Script()
    script.add({"content": [{"type": "thinking", "thinking": "", "signature": "mine"}]})
    assert script.signatures == {"mine"}


@pytest.mark.parametrize(
    ("error", "status", "error_type"),
    [
        ({}, 500, "api_error"),
        ({"status": 403}, 403, "permission_error"),
        ({"type": "overloaded_error"}, 529, "overloaded_error"),
        ({"type": "newfangled_error"}, 500, "newfangled_error"),
        ({"status": 418, "type": "teapot"}, 418, "teapot"),
    ],
)
def test_an_error_has_its_status_or_type_from_the_other(
    error: dict[str, Any], status: int, error_type: str
) -> None:
    with pytest.raises(Rejection) as caught:
        scripted(error=error).response()
    assert (caught.value.status, caught.value.error_type) == (status, error_type)


def test_an_error_carries_message_headers_and_details() -> None:
    error = {"status": 429, "message": "Slow down", "headers": {"retry-after": 1},
             "details": {"error_code": "x"}}  # fmt: skip
    with pytest.raises(Rejection) as caught:
        scripted(error=error).response()
    assert caught.value.headers == {"retry-after": "1"}
    assert caught.value.envelope("req_1") == {
        "type": "error",
        "error": {
            "type": "rate_limit_error",
            "message": "Slow down",
            "details": {"error_code": "x"},
        },
        "request_id": "req_1",
    }


def test_a_raw_response_is_sent_as_it_stands() -> None:
    response = scripted(raw={"headers": {"Content-Type": "text/html"}, "body": "<p>"}).response()
    assert response is not None
    assert (response.status, response.body) == (200, b"<p>")
    assert response.headers == {"content-type": "text/html"}


@pytest.mark.parametrize("sse", ["event: a\ndata: 1\n\nevent: b\n\n", b"\xff\xfe"])
def test_a_raw_stream_keeps_every_byte(sse: str | bytes) -> None:
    events = scripted(sse=sse).sse
    assert events is not None
    assert b"".join(events) == (sse if isinstance(sse, bytes) else sse.encode())


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, "a reply has one of"),
        ({"text": "a", "error": {}}, "a reply has one of"),
        ({"text": 3}, "text: "),
        ({"txt": "a"}, "txt: Extra inputs"),
        ({"text": "a", "repeat": 0}, "repeat: "),
        ({"content": [{}]}, "content.0.type: "),
        ({"content": [{"type": "text"}]}, "content.0.text: "),
        ({"content": [{"type": "tool_use", "name": "t"}]}, "content.0.input: "),
        ({"error": {"status": 200}}, "error.status: "),
        ({"raw": {"body": 3}}, "raw.body: "),
    ],
)
def test_what_is_no_reply_is_named(fields: dict[str, Any], expected: str) -> None:
    with pytest.raises(InputError, match="not a scripted reply") as caught:
        Script().add(fields)
    assert expected in caught.value.message


def test_a_file_holds_a_reply_a_line_or_over_several(tmp_path: Path) -> None:
    second = json.dumps({"text": "b"}, indent=2)
    script = load_script(written(tmp_path, f'\ufeff{{"text": "a"}}\n\n{second}\n{{"text": "c"}}'))
    found = [reply.fields["text"] for reply in iter(script.next, None)]
    assert found == ["a", "b", "c"]


def test_a_file_may_be_one_list(tmp_path: Path) -> None:
    replies = [{"text": "a"}, {"content": [{"type": "text", "text": "b"}]}]
    script = load_script(written(tmp_path, json.dumps(replies, indent=1)))
    assert [reply.fields for reply in iter(script.next, None)] == replies


def test_a_toml_file_holds_reply_tables(tmp_path: Path) -> None:
    path = tmp_path / "script.toml"
    path.write_text(
        "[[reply]]\ntext = 'a'\nrepeat = 2\n[[reply]]\n"
        "content = [{type = 'tool_use', name = 't', input = {day = 2026-01-02}}]\n"
    )
    script = load_script(path)
    call = {"type": "tool_use", "name": "t", "input": {"day": "2026-01-02"}}
    found = [reply.fields for reply in iter(script.next, None)]
    assert found == [{"text": "a", "repeat": 2}] * 2 + [{"content": [call]}]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("[[reply]]\ntext = 'a'\n[[reply]]\ntxt = 'b'\n", ": reply 2: not a scripted reply"),
        ("text = 'a'\n", "[[reply]] tables"),
        ("[reply]\ntext = 'a'\n", "[[reply]] tables"),
        ("x = 1\n[[reply]]\ntext = 'a'\n", "[[reply]] tables"),
        ("[[reply]\n", "line 1"),
        ("", "[[reply]] tables"),
    ],
)
def test_a_toml_file_that_is_no_script_is_told(tmp_path: Path, content: str, expected: str) -> None:
    path = tmp_path / "script.toml"
    path.write_text(content)
    with pytest.raises(InputError) as caught:
        load_script(path)
    assert caught.value.message.startswith(str(path))
    assert expected in caught.value.message


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ('{"text": "a"}\n{"text": ', 2),
        ('{"text": "a"}\n\n{\n"txt": "b"}', 3),
        ('{\n"text": "a"}\n{"txt": "b"}', 3),
        ('["text"]', 1),
        ('{"text": "a"}\n[{"text": "b"},\n"c"]', 2),
        ("{" * 100_000, 1),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, content: str, line: int) -> None:
    path = written(tmp_path, content)
    with pytest.raises(InputError) as caught:
        load_script(path)
    assert caught.value.message.startswith(f"{path}:{line}: ")


def test_a_file_that_is_not_there_or_no_text(tmp_path: Path) -> None:
    with pytest.raises(InputUnreadable, match="No such file"):
        load_script(tmp_path / "none")
    with pytest.raises(InputUnreadable):
        load_script(tmp_path)
    (tmp_path / "bytes").write_bytes(b'{"text": "\xff"}')
    with pytest.raises(InputError, match="not UTF-8 at byte 10"):
        load_script(tmp_path / "bytes")


def test_a_file_that_never_ends_is_not_read_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("claude_cli.simulator.answers.script.SIZE_LIMIT", 10)
    with pytest.raises(InputError, match="larger than 10 bytes"):
        load_script(written(tmp_path, '{"text": "a"}'))
