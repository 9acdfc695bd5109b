"""What claude-cli says on stderr, at each level."""

import pytest

from claude_cli.errors import InputError
from claude_cli.ui.notices import LONGEST_BODY, Level, Notices, report
from tests.ui.standard_streams import memory_streams, terminal_streams

HEADERS = [("x-api-key", "[redacted]"), ("accept", "*/*")]


def say_everything(notices: Notices) -> None:
    notices.notice("a notice")
    notices.warning("a warning")
    notices.request_sent("POST", "https://api.example/v1/messages", HEADERS, b'{"a": 1}')
    notices.waiting(2.04, "529 overloaded_error", 2, 3)
    notices.response_received(200, "OK", [("request-id", "req_1")])
    notices.response_chunk(b"event: ping\ndata: {}\n\n")
    notices.error(InputError("it broke", hint="mend it", request_id="req_1"))


SAID: dict[Level, str] = {
    "quiet": "error: it broke\nhint: mend it\nrequest id: req_1\n",
    "normal": """\
a notice
warning: a warning
retrying in 2.0 s (529 overloaded_error, attempt 2 of 3)
error: it broke
hint: mend it
request id: req_1
""",
    "verbose": """\
a notice
warning: a warning
> POST https://api.example/v1/messages
> x-api-key: [redacted]
> accept: */*
>\x20
retrying in 2.0 s (529 overloaded_error, attempt 2 of 3)
< 200 OK
< request-id: req_1
<\x20
error: it broke
hint: mend it
request id: req_1
""",
    "debug": """\
a notice
warning: a warning
> POST https://api.example/v1/messages
> x-api-key: [redacted]
> accept: */*
>\x20
> {"a": 1}
retrying in 2.0 s (529 overloaded_error, attempt 2 of 3)
< 200 OK
< request-id: req_1
<\x20
< event: ping
< data: {}
<\x20
<\x20
error: it broke
hint: mend it
request id: req_1
""",
}


def test_where_several_requests_are_under_way_no_spinner_tells_of_one() -> None:
    with terminal_streams(80):
        notices = Notices("normal")
        notices.spinner.start()
        assert notices.spinner.count_down(9, "busy")
        notices.spinner.stop()
        notices.without_spinner()
        notices.spinner.start()
        assert not notices.spinner.count_down(9, "busy")


@pytest.mark.parametrize("level", SAID)
def test_each_level_lets_through_what_it_should(level: Level) -> None:
    with memory_streams() as memory:
        say_everything(Notices(level))
    assert memory.err == SAID[level]
    assert memory.out == b""


def test_untrusted_text_is_one_harmless_line_everywhere() -> None:
    evil = "\x1b[2J\n\u202e\x9b"
    with memory_streams() as memory:
        notices = Notices("debug")
        notices.notice(evil)
        notices.warning(evil)
        notices.request_sent("GET", evil, [(evil, evil)], None)
        notices.waiting(1, evil, 2, 3)
        notices.response_received(200, evil, [(evil, evil)])
        notices.error(InputError(evil, hint=evil, request_id=evil))
        lines = memory.err.count("\n")
        notices.response_chunk(evil.encode())
    assert lines == 12
    assert not {"\x1b", "\u202e", "\x9b"} & set(memory.err)
    assert memory.err.count("␛[2J␊⟦U+202E⟧⟦U+009B⟧") == 12


def test_a_huge_body_is_cut_and_the_rest_is_counted() -> None:
    with memory_streams() as memory:
        Notices("debug").response_chunk(b"x" * (LONGEST_BODY + 12_345) + b"\x1b")
    assert memory.err == f"< {'x' * LONGEST_BODY}\n< … 12346 bytes more\n"


def test_a_body_that_is_no_text_does_no_harm() -> None:
    with memory_streams() as memory:
        Notices("debug").response_chunk(bytes(range(256)))
    assert "\x1b" not in memory.err and "\ufffd" in memory.err


def test_an_endless_message_is_cut() -> None:
    with memory_streams() as memory:
        Notices().error(InputError("x" * 1_000_000))
    assert len(memory.err) < 2100 and memory.err.endswith("…\n")


def test_an_error_can_be_reported_without_notices() -> None:
    with memory_streams() as memory:
        report(InputError("it broke"))
    assert memory.err == "error: it broke\n"


def test_labels_have_colour_where_the_terminal_has(monkeypatch: pytest.MonkeyPatch) -> None:
    with terminal_streams() as terminal:
        report(InputError("it \x1b[1mbroke"))
        assert terminal.received == "\x1b[31merror:\x1b[m it ␛[1mbroke\n"
    monkeypatch.setenv("NO_COLOR", "1")
    with terminal_streams() as terminal:
        Notices().warning("careful")
        assert terminal.received == "warning: careful\n"


def test_all_that_is_told_on_a_terminal_breaks_between_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    text = "in twenty letters and more, " * 6 + "end"
    with terminal_streams() as terminal:
        notices = Notices("verbose")
        notices.notice(text)
        notices.detail(text)
        notices.warning(text)
        notices.error(InputError(text, hint=text))
        lines = terminal.received.splitlines()
    assert max(map(len, lines)) <= 80
    labels = {"warning:", "error:", "hint:"}
    assert {word for line in lines for word in line.split()} == {*text.split(), *labels}


def test_a_retry_on_a_terminal_is_counted_down_in_place() -> None:
    with terminal_streams() as terminal:
        notices = Notices()
        notices.spinner.start()
        notices.waiting(3, "429\x1b rate_limit_error", 2, 3)
        terminal.wait_for("retrying in 3 s (429␛ rate_limit_error, attempt 2 of 3)")
        notices.spinner.stop()
        assert "\n" not in terminal.received


def test_a_retry_on_a_terminal_without_a_spinner_is_a_line() -> None:
    with terminal_streams() as terminal:
        Notices().waiting(3, "429", 2, 3)
        assert terminal.received == "retrying in 3.0 s (429, attempt 2 of 3)\n"


def test_nobody_is_on_a_terminal_who_wants_quiet() -> None:
    with terminal_streams():
        assert Notices().on_terminal and not Notices("quiet").on_terminal
    with memory_streams():
        assert not Notices().on_terminal
