"""Progress: a bar on a terminal, a line a minute elsewhere."""

import io
import time

import pytest

from claude_cli.ui import progress
from claude_cli.ui.live.status_line import ERASE, NO_WRAP, WRAP
from claude_cli.ui.notices import Notices
from claude_cli.ui.progress import Progress, length
from claude_cli.ui.streams import ErrorOutput
from claude_cli.ui.terminal import Terminal


def on_terminal(encoding: str = "utf-8") -> tuple[io.BytesIO, Notices]:
    """What a terminal is sent, and the notices that write to it."""
    screen = io.BytesIO()
    terminal = Terminal(is_terminal=True, color=False, dumb=False, encoding=encoding, fd=None)
    return screen, Notices(terminal=terminal, output=ErrorOutput(screen, encoding))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, to be set."""
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


def test_in_a_pipe_a_line_is_written_when_a_minute_is_over(
    clock: list[float], capfd: pytest.CaptureFixture[str]
) -> None:
    shown = Progress(Notices(), 10)
    for seconds in (0, 30, 61, 90, 130):
        clock[0] = 1000.0 + seconds
        shown.show(4, "answered", lambda: ["$0.10 so far"])
    shown.close()
    assert capfd.readouterr().err == (
        "4/10 answered, 1 min 01 s, $0.10 so far\n4/10 answered, 2 min 10 s, $0.10 so far\n"
    )


def test_quiet_says_nothing(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "EVERY", 0.0)
    Progress(Notices("quiet"), 10).show(4, "answered")
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("encoding", "bar"), [("utf-8", "█" * 12 + "░" * 18), ("ascii", "#" * 12 + "-" * 18)]
)
def test_on_a_terminal_a_bar_is_drawn_over_and_erased(encoding: str, bar: str) -> None:
    screen, notices = on_terminal(encoding)
    shown = Progress(notices, 10)
    shown.show(4, "answered", lambda: ["2.0 rows/s"])
    shown.close()
    drawn = f"{ERASE}{NO_WRAP}{bar}  4/10 answered, 0 s, 2.0 rows/s{WRAP}{ERASE}"
    assert screen.getvalue().decode(encoding) == drawn


def test_it_is_not_drawn_more_often_than_an_eye_can_follow(clock: list[float]) -> None:
    screen, notices = on_terminal()
    shown = Progress(notices, 10)
    asked = []

    def facts() -> list[str]:
        asked.append(done)
        return []

    for done in (1, 2, 3, 10):
        shown.show(done, "answered", facts)
    assert asked == [1, 10]
    text = screen.getvalue().decode()
    assert "1/10" in text and "10/10" in text
    assert "2/10" not in text and "3/10" not in text


def test_what_is_not_counted_yet_has_no_bar() -> None:
    screen, notices = on_terminal()
    Progress(notices, None).show(4, "rows read")
    assert screen.getvalue().decode() == f"{ERASE}{NO_WRAP}4 rows read, 0 s{WRAP}"


def test_a_notice_goes_above_the_bar() -> None:
    screen, notices = on_terminal()
    Progress(notices, None).show(4, "rows read")
    notices.notice("a notice")
    assert screen.getvalue().decode().endswith(f"{WRAP}{ERASE}a notice\n")


def test_while_it_waits_its_clock_goes_on(
    clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    def sleep(seconds: float) -> None:
        clock[0] += seconds

    monkeypatch.setattr(time, "sleep", sleep)
    screen, notices = on_terminal()
    Progress(notices, 9, elapsed=3600).show_for(2.5, 4, "processed")
    drawn = screen.getvalue().decode().split(ERASE)
    assert [text.partition("processed, ")[2] for text in drawn[1:]] == [f"1 h 00 min{WRAP}"] * 4
    assert clock[0] == 1002.5


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (-1, "0 s"),
        (59.9, "59 s"),
        (60, "1 min 00 s"),
        (3599, "59 min 59 s"),
        (86_399, "23 h 59 min"),
    ],
)
def test_a_length_of_time_is_told_in_two_units(seconds: float, expected: str) -> None:
    assert length(seconds) == expected


@pytest.mark.parametrize(("columns", "bar"), [(80, 30), (50, 15), (36, 0), (22, 0)])
def test_a_bar_gives_way_before_the_words(
    monkeypatch: pytest.MonkeyPatch, columns: int, bar: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    screen, notices = on_terminal()
    Progress(notices, 10).show(4, "answered", lambda: ["2.0 rows/s"])
    drawn = screen.getvalue().decode()
    assert sum(map(drawn.count, "█░")) == bar
    assert ("2.0 rows/s" in drawn) is (columns > 22)
    assert "4/10 answered, 0 s" in drawn
