"""What draws an answer, or the rest of one."""

import pytest

from claude_cli.commandline.flags.asked import Asked
from claude_cli.turn.going_on.go_on import Begun
from claude_cli.turn.outcome import renderer_of
from claude_cli.ui.notices import Notices
from tests.ui.events import answer, streamed, text_block
from tests.ui.standard_streams import terminal_streams

BLOCK = "```sh\nls\n```\n"


@pytest.mark.parametrize(
    ("said", "number"),
    [("", ""), (BLOCK, "[2]"), (BLOCK * 2 + "and", "[3]"), ("```sh\nls", "")],
    ids=["nothing", "a block", "two blocks", "cut in a block"],
)
def test_blocks_of_the_rest_of_an_answer_are_numbered_on(said: str, number: str) -> None:
    begun = Begun({"type": "message", "content": [{"type": "text", "text": said}]}, "", 0)
    with terminal_streams() as terminal:
        renderer = renderer_of(Asked(), Notices(), numbered=True, begun=begun)
        for event in streamed(*text_block(BLOCK)):
            renderer.event(event)
        renderer.finish(answer(BLOCK))
        labels = [n for n in ("[1]", "[2]", "[3]") if n in terminal.received]
    assert labels == ([number] if number else [])
