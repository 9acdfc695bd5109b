"""What a program wrote to a terminal → the text that was left to read. Pure."""

import re

_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI (ECMA-48 5.4)
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?"  # OSC, as xterm ends it
    r"|\x1b[PX^_][^\x1b]*(?:\x1b\\)?"  # strings that ST ends
    r"|\x1b[ -/]*[0-~]?"
)
_CONTROLS = re.compile(r"[\x00-\x07\x0b-\x1f\x7f-\x9f]")


def plain_text(written: bytes) -> str:
    """Without escape sequences and control characters; of a line that was written over, such as a
    progress bar, the last state."""
    text = _ESCAPES.sub("", written.decode("utf-8", "replace")).replace("\r\n", "\n")
    lines = (_last_state(line) for line in text.split("\n"))
    return _CONTROLS.sub("", "\n".join(lines))


def _last_state(line: str) -> str:
    line = line.rstrip("\r").rpartition("\r")[2]
    if "\b" not in line:
        return line
    kept: list[str] = []
    for character in line:
        if character != "\b":
            kept.append(character)
        elif kept:
            kept.pop()
    return "".join(kept)


def shortened(text: str, most: int) -> str:
    """A text of more than `most` bytes as its start and its end, and between them how much of it is
    left out."""
    data = text.encode()
    if len(data) <= most:
        return text
    half = most // 2
    start, end = data[:half].decode("utf-8", "ignore"), data[-half:].decode("utf-8", "ignore")
    return f"{start}\n[{len(data) - 2 * half:,} bytes left out]\n{end}"
