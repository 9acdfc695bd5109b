"""The line editor, by the bytes that a terminal sends."""

import asyncio
import gc
import io
import os
import signal
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from prompt_toolkit.data_structures import Size
from prompt_toolkit.input.defaults import create_pipe_input
from prompt_toolkit.output import DummyOutput
from prompt_toolkit.output.vt100 import Vt100_Output

from claude_cli import signals
from claude_cli.__main__ import CONTAINERS
from claude_cli.errors import Interrupted
from claude_cli.ui.editor.history import PromptHistory
from claude_cli.ui.editor.menu import Candidate
from claude_cli.ui.editor.prompt import Complete, LineEditor
from claude_cli.ui.editor.typed_line import TypedLine
from tests.ui.editor.keys import (
    ALT_ENTER,
    CTRL_C,
    CTRL_D,
    CTRL_J,
    CTRL_R,
    CTRL_X_CTRL_E,
    DOWN,
    ENTER,
    LEFT,
    UP,
    no_file,
    nothing,
    pasted,
    shout,
    type_keys,
    type_lines,
)


def text_of(line: TypedLine | None) -> str | None:
    return line and line.text


def type_slowly(
    *keys: str, complete: Complete = nothing, until: threading.Event | None = None
) -> str | None:
    """Return the line that the editor gives when there is time to draw between the keys.

    `until` has happened before the second ones are typed.
    """
    with create_pipe_input() as pipe:
        editor = LineEditor(None, complete, shout, no_file, input=pipe, output=DummyOutput())
        done = threading.Event()

        def send() -> None:
            for piece in keys:
                if not done.is_set():
                    pipe.send_text(piece)
                    done.wait(0.2)
                if until:
                    until.wait(30)

        sender = threading.Thread(target=send)
        sender.start()
        try:
            return text_of(editor.read())
        finally:
            done.set()
            sender.join()


def test_where_lines_are_typed_garbage_is_collected_more_often_than_in_other_commands() -> None:
    gc.set_threshold(CONTAINERS)
    assert type_keys("hi" + ENTER) == ["hi"]
    assert gc.get_threshold()[0] <= CONTAINERS // 10


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ("hello" + ENTER, "hello"),
        (ENTER, ""),
        ("one" + ALT_ENTER + "two" + ENTER, "one\ntwo"),
        ("one" + CTRL_J + "  two" + CTRL_J + ENTER, "one\n  two\n"),
        (pasted("one\r\ntwo\rthree\n") + ENTER, "one\ntwo\nthree\n"),
        (pasted("/quit\n") + "x" + ENTER, "/quit\nx"),
        ("half" + CTRL_C + "whole" + ENTER, "whole"),
        ("one" + CTRL_J + "two" + CTRL_C + ENTER, ""),
        ("ab" + LEFT + CTRL_D + ENTER, "a"),
        (CTRL_D, None),
        ("x" + CTRL_C + CTRL_D, None),
        ("雪\u0301🏔" + ENTER, "雪\u0301🏔"),
    ],
)
def test_keys_make_a_line(keys: str, line: str | None) -> None:
    assert type_keys(keys) == [line]


def test_what_was_asked_is_easy_to_find_behind_a_green_mark() -> None:
    shown = io.StringIO()
    screen = Vt100_Output(shown, lambda: Size(24, 80), term="xterm", enable_cpr=False)
    with create_pipe_input() as pipe:
        editor = LineEditor(None, nothing, shout, no_file, input=pipe, output=screen)
        pipe.send_text(pasted("one\ntwo") + ENTER)
        assert text_of(editor.read()) == "one\ntwo"
    _, mark, line = shown.getvalue().rpartition("\x1b[0;32;1m> ")  # green and bold, ECMA-48 8.3.117
    assert mark
    assert line.startswith("\x1b[0;1mone\x1b[")
    assert "\x1b[0;1m  two\x1b[" in line


def test_the_editor_changes_the_line_and_sends_nothing() -> None:
    assert type_slowly("ab" + CTRL_X_CTRL_E, "!" + ENTER) == "AB!"


