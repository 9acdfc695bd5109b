"""An exported page has the whole conversation, and only pictures that cannot act."""

from typing import Any

import pytest

from claude_cli.session.journal import Session
from claude_cli.turn.export import to_html
from tests.session.conversations import PIXEL, PNG, ask


def test_a_page_has_the_words_and_the_pictures() -> None:
    session = Session()
    ask(session, [PNG, {"type": "text", "text": "What *is* it?"}], "A **dot**.")
    page = "".join(to_html(session))
    assert f'src="data:image/png;base64,{PIXEL}"' in page
    assert "What <em>is</em> it?" in page and "A <strong>dot</strong>." in page


@pytest.mark.parametrize("media_type", ["image/svg+xml", 'image/png" onload="x', "text/html", None])
def test_only_images_that_cannot_act_are_shown(media_type: Any) -> None:
    session = Session()
    source = {"type": "base64", "media_type": media_type, "data": "aGk="}
    ask(session, [{"type": "image", "source": source}], "a")
    assert "<img" not in "".join(to_html(session))


def test_an_empty_session_is_a_page_too() -> None:
    assert "<h1>Conversation</h1>" in "".join(to_html(Session()))
