"""Holes of a file: runs of NUL that nobody wrote, such as a crash leaves, and that no disk holds.

The system knows where they are, so that gigabytes of them need not be read. Where it does not tell,
a file has none.
"""

import errno
import os
from typing import BinaryIO

_SMALLEST = 1024 * 1024
"""Bytes of a hole that is worth being passed over."""


def end_of_hole(file: BinaryIO, at: int) -> int:
    """Where the hole ends in which the byte `at` is; `at` itself where it is in none."""
    if not hasattr(os, "SEEK_DATA"):
        return at
    try:
        return file.seek(at, os.SEEK_DATA)
    except OSError as error:
        reaches_to_end = error.errno == errno.ENXIO
        return file.seek(0, os.SEEK_END) if reaches_to_end else at


def start_of_hole(file: BinaryIO, end: int) -> int:
    """A byte from which on up to `end` there is nothing but a hole; `end` where there is none.

    The system tells where a hole ends alone, so it is asked for longer and longer ones. What is
    left in front of the last may be a hole, too.
    """
    start, size = end, _SMALLEST
    while start > 0 and end_of_hole(file, max(0, start - size)) >= start:
        start, size = max(0, start - size), 2 * size
    return start
