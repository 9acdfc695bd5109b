"""Values at dotted places of a body, as `-o` writes them: `a.b=text`, `a.0.b:=JSON`. Pure.

A number in a path is an index: into a list that is there, or of a list that is made.
"""

from collections.abc import Mapping
from typing import Any

from claude_cli.errors import InputError, UsageError
from claude_cli.types import RequestBody


def assign(body: RequestBody, assignment: str) -> None:
    """Carry out one `-o`. Raises UsageError where it is none, or where it has no place."""
    path, equals, text = assignment.partition("=")
    if not equals or not path.rstrip(":"):
        raise UsageError(
            f"-o {assignment}: write PATH=TEXT or PATH:=JSON",
            hint="-o metadata.user_id=u-1 sets a parameter; an answer goes into a file by > FILE",
        )
    value: Any = text
    if path.endswith(":"):
        from claude_cli.values.documents import read_json

        path = path[:-1]
        try:
            value = read_json(text, f"-o {path}")
        except InputError as error:
            raise UsageError(error.message) from error
    try:
        put(body, path, value)
    except UsageError as error:
        raise UsageError(f"-o {error.message}") from error


def place_of(assignment: str) -> str:
    """The place that an assignment writes to."""
    return assignment.partition("=")[0].removesuffix(":")


def is_within(place: str, other: str) -> bool:
    """Whether `place` is `other` or a part of it."""
    return f"{place}.".startswith(f"{other}.")


def holds(body: Any, place: str) -> bool:
    """Whether objects lead to `place`, and something is there."""
    for step in place.split("."):
        if not isinstance(body, dict) or step not in body:
            return False
        body = body[step]
    return True


def without(body: Mapping[str, Any], place: str) -> dict[str, Any]:
    """A copy with nothing at `place`; an object that is empty then goes too."""
    kept = dict(body)
    if not holds(body, place):
        return kept
    step, _, rest = place.partition(".")
    if rest and (inner := without(kept[step], rest)):
        kept[step] = inner
    else:
        del kept[step]
    return kept


def put(body: Any, place: str, value: Any) -> None:
    """Write `value` at `place`, and make what is missing on the way there.

    Raises UsageError where a step leads nowhere.
    """
    steps = place.split(".")
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        key = _key(body, step, place)
        if following is None:
            _put(body, key, value)
        else:
            if _absent(body, key):
                _put(body, key, [] if _is_position(following) else {})
            body = body[key]


def _key(parent: Any, step: str, place: str) -> str | int:
    if isinstance(parent, dict) and step:
        return step
    if isinstance(parent, list) and _is_position(step) and int(step) <= len(parent):
        return int(step)
    raise UsageError(f"{place}: there is no place {step!r} in a {type(parent).__name__}")


def _is_position(step: str) -> bool:
    return step.isascii() and step.isdigit() and len(step) < 10


def _absent(parent: Any, key: Any) -> bool:
    return key not in parent if isinstance(parent, dict) else key == len(parent)


def _put(parent: Any, key: Any, value: Any) -> None:
    if isinstance(parent, list) and key == len(parent):
        parent.append(value)
    else:
        parent[key] = value
