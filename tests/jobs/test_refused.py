"""What the disk refuses in the folder of a job is told, and nothing of it is believed."""

import os
from collections import UserDict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from claude_cli.errors import CannotCreate, CannotWrite, InputUnreadable, TemporaryFailure
from claude_cli.jobs.draft import Draft, begin
from claude_cli.jobs.lines import read_pieces
from claude_cli.jobs.results import Results
from claude_cli.jobs.store import JobStore
from tests.jobs.made_jobs import BASE_URL, IdsCharged, body, keep, make_job, result_line
from tests.refusals import full_beyond, no_locks

INDEX = 100_000
"""Bytes; the index of a row or two needs less."""
LARGE = "x" * 150_000


def test_requests_that_the_disk_has_no_room_for_are_no_job(tmp_path: Path) -> None:
    with full_beyond(INDEX), begin(JobStore(tmp_path / "jobs")) as draft:
        draft.add(1, body(LARGE))
        with pytest.raises(CannotWrite, match="File too large"):
            draft.keep("hosted", BASE_URL, {"betas": []})
    assert list((tmp_path / "jobs").iterdir()) == []


def test_a_row_that_fills_the_disk_is_told_at_once(tmp_path: Path) -> None:
    refused = pytest.raises(CannotWrite, match="File too large")
    with full_beyond(INDEX), begin(JobStore(tmp_path / "jobs")) as draft, refused:
        draft.add(1, body("x" * (2 << 20)))
    assert list((tmp_path / "jobs").iterdir()) == []


def test_a_draft_in_no_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(CannotCreate, match=r"cannot create .*requests\.jsonl: "):
        Draft(tmp_path, tmp_path / "file")


def test_where_there_are_no_locks_rows_can_be_looked_at_and_are_no_job(tmp_path: Path) -> None:
    with no_locks(), begin(JobStore(tmp_path / "jobs")) as draft:
        draft.add(1, body("a"))
        assert draft.index.count() == 1
        with pytest.raises(CannotWrite, match="cannot lock"):
            draft.keep("hosted", BASE_URL, {"betas": []})
    assert list((tmp_path / "jobs").iterdir()) == []


class WhileItIsKept(UserDict[str, Any]):
    """What a header says beside, and makes the same job while it is asked."""

    def __init__(self, jobs: Path) -> None:
        super().__init__({"betas": []})
        self._jobs = jobs

    def keys(self) -> Any:
        make_job(self._jobs, "a")
        return super().keys()


def test_of_two_processes_that_make_the_same_job_the_second_takes_that_of_the_first(
    tmp_path: Path,
) -> None:
    with begin(JobStore(tmp_path / "jobs")) as draft:
        draft.add(1, body("a"), None, {"line": "a"})
        job, is_new = draft.keep("hosted", BASE_URL, WhileItIsKept(tmp_path / "jobs"))
    assert (is_new, job.index.count()) == (False, 1)
    assert [path.name for path in (tmp_path / "jobs").iterdir()] == [job.id]


def test_the_same_rows_find_a_job_that_is_being_worked_on(tmp_path: Path) -> None:
    job = make_job(tmp_path / "jobs", "a")
    with job.hold():
        assert make_job(tmp_path / "jobs", "a").id == job.id
        refused = pytest.raises(
            TemporaryFailure, match=f"another process is working on job {job.id}"
        )
        with refused, job.hold():
            raise AssertionError("two hold it")


def test_results_without_a_place_are_told(tmp_path: Path) -> None:
    job = make_job(tmp_path / "jobs", "a")
    job.results_path.mkdir()
    with pytest.raises(CannotCreate, match=r"cannot create .*results\.jsonl: "):
        Results(job, IdsCharged())


@pytest.mark.parametrize("length", [150_000, 300_000], ids=["kept back", "written at once"])
def test_results_that_the_disk_has_no_room_for_can_come_later(tmp_path: Path, length: int) -> None:
    job = make_job(tmp_path / "jobs", "a")
    [request] = job.index.requests()
    line = result_line(request.custom_id).replace(b"}}", b'}, "x": "' + b"x" * length + b'"}')
    refused = pytest.raises(CannotWrite, match=r"cannot write .*results\.jsonl: File too large")
    failures = []
    with refused, full_beyond(INDEX), Results(job, IdsCharged()) as results:
        try:
            keep(results, 1, line)
            results.flush()
        except Exception as error:
            failures.append(type(error))
    assert failures == [CannotWrite]
    job.close()
    job = JobStore(tmp_path / "jobs").open(job.id)
    with Results(job, IdsCharged()) as results:
        assert job.index.outcomes() == {None: 1}
        keep(results, 1, line)
    assert job.results_path.read_bytes() == line + b"\n"


@pytest.mark.parametrize("name", ["requests", "fields"])
def test_a_file_that_is_gone_is_not_what_was_written(tmp_path: Path, name: str) -> None:
    job = make_job(tmp_path / "jobs", "a")
    job.check_file(name)
    (job.folder / f"{name}.jsonl").unlink()
    with pytest.raises(InputUnreadable, match="it is not what was written"):
        job.check_file(name)


@pytest.fixture
def one_damaged(tmp_path: Path) -> Iterator[JobStore]:
    """Three jobs with a batch each; the journal of the first is damaged."""
    jobs = [make_job(tmp_path / "jobs", prompt) for prompt in "abc"]
    for number, job in enumerate(sorted(jobs, key=lambda job: job.id), 1):
        job.journal.intend(1, 10)
        job.journal.created(1, f"msgbatch_{number}")
        if number == 1:
            (job.folder / "journal.jsonl").write_bytes(b"{}\n")
    yield JobStore(tmp_path / "jobs")


def test_a_batch_is_found_behind_a_job_that_is_damaged(one_damaged: JobStore) -> None:
    assert "msgbatch_3" in one_damaged.open("msgbatch_3").batches
    assert one_damaged.known_batches() == {"msgbatch_2", "msgbatch_3"}
    with pytest.raises(InputUnreadable, match="no job 'msgbatch_1'"):
        one_damaged.open("msgbatch_1")


def test_a_draft_that_goes_while_it_is_swept_stands_in_nobodys_way(tmp_path: Path) -> None:
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs" / ".draft-gone").symlink_to("nowhere")
    assert make_job(tmp_path / "jobs", "a").index.count() == 1


def test_an_input_that_cannot_be_read_to_its_end_is_told(tmp_path: Path) -> None:
    fd = os.open(tmp_path / "in", os.O_WRONLY | os.O_CREAT)
    refused = pytest.raises(InputUnreadable, match="cannot read the input: Bad file descriptor")
    with os.fdopen(fd, "rb") as stream, refused:  # as `batch run - 0>in` gives it
        list(read_pieces(stream))
