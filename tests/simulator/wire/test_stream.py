"""Messages as server-sent events."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from claude_cli.simulator.wire.stream import is_delta, stream_events


def message(*content: dict[str, Any], **fields: Any) -> dict[str, Any]:
    usage = {"input_tokens": 9, "cache_read_input_tokens": 0, "output_tokens": 7}
    return {"id": "msg_1", "type": "message", "role": "assistant", "model": "m",
            "content": list(content), "stop_reason": "end_turn", "stop_sequence": None,
            "usage": usage, **fields}  # fmt: skip


def test_the_first_event_has_no_counts_that_only_the_end_knows() -> None:
    details = {"output_tokens_details": {"thinking_tokens": 3}, "iterations": [{"type": "message"}]}
    whole = message({"type": "text", "text": "hi"})
    whole["usage"] |= details
    first, *_, end, _ = parsed([*stream_events(whole)])
    usage = {"input_tokens": 9, "cache_read_input_tokens": 0, "output_tokens": 1}
    assert first["message"]["usage"] == usage
    assert end["usage"].items() >= details.items()


def parsed(events: list[bytes]) -> list[dict[str, Any]]:
    """The data of the events; each is exactly one named event with one line of data."""
    found = []
    for event in events:
        name, data, *rest = event.decode().split("\n")
        assert rest == ["", ""]
        value = json.loads(data.removeprefix("data: "))
        assert name == f"event: {value['type']}"
        found.append(value)
    return found


def accumulated(events: list[dict[str, Any]]) -> dict[str, Any]:
    """The message that a client makes of the events."""
    whole: dict[str, Any] = {}
    inputs: dict[int, str] = {}
    for event in events:
        match event:
            case {"type": "message_start", "message": start}:
                whole = start
            case {"type": "content_block_start", "index": index, "content_block": block}:
                assert index == len(whole["content"])
                whole["content"].append(block)
            case {"type": "content_block_delta", "index": index, "delta": delta}:
                apply(whole["content"][index], delta, inputs, index)
            case {"type": "message_delta", "delta": delta, "usage": usage}:
                whole.update(delta)
                whole["usage"].update(usage)
    for index, text in inputs.items():
        whole["content"][index]["input"] = json.loads(text)
    return whole


def apply(block: dict[str, Any], delta: dict[str, Any], inputs: dict[int, str], at: int) -> None:
    match delta["type"]:
        case "text_delta":
            block["text"] += delta["text"]
        case "thinking_delta":
            block["thinking"] += delta["thinking"]
        case "signature_delta":
            block["signature"] = delta["signature"]
        case "input_json_delta":
            inputs[at] = inputs.get(at, "") + delta["partial_json"]
        case "citations_delta":
            block["citations"].append(delta["citation"])
        case "compaction_delta":
            block.update({name: delta[name] for name in delta if name != "type"})


WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
BLOCKS = st.lists(
    st.one_of(
        st.builds(lambda text: {"type": "text", "text": text}, WORDS),
        st.builds(
            lambda text: {"type": "text", "text": text, "citations": [{"type": "x", "n": 1}]},
            WORDS,
        ),
        st.builds(
            lambda text: {"type": "thinking", "thinking": text, "signature": "s"}, st.text("ab")
        ),
        st.builds(
            lambda name, value: {
                "type": "tool_use",
                "id": "toolu_1",
                "name": name,
                "input": {"a": value},
            },
            WORDS,
            WORDS,
        ),
        st.just({"type": "redacted_thinking", "data": "abc"}),
        st.just({"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []}),
        st.just({"type": "compaction", "content": "c", "encrypted_content": "e"}),
        st.just({"type": "newfangled", "anything": [1]}),
    )
)


@given(BLOCKS, st.integers(1, 20))
def test_a_client_gets_the_message_back(content: list[dict[str, Any]], characters: int) -> None:
    sent = message(*content)
    events = parsed(list(stream_events(sent, delta_characters=characters)))
    assert accumulated(events) == sent


def test_the_order_of_events() -> None:
    events = parsed(list(stream_events(message({"type": "text", "text": "Hello there, you."}))))
    assert [event["type"] for event in events] == [
        "message_start",
        "content_block_start",
        "ping",
        "content_block_delta",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]


def test_the_start_tells_no_end() -> None:
    start = parsed(list(stream_events(message())))[0]["message"]
    assert (start["content"], start["stop_reason"]) == ([], None)
    assert (start["usage"]["input_tokens"], start["usage"]["output_tokens"]) == (9, 1)


def test_the_end_carries_cumulative_usage_and_what_else_is_told() -> None:
    details = {"type": "refusal", "category": "cyber"}
    sent = message(stop_reason="refusal", stop_details=details, container={"id": "container_1"})
    delta = parsed(list(stream_events(sent)))[-2]
    assert delta["delta"]["stop_reason"] == "refusal"
    assert delta["delta"]["stop_details"] == details
    assert delta["delta"]["container"] == {"id": "container_1"}
    assert delta["usage"] == sent["usage"]


def test_a_cut_tool_call_has_no_stop_event_and_half_its_json() -> None:
    call = {"type": "tool_use", "id": "toolu_1", "name": "t", "input": {}}
    sent = message(call, stop_reason="max_tokens")
    events = parsed(list(stream_events(sent, cut_input='{"city": "Tai')))
    assert "content_block_stop" not in [event["type"] for event in events]
    pieces = [
        event["delta"]["partial_json"] for event in events if "index" in event and "delta" in event
    ]
    assert pieces[0] == ""
    assert "".join(pieces) == '{"city": "Tai'


def test_only_deltas_are_deltas() -> None:
    events = list(stream_events(message({"type": "text", "text": "hi"})))
    assert [is_delta(event) for event in events].count(True) == 1


def test_line_separators_of_unicode_stay_inside_their_line() -> None:
    sent = message({"type": "text", "text": "a\u2028b\u0085c\r\nd"})
    assert accumulated(parsed(list(stream_events(sent)))) == sent
