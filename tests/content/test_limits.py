"""What is refused or warned of before anything is sent."""

from collections.abc import Sequence

import pytest

from claude_cli.content.blocks import build_blocks
from claude_cli.content.limits import check_sources, images_in
from claude_cli.content.sources import Source
from claude_cli.errors import InputError
from claude_cli.values import media
from tests.content import samples

MB = 1024 * 1024


def image(width: int = 10, height: int = 10, size: int = 100) -> Source:
    return Source("p.png", "image/png", "path", samples.png_of(width, height, size - 29))


def document(pages: int = 1, trailer: bytes = b"") -> Source:
    return Source("a.pdf", media.PDF, "path", samples.pdf_of(pages, trailer))


def check(*sources: Source, window: int | None = None, earlier: Sequence[Source] = ()) -> list[str]:
    turns = [
        {"role": "user", "content": build_blocks(part, "", "hi")} for part in (earlier, sources)
    ]
    return check_sources(sources, turns, context_window=window)


def test_what_is_within_the_limits_is_not_spoken_of() -> None:
    text = Source("a.txt", "text/plain", "path", b"x" * (20 * MB))
    assert check(image(8000, 8000, 5 * MB), document(), text, window=200_000) == []


def test_an_image_above_five_megabytes_is_warned_of() -> None:
    assert check(image(size=5 * MB + 1)) == ["p.png is 5.0 MB; images of up to 5 MB are advised"]


def test_an_image_above_ten_megabytes_of_base64_is_refused() -> None:
    most = 10 * MB // 4 * 3
    assert len(check(image(size=most))) == 1
    with pytest.raises(InputError, match=r"p\.png is 7\.5 MB"):
        check(image(size=most + 1))


@pytest.mark.parametrize("size", [(8001, 1), (1, 8001)])
def test_an_image_above_8000_pixels_a_side_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(InputError, match=f"{size[0]} × {size[1]} pixels") as refused:
        check(image(*size))
    assert "--fit=off" in str(refused.value.hint)


def test_among_more_than_twenty_images_2000_pixels_a_side_are_the_most() -> None:
    assert check(*[image(2001)] * 20) == []
    assert check(*[image(2000)] * 21) == []
    for wide, earlier in ((21, 0), (1, 20)):
        with pytest.raises(InputError, match=r"p\.png is .* 2000 a side among more than 20 images"):
            check(*[image(2001)] * wide, earlier=[image()] * earlier)


def test_an_image_of_an_earlier_turn_becomes_too_large_by_those_that_join_it() -> None:
    assert check(*[image()] * 19, earlier=[image(2001)]) == []
    with pytest.raises(InputError, match="an image of an earlier turn is 2001 × 10") as refused:
        check(*[image()] * 20, earlier=[image(2001)])
    assert "20 in all" in str(refused.value.hint) and "--history" in str(refused.value.hint)


@pytest.mark.parametrize("source", [None, {}, {"data": 3}, {"data": "no base64!"}, {"data": "é"}])
def test_an_earlier_image_that_cannot_be_looked_into_is_sent(source: object) -> None:
    content = [{"type": "image", "source": source}] * 21
    assert check_sources([], [{"role": "user", "content": content}], context_window=None) == []


@pytest.mark.parametrize(
    ("window", "most"), [(200_000, 100), (1_000_000, 600), (None, 600)], ids=str
)
def test_images_and_pages_are_counted_against_the_models_window(
    window: int | None, most: int
) -> None:
    for count, warnings in ((most, 0), (most + 1, 1)):
        assert len(check(image(), window=window, earlier=[image()] * (count - 1))) == warnings
        assert len(check(document(count), window=window)) == warnings
    [warning] = check(document(most + 1), window=window)
    assert warning.endswith(f"in parts: ;pages=1-{most}, ;pages={most + 1}-")


def test_the_ranges_of_a_long_pdf_are_shown() -> None:
    [warning] = check(document(250), window=200_000)
    assert warning.endswith("in parts: ;pages=1-100, ;pages=101-200, ;pages=201-")
    [warning] = check(document(1000), window=200_000)
    assert warning.endswith(";pages=301-400, ;pages=401-500, …, ;pages=901-")


@pytest.mark.parametrize("name", samples.IMAGES)
def test_a_damaged_image_is_refused(name: str) -> None:
    media_type, data = samples.IMAGES[name]
    with pytest.raises(InputError, match="a is a damaged image"):
        check(Source("a", media_type, "path", data[:20] if name != "gif" else data[:9]))


def test_an_image_without_pixels_is_refused() -> None:
    empty = samples.GIF[:6] + bytes(4) + samples.GIF[10:]
    with pytest.raises(InputError, match="a has no pixels: it is 0 × 0"):
        check(Source("a", "image/gif", "path", empty))


def test_an_image_without_a_readable_header_is_sent() -> None:
    assert check(Source("a", "image/jpeg", "path", b"no jpeg")) == []


def test_an_encrypted_pdf_is_refused_with_the_way_out() -> None:
    with pytest.raises(InputError, match=r"a\.pdf is encrypted") as refused:
        check(document(1, samples.ENCRYPTED))
    assert "qpdf --decrypt" in str(refused.value.hint)


def test_a_pdf_without_pages_is_refused() -> None:
    with pytest.raises(InputError, match=r"a\.pdf has no pages"):
        check(document(0))


def blank_pdf(size: int) -> Source:
    return Source("a.pdf", media.PDF, "path", b"%PDF-1.7\n".ljust(size))


def test_a_pdf_that_cannot_be_looked_into_is_sent_with_a_warning() -> None:
    assert "sent as it is" in check(blank_pdf(100))[0]


def test_a_pdf_that_base64_makes_too_large_is_refused() -> None:
    assert len(check(blank_pdf(24 * MB))) == 1
    with pytest.raises(InputError, match=r"a\.pdf is 24\.0 MB"):
        check(blank_pdf(24 * MB + 1))


def test_what_is_not_here_is_not_looked_into() -> None:
    sources = [
        Source("a.pdf", media.PDF, "url", reference="https://x/a.pdf"),
        Source("file_1", media.PDF, "file", reference="file_1"),
        Source("a.png", "image/png", "url", reference="https://x/a.png"),
    ]
    assert check(*sources) == []


def test_images_inside_tool_results_and_documents_count() -> None:
    picture = {"type": "image", "source": {"type": "url", "url": "https://x/a.png"}}
    blocks = [
        picture,
        {"type": "text", "text": "image"},
        {"type": "tool_result", "tool_use_id": "t", "content": [picture, picture]},
        {"type": "tool_result", "tool_use_id": "u", "content": "image"},
        {"type": "document", "source": {"type": "content", "content": [picture]}},
        "odd",
    ]
    messages = [{"role": "user", "content": blocks}, {"role": "assistant", "content": "image"}]
    assert images_in(blocks) == images_in(messages) == [picture] * 4


def test_deeply_nested_content_is_counted_too() -> None:
    nested: object = [{"type": "image"}]
    for _ in range(5000):
        nested = [{"type": "tool_result", "content": nested}]
    assert images_in([{"role": "user", "content": nested}]) == [{"type": "image"}]
