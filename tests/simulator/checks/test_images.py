"""The images of a request as a whole: their number, and their size in pixels."""

from typing import Any

import pytest

from tests.simulator.bodies import (
    assistant,
    count_rejection,
    image,
    message_body,
    png,
    rejection,
    text,
    tool_result,
    tool_use,
    user,
)

SMALL = image(png(10, 10))


def asked(*images: dict[str, Any]) -> dict[str, Any]:
    return message_body(user([*images, text("What is this?")]))


@pytest.mark.parametrize(
    ("images", "limit", "paths"),
    [
        ([image(png(8000, 10))], None, []),
        ([image(png(8001, 10))], 8000, ["messages.0.content.0"]),
        ([SMALL] * 20 + [image(png(10, 2000))], None, []),
        ([image(png(10, 2001))] + [SMALL] * 19, None, []),
        ([image(png(10, 2001))] + [SMALL] * 20 + [image(png(3000, 9))], 2000,
         ["messages.0.content.0", "messages.0.content.21"]),
    ],
)  # fmt: skip
def test_all_images_that_are_too_large_are_named(
    images: list[dict[str, Any]], limit: int | None, paths: list[str]
) -> None:
    found = rejection(asked(*images))
    if limit is None:
        assert found is None
        return
    assert found is not None
    assert f"image dimensions exceed the maximum of {limit} pixels" in found.message
    assert found.details == {
        "error_code": "image_dimensions_too_large",
        "max_side_length_pixels": limit,
        "paths": paths,
    }


def test_images_in_tool_results_count_too() -> None:
    result = user([tool_result(content=[SMALL, image(png(9000, 1))])])
    found = rejection(message_body(user("hi"), assistant([tool_use()]), result))
    assert found is not None
    assert found.details is not None
    assert found.details["paths"] == ["messages.2.content.0.content.1"]


@pytest.mark.parametrize(("model", "most"), [("claude-haiku-4-5", 100), ("claude-opus-5", 600)])
def test_there_may_be_only_so_many(model: str, most: int) -> None:
    assert rejection({**asked(*[SMALL] * most), "model": model}) is None
    found = rejection({**asked(*[SMALL] * (most + 1)), "model": model})
    assert found is not None
    assert found.message.startswith("messages: too many images")


def test_a_count_does_not_mind() -> None:
    body = asked(image(png(9000, 1)))
    assert count_rejection({name: body[name] for name in ("model", "messages")}) is None
