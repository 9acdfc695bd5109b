"""An export holds the conversation."""

import json
from typing import Any

import pytest

from claude_cli.errors import InputUnreadable
from claude_cli.session import export
from claude_cli.session.journal import Session
from claude_cli.session.store import Store
from tests.session.conversations import MODEL, PNG, ask, message


def to_markdown(session: Session) -> str:
    return "".join(export.to_markdown(session))


def to_json(session: Session) -> str:
    return "".join(export.to_json(session))


def shown(session: Session) -> str:
    """What a page would show of the conversation."""
    articles = export.articles(session)
    return "\n".join("".join(part) for article in articles for part in article.parts)


CALL = {"type": "tool_use", "id": "t", "name": "tide", "input": {"at": "Tamsui"}}


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


def test_a_missing_attachment_costs_the_image_alone(session: Session) -> None:
    session = Store().open("river")
    for path in Store().blobs.folder.rglob("*"):
        if len(path.name) == 64:
            path.unlink()
    assert "image/png" in shown(session)
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
    for text in (to_markdown(session), shown(session), to_json(session)):
        assert "hologram" in text and "https://example.org/a.pdf" in text and "Well: " in text


def test_what_a_tool_gave_in_blocks_is_shown_block_by_block() -> None:
    session = Session()
    given: Any = [{"type": "text", "text": "inside"}, {"no": "type"}]
    session.append_user("q")
    session.append_answer(message({"type": "tool_result", "tool_use_id": "t", "content": given}))
    for text in (to_markdown(session), shown(session)):
        assert "inside" in text
        assert '"no"' not in text


def test_an_empty_session_can_be_exported() -> None:
    assert to_markdown(Session()) == "# Conversation\n"
    assert [*export.articles(Session())] == []
    assert json.loads(to_json(Session()))["records"] == []
