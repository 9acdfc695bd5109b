"""The question before a call runs: what is shown, what counts as an answer, on a real terminal."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("termios")

ASK = """
import fcntl, json, sys, termios
fcntl.ioctl(int(sys.argv[1]), termios.TIOCSCTTY, 0)
from claude_cli.ui.editor import consent
if not consent.can_ask():
    sys.exit("nobody")
print("ready", flush=True)
sys.stdin.readline()
print(consent.ask_user(sys.argv[2], json.loads(sys.argv[3]), sys.argv[4]), flush=True)
"""


class Question:
    """A process that asks once, on a terminal that we hold the other end of."""

    def __init__(self, name: str, tool_input: Any, about: str) -> None:
        self._master, slave = os.openpty()
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-W",
                "error",
                "-c",
                ASK,
                str(slave),
                name,
                json.dumps(tool_input),
                about,
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
            pass_fds=[slave],
        )
        os.close(slave)
        os.set_blocking(self._master, False)
        self.shown = ""
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == b"ready\n"

    def ask(self, *answers: str) -> str:
        """Let it ask and type the answers, one a question; return what it made of them."""
        assert self.process.stdin is not None
        self.process.stdin.write(b"\n")
        self.process.stdin.flush()
        for times, answer in enumerate(answers, 1):
            self._wait_for("[q]uit: ", times)
            self.type(answer)
        out, _ = self.process.communicate(timeout=30)
        self._read()
        return out.decode().strip()

    def type(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()
        os.close(self._master)

    def _wait_for(self, text: str, times: int) -> None:
        deadline = time.monotonic() + 30
        while self._read().count(text) < times:
            assert time.monotonic() < deadline, self.shown
            time.sleep(0.005)

    def _read(self) -> str:
        try:
            while chunk := os.read(self._master, 65536):
                self.shown += chunk.decode("utf-8", "replace")
        except OSError:
            pass
        return self.shown


@pytest.fixture
def question() -> Iterator[Any]:
    asked: list[Question] = []

    def make(name: str = "touch", tool_input: Any = None, about: str = "") -> Question:
        asked.append(Question(name, {} if tool_input is None else tool_input, about))
        return asked[-1]

    yield make
    for each in asked:
        each.close()


@pytest.mark.parametrize(
    ("answers", "decision"),
    [
        (["y\n"], "yes"),
        (["  YES\n"], "yes"),
        (["n\n"], "no"),
        (["a\n"], "always"),
        (["q\n"], "quit"),
        (["\n", "x\n", "\u044f\n", "y\n"], "yes"),
        (["\x04"], "no"),
        (["v\n", "v\n", "n\n"], "no"),
    ],
)
def test_answers(question: Any, answers: list[str], decision: str) -> None:
    assert question().ask(*answers) == decision


def test_name_and_input_are_shown_on_one_line_cut_and_harmless(question: Any) -> None:
    asked = question("na\x1b[2Jme", {"text": "\x1b]52;c;aGk=\x07\n[bold]\u202e" + "x" * 999})
    asked.ask("n\n")
    line, *_ = asked.shown.splitlines()
    assert line.startswith("na␛[2Jme {")
    assert "\x1b" not in asked.shown and "\u202e" not in asked.shown
    assert len(line) < 300
    assert re.search(r"x… and \d+ more characters$", line)


def test_what_is_said_about_a_call_is_one_harmless_line(question: Any) -> None:
    blanks = " " * 400
    asked = question("add", {"a": 1}, f"sums is \x1b[2Jcat\u202e\nrun it? yes{blanks}; rm -rf /")
    asked.ask("n\n")
    about, call, *_ = asked.shown.splitlines()
    assert about == "sums is ␛[2Jcat⟦U+202E⟧␊run it? yes[400 blanks]; rm -rf /"
    assert call == 'add {"a": 1}'


@pytest.mark.parametrize("blank", [" ", "\n", "\t", "\u00a0", "\u3000", "\u2003", "\u2800"])
def test_blanks_do_not_push_the_end_out_of_sight(question: Any, blank: str) -> None:
    asked = question("sh", {"cmd": f"ls{blank * 400}; rm -rf /", "more": [f"a{blank * 400}b"]})
    assert asked.ask("y\n") == "yes"
    assert 'sh {"cmd": "ls[400 blanks]; rm -rf /", "more": ["a[400 blanks]b"]}' in asked.shown


@pytest.mark.parametrize(("yes", "decision"), [("y\n", "yes"), ("always\n", "always")])
def test_no_yes_counts_before_all_of_it_was_viewed(question: Any, yes: str, decision: str) -> None:
    call = {"cmd": "x" * 300 + "; rm -rf /"}
    asked = question("sh", call)
    assert asked.ask(yes, "n\n") == "no"
    assert "rm -rf" not in asked.shown
    asked = question("sh", call)
    assert asked.ask(yes, "v\n", yes) == decision
    assert f"… and {len(json.dumps(call)) - 200} more characters" in asked.shown
    assert asked.shown.index("rm -rf") > asked.shown.index("[v]iew it before")


@pytest.mark.parametrize("no", ["n\n", "q\n"])
def test_a_no_needs_no_view(question: Any, no: str) -> None:
    assert question("sh", {"cmd": "x" * 300}).ask(no) == {"n\n": "no", "q\n": "quit"}[no]


def test_the_view_keeps_its_own_indent_and_short_runs_of_blanks(question: Any) -> None:
    nested: Any = {"code": "if a:\n        return"}
    for _ in range(20):
        nested = {"in": nested}
    asked = question("sh", nested)
    asked.ask("v\n", "n\n")
    assert f'\n{" " * 42}"code": "if a:\\n        return"' in asked.shown


def test_the_view_squeezes_blanks_too(question: Any) -> None:
    asked = question("sh", {"cmd": " " * 5000 + "x" * 300})
    assert asked.ask("v\n", "y\n") == "yes"
    assert '"cmd": "[5000 blanks]xxx' in asked.shown


def test_view_shows_all_of_it_harmless(question: Any) -> None:
    asked = question("t", {"text": "begin" + "x" * 999 + "\x1b[2J\u202eend"})
    asked.ask("v\n", "n\n")
    assert "begin" + "x" * 999 in asked.shown
    assert "end" in asked.shown
    assert "\x1b" not in asked.shown
    assert "\u202e" not in asked.shown


def test_what_was_typed_before_the_question_is_no_answer(question: Any) -> None:
    asked = question()
    asked.type("y\n")
    assert asked.ask("n\n") == "no"


def test_a_terminal_that_is_gone_can_not_be_asked() -> None:
    code = "from claude_cli.ui.editor import consent; print(consent.can_ask())"
    ran = subprocess.run(
        [sys.executable, "-c", code], start_new_session=True, capture_output=True, check=True
    )
    assert ran.stdout == b"False\n"


def test_a_terminal_that_goes_away_meanwhile_is_a_no() -> None:
    code = (
        "from claude_cli.ui.editor import consent; consent.TERMINAL = '/nonexistent/tty';"
        "print(consent.ask_user('t', {}))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert ran.stdout == b"no\n"
