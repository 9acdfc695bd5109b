"""What may reach a terminal, whatever the cut into deltas."""

import itertools
import json
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_cli.ui.sanitize import Sanitizer, escape_json, sanitize, sanitize_line
from tests.thorough import MANY

ENGLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
TEXAS = "\U0001f3f4\U000e0075\U000e0073\U000e0074\U000e0078\U000e007f"
INVISIBLE = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
DRAWN_FORMATS = "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2"
DRAWN_FORMATS += "\U000110bd\U000110cd"

TYPESETTING = "\xad\u061c\u200e\u200f"
IGNORABLE = frozenset(
    (
        *(0xAD, 0x34F, 0x61C, 0x115F, 0x1160, 0x17B4, 0x17B5, *range(0x180B, 0x1810), 0x3164),
        *(*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF, 0xFFA0),
        *(*range(0xFE00, 0xFE10), *range(0xFFF0, 0xFFF9), *range(0x1BCA0, 0x1BCA4)),
        *(*range(0x1D173, 0x1D17B), *range(0xE0000, 0xE1000)),
    )
)
"""Default_Ignorable_Code_Point, of Unicode's DerivedCoreProperties.txt."""

TRICKY = st.lists(
    st.one_of(
        st.sampled_from(
            [
                *"\r\n\x1b\x9b\x7f\u202e\u200b\u200c\u200d\ufeff\ufe0f\u180e\u200b\xad\u200f\u034f\ud800\u2028",
                ENGLAND,
            ]
        ),
        st.sampled_from(
            [*"a🏴👩❤🏽1葛ក\u1820\u06cc\u0d30\u0d4d", *ENGLAND, *TEXAS, "[/bold]", "\r\n"]
        ),
        st.characters(codec=None),
    ),
    max_size=30,
).map("".join)


def in_deltas(text: str, cuts: list[int]) -> str:
    sanitizer = Sanitizer()
    edges = [0, *sorted(cut % (len(text) + 1) for cut in cuts), len(text)]
    deltas = (text[a:b] for a, b in itertools.pairwise(edges))
    return "".join([*map(sanitizer.feed, deltas), sanitizer.end()])


@pytest.mark.parametrize(
    ("unsafe", "marked"),
    [
        ("\x1b]52;c;c2VjcmV0\x07", "␛]52;c;c2VjcmV0␇"),
        ("\x1b[2J", "␛[2J"),
        ("\x9b2J", "⟦U+009B⟧2J"),
        ("a\x00b\x7f\x08", "a␀b␡␈"),
        ("\x85", "⟦U+0085⟧"),
        ("to\rgone", "to␍gone"),
        ("one\r\ntwo", "one\ntwo"),
        ("\r\r\n", "␍\n"),
        ("user\u202etxt.exe", "user⟦U+202E⟧txt.exe"),
        ("\u2066\u2069\u202a\u202c", "⟦U+2066⟧⟦U+2069⟧⟦U+202A⟧⟦U+202C⟧"),
        ("a\u200bb\u2060\ufeff", "a⟦U+200B⟧b⟦U+2060⟧⟦U+FEFF⟧"),
        ("a\u034fb", "a⟦U+034F⟧b"),  # combining grapheme joiner
        ("\u115f\u1160\u3164\uffa0", "⟦U+115F⟧⟦U+1160⟧⟦U+3164⟧⟦U+FFA0⟧"),  # Hangul fillers
        ("\u1780\u17b4\u17b5", "\u1780⟦U+17B4⟧⟦U+17B5⟧"),  # Khmer vowels that nobody sees
        ("a\ufe0f b\U000e0100", "a⟦U+FE0F⟧ b⟦U+E0100⟧"),
        ("❤\ufe0f\ufe0e\ufe00", "❤\ufe0f⟦U+FE0E⟧⟦U+FE00⟧"),
        ("葛\U000e0100\U000e0101", "葛\U000e0100⟦U+E0101⟧"),
        ("a\u180b\u180e", "a⟦U+180B⟧⟦U+180E⟧"),
        ("\u1820\u180b\u180c", "\u1820\u180b⟦U+180C⟧"),
        ("\u0e01\u200b\u200b\u0e01", "\u0e01⟦U+200B⟧⟦U+200B⟧\u0e01"),
        ("\u0e01\u200b", "\u0e01⟦U+200B⟧"),
        ("a\u200db", "a⟦U+200D⟧b"),
        ("👩\u200d", "👩⟦U+200D⟧"),
        ("\U000e0041\U000e007f", "⟦U+E0041⟧⟦U+E007F⟧"),
        ("\U0001f3f4\U000e0061", "\U0001f3f4⟦U+E0061⟧"),
        ("\u2028\u2029", "⟦U+2028⟧⟦U+2029⟧"),
        ("\ue000\U0010fffd\ufdd0\ufffe\U0001ffff", "⟦U+E000⟧⟦U+10FFFD⟧⟦U+FDD0⟧⟦U+FFFE⟧⟦U+1FFFF⟧"),
        ("\ud800", "\ufffd"),
    ],
)
def test_what_acts_on_a_terminal_becomes_a_mark_wherever_deltas_are_cut(
    unsafe: str, marked: str
) -> None:
    assert sanitize(unsafe) == marked
    for cut in range(len(unsafe) + 1):
        assert in_deltas(unsafe, [cut]) == marked
    assert in_deltas(unsafe, list(range(len(unsafe)))) == marked


