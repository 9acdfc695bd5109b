"""Attachments and system prompts of rows: `-a '{scan}'`, `-s 'You know {topic}'`, `--each`."""

import json
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest

from claude_cli.simulator.server.server import Simulator
from tests.content.samples import ENCRYPTED, pdf_of
from tests.controlling_terminal import ControllingTerminal
from tests.flow.batch.conftest import Batch
from tests.jobs.simulated import calls, sent


def contents(simulator: Simulator) -> list[list[dict[str, Any]]]:
    return [request["params"]["messages"][0]["content"] for request in sent(simulator)]


def texts_of(content: list[dict[str, Any]]) -> list[str]:
    """The texts of documents and of text blocks, in their order."""
    return [str(block.get("text") or block["source"]["data"]) for block in content]


@pytest.fixture
def scans() -> None:
    for name in ("a", "b"):
        Path(f"{name}.txt").write_text(f"scan {name}")
    Path("all.txt").write_text("of all")
    Path("in.csv").write_text("scan,topic\na.txt,birds\nb.txt,trees\n")


@pytest.mark.usefixtures("scans")
def test_each_row_attaches_its_own_files_behind_those_of_all(
    simulator: Simulator, batch: Batch
) -> None:
    assert batch("in.csv", "Sum up", "-a", "{scan}", "-a", "all.txt").code == 0
    assert [*map(texts_of, contents(simulator))] == [
        ["of all", "scan a", "Sum up"],
        ["of all", "scan b", "Sum up"],
    ]


@pytest.mark.usefixtures("scans")
def test_a_file_may_be_all_that_a_row_asks(simulator: Simulator, batch: Batch) -> None:
    assert batch("in.csv", "-a", "{scan}").code == 0
    assert [*map(texts_of, contents(simulator))] == [["scan a"], ["scan b"]]


def test_options_and_fields_make_one_spec(simulator: Simulator, batch: Batch) -> None:
    Path("x.pdf").write_bytes(pdf_of(3))
    Path("in.csv").write_text("name,page\nx,2\nx,1-3\n")
    assert batch("in.csv", "What?", "-a", "{name}.pdf;pages={page}").code == 0
    documents = [content[0]["source"] for content in contents(simulator)]
    assert all(b64decode(one["data"]).startswith(b"%PDF") for one in documents)
    assert documents[0] != documents[1]


@pytest.mark.usefixtures("scans")
def test_the_system_prompt_of_each_row_is_its_own(simulator: Simulator, batch: Batch) -> None:
    assert batch("in.csv", "Hello", "-s", "You know {topic} {{well}}").code == 0
    systems = [request["params"]["system"] for request in sent(simulator)]
    assert systems == ["You know birds {well}", "You know trees {well}"]


@pytest.mark.usefixtures("scans")
@pytest.mark.parametrize("system", ['Reply as {"a": 1}', "Mind the { brace", "@sys.txt", "plain"])
def test_a_system_prompt_with_other_braces_is_sent_as_it_is(
    simulator: Simulator, batch: Batch, system: str
) -> None:
    Path("sys.txt").write_text("of a file {topic}")
    assert batch("in.csv", "{topic}", "-s", system).code == 0
    expected = "of a file {topic}" if system.startswith("@") else system
    assert {request["params"]["system"] for request in sent(simulator)} == {expected}


@pytest.mark.usefixtures("scans")
def test_a_file_whose_name_has_braces_is_that_file(simulator: Simulator, batch: Batch) -> None:
    Path("{scan}").write_text("braces")
    assert batch("in.csv", "{topic}", "-a", "{scan}").code == 0
    assert [texts_of(content)[0] for content in contents(simulator)] == ["braces", "braces"]


@pytest.mark.usefixtures("scans")
@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("gone.txt,x", "line 4: cannot read gone.txt"),
        ("bad.zip,x", "line 4: bad.zip is a ZIP archive"),
        (",x", "line 4: -a needs a path"),
        ("-,x", "line 4: a row cannot attach -"),
        ("clip:,x", "line 4: a row cannot attach clip:"),
        ("http://x/y.png,x", "line 4: "),
        ("locked.pdf,x", "line 4: locked.pdf is encrypted"),
    ],
)
def test_every_file_is_read_before_anything_is_sent_and_a_bad_one_is_named(
    simulator: Simulator, batch: Batch, row: str, problem: str
) -> None:
    Path("bad.zip").write_bytes(b"PK\x03\x04" + b"\0" * 40)
    Path("locked.pdf").write_bytes(pdf_of(1, ENCRYPTED))
    with Path("in.csv").open("a") as file:
        file.write(f"{row}\n")
    ran = batch("in.csv", "{topic}", "-a", "{scan}")
    assert (ran.code, calls(simulator)) == (65, [])
    assert problem in ran.stderr
    assert "1 bad row: nothing was sent" in ran.stderr


