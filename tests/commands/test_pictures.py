"""Pictures on the command line: made fit for the model that sees them, told, kept."""

import base64
import hashlib
import io
import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from claude_cli.disk.paths import config_file
from claude_cli.session.store import Store
from claude_cli.simulator.server.server import Simulator
from tests.conftest import Ran, Run
from tests.content.picture_files import FILES, quarters, saved
from tests.content.samples import pdf_of, png_of

PHOTO = saved(quarters(2400, 1600), "JPEG")


def images(ran: Ran) -> list[dict[str, Any]]:
    assert ran.code == 0, ran.stderr
    content = ran.json["messages"][-1]["content"]
    return [block["source"] for block in content if block["type"] == "image"]


def sizes(ran: Ran) -> list[tuple[int, int]]:
    return [Image.open(io.BytesIO(base64.b64decode(one["data"]))).size for one in images(ran)]


@pytest.mark.parametrize(
    ("flags", "size"),
    [
        ([], (1344, 896)),
        (["-m", "claude-opus-5"], (2352, 1568)),
        (["-m", "nobody-knows-it"], (2352, 1568)),
        (["--fallback", "claude-opus-5"], (2352, 1568)),
        (["--fit", "off"], (2400, 1600)),
    ],
)
def test_a_photo_is_as_large_as_the_models_see_it(
    run: Run, flags: list[str], size: tuple[int, int]
) -> None:
    Path("photo.jpg").write_bytes(PHOTO)
    ran = run("ask", "--dry-run", "-a", "photo.jpg", *flags, "hi")
    assert sizes(ran) == [size]
    line = f"photo.jpg: 2400 × 1600 → {size[0]} × {size[1]}, "
    assert (line in ran.stderr) == (size != (2400, 1600))


def test_as_it_is_means_byte_for_byte(run: Run) -> None:
    Path("photo.jpg").write_bytes(PHOTO)
    data = base64.b64encode(PHOTO).decode()
    [by_option] = images(run("ask", "--dry-run", "-a", "photo.jpg;fit=no", "hi"))
    config_file().parent.mkdir(parents=True)
    config_file().write_text('fit = "off"\n')
    [by_config] = images(run("ask", "--dry-run", "-a", "photo.jpg", "hi"))
    [by_pipe] = images(run("ask", "--dry-run", "hi", stdin=PHOTO))
    assert {by_option["data"], by_config["data"], by_pipe["data"]} == {data}


def test_a_picture_of_another_kind_needs_no_name_and_may_come_through_a_pipe(run: Run) -> None:
    ran = run("ask", "--dry-run", "hi", stdin=FILES["picture.bmp"]())
    assert [one["media_type"] for one in images(ran)] == ["image/png"]
    Path("a.dat").write_bytes(FILES["pages.tif"]())
    assert len(images(run("ask", "--dry-run", "-a", "a.dat", "hi"))) == 3
    ran = run("ask", "--dry-run", "-a", "a.dat;fit=no", "hi")
    assert (ran.code, "a.dat is a TIFF image" in ran.stderr) == (65, True)


def test_the_session_knows_what_was_sent_and_what_it_was_made_of(run: Run) -> None:
    Path("photo.jpg").write_bytes(PHOTO)
    ran = run("ask", "--simulate", "--name", "birds", "-a", "photo.jpg", "hi")
    assert ran.code == 0, ran.stderr
    path = Store().open("birds").path
    assert path
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    [user] = [record for record in records if record["kind"] == "user"]
    assert user["originals"] == {user["blobs"][0]: hashlib.sha256(PHOTO).hexdigest()}
    ran = run("ask", "--simulate", "-r", "birds", "--dry-run", "and now?")
    assert "originals" not in ran.text
    assert run("sessions", "check", "birds").code == 0


def test_set_switches_it_off_and_on_in_a_chat(run: Run) -> None:
    Path("photo.jpg").write_bytes(PHOTO)
    lines = ["/set fit=off", "/attach photo.jpg", "a", "/set fit=on", "/attach photo.jpg", "b"]
    ran = run("chat", "--simulate", "-n", stdin="\n".join(lines).encode())
    assert ran.code == 0, ran.stderr
    assert "2400×1600 pixels" in ran.text
    assert ran.stderr.count("2400 × 1600 → 1344 × 896") == 1
    assert run("chat", "--simulate", "-n", stdin=b"/set fit=maybe").code == 2


def test_many_pictures_are_smaller_summed_up_and_one_that_is_broken_is_left_out(run: Run) -> None:
    Path("photos").mkdir()
    large = saved(quarters(2100, 100), "PNG")
    for number in range(21):
        Path("photos", f"p{number}.png").write_bytes(large)
    Path("photos", "p7.png").write_bytes(large[:200])
    ran = run("ask", "--dry-run", "-m", "claude-opus-5", "-a", "photos", "hi")
    assert "left out: photos/p7.png is a damaged image" in ran.stderr
    assert "\n20 images fitted: " in ran.stderr
    assert {max(size) for size in sizes(ran)} == {1988}
    ran = run("ask", "--dry-run", "-a", "photos/p7.png", "hi")
    assert (ran.code, "hint: ;fit=no sends it as it is" in ran.stderr) == (65, True)


def test_more_than_a_request_takes_is_refused_with_numbers(run: Run) -> None:
    Path("a.pdf").write_bytes(b"%PDF-1.7\n".ljust(12 << 20))
    ran = run("ask", "--dry-run", *["-a", "a.pdf"] * 3, "hi")
    assert ran.code == 65
    assert "3 attachments are too many: a request takes 33.6 MB" in ran.stderr
    assert "which the first 2 of them fill" in ran.stderr


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("wide.png;fit=no", png_of(8001, 10), "8001 × 10 pixels"),
        ("heavy.png;fit=no", png_of(9, 9, 8 << 20), "MB, more than the API takes for an image"),
        ("locked.pdf", pdf_of(1, b"/Encrypt << /Filter /Standard >>"), "encrypted"),
    ],
    ids=["wide", "heavy", "locked"],
)
def test_what_the_api_would_refuse_is_not_sent(
    run: Run, simulator: Simulator, name: str, data: bytes, said: str
) -> None:
    Path(name.partition(";")[0]).write_bytes(data)
    ran = run("ask", "-a", name, "hi")
    assert (ran.code, said in ran.stderr, simulator.requests) == (65, True, []), ran.stderr
    assert ("hint: leave ;fit=no or --fit=off out" in ran.stderr) == ("fit=no" in name)


def test_what_the_api_advises_against_is_told_and_sent(run: Run, simulator: Simulator) -> None:
    Path("heavy.png").write_bytes(png_of(9, 9, 6 << 20))
    ran = run("ask", "-a", "heavy.png;fit=no", "hi")
    assert (ran.code, len(simulator.requests)) == (0, 1)
    assert "heavy.png is 6.0 MB" in ran.stderr
