"""Many attachments read: in order, several at a time, within what a request takes."""

import os
from pathlib import Path

import pytest
from PIL import Image

from claude_cli.content.pictures import Fitting
from claude_cli.content.reading import read_sources
from claude_cli.content.sources import Reading
from claude_cli.content.specs import parse_spec
from claude_cli.errors import InputError
from claude_cli.models.vision import LARGEST, Bounds
from tests.content.picture_files import quarters, saved

SMALLER = Bounds(1568, 1568)


def test_pictures_and_texts_keep_their_order_and_progress_ends_with_all(tmp_path: Path) -> None:
    names = ["a.png", "b.txt", "c.png", "d.txt", "e.png"]
    for name in names:
        picture = saved(quarters(1700, 20), "PNG")
        (tmp_path / name).write_bytes(picture if name.endswith("png") else b"text")
    seen: list[tuple[int, int]] = []
    reading = Reading(fitting=Fitting(SMALLER), progress=lambda *counts: seen.append(counts))
    read = read_sources([parse_spec(str(tmp_path / name)) for name in names], reading)
    assert [source.name for source in read] == names
    assert [bool(source.original) for source in read] == [True, False, True, False, True]
    assert seen[-1] == (5, 5)
    assert (5, 5) not in seen[:-1]


def test_what_is_too_heavy_together_is_refused_before_all_is_read(tmp_path: Path) -> None:
    noise = Image.frombytes("RGB", (1500, 1000), os.urandom(4_500_000))
    data = saved(noise, "PNG", compress_level=0)
    for number in range(12):
        (tmp_path / f"{number}.png").write_bytes(data)
    specs = [parse_spec(str(tmp_path / f"{number}.png")) for number in range(12)]
    specs.append(parse_spec(str(tmp_path / "nowhere.png")))
    seen: list[tuple[int, int]] = []
    reading = Reading(fitting=Fitting(LARGEST), progress=lambda *counts: seen.append(counts))
    with pytest.raises(InputError, match=r"13 attachments are too many: .* the first 5 of them"):
        read_sources(specs, reading)
    assert seen[-1] == (13, 13)


def test_a_picture_alone_costs_no_thread_and_no_progress(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(saved(quarters(1700, 20), "PNG"))

    def never(done: int, total: int) -> None:
        raise AssertionError

    reading = Reading(fitting=Fitting(SMALLER), progress=never)
    [source] = read_sources([parse_spec(str(tmp_path / "a.png"))], reading)
    assert source.original
    assert source.original.pixels == (1700, 20)


def test_a_folder_of_broken_pictures_is_refused(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes(saved(quarters(1700, 20), "PNG")[:100])
    told: list[str] = []
    reading = Reading(fitting=Fitting(SMALLER), tell=told.append)
    with pytest.raises(InputError, match="damaged"):
        read_sources([parse_spec(str(tmp_path))], reading)
    assert [line.partition(":")[0] for line in told[1:]] == ["left out", "left out"]
