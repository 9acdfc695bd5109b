"""Content blocks: their fields, and what the bytes of an attachment give away."""

from typing import Any

import pytest

from tests.simulator.bodies import (
    assistant,
    encoded,
    image,
    message_body,
    pdf,
    png,
    refusal_of,
    rejection,
    text,
    tool_result,
    tool_use,
    user,
)

FILE = {"type": "file", "file_id": "file_1"}
URL = {"type": "url", "url": "https://example.com/a"}
PATH = "messages.0.content.0"


def asked(block: dict[str, Any]) -> dict[str, Any]:
    return message_body(user([block, text("What is this?")]))


@pytest.mark.parametrize(
    "block",
    [
        image(),
        image(b"GIF89a\x01\x00\x01\x00", "image/gif"),
        image(b"\xff\xd8\xff\xc0\x00\x0b\x08\x00\x01\x00\x01\x01\x01\x11\x00", "image/jpeg"),
        image(b"RIFF\x00\x00\x00\x00WEBPVP8X" + bytes(14), "image/webp"),
        {"type": "image", "source": URL},
        {"type": "image", "source": FILE, "transformations": {"oversized_image": "downsize"}},
        pdf(title="A title", context=None, citations={"enabled": True}),
        {"type": "document", "source": URL},
        {"type": "document", "source": FILE},
        {"type": "document",
         "source": {"type": "text", "media_type": "text/plain", "data": "words"}},
        {"type": "document", "source": {"type": "content", "content": "words"}},
        {"type": "document", "source": {"type": "content", "content": [text("a"), image()]}},
        {"type": "search_result", "source": "s", "title": "t", "content": [text("a")]},
        text("hi", citations=None, cache_control={"type": "ephemeral"}),
        text("hi", cache_control=None),
    ],
)  # fmt: skip
def test_legal_blocks_pass(block: dict[str, Any]) -> None:
    assert rejection(asked(block)) is None


def base64(data: str, media_type: str = "image/png") -> dict[str, Any]:
    return {
        "type": "image",
        "source": {"type": "base64", "media_type": media_type, "data": data},
    }


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ({"type": "video"}, f"{PATH}: Input tag 'video'"),
        ({"type": 3}, f"{PATH}: Input tag 3"),
        ({}, f"{PATH}.type: Field required"),
        ("words", f"{PATH}: "),
        (text(""), f"{PATH}.text: text content blocks must be non-empty"),
        (text("a", mood="good"), f"{PATH}.mood: Extra inputs"),
        ({"type": "text", "text": None}, f"{PATH}.text: "),
        (image(png(), "image/jpeg"), f"{PATH}.source.media_type: the image is declared as"),
        (image(b"nonsense"), f"{PATH}.source: Could not process image"),
        (image(png()[:20]), f"{PATH}.source: Could not process image"),
        (image(b"%PDF-1.4"), f"{PATH}.source: Could not process image"),
        (image(png(), "image/bmp"), f"{PATH}.source.media_type: "),
        (base64("A" * 10_000_001), f"{PATH}.source: image exceeds"),
        (base64("A" * 10_000_000), f"{PATH}.source: Could not process image"),
        (base64(encoded(png())[:20] + "\n" + encoded(png())[20:]), f"{PATH}.source.data: "),
        (base64(encoded(png()).rstrip("=") + "*"), f"{PATH}.source.data: "),
        (base64("data:image/png;base64," + encoded(png())), f"{PATH}.source.data: "),
        (base64(""), f"{PATH}.source.data: "),
        ({"type": "image", "source": {"type": "url", "url": "file:///etc/passwd"}},
         f"{PATH}.source.url: "),
        ({"type": "image", "source": {"type": "file", "file_id": "../x"}},
         f"{PATH}.source.file_id: "),
        ({"type": "document", "source": base64(encoded(b"hello"), "application/pdf")["source"]},
         f"{PATH}.source.data: The PDF"),
        ({"type": "document", "source": {"type": "text", "media_type": "text/html", "data": "a"}},
         f"{PATH}.source.media_type: "),
        (text("a", cache_control={"type": "ephemeral", "ttl": "2h"}),
         f"{PATH}.cache_control.ttl: "),
    ],
)  # fmt: skip
def test_a_bad_block_is_named_by_its_path(block: dict[str, Any], expected: str) -> None:
    assert refusal_of(asked(block)).startswith(expected)


@pytest.mark.parametrize("content", ["sunny", "", [], [text("a"), image()], None])
def test_a_tool_result_may_hold_text_blocks_or_nothing(content: Any) -> None:
    result = tool_result(content=content)
    if content is None:
        del result["content"]
    body = message_body(user("hi"), assistant([tool_use()]), user([result]))
    assert rejection(body) is None


def test_a_browser_tells_its_tabs_in_a_tool_result() -> None:
    state = {"type": "browser_state", "tabs": [{"tab_id": "1", "title": "", "url": ""}]}
    turns = [user("a"), assistant([tool_use()]), user([tool_result(content=[state])])]
    assert rejection(message_body(*turns)) is None
    state["state_changes"] = []
    assert "state_changes: List should have at least 1" in refusal_of(message_body(*turns))


@pytest.mark.parametrize(
    "block",
    [
        {"type": "advisor_tool_result", "tool_use_id": "srvtoolu_1", "content": {}},
        {"type": "mcp_tool_listing", "mcp_server_name": "docs", "tools": []},
        {"type": "compaction", "content": "a", "signature": "s", "tool_changes": []},
    ],
)
def test_a_block_of_an_earlier_answer_comes_back(block: dict[str, Any]) -> None:
    assert rejection(message_body(user("a"), assistant([text("b"), block]), user("c"))) is None


def test_a_block_inside_a_tool_result_is_checked_too() -> None:
    result = tool_result(content=[text("a"), image(b"nonsense")])
    body = message_body(user("hi"), assistant([tool_use()]), user([result]))
    assert refusal_of(body).startswith("messages.2.content.0.content.1.source: Could not")


def test_a_search_result_that_comes_back_has_its_encrypted_content() -> None:
    hit = {"type": "web_search_result", "url": "u", "title": "t", "encrypted_content": "e"}
    echoed = [
        {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}},
        {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": [hit]},
        text("found"),
    ]
    body = message_body(user("hi"), assistant(echoed), user("more"))
    assert rejection(body) is None
    del hit["encrypted_content"]
    assert refusal_of(body).startswith("messages.1.content.1.content.0.encrypted_content: ")
