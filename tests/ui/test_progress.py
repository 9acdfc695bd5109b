"""Progress: a bar on a terminal, a line a minute elsewhere."""

import io
import time

import pytest

from claude_cli.ui import progress
from claude_cli.ui.notices import Notices
from claude_cli.ui.progress import Progress
from claude_cli.ui.terminal import ErrorOutput, Terminal


def test_in_a_pipe_a_line_is_written_when_a_minute_is_over(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    shown = Progress(Notices(), 10)
    for seconds in (0, 30, 61, 90, 130):
        now[0] = float(seconds)
        shown.show(4, "answered")
    shown.close()
    assert capfd.readouterr().err == (
        "4 of 10 rows answered after 1 min\n4 of 10 rows answered after 2 min\n"
    )


def test_quiet_says_nothing(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "EVERY", 0.0)
    Progress(Notices("quiet"), 10).show(4, "answered")
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(("encoding", "bar"), [("utf-8", "█" * 12 + "░" * 18), ("ascii", "#" * 12)])
def test_on_a_terminal_a_bar_is_drawn_over_and_erased(encoding: str, bar: str) -> None:
    screen = io.BytesIO()
    output = ErrorOutput(screen, encoding)
    terminal = Terminal(is_terminal=True, color=False, dumb=False, encoding=encoding, fd=None)
    shown = Progress(Notices(terminal=terminal, output=output), 10, terminal, output)
    shown.show(4, "answered")
    shown.show(5, "answered")  # too soon after the first
    shown.close()
    text = screen.getvalue().decode(encoding)
    assert text.startswith(f"\r\x1b[K{bar}")
    assert "4/10 answered, 0 s" in text and "5/10" not in text
    assert text.endswith("\r\x1b[K")