@pytest.mark.usefixtures("scans")
@pytest.mark.parametrize("flags", [("-a", "{sacn}"), ("-s", "You know {sacn}")])
def test_a_field_that_no_row_has_is_named(
    simulator: Simulator, batch: Batch, flags: tuple[str, str]
) -> None:
    ran = batch("in.csv", "{topic}", *flags)
    assert (ran.code, "no field {sacn}; there is {scan}, {topic}" in ran.stderr) == (65, True)
    assert calls(simulator) == []


@pytest.mark.usefixtures("scans")
def test_a_prompt_that_is_the_same_for_all_is_an_error_that_names_every_way_out(
    simulator: Simulator, batch: Batch
) -> None:
    ran = batch("in.csv", "Sum up", "-a", "all.txt", "-s", "plain")
    assert (ran.code, calls(simulator)) == (2, [])
    assert "the prompt has no field of the rows, nor have -a and -s" in ran.stderr


@pytest.mark.usefixtures("scans")
def test_a_constant_field_fills_attachments_and_system_too(
    simulator: Simulator, batch: Batch
) -> None:
    options = ("-a", "{which}.txt", "-s", "On {topic} in {where}")
    assert batch("in.csv", "Hi", *options, "-p", "which=all", "-p", "where=Asia").code == 0
    assert texts_of(contents(simulator)[1]) == ["of all", "Hi"]
    assert sent(simulator)[1]["params"]["system"] == "On trees in Asia"
    assert batch("in.csv", "Hi", *options, "-p", "witch=all").code == 2
    assert batch("in.csv", "Hi", "-a", "{which}.txt", "-p", "which=all").code == 2


def test_each_takes_a_folder_in_natural_order_without_what_cannot_be_sent(
    simulator: Simulator, batch: Batch
) -> None:
    Path("scans/more").mkdir(parents=True)
    for name in ("p10.txt", "p2.txt", "more/x.txt", ".hidden.txt"):
        Path("scans", name).write_text(f"in {name}")
    Path("scans/z.zip").write_bytes(b"PK\x03\x04" + b"\0" * 40)
    ran = batch("--each", "scans", "Sum up {name}")
    assert ran.code == 0, ran.stderr
    assert [*map(texts_of, contents(simulator))] == [
        ["in more/x.txt", "Sum up x.txt"],
        ["in p2.txt", "Sum up p2.txt"],
        ["in p10.txt", "Sum up p10.txt"],
    ]
    assert "scans: 3 text files" in ran.stderr
    assert "1 hidden, 1 that cannot be sent" in ran.stderr


def test_pdfs_are_looked_into_and_their_rows_stay_in_order(
    simulator: Simulator, batch: Batch
) -> None:
    for number in range(6):
        Path(f"{number:02}.pdf").write_bytes(pdf_of(1 + number % 3))
    assert batch("--each", "*.pdf", "What is {name}?").code == 0
    assert [content[1]["text"] for content in contents(simulator)] == [
        f"What is {number:02}.pdf?" for number in range(6)
    ]


def test_a_bar_shows_how_many_files_are_read(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        Path(f"{number}.pdf").write_bytes(pdf_of(1))
    with ControllingTerminal("batch", "run", "--each", "*.pdf", "x", "--dry-run") as terminal:
        assert terminal.wait() == 0
    assert "3/3 rows read" in terminal.received


@pytest.mark.usefixtures("scans")
def test_a_row_with_a_file_is_the_same_job_as_long_as_the_file_is(
    simulator: Simulator, batch: Batch
) -> None:
    options = ("in.csv", "Sum up", "-a", "{scan}")
    assert (batch(*options).code, batch(*options).code) == (0, 0)
    assert len(sent(simulator)) == 2
    Path("b.txt").write_text("changed")
    assert batch(*options).code == 0
    assert len(sent(simulator)) == 4
    assert json.dumps(sent(simulator)[3]).count("changed") == 1
