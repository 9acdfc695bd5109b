"""Pictures made fit for a model: what they become, and how they look."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from claude_cli.content import pictures
from claude_cli.content.kinds import picture_type
from claude_cli.content.pictures import Fitted, fit
from claude_cli.errors import InputError
from claude_cli.models.vision import LARGEST, Bounds
from tests.content import picture_files as files
from tests.content.picture_files import BLUE, FILES, GREEN, RED, WHITE, quarters, saved
from tests.exhausted import no_file_can_be_opened

SMALLER = Bounds(1568, 1568)


def fitted(data: bytes, bounds: Bounds = SMALLER) -> Fitted:
    found = fit(data, str(picture_type(data)), bounds, "picture")
    assert found
    return found


def shown(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


@pytest.mark.parametrize(
    ("name", "kind", "change"),
    [
        ("photo.jpg", "JPEG", "1800 × 1200 → 1344 × 896"),
        ("progressive.jpg", "JPEG", "1800 × 1200 → 1344 × 896"),
        ("cmyk.jpg", "JPEG", "1800 × 1200 → 1344 × 896"),
        ("small-cmyk.jpg", "JPEG", "300 × 200"),
        ("profile.jpg", "JPEG", "1800 × 1200 → 1344 × 896"),
        ("palette.png", None, "1800 × 1200 → 1344 × 896"),
        ("lossless.webp", "PNG", "1800 × 1200 → 1344 × 896, as PNG"),
        ("animated.gif", "PNG", "the first of 3 frames, 400 × 300, as PNG"),
        ("animated.webp", "JPEG", "the first of 3 frames, 400 × 300, as JPEG"),
        ("animated.png", "PNG", "the first of 3 frames, 400 × 300"),
        ("picture.avif", "JPEG", "1800 × 1200 → 1344 × 896, as JPEG"),
        ("picture.bmp", "PNG", "1800 × 1200 → 1344 × 896, as PNG"),
        ("picture.ico", "PNG", "256 × 256, as PNG"),
        ("picture.tif", "PNG", "900 × 600, as PNG"),
        ("phone.heic", "JPEG", "1800 × 1200 → 1344 × 896, as JPEG"),
        *((f"exif-{number}.jpg", "JPEG", "1800 × 1200 → 1344 × 896") for number in range(1, 9)),
    ],
)
def test_each_kind_of_picture_arrives_upright_in_its_colours(
    name: str, kind: str | None, change: str
) -> None:
    if name == "phone.heic":
        pytest.importorskip("pillow_heif")
    found = fitted(FILES[name]())
    [(media_type, data, _)] = found.pictures
    image = shown(data)
    assert (image.format, media_type) == (kind or image.format, f"image/{image.format}".lower())
    assert found.line.startswith(f"picture: {change}")
    assert (image.mode, "icc_profile" in image.info, dict(image.getexif())) == ("RGB", False, {})
    for place, colour in (
        ((0.25, 0.25), RED),
        ((0.75, 0.25), GREEN),
        ((0.25, 0.75), BLUE),
        (
            (0.75, 0.75),
            WHITE,
        ),
    ):
        pixel = image.getpixel((int(image.width * place[0]), int(image.height * place[1])))
        assert isinstance(pixel, tuple)
        assert all(abs(a - b) <= 25 for a, b in zip(pixel, colour, strict=True)), (place, pixel)


@pytest.mark.parametrize("name", ["alpha.png", "alpha.webp", "alpha.tif"])
def test_a_hole_stays_one(name: str) -> None:
    [(_, data, _)] = fitted(FILES[name]()).pictures
    image = shown(data).convert("RGBA")
    assert image.getpixel((1000, 700))[3] == 0  # type: ignore[index]
    assert image.getpixel((100, 100))[3] == 255  # type: ignore[index]


def test_sixteen_bits_keep_their_range() -> None:
    [(media_type, data, _)] = fitted(FILES["deep.png"]()).pictures
    image = shown(data)
    greys = [image.getpixel((x, 400)) for x in (5, image.width // 2, image.width - 5)]
    assert media_type == "image/png"
    assert greys == [pytest.approx(grey, abs=6) for grey in (1, 128, 254)]


@pytest.mark.parametrize("mode", ["F", "I"])
def test_numbers_that_are_no_colours_go_from_black_to_white(mode: str) -> None:
    [(_, data, _)] = fitted(files.measured(mode)).pictures
    image = shown(data)
    greys = [image.getpixel((x, 9)) for x in (0, image.width // 2, image.width - 1)]
    assert greys == [pytest.approx(grey, abs=2) for grey in (0, 128, 255)]


@pytest.mark.parametrize(("deep", "grey"), [(0, 0), (0x1000, 16), (0x8000, 128), (0xFFFF, 255)])
def test_of_sixteen_bits_the_upper_eight_are_kept(deep: int, grey: int) -> None:
    [(_, data, _)] = fitted(saved(Image.new("I;16", (40, 40), deep), "TIFF")).pictures
    assert shown(data).getpixel((20, 20)) == grey


def test_each_page_of_a_scan_is_an_image() -> None:
    found = fitted(FILES["pages.tif"]())
    first, second, _ = (shown(data) for _, data, _ in found.pictures)
    assert found.line.startswith("picture: 3 of 3 pages, an image each, ")
    assert first.getpixel((10, 10)) == second.getpixel((second.width - 10, second.height - 10))


def test_of_very_many_pages_the_first_hundred_are_taken() -> None:
    page, *others = [Image.new("L", (1, 1))] * 120
    found = fitted(saved(page, "TIFF", save_all=True, append_images=others))
    assert len(found.pictures) == 100
    assert found.line.startswith("picture: 100 of 120 pages, an image each, ")


@pytest.mark.parametrize(
    ("size", "small", "large"),
    [
        ((12_000, 80), (1568, 10), (2576, 17)),
        ((80, 12_000), (10, 1568), (17, 2576)),
        ((1170, 2532), (725, 1568), None),
        ((1, 1), None, None),
        ((1092, 1092), None, None),
    ],
)
def test_a_picture_is_as_large_as_the_model_sees_it_and_no_larger(
    size: tuple[int, int], small: tuple[int, int] | None, large: tuple[int, int] | None
) -> None:
    data = saved(quarters(*size), "PNG")
    for bounds, expected in (SMALLER, small), (LARGEST, large):
        found = fit(data, "image/png", bounds, "picture")
        assert (found and shown(found.pictures[0][1]).size) == expected


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_one_that_fits_goes_byte_for_byte(kind: str) -> None:
    data = saved(quarters(400, 300), kind)
    assert fit(data, str(picture_type(data)), SMALLER, "picture") is None


def test_text_on_a_screenshot_stays_sharp() -> None:
    [(media_type, data, _)] = fitted(files.screenshot(1920, 1080)).pictures
    assert media_type in ("image/png", "image/webp")
    assert media_type == "image/png" or b"VP8L" in data[:64]


def test_noise_that_would_be_heavy_without_loss_becomes_a_jpeg() -> None:
    bands = [Image.effect_noise((1600, 600), 80) for _ in "RGB"]
    noise = saved(Image.merge("RGB", bands), "PNG")
    assert fitted(noise).pictures[0][0] == "image/jpeg"


def test_one_that_is_too_heavy_is_encoded_again() -> None:
    heavy = saved(quarters(1600, 1200), "PNG", compress_level=0)
    assert len(heavy) > pictures.ADVISED
    [(media_type, data, _)] = fitted(heavy, LARGEST).pictures
    assert (media_type, shown(data).size) == ("image/png", (1600, 1200))
    assert len(data) < pictures.ADVISED


@pytest.mark.parametrize("beyond", [0, 1])
def test_one_of_just_the_advised_weight_goes_byte_for_byte(beyond: int) -> None:
    noise = saved(Image.effect_noise((400, 300), 80), "PNG")
    heavy = noise + bytes(pictures.ADVISED - len(noise) + beyond)
    assert (fit(heavy, "image/png", SMALLER, "picture") is not None) == bool(beyond)


@pytest.mark.parametrize(("height", "why"), [(10_000, "damaged"), (10_001, "too large")])
def test_160_million_pixels_are_the_most_that_are_decoded(height: int, why: str) -> None:
    """There are none behind the header: who begins to decode it finds it damaged."""
    with pytest.raises(InputError, match=f"x.png is (a )?{why}"):
        fit(files.bomb(16_000, height), "image/png", SMALLER, "x.png")


HOSTILE = {
    "a bomb": (files.bomb(), "too large"),
    "a cut one": (FILES["photo.jpg"]()[:9000], "damaged"),
    "no picture behind its header": (saved(quarters(), "PNG")[:60] + bytes(5000), "damaged"),
    "a TIFF of nothing": (b"II*\0" + bytes(100), "damaged"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_picture_costs_itself_alone(name: str) -> None:
    data, why = HOSTILE[name]
    with pytest.raises(InputError, match=f"x.png is (a )?{why}"):
        fit(data, str(picture_type(data)), SMALLER, "x.png")


def test_one_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "SECONDS", 0.01)
    with pytest.raises(InputError, match=r"it did not end within 0\.01 s") as refused:
        fitted(FILES["photo.jpg"]())
    assert refused.value.hint == ";fit=no sends it as it is"


def test_heic_without_its_library_names_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pillow_heif.py").write_text("raise ModuleNotFoundError('no')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    data = b"\0\0\0\x18ftypheic" + bytes(100)
    with pytest.raises(InputError) as refused:
        fit(data, "image/heic", SMALLER, "x.heic")
    assert refused.value.hint == "pip install 'claude-cli[heic]' reads it"


def test_neither_text_nor_a_picture_that_fits_loads_pillow(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("hi")
    (tmp_path / "a.jpg").write_bytes(saved(quarters(300, 200), "JPEG"))
    script = (
        "import sys\n"
        "from claude_cli.content.pictures import Fitting\n"
        "from claude_cli.content.reading import read_sources\n"
        "from claude_cli.content.sources import Reading\n"
        "from claude_cli.content.specs import parse_spec\n"
        "from claude_cli.models.vision import LARGEST\n"
        "for name in ('a.txt', 'a.jpg'):\n"
        "    read_sources([parse_spec(name)], Reading(fitting=Fitting(LARGEST)))\n"
        "print({'PIL', 'subprocess', 'concurrent.futures'} & {*sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "set()\n"


def test_a_profile_that_is_damaged_is_passed_over() -> None:
    photo = saved(quarters(), "JPEG", icc_profile=b"no profile")
    assert fitted(photo).line.startswith("picture: 1800 × 1200 → 1344 × 896")


def test_a_picture_for_which_no_program_can_be_started_is_told() -> None:
    photo = saved(quarters(), "JPEG")
    fitted(photo)  # all that is needed is loaded
    with (
        no_file_can_be_opened(),
        pytest.raises(InputError, match=r"picture cannot be decoded: .*Too many open files"),
    ):
        fitted(photo)
