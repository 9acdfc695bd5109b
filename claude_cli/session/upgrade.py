"""What earlier versions wrote in another form, in the form of today. Pure.

Version 0.1.0 kept a summary as two records: a user record without a parent, which names in
`compacts` the head of the turns that the summary stands for, and the answer to it.
"""

from collections.abc import Iterator
from typing import Any

Record = dict[str, Any]
"""A record of format.py, which stands on this module."""


def linked(value: dict[str, Any]) -> dict[str, Any]:
    """The fields of a whole record, with the parent that it has today."""
    compacts = value.get("compacts")
    if value["kind"] == "user" and isinstance(compacts, str):
        return {**value, "parent": compacts}
    return value


def upgraded(walk: Iterator[Any]) -> Iterator[Any]:
    """Records from the newest to the oldest, each followed by its parent, as they are today."""
    answer: Record | None = None
    for record in walk:
        if "compacts" in record:
            if answer:
                yield _summary(record, answer)
            answer = None
            continue
        if answer:
            yield answer
            answer = None
        if record["kind"] == "assistant":
            answer = record  # the record before it says whether this is a summary
        else:
            yield record
    if answer:
        yield answer


def _summary(prompt: Record, answer: Record) -> Record:
    return {
        "kind": "summary",
        "id": answer["id"],
        "parent": prompt["parent"],
        "at": answer.get("at", ""),
        "model": answer.get("model"),
        "tokens": answer.get("tokens", 0),
        "prompt": prompt["content"],
        "message": answer["message"],
    }
