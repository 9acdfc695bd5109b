"""A prompt of a chat that got no whole answer, and the line that asks it again. Pure."""

from typing import Literal, NamedTuple


class Failed(NamedTuple):
    """`way`: what asks the prompt again."""

    prompt: str
    way: Literal["say", "retry", "edit"]
    cut: bool = False
    """Whether an answer began, which is kept: `retry` puts a new one in its place."""


def line_of(failed: Failed) -> str:
    """The line that asks again."""
    match failed.way:
        case "say":
            return f"/{failed.prompt}" if failed.prompt.startswith("/") else failed.prompt
        case "retry":
            return "/retry"
        case "edit":
            return f"/edit {failed.prompt}"
