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
_ASSIGNMENT = re.compile(r"\w+=")
_NUMBER = re.compile(r"[\d.]+[a-z]?$")
_EXECUTES = ("-exec", "-execdir", "-ok", "-x", "--exec")
"""Flags behind which a program stands."""
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
    and so do `xargs rm` and `find -exec rm`. A word that may be the value of a wrapper's flag, or
    a program, counts as one, and so does the next: `sudo -u www rm x`."""
    is_due, is_wrapped, before = True, False, ""
    for place, word in enumerate(words):
        if not is_due:
            is_due = word in _EXECUTES
        elif not (_ASSIGNMENT.match(word) or (is_wrapped and _is_option(word))):
            name = name_of(word)
            yield name, words[place + 1 :]
            is_due = name in WRAPPERS or (is_wrapped and before.startswith("-"))
            is_wrapped = is_wrapped or name in WRAPPERS
        before = word


def _is_option(word: str) -> bool:
    """Whether it is a flag, or a number that belongs to one."""
    return word.startswith("-") or _NUMBER.match(word) is not None


def name_of(word: str) -> str:
    """`/bin/rm` and `\\rm` are `rm`."""
    return word.lstrip("\\").rpartition("/")[2]


def _tokens(line: str) -> list[str]:
    """The words and operators; of a line with a quote too many, whatever can be told."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=OPERATORS)
    lexer.whitespace, lexer.commenters, lexer.whitespace_split = " \t\r", "", True
    try:
        return [*lexer]
    except ValueError:
        return re.findall(r"[();<>|&\n`]+|[^\s();<>|&`'\"]+", line)
