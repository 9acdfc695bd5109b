"""What attachments weigh."""

import io

import pytest
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from claude_cli.content.sources import Original, Source
from claude_cli.content.weights import weigh
from claude_cli.models.vision import LARGEST, Bounds
from claude_cli.values import media
from tests.content import samples

SMALLER = Bounds(1568, 1568)


def text_page() -> bytes:
    """A PDF of one page with a word on it."""
    writer = PdfWriter()
    page = writer.add_blank_page(99, 99)
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
        }
    )
    fonts = DictionaryObject({NameObject("/F"): font})
    page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
    stream = DecodedStreamObject()
    stream.set_data(b"BT /F 9 Tf (hello) Tj ET")
    page[NameObject("/Contents")] = stream
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


@pytest.mark.parametrize(
    ("data", "pages", "content", "tokens"),
    [
        (samples.pdf_of(12), 12, "scanned", 12 * 1568),
        (text_page(), 1, "text", 2333),
        (b"%PDF-1.4 nothing", None, None, None),
    ],
)
def test_a_pdf_of_text_is_told_from_a_scan(
    data: bytes, pages: int | None, content: str | None, tokens: int | None
) -> None:
    weight = weigh(Source("a.pdf", media.PDF, "path", data))
    assert (weight.pages, weight.content, weight.tokens(LARGEST)) == (pages, content, tokens)
    assert not weight.is_exact


def test_a_fitted_picture_is_priced_for_another_model_as_that_would_see_the_file() -> None:
    fitted = Source(
        "a.png",
        "image/png",
        "path",
        samples.png_of(1344, 896),
        original=Original("0" * 64, 6_000_000, (6000, 4000)),
    )
    weight = weigh(fitted)
    assert (weight.tokens(SMALLER), weight.tokens(LARGEST)) == (1536, 4704)
    assert (weight.was_bytes, weight.pixels, weight.is_exact) == (6_000_000, (1344, 896), True)


def test_what_only_the_api_can_reach_has_no_weight() -> None:
    weight = weigh(Source("a.png", "image/png", "url", reference="https://x.org/a.png"))
    assert (weight.bytes, weight.tokens(LARGEST), weight.tokens_as_it_is(LARGEST)) == (None,) * 3