def test_a_default_is_there_to_be_changed() -> None:
    assert type_keys("!" + ENTER, default="again") == ["again!"]


def test_lines_typed_ahead_are_not_lost() -> None:
    with create_pipe_input() as pipe:
        editor = LineEditor(None, nothing, shout, no_file, input=pipe, output=DummyOutput())
        pipe.send_text("one" + ENTER + "two" + ENTER)
        assert [text_of(editor.read()), text_of(editor.read())] == ["one", "two"]


def test_up_and_search_bring_back_what_was_typed() -> None:
    lines = type_keys("first" + ENTER, "second" + ENTER, UP + UP + ENTER)
    assert lines[-1] == "first"
    lines = type_keys("the Needle" + ENTER, "hay" + ENTER, CTRL_R + "needle" + ENTER + ENTER)
    assert lines[-1] == "the Needle"


def test_ctrl_c_ends_a_search_and_keeps_the_line() -> None:
    lines = type_keys("old" + ENTER, "new" + CTRL_R + "ol" + CTRL_C + ENTER)
    assert lines[-1] == "new"


def marks(line: TypedLine | None) -> str:
    """The line, what was not typed as `.`."""
    assert line
    return "".join(c if typed else "." for c, typed in zip(line.text, line.typed, strict=True))


@pytest.mark.parametrize(
    ("keys", "shown"),
    [
        ("see @a" + ENTER, "see @a"),
        (pasted("see @a") + " or @b" + ENTER, "...... or @b"),
        ("@" + pasted("/a/b") + ENTER, "@...."),
        ("ab" + LEFT + pasted("@") + ENTER, "a.b"),
        (pasted("@a") + CTRL_C + "@a" + ENTER, "@a"),
        (CTRL_J.join(["one", pasted("two"), "three"]) + ENTER, "one\n...\nthree"),
    ],
)
def test_what_was_pasted_was_not_typed(keys: str, shown: str) -> None:
    [line] = type_lines(keys)
    assert marks(line) == shown


def test_what_an_editor_wrote_was_not_typed() -> None:
    with create_pipe_input() as pipe:
        opened = threading.Event()

        def write(text: str) -> str:
            opened.set()
            return f"{text} @c"

        editor = LineEditor(None, nothing, write, no_file, input=pipe, output=DummyOutput())

        def send() -> None:
            pipe.send_text("@a" + CTRL_X_CTRL_E)
            opened.wait(30)
            time.sleep(0.2)
            pipe.send_text("!" + ENTER)

        threading.Thread(target=send).start()
        assert marks(editor.read()) in ("@a...!", "!@a...")


@pytest.mark.parametrize("remembers", [True, False])
def test_a_line_that_is_brought_back_is_as_typed_as_it_was(tmp_path: Path, remembers: bool) -> None:
    first = (pasted("!rm @a") + ENTER, "!ls @b" + ENTER)
    again = (UP + ENTER, UP * 2 + ENTER)
    if remembers:
        type_lines(*first, history=tmp_path / "history")
        lines = type_lines(*again, history=tmp_path / "history")
    else:
        lines = type_lines(*first, *again)[2:]
    assert [marks(line) for line in lines] == ["!ls @b", "......"]


def test_a_line_that_was_left_for_an_earlier_one_is_as_typed_as_it_was() -> None:
    lines = type_lines("x" + ENTER, "@b " + pasted("@a") + UP + DOWN + ENTER)
    assert marks(lines[1]) == "@b .."


def test_a_file_that_is_dropped_counts_as_typed() -> None:
    def drop(before: str, text: str) -> str:
        return f"@{text} " if before == "see " else ""

    [line] = type_lines("see " + pasted("/a") + pasted("/b") + ENTER, drop=drop)
    assert line and line.text == "see @/a /b"
    assert marks(line) == "see @/a .."


def test_tab_completes() -> None:
    def complete(line: str) -> Iterable[Candidate]:
        return [Candidate("/model", len(line), "a note")] if line == "/mo" else []

    assert type_slowly("/mo\t", " x" + ENTER, complete=complete) == "/model x"
    assert type_slowly("mo\t", ENTER, complete=complete) == "mo"


