"""How a flag tells what Tab may offer for it: a kind of word, whose source the program knows."""

from collections.abc import Callable, Iterable, Mapping
from typing import Literal

import typer

Kind = Literal["models", "sessions", "profiles", "templates", "jobs", "regions"]
Words = Mapping[Kind, Callable[[], Iterable[str]]]
"""Kind → the words that are known here; the `context.obj` of a completion."""


def offered(kind: Kind) -> Callable[[typer.Context], list[str]]:
    """Make the completion of a flag that takes a word of this kind."""

    def words(context: typer.Context) -> list[str]:
        return list(context.obj[kind]())

    return words


def one_of(*choices: str) -> Callable[[], list[str]]:
    """Make the completion of a flag that takes one of these words, among other things."""
    return lambda: list(choices)
