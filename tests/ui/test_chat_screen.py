"""Where a chat shows what was asked for."""

from claude_cli.ui.chat_screen import ChatScreen
from tests.ui.standard_streams import memory_streams, terminal_streams

HOSTILE = "a\x1b[2Jb\u202ec"


def test_lines_go_to_stderr_one_by_one_and_harmless() -> None:
    with memory_streams() as streams:
        ChatScreen().tell([HOSTILE, "two\nlines"])
    assert (streams.out, streams.err) == (b"", "a␛[2Jb⟦U+202E⟧c\ntwo␊lines\n")


def test_lines_are_broken_between_words_on_a_terminal() -> None:
    with terminal_streams() as terminal:
        width = ChatScreen().error_terminal.width()
        ChatScreen().tell([f"{'word ' * (width // 5)}broken"])
        rows = terminal.received.replace("\r", "").splitlines()
    assert [len(row) <= width for row in rows] == [True, True]
    assert rows[-1] == "broken"


def test_an_answer_goes_to_stdout_as_it_is() -> None:
    with memory_streams() as streams:
        ChatScreen().show_answer(HOSTILE)
        ChatScreen().show_answer("ends\n")
    assert streams.out.decode() == f"{HOSTILE}\n\nends\n\n"


def test_an_answer_is_made_harmless_on_a_terminal() -> None:
    with terminal_streams() as terminal:
        ChatScreen().show_answer(HOSTILE)
        assert "a␛[2Jb" in terminal.received


def test_a_document_is_rendered_on_a_terminal_alone() -> None:
    with memory_streams() as streams:
        ChatScreen().show_document("# A *head*")
    assert streams.err == "# A *head*\n"
    with terminal_streams() as terminal:
        ChatScreen().show_document("some *words*")
        assert "*" not in terminal.received
        assert "words" in terminal.received