def test_tab_goes_through_what_there_is_and_leaves_the_rest_of_the_line() -> None:
    def complete(line: str) -> Iterable[Candidate]:
        begun = line.rpartition("@")[2]
        return [Candidate(w, len(begun), "") for w in ("one.txt", "two.txt") if w.startswith(begun)]

    assert type_slowly("see @", "\t", "\t", "\t", "!" + ENTER, complete=complete) == "see @two.txt!"


def test_tab_writes_what_all_that_there_is_begins_with() -> None:
    def complete(line: str) -> Iterable[Candidate]:
        begun = line.rpartition("@")[2]
        return [Candidate(w, len(begun), "") for w in ("two", "twelve") if w.startswith(begun)]

    assert type_slowly("see @t", "\t", "o!" + ENTER, complete=complete) == "see @two!"


def test_what_is_no_utf8_is_replaced() -> None:
    with create_pipe_input() as pipe:
        editor = LineEditor(None, nothing, shout, no_file, input=pipe, output=DummyOutput())
        pipe.send_bytes(b"a\xffb\r")
        assert text_of(editor.read()) == "a\ufffdb"


@pytest.fixture
def installed() -> Iterator[None]:
    """The handlers of the program, for SIGTERM, SIGHUP and SIGQUIT."""
    kept = {
        number: signal.getsignal(number)
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
    }
    signals.install()
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_a_signal_ends_the_prompt_and_travels_on(installed: None, number: signal.Signals) -> None:
    ours = signal.getsignal(number)
    begun = threading.Event()

    def begin(line: str) -> Iterable[Candidate]:
        if not begun.is_set():  # Tab asks twice where nothing can be said at once
            threading.Timer(0.1, os.kill, [os.getpid(), number]).start()
        begun.set()
        return []

    with pytest.raises(Interrupted) as caught:
        type_slowly("half\t", complete=begin, until=begun)
    assert caught.value.signum == number
    assert signal.getsignal(number) == ours


def test_ctrl_backslash_is_the_signal_that_it_is_elsewhere(installed: None) -> None:
    with pytest.raises(Interrupted) as caught:
        type_keys("half\x1c")
    assert caught.value.signum == signal.SIGQUIT


def test_a_signal_before_the_prompt_has_begun_is_not_lost(
    installed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = asyncio.run

    def interrupted_run(prompt: Any) -> Any:
        with suppress(BaseException):  # as asyncio does with what is raised in its callbacks
            os.kill(os.getpid(), signal.SIGTERM)
        return run(prompt)

    monkeypatch.setattr(asyncio, "run", interrupted_run)
    with pytest.raises(Interrupted):
        type_slowly(CTRL_D)


def killing(number: signal.Signals, done: threading.Event) -> Complete:
    """A completion in whose middle a signal comes, and which then sets `done`."""

    def complete(line: str) -> Iterable[Candidate]:
        os.kill(os.getpid(), number)
        done.set()
        return []

    return complete


def test_a_signal_while_the_prompt_is_busy_is_not_lost(installed: None) -> None:
    killed = threading.Event()
    with pytest.raises(Interrupted):
        type_slowly(
            "half\t", "whole" + ENTER, complete=killing(signal.SIGTERM, killed), until=killed
        )


def test_a_signal_after_the_line_is_complete_is_not_lost(
    installed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def remember(history: object, line: str) -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(PromptHistory, "append_string", remember)
    with pytest.raises(Interrupted):
        type_slowly("whole" + ENTER)


def test_an_interrupt_from_outside_clears_the_line() -> None:
    killed = threading.Event()
    line = type_slowly(
        "half\t", "whole" + ENTER, complete=killing(signal.SIGINT, killed), until=killed
    )
    assert line == "whole"


def test_a_large_paste_is_taken_in_time() -> None:
    text = "\n".join(f"line {number} of a paste" for number in range(50_000))
    started = time.monotonic()
    assert type_keys(pasted(text) + ENTER) == [text]
    assert time.monotonic() - started < 8
