"""What a base64 attachment holds."""

import pytest

from claude_cli.simulator.checks import media
from tests.simulator.bodies import encoded, png


def test_the_size_of_an_image_is_read_from_its_base64() -> None:
    assert media.pixels(encoded(png(300, 200))) == (300, 200)


@pytest.mark.parametrize("data", [png()[:18], b"hello", b""])
def test_a_cut_or_foreign_header_tells_no_size(data: bytes) -> None:
    assert media.pixels(encoded(data)) is None


@pytest.mark.parametrize("size", range(8))
def test_the_size_is_known_without_decoding(size: int) -> None:
    assert media.decoded_size(encoded(bytes(size))) == size


def test_pages_of_a_pdf() -> None:
    data = b"%PDF-1.4 <</Type /Pages>> <</Type /Page>> <</Type/Page/X 1>>"
    assert media.pages(encoded(data)) == 2
    assert media.pages("no base64") == 1
