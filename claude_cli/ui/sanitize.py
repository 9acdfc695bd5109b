"""Untrusted text → text that is safe on a terminal. Pure; knows no terminal and no markup.

What can move the cursor, reorder or hide text becomes a visible mark: a control picture (`␛`) for
C0 and DEL, `⟦U+202E⟧` for everything else. What draws, or shapes what draws, stays.
"""

import re

_EMOJI_STYLE = "\ufe0f"
_FLAG = "\U0001f3f4"
_TAG_DIGITS_AND_LETTERS = "\U000e0030-\U000e0039\U000e0061-\U000e007a"
_TAG_LETTERS = "\U000e0061-\U000e007a"
_TAG_END = "\U000e007f"

_PICTOGRAPHS = (
    "\u2190-\u21ff\u2300-\u23ff\u25a0-\u27bf\u2934\u2935\u2b00-\u2bff\U0001f000-\U0001fbff"
)
"""The blocks that emoji come from, skin tones included (UTS #51, Extended_Pictographic)."""

_SHAPED = (
    "\u0620-\u065f\u066e-\u06dc\u06df-\u06ff\u0710-\u08e1\u08e3-\u08ff"  # Arabic to Mandaic
    "\u0900-\u0dff\u1000-\u109f\u1780-\u17b3\u17b6-\u17ff"  # Indic, Khmer
    "\u1807\u180a\u1820-\u18aa"  # Mongolian
    "\u1b00-\u1bff\ua800-\ua82f\ua840-\ua87f\ua980-\ua9df\ua9e0-\uaa7f"  # Balinese to Myanmar
    "\ufb50-\ufdff\ufe70-\ufefc\U00011000-\U000111df"  # Arabic forms, Brahmi to Sharada
)
"""Letters and signs of scripts that are spelled with joiners (RFC 5892, appendices A.1 and A.2)."""

_MONGOLIAN = "\u1807\u180a\u1820-\u18aa"
_UNSPACED = (
    "\u0e01-\u0e5b\u0e81-\u0edf\u1000-\u109f\u1780-\u17b3\u17b6-\u17ff\ua9e0-\ua9fe\uaa60-\uaa7f"
)
"""Thai, Lao, Myanmar, Khmer: no spaces between words, so lines break at zero-width ones."""

_IDEOGRAPHS = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_VARYING = (
    f"#*0-9\xa9\xae\u1000-\u109f\u2018-\u201d\u203c\u2049\u2122\u2139\u2200-\u22ff\u24c2\u2a00-\u2aff"
    f"\u3001-\u303d\u3297\u3299\ua840-\ua87f\uaa60-\uaa7f\uff01-\uff60{_PICTOGRAPHS}{_IDEOGRAPHS}"
)
"""What comes in variants: emoji, and the blocks of Unicode's StandardizedVariants.txt."""

_ALONE = "\xad\u061c\u200e\u200f"
"""Soft hyphen and direction marks, which typesetters need; a run of them would hide a message."""

_UNSAFE = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 but tab and newline, DEL, C1
    "\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\ufffb"  # Cf, Zl, Zp
    "\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"  # Cf of three notations
    "\xad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0"  # fillers, selectors
    "\U000e0000-\U000e0fff"  # tags, more selectors, and what is reserved to be invisible
    "\ue000-\uf8ff\U000f0000-\U0010ffff"  # private use
    "\ud800-\udfff"  # lone surrogates
    "\ufdd0-\ufdef"  # noncharacters: these, and the last two of each plane
    + "".join(f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(15))
)
"""All of Default_Ignorable_Code_Point, and more. Unassigned code points outside it are not in it:
they are next year's emoji. Neither are format characters that draw (the Arabic number signs)."""

_find_unsafe = re.compile(f"[{_UNSAFE}]").search

