"""Writes while an answer arrives: one for what the network brings at once, not one a delta."""

import io
from typing import Any

import pytest

from claude_cli.api.events import Arrivals
from claude_cli.api.platforms import SERVER_SENT_EVENTS
from claude_cli.api.sse import join_halves, parse_event
from claude_cli.ui.canvas import Canvas
from claude_cli.ui.json_output import EventsRenderer
from claude_cli.ui.notices import Notices
from claude_cli.ui.streams import Output
from claude_cli.ui.terminal import Terminal
from claude_cli.ui.text import TextRenderer
from tests.bench.stream_decode import make_stream, pieces

CHUNK = 64 * 1024
PIPE = Terminal(is_terminal=False, color=False, dumb=True, encoding="utf-8", fd=None)


class Counting(io.BytesIO):
    writes = 0

    def write(self, data: Any) -> int:
        self.writes += 1
        return super().write(data)


@pytest.mark.parametrize("kind", [TextRenderer, EventsRenderer])
def test_what_came_together_is_written_at_once(kind: type[Any]) -> None:
    out, stream = Counting(), make_stream(10_000)
    chunks = [*pieces(stream, CHUNK)]
    renderer = kind(Canvas(Output(out), PIPE, Notices("quiet"), True, "", False))
    arrivals = Arrivals(iter(chunks), SERVER_SENT_EVENTS)
    for event in map(parse_event, join_halves(arrivals)):
        renderer.event(event, more=arrivals.more)
    assert out.getvalue().count(b" 00") == 10_000
    assert out.writes <= len(chunks)
