"""What text is that is not UTF-8: a guess at its encoding, for the hint that says how to recode it.

Strict decoders first, then how usual the characters are that they give: each old encoding of East
Asia has its everyday characters in its first rows. A guess reads a window of the text.
"""

import codecs
import re
from collections.abc import Callable
from typing import NamedTuple

from claude_cli.errors import InputError

_WINDOW = 32 * 1024
"""Bytes before and after the first one that is not UTF-8."""
_BOMS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)


class Guess(NamedTuple):
    """`name` is iconv's, None if unknown; UTF-8 means: but for a few bytes."""

    name: str | None = None
    language: str = ""

    @property
    def is_wide(self) -> bool:
        """Whether a character has two or four bytes, ASCII too."""
        return self.name is not None and self.name.startswith(("UTF-16", "UTF-32"))

    def error(self, name: str, byte: int, at: int, *, lossy_helps: bool) -> InputError:
        """Tell where `name` is not UTF-8, and how to recode it."""
        where = f"byte 0x{byte:02x} at offset {at}"
        replace = "--lossy replaces such bytes by U+FFFD; " if lossy_helps else ""
        if self.name == "UTF-8":
            what, hint = "UTF-8 but for some bytes", "iconv -f UTF-8 -t UTF-8 -c drops them"
        elif self.name is None:
            what, hint = "not UTF-8 text", "recode it: iconv -f ITS-ENCODING -t UTF-8"
        else:
            language = f", which suits {self.language} text" if self.language else ""
            what, hint = "not UTF-8 text", f"recode it: iconv -f {self.name} -t UTF-8{language}"
            replace = ""
        return InputError(f"{name} is {what}: {where}", hint=replace + hint)


def wide(data: bytes) -> Guess | None:
    """UTF-16 or UTF-32 by its byte order mark, or by the NUL bytes of every other place."""
    for mark, name in _BOMS:
        if data.startswith(mark):
            return Guess(name)
    if data.startswith(codecs.BOM_UTF8):
        return None
    start = data[: 2 * _WINDOW]
    if len(start) < 4 or b"\0" not in start:
        return None
    nuls = start[::2].count(0), start[1::2].count(0)
    if min(nuls) * 10 > max(nuls) or max(nuls) * 5 < len(start):
        return None
    return Guess("UTF-16BE" if nuls[0] > nuls[1] else "UTF-16LE")


def guess(data: bytes, at: int) -> Guess:
    """The encoding of text whose first byte that is not plain UTF-8 is at `at`."""
    if found := wide(data):
        return found
    sample = data[data.rfind(b"\n", 0, max(at - _WINDOW, 0)) + 1 : at + _WINDOW]
    whole, broken = _utf8_characters(sample)
    if whole >= broken:
        return Guess("UTF-8")
    if found := _first_that_fits(sample, _EAST_ASIAN):
        return found
    if whole:
        return Guess("UTF-8")
    # A word of Latin-1 has ASCII letters beside the others; a Cyrillic one has none.
    return _first_that_fits(sample, _LATIN if _MIXED_WORD.search(sample) else _CYRILLIC) or Guess()


def _utf8_characters(sample: bytes) -> tuple[int, int]:
    """How many characters beyond ASCII are UTF-8, and how many bytes are not."""
    text = sample.decode("utf-8", "surrogateescape")
    broken = sum("\ud800" <= character <= "\udfff" for character in text)
    return sum(character > "\x7f" for character in text) - broken, broken


class _Encoding(NamedTuple):
    """`least` is the share of usual characters, among those beyond ASCII, that makes it likely."""

    name: str
    codec: str
    is_usual: Callable[[str], bool]
    language: str
    least: float = 0.8


def _first_that_fits(sample: bytes, rows: tuple[_Encoding, ...]) -> Guess | None:
    for row in rows:
        if _share(sample, row) >= row.least:
            return Guess(row.name, row.language)
    return None


def _share(sample: bytes, row: _Encoding) -> float:
    """The share of usual ones among the characters beyond ASCII; 0 for what does not decode."""
    try:
        text = codecs.getincrementaldecoder(row.codec)().decode(sample)  # its end may be cut
    except UnicodeDecodeError:
        return 0
    beyond = [character for character in text if character > "\x7f"]
    return sum(map(row.is_usual, beyond)) / len(beyond) if beyond else 0


def _in_rows(codec: str, *rows: tuple[int, int]) -> Callable[[str], bool]:
    """Whether the first byte of a character, so encoded, is in one of these ranges."""

    def is_usual(character: str) -> bool:
        lead = character.encode(codec)[0]
        return any(first <= lead <= last for first, last in rows)

    return is_usual


def _one_of(characters: str) -> Callable[[str], bool]:
    """Whether a character matches this class of a regular expression."""
    pattern = re.compile(f"[{characters}]")
    return lambda character: pattern.match(character) is not None


_EAST_ASIAN = (
    _Encoding("EUC-JP", "euc_jp", _one_of("ぁ-ヿ"), "Japanese", 0.3),
    _Encoding("EUC-KR", "euc_kr", _one_of("가-힣\u3000-\u303f"), "Korean"),
    _Encoding("BIG5", "big5", _in_rows("big5", (0xA1, 0xC6)), "Traditional Chinese"),
    _Encoding("SHIFT_JIS", "cp932", _in_rows("cp932", (0x81, 0x97)), "Japanese"),
    _Encoding("GB18030", "gbk", _in_rows("gbk", (0xA1, 0xA3), (0xB0, 0xD7)), "Simplified Chinese"),
)
_LATIN = (
    _Encoding("WINDOWS-1252", "cp1252", _one_of("À-ÿŒœŠšŽž€«»°§‘’“”„–—…™"), "Western European"),
)
_CYRILLIC = (
    _Encoding("WINDOWS-1251", "cp1251", _one_of("а-яё"), "Cyrillic"),
    _Encoding("KOI8-R", "koi8_r", _one_of("а-яё"), "Cyrillic"),
    *_LATIN,
)
_MIXED_WORD = re.compile(rb"[A-Za-z][\x80-\xff]|[\x80-\xff][A-Za-z]")
