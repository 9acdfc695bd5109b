"""What is left to read of what a program wrote on a terminal."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_cli.child.plain_output import plain_text, shortened


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (b"plain\r\ntext\r\n", "plain\ntext\n"),
        (b"\x1b[1;31mred\x1b[0m \x1b[?25lhidden\x1b[K", "red hidden"),
        (b"\x1b]8;;http://a\x1b\\link\x1b]8;;\x07", "link"),
        (b"\x1bPq#0;2;0;0;0\x1b\\sixel", "sixel"),
        (b"\x1b(Bset \x1b7save\x1b", "set save"),
        (b" 10%\r 50%\r100%\r\ndone", "100%\ndone"),
        (b"bo\x08ol\x08\x08\x08d", "d"),
        (b"o\x08on\x08n", "on"),
        (b"\x08\x08a", "a"),
        ("雪 grüße\ttab".encode(), "雪 grüße\ttab"),
        (b"\x00a\x07\x9b\xff\x7f", "a\ufffd\ufffd"),
        (b"", ""),
    ],
)
def test_escapes_and_what_was_written_over_are_left_out(written: bytes, text: str) -> None:
    assert plain_text(written) == text


@given(st.binary(max_size=300))
def test_nothing_that_moves_a_terminal_is_left(written: bytes) -> None:
    assert not [c for c in plain_text(written) if ord(c) < 32 and c not in "\t\n"]


@pytest.mark.parametrize("part", [b"\x1b]", b"\x1b[", b"\x08", b"\r", b"\x1bP", b"a\x08"])
def test_long_output_is_read_in_time(part: bytes) -> None:
    began = time.process_time()
    plain_text(part * (512 * 1024 // len(part)))
    assert time.process_time() - began < 3


def test_what_is_too_long_keeps_its_start_and_its_end() -> None:
    assert shortened("short", 5) == "short"
    assert shortened("abcdefgh", 4) == "ab\n[4 bytes left out]\ngh"
    cut = shortened("雪" * 100, 10)
    assert cut == "雪\n[290 bytes left out]\n雪"
