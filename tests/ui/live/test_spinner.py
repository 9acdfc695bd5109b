"""The sign of life, on a terminal that records it."""

import contextlib
import re
import threading
import time
from collections.abc import Iterator

import pyte
import pytest

from claude_cli.ui.live.spinner import DELAY, INTERVAL, Spinner
from claude_cli.ui.live.status_line import ERASE, NO_WRAP, WRAP, StatusLine
from claude_cli.ui.streams import ErrorOutput, open_stderr
from claude_cli.ui.terminal import describe_stderr
from tests.ui.standard_streams import RecordingTerminal, memory_streams, terminal_streams

FRAME = re.compile(rf" \d s{re.escape(WRAP)}")


@pytest.fixture
def terminal() -> Iterator[RecordingTerminal]:
    recording = RecordingTerminal(40, 5)
    yield recording
    recording.close()


def on_screen(terminal: RecordingTerminal) -> list[str]:
    screen = pyte.Screen(40, 5)
    screen.set_mode(pyte.modes.LNM)
    pyte.Stream(screen).feed(terminal.received)
    return [row.rstrip() for row in screen.display if row.strip()]


def line_on(terminal: RecordingTerminal, output: type[ErrorOutput] = ErrorOutput) -> StatusLine:
    stream = terminal.stream
    raw = open(stream.fileno(), "wb", buffering=0, closefd=False)  # noqa: SIM115
    with contextlib.redirect_stderr(stream):
        return StatusLine(describe_stderr(), output(raw, stream.encoding))


def spinner_on(terminal: RecordingTerminal) -> Spinner:
    return Spinner(line_on(terminal))


def test_a_line_is_erased_after_the_terminal_has_shown_ctrl_c_behind_it(
    terminal: RecordingTerminal,
) -> None:
    line = line_on(terminal)
    line.draw("a reason " * 20)
    terminal.stream.write("^C")
    terminal.stream.flush()
    line.erase()
    terminal.wait_for(f"^C{ERASE}")
    assert on_screen(terminal) == []


def test_a_quick_answer_sees_no_spinner(terminal: RecordingTerminal) -> None:
    spinner = spinner_on(terminal)
    spinner.start()
    spinner.stop()
    time.sleep(DELAY + INTERVAL)
    assert terminal.received == ""


def test_elapsed_seconds_are_shown_and_erased_completely(terminal: RecordingTerminal) -> None:
    spinner = spinner_on(terminal)
    spinner.start()
    terminal.wait_for("1 s")
    assert re.fullmatch(r"\S \d s", on_screen(terminal)[0])
    spinner.stop()
    received = terminal.received
    assert received.endswith(ERASE) and on_screen(terminal) == []
    time.sleep(0.3)
    assert terminal.received == received


def test_a_retry_is_counted_down_and_then_time_goes_on(terminal: RecordingTerminal) -> None:
    spinner = spinner_on(terminal)
    spinner.start()
    assert spinner.count_down(1.2, "(529)")
    terminal.wait_for("retrying in 1 s (529)")
    terminal.wait_for(re.compile(rf"\(529\).* \d s{re.escape(WRAP)}", re.DOTALL))
    spinner.stop()


@pytest.mark.parametrize("reason", ["x" * 100, "混" * 30])
def test_a_long_reason_never_wraps(reason: str, terminal: RecordingTerminal) -> None:
    spinner = spinner_on(terminal)
    spinner.start()
    spinner.count_down(9, reason)
    terminal.wait_for(f"{ERASE}{NO_WRAP}")
    assert len(on_screen(terminal)) == 1
    spinner.stop()
    assert on_screen(terminal) == []


def test_words_stand_beside_the_time_until_the_next_start(terminal: RecordingTerminal) -> None:
    spinner = spinner_on(terminal)
    spinner.start()
    spinner.tell("sums: half way")
    terminal.wait_for(re.compile(rf" \d s sums: half way{re.escape(WRAP)}"))
    spinner.start()
    terminal.wait_for(re.compile(rf"half way.*{FRAME.pattern}", re.DOTALL))
    spinner.stop()


def test_lines_go_above_the_spinner(terminal: RecordingTerminal) -> None:
    line = line_on(terminal)
    spinner = Spinner(line)
    spinner.start()
    terminal.wait_for(FRAME)
    line.write("a notice\n")
    terminal.wait_for(re.compile(rf"a notice.*{FRAME.pattern}", re.DOTALL))
    notice, frame = on_screen(terminal)
    assert (notice, bool(re.fullmatch(r"\S \d s", frame))) == ("a notice", True)
    spinner.stop()


def test_a_second_start_counts_from_nought(terminal: RecordingTerminal) -> None:
    spinner = spinner_on(terminal)
    spinner.start()
    terminal.wait_for(" 2 s")
    spinner.start()
    before = len(terminal.received)
    terminal.wait_for(re.compile(rf"(?s:.{{{before}}}).*{FRAME.pattern}", re.DOTALL))
    spinner.stop()
    [first, *_] = re.findall(r"(\d) s", terminal.received[before:])
    assert int(first) < 2


def test_a_frame_that_was_due_when_it_stopped_is_not_drawn(terminal: RecordingTerminal) -> None:
    writing, stopping = threading.Event(), threading.Event()

    class Slow(ErrorOutput):
        def write(self, text: str) -> None:
            super().write(text)
            if text == "slow\n":
                writing.set()
                stopping.wait(30)

    line = line_on(terminal, Slow)
    spinner = Spinner(line)
    spinner.start()
    terminal.wait_for(FRAME)
    writer = threading.Thread(target=line.write, args=("slow\n",))
    writer.start()
    assert writing.wait(30)
    time.sleep(3 * INTERVAL)  # meanwhile a frame becomes due, and waits for its turn
    threading.Timer(INTERVAL, stopping.set).start()
    spinner.stop()
    writer.join()
    time.sleep(2 * INTERVAL)
    assert terminal.received.endswith("slow\n")


@pytest.mark.parametrize("case", ["pipe", "dumb", "quiet"])
def test_there_are_places_without_a_spinner(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if case == "dumb":
        monkeypatch.setenv("TERM", "dumb")
    with memory_streams() if case == "pipe" else terminal_streams() as streams:
        line = StatusLine(describe_stderr(), open_stderr(), enabled=case != "quiet")
        spinner = Spinner(line)
        threads = threading.active_count()
        spinner.start()
        assert threading.active_count() == threads
        assert not spinner.count_down(1, "(429)")
        line.write("a line\n")
        spinner.stop()
        shown = streams.received if isinstance(streams, RecordingTerminal) else streams.err
    assert shown == "a line\n"


def test_an_encoding_without_braille_gets_ascii() -> None:
    with contextlib.closing(RecordingTerminal(encoding="ascii")) as terminal:
        spinner = spinner_on(terminal)
        spinner.start()
        terminal.wait_for(FRAME)
        spinner.stop()
        assert terminal.received.removeprefix(ERASE + NO_WRAP)[0] in "|/-\\"
