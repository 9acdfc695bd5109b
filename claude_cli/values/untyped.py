"""Values that a server sent, whose types nobody has checked yet: one reader for each type. Pure."""

from collections.abc import Mapping
from typing import Any

Block = Mapping[str, Any]


def string(block: Block, field: str) -> str:
    """Return the field's text, none where it is missing or something else."""
    value = block.get(field)
    return value if isinstance(value, str) else ""


def mapping(value: Any) -> Block:
    """Return an object of JSON; an empty one in place of anything else."""
    return value if isinstance(value, dict) else {}


def whole_number(value: Any) -> int:
    """Return a whole number that is not negative; 0 in place of anything else."""
    return value if type(value) is int and value >= 0 else 0
