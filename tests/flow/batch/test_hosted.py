"""The hosted engine: each part is sent once, whatever becomes of the reply, and then waited for."""

from pathlib import Path

import pytest

from claude_cli.simulator.server.server import Simulator
from tests.conftest import Run
from tests.controlling_terminal import ControllingTerminal
from tests.flow.batch.conftest import GREEK, Batch
from tests.jobs.simulated import CREATE, calls, make_batch, results_of, sent, sent_ids

pytestmark = pytest.mark.usefixtures("lines")


@pytest.mark.parametrize("status", [429, 529])
def test_a_create_is_tried_again_when_the_server_is_too_busy(
    simulator: Simulator, batch: Batch, status: int
) -> None:
    simulator.inject(f"{status}-createx1:retry-after-ms=1")
    assert batch("in.txt").code == 0
    assert len(list(simulator.batches)) == 1


def test_a_create_that_was_refused_can_be_sent_again(simulator: Simulator, batch: Batch) -> None:
    simulator.inject("401-createx1")
    assert batch("in.txt").code == 77
    assert (batch("in.txt").code, len(list(simulator.batches))) == (0, 1)


def test_a_lost_reply_is_never_sent_again_and_found_by_the_next_run(
    simulator: Simulator, batch: Batch
) -> None:
    simulator.inject("lost-createx1")
    lost = batch("in.txt")
    [made] = simulator.batches
    assert (lost.code, "may exist" in lost.stderr) == (75, True)
    for number in range(3):  # newer ones, of the same size
        make_batch(simulator, *(f"other-{number}-{row}" for row in range(3)))
    ran = batch("in.txt")
    assert (ran.code, results_of(ran)) == (0, GREEK)
    assert f"{made.id} was found" in ran.stderr
    assert len(sent(simulator)) == 3 + 9


@pytest.mark.parametrize("status", [500, 502, 408])
def test_a_create_that_failed_on_the_server_may_exist(
    simulator: Simulator, batch: Batch, status: int
) -> None:
    simulator.inject(f"{status}-createx1:x-should-retry=true")
    assert (batch("in.txt").code, batch("in.txt").code) == (75, 75)
    assert calls(simulator).count(CREATE) == 1
    ran = batch("in.txt", "--resubmit", "failed")
    assert (ran.code, results_of(ran), len(list(simulator.batches))) == (0, GREEK, 1)


def test_adopt_names_the_batch_whose_reply_got_lost(simulator: Simulator, batch: Batch) -> None:
    simulator.inject("lost-createx1")
    batch("in.txt")
    [made] = simulator.batches
    wrong = make_batch(simulator, "x")
    assert batch("in.txt", "--adopt", wrong).code == 65
    ran = batch("in.txt", "--adopt", made.id)
    assert (ran.code, results_of(ran)) == (0, GREEK)


def test_results_on_another_origin_are_refused(simulator: Simulator, batch: Batch) -> None:
    with Simulator() as elsewhere:
        simulator.batches.results_origin = elsewhere.base_url
        assert batch("in.txt").code == 76
        assert elsewhere.requests == []


@pytest.mark.parametrize("whole", [0, 1, 2])
def test_a_cut_download_keeps_whole_lines_and_is_finished_by_the_next_run(
    simulator: Simulator, batch: Batch, tmp_path: Path, whole: int
) -> None:
    simulator.inject(f"cut-results={whole}x1")
    ran = batch("in.txt", "-O", "out")
    assert (ran.code, Path("out").exists()) == (75, False)
    [results] = (tmp_path / "home" / "data" / "jobs").glob("*/results.jsonl")
    assert results.read_bytes().count(b"\n") == whole
    ran = batch("in.txt")
    assert (ran.code, results_of(ran)) == (0, GREEK)
    [made] = simulator.batches
    assert sorted(results.read_bytes().splitlines()) == sorted(made.lines())


@pytest.mark.parametrize(
    ("what", "counted", "written"),
    [("doubled", "1 doubled", 3), ("missing", "1 missing", 2), ("unknown", "1 unknown", 2)],
)
def test_strange_ids_in_the_results_are_counted(
    simulator: Simulator, batch: Batch, what: str, counted: str, written: int
) -> None:
    simulator.batches.order({"*-2": what})
    for _ in range(2):
        ran = batch("in.txt", "-O", "out")
        assert (ran.code, counted in ran.stderr) == (76, True)
    assert Path("out").read_bytes().count(b"\n") == written
    assert len(sent(simulator)) == 3


def test_archived_results_cannot_be_read(simulator: Simulator, run: Run) -> None:
    job = run("batch", "submit", "in.txt").text.strip()
    [made] = simulator.batches
    made.seconds = 0
    simulator.batches.archive(made.id)
    ran = run("batch", "results", job)
    assert (ran.code, "archived" in ran.stderr) == (66, True)


@pytest.mark.parametrize("place", ["poll", "results"])
@pytest.mark.parametrize(("times", "code"), [(1, 0), (9, 0), (10, 75)])
def test_a_404_of_ones_own_batch_is_waited_out(
    simulator: Simulator, batch: Batch, place: str, times: int, code: int
) -> None:
    simulator.inject(f"404-{place}x{times}")
    ran = batch("in.txt", "-O", "out")
    assert (ran.code, Path("out").exists()) == (code, code == 0)
    assert batch("in.txt").code == 0
    assert len(list(simulator.batches)) == 1


def test_a_404_of_a_batch_that_is_not_ours_is_final(simulator: Simulator, run: Run) -> None:
    made = make_batch(simulator, "a")
    simulator.inject("404-poll")
    assert run("batch", "wait", made, "--poll", "0.01").code == 65
    assert calls(simulator).count(f"GET /v1/messages/batches/{made}") == 1


def test_results_wait_for_a_batch_that_is_not_known_for_a_moment(
    simulator: Simulator, run: Run
) -> None:
    job = run("batch", "submit", "in.txt").text.strip()
    [made] = simulator.batches
    made.seconds = 0
    simulator.inject("404-pollx1")
    assert run("batch", "results", job).code == 0


def test_a_large_input_becomes_several_batches_each_of_them_sent_once(
    simulator: Simulator, run: Run, batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("claude_cli.jobs.index.PART_ROWS", 2)
    Path("in.txt").write_text("a\nb\nc\nd\ne\n")
    simulator.inject("lost-createx1")
    assert batch("in.txt").code == 75
    assert len(list(simulator.batches)) == 1
    ran = batch("in.txt")
    assert (ran.code, results_of(ran)) == (0, [("succeeded", letter) for letter in "abcde"])
    assert [len(made.rows) for made in simulator.batches] == [2, 2, 1]
    status = run("batch", "status", sent_ids(simulator)[0][:8], "--format", "json").json
    assert len(status["batches"]) == 3


def test_a_bar_shows_what_is_processed_and_when_the_batch_expires(simulator: Simulator) -> None:
    simulator.batches.seconds = 0.6
    with ControllingTerminal("batch", "run", "in.txt", "--poll", "0.2") as terminal:
        assert terminal.wait() == 0
    assert " processed, " in terminal.received
    assert "expires in 23 h 59 min" in terminal.received
