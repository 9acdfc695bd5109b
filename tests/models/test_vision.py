"""How large a model sees a picture."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_cli.models import catalog
from claude_cli.models.vision import LARGEST, Bounds, among, fits, seen, tokens

SMALLER = Bounds(1568, 1568)
SIDES = st.integers(1, 30_000)


@pytest.mark.parametrize(
    ("size", "small", "large"),
    [
        ((200, 200), ((200, 200), 64), ((200, 200), 64)),
        ((1000, 1000), ((1000, 1000), 1296), ((1000, 1000), 1296)),
        ((1920, 1080), ((1456, 819), 1560), ((1920, 1080), 2691)),
        ((2000, 1500), ((1270, 952), 1564), ((2000, 1500), 3888)),
        ((3840, 2160), ((1456, 819), 1560), ((2576, 1449), 4784)),
        ((6000, 4000), ((1344, 896), 1536), ((2352, 1568), 4704)),
        ((1170, 2532), ((725, 1568), 1456), ((1170, 2532), 3822)),
    ],
)
def test_sizes_and_tokens_are_those_of_the_guide(
    size: tuple[int, int], small: tuple[tuple[int, int], int], large: tuple[tuple[int, int], int]
) -> None:
    for bounds, expected in (SMALLER, small), (LARGEST, large):
        there = seen(*size, bounds)
        assert (there, tokens(*there)) == expected


@given(SIDES, SIDES)
def test_what_is_seen_fits_is_no_larger_and_lies_as_it_lay(width: int, height: int) -> None:
    there = seen(width, height, SMALLER)
    assert fits(*there, SMALLER)
    assert there[0] <= width
    assert there[1] <= height
    assert seen(height, width, SMALLER) == there[::-1]


def test_among_many_images_no_side_is_longer_than_the_api_takes() -> None:
    assert among(20, LARGEST) == LARGEST
    assert among(21, LARGEST) == Bounds(2000, 4784)
    assert among(21, SMALLER) == SMALLER


def test_the_bounds_are_those_of_the_model_that_sees_most() -> None:
    assert catalog.image_bounds(["claude-sonnet-4-6"]) == SMALLER
    assert catalog.image_bounds(["claude-sonnet-4-6", "claude-opus-5"]) == LARGEST
    assert catalog.image_bounds(["claude-sonnet-4-6", "my-deployment"]) == LARGEST


def test_every_model_of_the_table_has_bounds() -> None:
    for model, known in catalog.packaged().items():
        assert (known.image_edge, known.image_tokens) in (SMALLER, LARGEST), model