@pytest.mark.parametrize(
    "text",
    [
        "tab\tand\nnewline [/bold] [red]",
        "👩\u200d👩\u200d👧 👩🏽\u200d❤\ufe0f\u200d💋\u200d👨🏾 🧔\u200d♂\ufe0f",
        "🏳\ufe0f\u200d🌈 🙂\u200d↔\ufe0f",
        ENGLAND,
        TEXAS,
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",  # Persian, "I want"
        "\u0d05\u0d35\u0d30\u0d4d\u200d",  # Malayalam, with a joiner at the end of the word
        "\u0915\u094d\u200d\u0937",  # Devanagari, half form
        "1\ufe0f\u20e3 ©\ufe0f ™\ufe0e ㊗\ufe0f \u845b\U000e0100 \u0601 العربية עברית ไทย",
        "0\ufe00 ∩\ufe00 。\ufe01 \u1000\ufe00 \ua856\ufe00 \u9038\ufe00",
        "\u1780\u17b6\u200b\u1781 \u0e01\u0e32\u200b\u0e23",  # Khmer, Thai
        "\u0e81\u200b\u0e82 \u1000\u1031\u200b\u1001",  # Lao, Myanmar
        "Donau\xaddampf\xadschiff",
        "(עברית)\u200f C++\u200e \u061c1-2",
        "\u1820\u180b \u1820\u180e\u1820 \u1820\u180f",
        "\U0001fae8\U0001faea",  # emoji newer than the interpreter
        "e\u0301 \xa0 \u3000",
    ],
)
def test_what_draws_or_shapes_stays_wherever_deltas_are_cut(text: str) -> None:
    assert sanitize(text) == text
    for cut in range(len(text) + 1):
        assert in_deltas(text, [cut]) == text
    assert in_deltas(text, list(range(len(text)))) == text


def test_a_run_of_joiners_cannot_hide() -> None:
    assert sanitize("\u06cc\u200c\u200d\u200c") == "\u06cc\u200c⟦U+200D⟧⟦U+200C⟧"
    assert sanitize("a\u200e\u200f\xad\u061cb") == "a\u200e⟦U+200F⟧⟦U+00AD⟧⟦U+061C⟧b"


@given(st.text("\ufe0f\u200d\u200c\xad\u200f\u200b\u180b\u034f\U000e0100a葛❤क\u1820ក", max_size=20))
def test_no_more_than_two_invisible_characters_are_in_a_row(text: str) -> None:
    assert not re.search(f"[{''.join(map(chr, IGNORABLE))}]{{3}}", sanitize(text))


@MANY
@given(TRICKY, st.lists(st.integers(0, 300), max_size=12))
def test_the_cut_into_deltas_makes_no_difference(text: str, cuts: list[int]) -> None:
    assert in_deltas(text, cuts) == sanitize(text)


@MANY
@given(TRICKY)
def test_nothing_invisible_is_left_but_what_shapes(text: str) -> None:
    safe = sanitize(text.replace(ENGLAND, "").replace(TEXAS, ""))
    left = {char for char in safe if unicodedata.category(char) in INVISIBLE}
    tags = {chr(code) for code in range(0xE0030, 0xE0080)}
    kept = {"\n", "\t", "\u200b", "\u200c", "\u200d", "\u180e", *TYPESETTING}
    assert left <= {*kept, *DRAWN_FORMATS, *tags}


@given(TRICKY)
def test_sanitising_twice_changes_nothing(text: str) -> None:
    assert sanitize(sanitize(text)) == sanitize(text)


def test_every_character_alone_is_visible_once_sanitised() -> None:
    kept = "\n\t" + DRAWN_FORMATS + TYPESETTING
    hidden = [
        char
        for char in map(chr, range(0x110000))
        if unicodedata.category(char) in INVISIBLE or ord(char) in IGNORABLE
    ]
    assert [char for char in hidden if char not in kept and sanitize(char) == char] == []


def test_a_harmless_delta_comes_back_at_once_and_as_it_is() -> None:
    sanitizer, delta = Sanitizer(), "nothing to see 🏴"
    assert sanitizer.feed(delta) is delta


def test_only_what_the_next_delta_decides_is_held_back() -> None:
    sanitizer = Sanitizer()
    assert sanitizer.feed("line\r") == "line"
    assert sanitizer.feed("\n👩\u200d") == "\n👩"
    assert sanitizer.feed("x") == "⟦U+200D⟧x"
    assert sanitizer.feed("\U0001f3f4" + 6 * "\U000e0061").endswith(6 * "⟦U+E0061⟧")
    assert sanitizer.end() == ""


@MANY
@given(TRICKY, st.integers(1, 40))
def test_a_line_stays_one_line_within_its_limit(text: str, limit: int) -> None:
    line = sanitize_line(text, limit)
    assert len(line) <= limit
    assert not {"\n", "\t", "\r", "\x1b"} & set(line)


def test_a_line_shows_its_line_ends_and_that_it_was_cut() -> None:
    assert sanitize_line("a\nb\tc\r\nd") == "a␊b␉c␊d"
    assert sanitize_line("abcdef", 6) == "abcdef"
    assert sanitize_line("abcdefg", 6) == "abcde…"
    assert sanitize_line("\r\n" * 1000, 6) == "␊␊␊␊␊…"


@given(TRICKY)
def test_escaped_json_means_the_same_and_is_harmless(text: str) -> None:
    escaped = escape_json(json.dumps({"text": text}, ensure_ascii=False))
    assert json.loads(escaped) == {"text": text}
    assert sanitize(escaped) == escaped


def test_astral_characters_are_escaped_as_surrogate_pairs() -> None:
    assert escape_json('"\U000e0041"') == r'"\udb40\udc41"'
