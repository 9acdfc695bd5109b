"""The hosted engine: each part is sent once, whatever becomes of the reply, and then waited for."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from claude_cli.simulator.server.server import Simulator
from tests.conftest import CANARY, Run, Spawn
from tests.controlling_terminal import ControllingTerminal
from tests.faulty_server import FaultyServer, Wire, error_response, json_response
from tests.flow.batch.conftest import GREEK, Batch
from tests.jobs.simulated import CREATE, calls, make_batch, results_of, sent, sent_ids

pytestmark = pytest.mark.usefixtures("lines")

LIST = "GET /v1/messages/batches"


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
    assert "hint: the same command again goes on where this one ended" in ran.stderr
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


@contextmanager
def batch_looked_at(
    monkeypatch: pytest.MonkeyPatch, *looks: bytes | None
) -> Iterator[FaultyServer]:
    """A server that answers each look at a batch with the next of these; None hangs up."""
    left = iter(looks)

    def reply(wire: Wire) -> None:
        while wire.read_request() and (look := next(left)):
            wire.send(look)

    with FaultyServer(reply) as server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.base_url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", CANARY)
        yield server


def a_look(status: str = "in_progress", processing: int = 3) -> bytes:
    """A batch of three requests, of which some are still to be answered."""
    counts = {"processing": processing, "succeeded": 3 - processing}
    return json_response(
        {"id": "msgbatch_1", "processing_status": status, "request_counts": counts}
    )


BUSY = error_response("529 Overloaded", "overloaded_error")
WAIT = ("batch", "wait", "msgbatch_1", "--poll", "0.01", "--retries", "0")


@pytest.mark.parametrize("fault", [BUSY, None], ids=["busy", "gone"])
@pytest.mark.parametrize(("times", "code"), [(9, 0), (10, 75)])
def test_looks_that_fail_are_borne_ten_in_a_row(
    monkeypatch: pytest.MonkeyPatch, run: Run, fault: bytes | None, times: int, code: int
) -> None:
    looks = [a_look(), *[fault] * 9, a_look(), *[fault] * times, a_look("ended", 0)]
    with batch_looked_at(monkeypatch, *looks) as server:
        ran = run(*WAIT)
    assert ran.code == code, ran.stderr
    assert len(server.requests) == len(looks) - (code != 0)


def test_the_bar_shows_what_is_half_done(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = (a_look(), a_look(), a_look(processing=1), BUSY, a_look("ended", 0))
    with (
        batch_looked_at(monkeypatch, *looks),
        ControllingTerminal(*WAIT[:3], "--poll", "0.11", "--retries", "0") as terminal,
    ):
        assert terminal.wait() == 0
    assert "0/3 processed" in terminal.received
    assert "2/3 processed" in terminal.received
    assert "3/3" not in terminal.received, "a look that failed changes nothing"


def test_a_create_that_is_refused_to_the_last_try_can_be_sent_again(
    simulator: Simulator, batch: Batch
) -> None:
    simulator.inject("529-createx2:retry-after-ms=1")
    ran = batch("in.txt", "--retries", "1")
    assert (ran.code, calls(simulator).count(CREATE)) == (75, 2)
    assert (batch("in.txt").code, len(list(simulator.batches))) == (0, 1)


def test_of_batches_of_the_same_size_the_lost_one_is_told_by_its_ids_once_it_ends(
    simulator: Simulator, batch: Batch, spawn: Spawn
) -> None:
    simulator.batches.seconds = 600
    older = make_batch(simulator, *(f"older-{row}" for row in range(3)))
    simulator.inject("lost-createx1")
    assert batch("in.txt").code == 75
    [ours] = [made for made in simulator.batches if made.id != older]
    newer = make_batch(simulator, *(f"newer-{row}" for row in range(3)))
    process = spawn("batch", "run", "in.txt", "--poll", "0.02")
    assert process.stderr
    line = process.stderr.readline().decode()
    assert "the reply to a create got lost" in line
    looks = calls(simulator).count(LIST)
    while calls(simulator).count(LIST) < looks + 2:
        time.sleep(0.01)
    for made in simulator.batches:
        made.seconds = 0 if made.id in (newer, ours.id) else 600
    _, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    assert f"{ours.id} was found on the server" in err.decode()
    assert b"got lost" not in err, "it is told once"
    assert calls(simulator).count(CREATE) == 3


def test_a_lost_create_of_which_no_batch_came_is_told_once_all_others_have_ended(
    simulator: Simulator, batch: Batch
) -> None:
    simulator.inject("500-createx1")
    assert batch("in.txt").code == 75
    simulator.batches.seconds = 0
    make_batch(simulator, "other-1", "other-2", "other-3")
    simulator.batches.seconds = 600
    make_batch(simulator, "another-1", "another-2")  # not of its size: not waited for
    ran = batch("in.txt")
    assert (ran.code, "(none was found)" in ran.stderr) == (75, True)
    assert "its results will tell" not in ran.stderr


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
