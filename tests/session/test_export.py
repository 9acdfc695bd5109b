"""An export holds the conversation, and nothing in it can act."""

import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from claude_cli.errors import InputUnreadable
from claude_cli.session import export
from claude_cli.session.journal import Session
from claude_cli.session.store import Store
from tests.session.conversations import MODEL, PIXEL, PNG, ask, message


def to_markdown(session: Session) -> str:
    return "".join(export.to_markdown(session))


def to_html(session: Session) -> str:
    return "".join(export.to_html(session))


def to_json(session: Session) -> str:
    return "".join(export.to_json(session))


CALL = {"type": "tool_use", "id": "t", "name": "tide", "input": {"at": "Tamsui"}}
EVIL = '</pre><script>alert(1)</script><img src=x onerror="alert(1)"> & \x1b[2J\x00'


@pytest.fixture
def session() -> Session:
    session = Store().new({"model": MODEL, "system": "Be brief."}, name="river")
    ask(session, [PNG, {"type": "text", "text": "What is it?"}], "left")
    session.undo()
    ask(session, [PNG, {"type": "text", "text": "What *is* it?"}], "A dot.")
    session.append_user("tide?")
    thinking = {"type": "thinking", "thinking": "Well", "signature": "s"}
    session.append_answer(message(thinking, CALL, stop="tool_use"))
    result: Any = {"type": "tool_result", "tool_use_id": "t", "content": "```04:12```"}
    session.append_user([result])
    session.append_answer(message("At 04:"), status="partial")
    session.append_user("and then")
    return session


HARMLESS = {"html", "head", "meta", "title", "style", "body", "h1", "h2", "article", "p", "img"}
HARMLESS |= {"details", "summary", "pre", "em"}


class Tags(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_markdown_has_the_chain_and_the_prompt_that_waits(session: Session) -> None:
    assert to_markdown(session) == (
        "# river\n\n"
        "## User\n\n*Attached: image, image/png*\n\nWhat *is* it?\n\n"
        f"## Assistant ({MODEL})\n\nA dot.\n\n"
        "## User\n\ntide?\n\n"
        f'## Assistant ({MODEL})\n\nCall of tide:\n\n```\n{{\n  "at": "Tamsui"\n}}\n```\n\n'
        "## User\n\nResult:\n\n````\n```04:12```\n````\n\n"
        f"## Assistant ({MODEL}, cut off)\n\nAt 04:\n\n"
        "## User\n\nand then\n"
    )


def test_json_has_the_records_whole_with_their_attachments(session: Session) -> None:
    document = json.loads(to_json(session))
    assert document["session"] == session.id
    assert document["name"] == "river"
    assert document["settings"] == {"model": MODEL, "system": "Be brief."}
    kinds = [record["kind"] for record in document["records"]]
    assert kinds == ["user", "assistant"] * 3 + ["user"]
    assert document["records"][0]["content"][0] == PNG
    assert document["records"][5]["status"] == "partial"


def test_html_is_one_page_that_loads_and_runs_nothing(session: Session) -> None:
    page = to_html(session)
    tags = Tags(page).tags
    assert {tag for tag, _ in tags} <= set(
        [
            "html",
            "head",
            "meta",
            "title",
            "style",
            "body",
            "h1",
            "h2",
            "article",
            "p",
            "img",
            "details",
            "summary",
            "pre",
            "em",
        ]
    )
    assert [a["src"] for tag, a in tags if tag == "img"] == [f"data:image/png;base64,{PIXEL}"]
    assert "default-src 'none'" in page and "light dark" in page
    assert not re.search(r"https?://|@import|url\(", page)


def test_html_shows_text_as_text(session: Session) -> None:
    session.append_answer(
        message(EVIL, {"type": "tool_use", "id": "e", "name": EVIL, "input": {EVIL: 1}})
    )
    session.rename(EVIL)
    page = to_html(session)
    parsed = Tags(page)
    assert "script" not in {tag for tag, _ in parsed.tags}
    assert all("onerror" not in attributes for _, attributes in parsed.tags)
    assert parsed.text.count("<script>alert(1)</script>") >= 4
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", page)


@pytest.mark.parametrize("media_type", ["image/svg+xml", 'image/png" onload="x', "text/html", None])
def test_only_images_that_cannot_act_are_shown(media_type: Any) -> None:
    session = Session()
    source = {"type": "base64", "media_type": media_type, "data": "aGk="}
    ask(session, [{"type": "image", "source": source}], "a")
    assert "img" not in {tag for tag, _ in Tags(to_html(session)).tags}


def test_a_missing_attachment_costs_the_image_alone(session: Session) -> None:
    session = Store().open("river")
    for path in Store().blobs.folder.rglob("*"):
        if len(path.name) == 64:
            path.unlink()
    page = to_html(session)
    assert "image/png" in page and "<img" not in page
    assert "image/png" in to_markdown(session)
    with pytest.raises(InputUnreadable):
        to_json(session)


def test_blocks_of_any_kind_are_shown() -> None:
    session = Session()
    pdf = {"type": "url", "url": "https://example.org/a.pdf"}
    blocks: list[Any] = [
        {"type": "hologram", "secret": "42"},
        {"type": "redacted_thinking", "data": "x"},
        {"type": "image"},
        {"type": "document", "source": pdf, "title": "T"},
        {"type": "tool_result", "tool_use_id": "t", "content": [{"type": "text", "text": "in"}, 3]},
        {"type": "tool_result", "tool_use_id": "t", "content": [{"type": 3}], "is_error": True},
        {"type": "tool_result", "tool_use_id": "t"},
    ]
    session.append_user("q")
    session.append_answer(message(*blocks), prefill="Well: ")
    for text in (to_markdown(session), to_html(session), to_json(session)):
        assert "hologram" in text and "https://example.org/a.pdf" in text and "Well: " in text


def test_an_empty_session_can_be_exported() -> None:
    assert to_markdown(Session()) == "# Conversation\n"
    assert "<h1>Conversation</h1>" in to_html(Session())
    assert json.loads(to_json(Session()))["records"] == []
