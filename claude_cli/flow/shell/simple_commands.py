"""A command line taken apart: its simple commands, and the programs that each of them runs. Pure.

It is read as shells read it, but for what only running it can tell.
"""

import re
import shlex
from collections.abc import Iterator, Sequence
from typing import NamedTuple

OPERATORS = "();<>|&\n`"


def names(text: str) -> frozenset[str]:
    return frozenset(text.split())


WRAPPERS = names(
    "sudo doas run0 pkexec env nohup time nice ionice command builtin exec then do else elif if "
    "while until ! { and or not begin xargs parallel timeout watch stdbuf caffeinate"
)
"""Words that a program to be run stands behind."""
RUN_TEXT = names("sh bash zsh dash ksh fish pwsh eval ssh su watch xargs parallel env sudo doas")
"""Programs that run what stands in an argument, so what is in quotes counts."""
MOST_LEVELS = 3
"""Of command lines in arguments of command lines."""

_SUBSTITUTION = re.compile(r"[$<>]\(|`")
_VALUE = re.compile(r"\w+=|[\d.]+[a-z]?$")
_REDIRECTION = re.compile(r"(&|\d)?>[>|&]?$|<$")


class SimpleCommand(NamedTuple):
    """Words between two operators, and the operator before them; of a redirection its target."""

    operator: str
    words: Sequence[str]

    @property
    def is_redirection(self) -> bool:
        return _REDIRECTION.match(self.operator) is not None


def simple_commands(line: str, levels: int = MOST_LEVELS) -> Iterator[SimpleCommand]:
    """The simple commands of a command line, and of those that stand in its arguments."""
    operator, words = "", list[str]()
    for token in [*_tokens(line), "\n"]:
        if token.strip(OPERATORS) or not token:
            words.append(token)
            runs = any(name_of(word) in RUN_TEXT for word in words)
            if levels and (_SUBSTITUTION.search(token) or (runs and re.search(r"\s", token))):
                yield from simple_commands(token, levels - 1)
            continue
        command = SimpleCommand(operator, words)
        if command.is_redirection and words[1:]:
            yield command._replace(words=words[:1])
            command = SimpleCommand("", words[1:])
        yield command
        operator, words = token, []


def programs(words: Sequence[str]) -> Iterator[tuple[str, Sequence[str]]]:
    """Each program that a simple command runs, with what stands behind it: `sudo rm x` runs two,
    and so do `xargs rm` and `find -exec rm`."""
    is_program = True
    for place, word in enumerate(words):
        behind = words[place + 1 :]
        if is_program and not re.match(r"\w+=", word):
            is_program = False
            yield name_of(word), behind
            if name_of(word) in WRAPPERS:
                yield from _wrapped(behind)
                return
        elif word in ("-exec", "-execdir", "-ok", "-x", "--exec"):
            is_program = True


def name_of(word: str) -> str:
    """`/bin/rm` and `\\rm` are `rm`."""
    return word.lstrip("\\").rpartition("/")[2]


def _wrapped(words: Sequence[str]) -> Iterator[tuple[str, Sequence[str]]]:
    """What a wrapper runs: the first word that is no flag, and those that may be a flag's value."""
    for place, word in enumerate(words):
        if not word.startswith("-") and not _VALUE.match(word):
            yield from programs(words[place:])
            if not place or not words[place - 1].startswith("-"):
                return


def _tokens(line: str) -> list[str]:
    """The words and operators; of a line with a quote too many, whatever can be told."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=OPERATORS)
    lexer.whitespace, lexer.commenters, lexer.whitespace_split = " \t\r", "", True
    try:
        return [*lexer]
    except ValueError:
        return re.findall(r"[();<>|&\n`]+|[^\s();<>|&`'\"]+", line)
