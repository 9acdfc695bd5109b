"""A chat whose lines come from a pipe: each is a turn or a slash command."""

import errno
from collections.abc import Iterator
from functools import partial
from typing import BinaryIO

from claude_cli.content.kinds import READ_LIMIT
from claude_cli.disk import inputfile
from claude_cli.errors import ClaudeCliError, ExitCode, InputError, InputUnreadable
from claude_cli.flow.chat.dialogue import Dialogue
from claude_cli.flow.chat.slash import Take, take_line
from claude_cli.flow.chat.slash_commands import SLASH_COMMANDS
from claude_cli.ui.notices import Notices


def take_piped(
    dialogue: Dialogue, first: Take, notices: Notices, stream: BinaryIO | None, *, keep_going: bool
) -> ExitCode:
    """Take a turn for each line of `stream`; return the first exit code that is not 0."""
    lines = _lines(dialogue, stream)
    take: Take | None = first
    result = ExitCode.OK
    while take is not None:
        try:
            code = take()
        except ClaudeCliError as error:
            if not keep_going:
                if take is not first:
                    notices.reword(error)
                raise
            notices.error(error)
            code = error.code
        result = result or code
        over = dialogue.over or (result is not ExitCode.OK and not keep_going)
        take = None if over else next(lines, None)
    return result


def _lines(dialogue: Dialogue, stream: BinaryIO | None) -> Iterator[Take]:
    """Yield what each line of stdin wants done. Raises InputUnreadable where reading fails."""
    number = 0
    try:
        while stream is not None and (line := stream.readline(READ_LIMIT + 1)):
            number += 1
            yield partial(_take_raw, dialogue, line, f"line {number} of stdin")
    except OSError as error:
        if error.errno == errno.EBADF:  # opened for writing: there is nothing to read
            return
        raise InputUnreadable(f"cannot read stdin: {error.strerror}") from error


def _take_raw(dialogue: Dialogue, line: bytes, name: str) -> ExitCode:
    """Do what a line says. Raises InputError for one that is too long or not UTF-8."""
    if len(line) > READ_LIMIT:
        raise InputError(f"{name} is longer than a request can be")
    text = inputfile.decode_text(line.rstrip(b"\r\n"), name)
    return take_line(dialogue, text, SLASH_COMMANDS)
