"""`count`: the same number as `ask` is billed for, its price, the share of each part."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from claude_cli.simulator.server.server import Simulator
from tests.conftest import CANARY, Run
from tests.content.picture_files import quarters, saved
from tests.content.samples import PNG, pdf_of
from tests.faulty_server import FaultyServer, Wire

TOOL = {"name": "add", "description": "Add two numbers.", "input_schema": {"type": "object"}}


@pytest.mark.parametrize(
    "flags",
    [
        [],
        ["-a", "paper.pdf"],
        ["-a", "pixel.png", "-a", "paper.pdf", "-s", "be brief"],
        ["-T", "add.json", "--tool-choice", "any", "--max-tokens", "9", "--stop", "x"],
        ["--thinking", "adaptive", "--effort", "low", "--user-id", "u"],
        ["--schema", '{"type": "object", "properties": {}, "additionalProperties": false}'],
        ["-o", "metadata.user_id=u"],
    ],
    ids=" ".join,
)
def test_the_number_is_what_the_same_ask_is_billed_for(
    simulator: Simulator, run: Run, flags: list[str]
) -> None:
    Path("paper.pdf").write_bytes(pdf_of(5))
    Path("pixel.png").write_bytes(PNG)
    Path("add.json").write_text(json.dumps(TOOL))
    counted = run("count", *flags, "what is it?")
    assert counted.code == 0
    asked = run("ask", *flags, "what is it?", "--format", "json").json
    assert counted.stdout == f"{asked['usage']['input_tokens']}\n".encode()
    assert [received.path for received in simulator.requests] == [
        "/v1/messages/count_tokens",
        "/v1/messages",
    ]


def test_what_counting_does_not_take_is_left_out(simulator: Simulator, run: Run) -> None:
    run("count", "hi", "--max-tokens", "9", "--stop", "x", "--user-id", "u", "--temperature", "1")
    assert simulator.requests[-1].body.keys() == {"model", "messages"}


def test_the_price_goes_to_stderr(simulator: Simulator, run: Run) -> None:
    ran = run("count", "hi", "--max-tokens", "1000", "-m", "claude-sonnet-4-6")
    assert ran.stdout == b"4\n"
    assert "$0.000012" in ran.stderr
    assert "$0.015" in ran.stderr
    assert "claude-sonnet-4-6" in ran.stderr
    assert run("count", "hi", "-q").stderr == ""


def count_nine(wire: Wire) -> None:
    body = b'{"input_tokens": 9}'
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
    while wire.read_request():
        wire.send(head % len(body) + body)


def test_the_price_of_an_unknown_model_is_not_guessed(simulator: Simulator, run: Run) -> None:
    with FaultyServer(count_nine) as server:
        ran = run("count", "hi", "-m", "their-own-model", "--base-url", server.base_url)
    assert ran.text == "9\n"
    assert ran.stderr.startswith("input n/a;")


def test_prices_of_the_config_file_count(simulator: Simulator, run: Run, tmp_path: Path) -> None:
    write_config(tmp_path, '[prices."claude-sonnet-4-6"]\ninput = 1000000\noutput = 0\n')
    assert "input $4.00" in run("count", "hi").stderr


def write_config(tmp_path: Path, text: str) -> None:
    folder = tmp_path / "home/config"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text(text)


def test_json_adds_the_share_of_each_part(simulator: Simulator, run: Run) -> None:
    Path("paper.pdf").write_bytes(pdf_of(5))
    Path("pixel.png").write_bytes(PNG)
    Path("add.json").write_text(json.dumps(TOOL))
    flags = ["-a", "paper.pdf", "-a", "pixel.png", "-s", "be brief", "-T", "add.json"]
    counted = run("count", "hi", *flags, "--tool-choice", "any", "--format", "json").json
    assert list(counted["shares"]) == ["system", "tools", "paper.pdf", "pixel.png"]
    assert counted["cacheable"] is True
    assert all(share > 0 for share in counted["shares"].values())
    assert counted["input_tokens"] > sum(counted["shares"].values())
    assert len(simulator.requests) == 5


def test_each_attachment_has_a_line_with_its_weight_and_its_price(
    simulator: Simulator, run: Run
) -> None:
    Path("photo.jpg").write_bytes(saved(quarters(2400, 1600), "JPEG"))
    Path("scan.pdf").write_bytes(pdf_of(12))
    Path("notes.txt").write_text("hi" * 2000)
    flags = ["-a", "photo.jpg", "-a", "scan.pdf", "-a", "notes.txt", "-a", "https://x.org/a.png"]
    ran = run("count", *flags, "-m", "claude-haiku-4-5", "hi")
    _, heading, photo, scan, notes, url, *_ = ran.stderr.splitlines()
    assert heading.split()[:5] == ["attachment", "kind", "bytes", "size", "tokens"]
    assert heading.split()[5:] == ["haiku-4-5", "haiku-5-5", "sonnet-5-5"]
    assert re.search(r"JPEG .* 2400 × 1600 → 1344 × 896 +1,536 +\$0.001536", photo)
    assert re.search(r"PDF, scanned .* 12 pages +~18,816 ", scan)
    assert re.search(r"text +4 KB +~1,000 +\$0.001 ", notes)
    assert url.split() == ["a.png", "PNG", "n/a", "n/a", "n/a"]


def test_beside_a_model_without_a_price_stand_no_neighbours(simulator: Simulator, run: Run) -> None:
    Path("notes.txt").write_text("hi" * 2000)
    with FaultyServer(count_nine) as server:
        flags = ["-m", "their-own-model", "--base-url", server.base_url]
        ran = run("count", "-a", "notes.txt", *flags, "hi")
    assert ran.code == 0
    [heading] = [line for line in ran.stderr.splitlines() if line.startswith("attachment")]
    assert heading.split()[5:] == ["their-own-model"]


def test_json_tells_what_each_attachment_was_and_is(simulator: Simulator, run: Run) -> None:
    Path("photo.jpg").write_bytes(data := saved(quarters(9000, 60), "JPEG"))
    ran = run("count", "-a", "photo.jpg", "-m", "claude-opus-5", "hi", "--format", "json")
    [photo] = ran.json["attachments"]
    assert (photo["bytes_as_it_is"], photo["pixels_as_it_is"]) == (len(data), [9000, 60])
    assert (photo["pixels"], photo["tokens"]) == ([2576, 17], 92)
    assert photo["tokens_as_it_is"] is None, "the API takes 8000 pixels a side"
    assert photo["cost_usd"]["claude-opus-5"] == 0.00046
    assert run("count", "hi", "--format", "json").json["attachments"] == []


@pytest.mark.parametrize("more", [[], ["-o", "metadata.user_id=u"], ["--prefill", "The"]])
def test_an_attachment_has_its_share_whatever_else_is_set(
    simulator: Simulator, run: Run, more: list[str]
) -> None:
    Path("paper.pdf").write_bytes(pdf_of(5))
    flags = ["-a", "paper.pdf", "-m", "claude-haiku-4-5", *more]
    counted = run("count", "hi", *flags, "--format", "json").json
    assert counted["shares"]["paper.pdf"] > 1000


def test_two_attachments_of_one_name_have_a_share_each(simulator: Simulator, run: Run) -> None:
    for folder in ("a", "b"):
        Path(folder).mkdir()
        Path(folder, "x.pdf").write_bytes(pdf_of(1))
    counted = run("count", "-a", "a/x.pdf", "-a", "b/x.pdf", "--format", "json").json
    assert list(counted["shares"]) == ["x.pdf", "x.pdf (2)"]


def test_a_session_is_counted_and_not_changed(
    simulator: Simulator, run: Run, tmp_path: Path
) -> None:
    run("ask", "first", "--name", "s")
    (path,) = (tmp_path / "home/data/sessions").glob("*.jsonl")
    before = path.read_bytes()
    longer = int(run("count", "-r", "s", "second").text)
    assert longer > int(run("count", "second").text)
    assert path.read_bytes() == before
    assert run("usage", "--format", "json").json[0]["requests"] == 1


@pytest.mark.parametrize(
    ("flags", "code"),
    [([], 2), (["hi", "-m", "made-up"], 65), (["hi", "-a", "missing.pdf"], 66),
     (["hi", "-T", "nothing"], 2), (["hi", "--format", "xml"], 2), (["hi", "-r", "nobody"], 66)],
)  # fmt: skip
def test_a_request_that_cannot_be_sent_is_not_counted(
    simulator: Simulator, run: Run, flags: list[str], code: int
) -> None:
    ran = run("count", *flags)
    assert (ran.code, ran.stdout) == (code, b"")
    assert CANARY not in ran.stderr


def test_counting_against_a_simulator_needs_no_key(run: Run) -> None:
    ran = run("count", "--simulate", "hi")
    assert (ran.code, ran.text) == (0, "4\n")
    no_key: Any = run("count", "hi")
    assert no_key.code == 78


def test_a_strange_max_tokens_is_the_servers_to_judge(simulator: Simulator, run: Run) -> None:
    assert run("count", "hi", "-o", "max_tokens=many").text == "4\n"


def test_it_tells_whether_the_prompt_cache_takes_the_prompt(run: Run, simulator: Simulator) -> None:
    for words, told in (("hi", "too short"), ("whale " * 2000, "long enough")):
        ran = run("count", words)
        assert f"{told} to be cached: 1024 tokens are the least" in ran.stderr
