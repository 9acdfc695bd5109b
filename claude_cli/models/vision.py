"""How large a model sees a picture, and for how many tokens. Pure.

Source: Anthropic's guide "Vision", with its reference code: a picture that breaks one of the two
bounds of a model is scaled down by the API to the largest size of its shape that keeps both.
"""

from typing import NamedTuple

_PATCH = 28
"""Pixels a side of what becomes one token."""


class Bounds(NamedTuple):
    """The longest side in pixels, filled up to whole patches, and the most tokens."""

    edge: int
    tokens: int


LARGEST = Bounds(2576, 4784)
"""What the models take that take most; where nothing is known of one, too."""

MANY = 20
"""Images in a request; beyond it none of them may have a side of more than MANY_SIDE pixels."""
MANY_SIDE = 2000


def tokens(width: int, height: int) -> int:
    """What a picture of that size costs."""
    return -(-width // _PATCH) * -(-height // _PATCH)


def fits(width: int, height: int, bounds: Bounds) -> bool:
    longest = -(-max(width, height) // _PATCH) * _PATCH
    return longest <= bounds.edge and tokens(width, height) <= bounds.tokens


def among(images: int, bounds: Bounds) -> Bounds:
    """The bounds of one of so many images in a request."""
    return bounds._replace(edge=min(bounds.edge, MANY_SIDE)) if images > MANY else bounds


def seen(width: int, height: int, bounds: Bounds) -> tuple[int, int]:
    """The size at which the model sees a picture; never larger than it is."""
    if fits(width, height, bounds):
        return width, height
    long, short = max(width, height), min(width, height)
    least, most = 1, long  # least fits, most does not
    while most - least > 1:
        middle = (least + most) // 2
        if fits(middle, _scaled(short, middle, long), bounds):
            least = middle
        else:
            most = middle
    other = _scaled(short, least, long)
    return (least, other) if width >= height else (other, least)


def _scaled(short: int, side: int, long: int) -> int:
    return max(round(side * short / long), 1)
