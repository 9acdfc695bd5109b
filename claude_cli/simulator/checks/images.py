"""What the API refuses in the images of a request as a whole; a count of tokens refuses none."""

from typing import Any

from claude_cli.simulator.checks.media import pixels
from claude_cli.simulator.checks.models import Model
from claude_cli.simulator.checks.prompt import placed_blocks
from claude_cli.simulator.wire.rejections import Rejection, invalid

SIDE = 8000
CROWDED_SIDE = 2000
"""The longest side in pixels; once a request holds more than CROWDED images, the shorter one."""
CROWDED = 20
SMALL_WINDOW = 200_000


def check_images(body: dict[str, Any], model: Model) -> None:
    images = [
        (path, block["source"])
        for path, _, block in placed_blocks(body, nested=True)
        if block["type"] == "image"
    ]
    most = 100 if model.max_input_tokens <= SMALL_WINDOW else 600
    if len(images) > most:
        raise invalid("messages", f"too many images: {len(images)} > {most}")
    limit = CROWDED_SIDE if len(images) > CROWDED else SIDE
    too_large = [path for path, source in images if _side(source) > limit]
    if too_large:
        crowd = f" for many-image requests, more than {CROWDED} images" if limit < SIDE else ""
        problem = f"image dimensions exceed the maximum of {limit} pixels{crowd}"
        details = {
            "error_code": "image_dimensions_too_large",
            "max_side_length_pixels": limit,
            "paths": too_large,
        }
        raise Rejection(400, f"{too_large[0]}.source: {problem}", details=details)


def _side(source: dict[str, Any]) -> int:
    return max((pixels(source["data"]) if source["type"] == "base64" else None) or (0, 0))