# A joiner stays where it shapes: between two pictographs a ZWJ makes them one emoji; after a letter
# of a script that is spelled with joiners it makes the letter's form, at the end of a word too (as
# in Malayalam). Only one at a time: a run of them would hide. Tags stay where they make a black
# flag the flag of a region: two letters for the country, up to three more, and the end.
_MARK_OR_KEEP = re.compile(
    f"(?P<kept>(?<=[{_PICTOGRAPHS}{_EMOJI_STYLE}])\u200d(?=[{_PICTOGRAPHS}])"
    f"|(?<=[{_SHAPED}])[\u200c\u200d]"
    f"|(?<=[{_MONGOLIAN}])[\u180b-\u180f]"
    f"|(?<=[{_UNSPACED}])\u200b(?=[{_UNSPACED}])"
    f"|(?<=[{_VARYING}])[\ufe00-\ufe0f]"
    f"|(?<=[{_IDEOGRAPHS}])[\U000e0100-\U000e01ef]"
    f"|(?<![{_UNSAFE}])[{_ALONE}]"
    f"|(?<={_FLAG})[{_TAG_LETTERS}]{{2}}[{_TAG_DIGITS_AND_LETTERS}]{{1,3}}{_TAG_END})"
    f"|\r\n|[{_UNSAFE}]"
)
_undecided_end = re.compile(
    f"(?:\r|(?<=[{_PICTOGRAPHS}{_EMOJI_STYLE}])\u200d"
    f"|(?<=[{_UNSPACED}])\u200b"
    f"|(?<={_FLAG})[{_TAG_DIGITS_AND_LETTERS}]{{1,5}})\\Z"
).search

_DEL = 0x7F


class Sanitizer:
    """Makes a text harmless that arrives in deltas, cut anywhere, `\\r\\n` as `\\n`.

    The deltas' results, joined, equal `sanitize` of the whole. Held back is only what the next
    delta decides: at most five characters.
    """

    def __init__(self) -> None:
        self._before = ""
        self._held = ""

    def feed(self, text: str) -> str:
        if not (self._held or _find_unsafe(text)):
            self._before = text[-1:] or self._before
            return text
        text = self._held + text
        end = _undecided_end(self._before + text)
        cut = end.start() - len(self._before) if end else len(text)
        self._held = text[cut:]
        return self._settle(text[:cut])

    def end(self) -> str:
        """Return what was held back: the text is over."""
        held, self._held = self._held, ""
        settled = self._settle(held)
        self._before = ""
        return settled

    def _settle(self, text: str) -> str:
        """Mark `text`, seeing the character before it."""
        whole = self._before + text
        safe: list[str] = []
        end = len(self._before)
        for match in _MARK_OR_KEEP.finditer(whole, end):
            safe += whole[end : match.start()], _mark(match)
            end = match.end()
        self._before = whole[-1:]
        return "".join([*safe, whole[end:]])


def sanitize(text: str) -> str:
    """Make a whole text harmless; newlines and tabs stay."""
    return _MARK_OR_KEEP.sub(_mark, text) if _find_unsafe(text) else text


def sanitize_line(text: str, limit: int = 1000) -> str:
    """Make `text` one harmless line of at most `limit` characters; `…` ends what was cut."""
    if text.isascii() and text.isprintable() and len(text) <= limit:
        return text  # as most are: a list has hundreds of thousands
    start = text[: 2 * limit]  # a \r\n is two characters and makes one mark
    line = sanitize(start).replace("\n", "␊").replace("\t", "␉")
    if len(line) > limit or len(text) > len(start):
        return line[: limit - 1] + "…"
    return line


def escape_json(text: str) -> str:
    """Make a JSON text harmless and keep its meaning: `\\uXXXX` for what `sanitize` marks."""
    return _MARK_OR_KEEP.sub(_escape, text) if _find_unsafe(text) else text


def _mark(match: re.Match[str]) -> str:
    text = match.group()
    if match.group("kept"):
        return text
    if text == "\r\n":
        return "\n"
    code = ord(text)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == _DEL:
        return "␡"
    return "\ufffd" if 0xD800 <= code <= 0xDFFF else f"⟦U+{code:04X}⟧"


def _escape(match: re.Match[str]) -> str:
    text = match.group()
    if match.group("kept"):
        return text
    units = text.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
