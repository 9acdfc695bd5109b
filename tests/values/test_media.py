"""Bytes told apart by their first bytes."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_cli.values import media
from tests.content import samples

MAGIC = st.sampled_from(
    [data[:size] for _, data in samples.IMAGES.values() for size in (4, 12, 21, 26, len(data))]
)


@pytest.mark.parametrize("name", samples.IMAGES)
def test_an_image_is_known_with_its_size(name: str) -> None:
    media_type, data = samples.IMAGES[name]
    assert media.detect(data) == media_type
    assert media.pixel_size(data) == (33, 7)


@pytest.mark.parametrize("name", samples.IMAGES)
def test_an_image_cut_anywhere_has_its_size_or_none(name: str) -> None:
    data = samples.IMAGES[name][1]
    for length in range(len(data)):
        assert media.pixel_size(data[:length]) in (None, (33, 7))


@pytest.mark.parametrize(
    ("data", "mark"),
    [(samples.WEBP_LOSSLESS, b"\x2f"), (samples.WEBP_LOSSY, b"\x9d\x01\x2a")],
    ids=["lossless", "lossy"],
)
def test_a_webp_without_the_mark_of_its_pixels_has_no_size(data: bytes, mark: bytes) -> None:
    damaged = data[:20] + data[20:].replace(mark, bytes(len(mark)), 1)
    assert media.detect(damaged) == "image/webp"
    assert media.pixel_size(damaged) is None


@given(MAGIC, st.binary(max_size=200))
def test_no_bytes_make_the_parsers_fail(magic: bytes, rest: bytes) -> None:
    for data in (rest, magic + rest):
        media.detect(data)
        media.cannot_send(data)
        size = media.pixel_size(data)
        assert size is None or min(size) >= 0


def test_the_sides_of_a_png_are_four_bytes_each() -> None:
    data = samples.PNG[:16] + b"\1\2\3\4\5\6\7\10" + samples.PNG[24:]
    assert media.pixel_size(data) == (0x01020304, 0x05060708)


def test_a_jpeg_of_segments_before_the_frame_is_measured() -> None:
    exif = b"\xff\xe1\xff\xff" + b"\xff" * 65533
    tables = b"\xff\xc4\x00\x0a" + b"\x01" * 8 + b"\xff\xcc\x00\x0a" + b"\x01" * 8
    bare = b"\xff\xff\xff\x01\xff\xd0"
    data = samples.JPEG[:2] + exif + tables + bare + samples.JPEG[2:]
    assert media.pixel_size(data) == (33, 7)


@pytest.mark.parametrize(
    "filling", [b"\xff", b"\xff\xd0", b"\xff\xe0\x00\x00", b"\xff\xe0\x00\x02"]
)
def test_megabytes_of_empty_segments_cost_nothing(filling: bytes) -> None:
    data = b"\xff\xd8\xff" + filling * (16_000_000 // len(filling))
    begin = time.monotonic()
    assert media.pixel_size(data) is None
    assert time.monotonic() - begin < 8


@pytest.mark.parametrize("before", [b"", b"\xef\xbb\xbf", b"\r\n \t", b"\x00" * 100])
def test_a_pdf_is_known_behind_white_space(before: bytes) -> None:
    assert media.detect(before + b"%PDF-1.7\n") == media.PDF


def test_a_text_that_speaks_of_pdf_is_none() -> None:
    assert media.detect(b"the header is %PDF-1.7") is None


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"PK\x03\x04", "ZIP"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"BZh91AY&SY\x00", "bzip2"),
        (b"II*\x00", "TIFF"),
        (b"BM\x36\x00", "BMP"),
        (b"\x00\x00\x00\x18ftypheic", "HEIC"),
        (b"\x00\x00\x00\x18ftypavif", "AVIF"),
        (b"\x00\x00\x00\x18ftypisom", "MP4"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "WAV"),
        (b"name\x00".ljust(257, b"\x00") + b"ustar\x00", "tar"),
        (b"\x7fELF\x02", "ELF"),
        (b"SQLite format 3\x00", "SQLite"),
    ],
)
def test_what_cannot_be_sent_is_named(data: bytes, what: str) -> None:
    assert media.detect(data) is None
    assert what in str(media.cannot_send(data))


@pytest.mark.parametrize(
    "text", [b"", b"BM is short for bitmap", b"MZ", b"ID3 tags", b"OggS", b"RIFFRAFF AND", b"aftyp"]
)
def test_words_that_begin_like_a_magic_number_are_text(text: bytes) -> None:
    assert media.cannot_send(text) is None
