"""Jobs on disk: the same requests are the same job, and a job is found by what it is called."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from claude_cli.errors import InputError, InputUnreadable, TemporaryFailure, UsageError
from claude_cli.jobs.draft import begin
from claude_cli.jobs.store import JobStore
from tests.jobs.made_jobs import body, make_job


def test_the_same_requests_are_the_same_job(tmp_path: Path) -> None:
    first, again = make_job(tmp_path / "jobs", "a", "b"), make_job(tmp_path / "jobs", "a", "b")
    assert first.id == again.id
    others = {
        make_job(tmp_path / "jobs", "a").id,
        make_job(tmp_path / "jobs", "b", "a").id,
        make_job(tmp_path / "jobs", "a", "b", engine="live").id,
        make_job(tmp_path / "jobs", "a", "b", base_url="http://127.0.0.1:2").id,
    }
    assert len(others | {first.id}) == 5


def test_a_draft_that_is_not_kept_leaves_nothing(tmp_path: Path) -> None:
    with begin(JobStore(tmp_path / "jobs")) as draft:
        draft.add(1, body("a"))
    assert list((tmp_path / "jobs").iterdir()) == []


BEGINS_A_DRAFT = """
import sys, time
from pathlib import Path
from claude_cli.jobs.draft import begin
from claude_cli.jobs.store import JobStore
draft = begin(JobStore(Path(sys.argv[1])))
print(draft.size, flush=True)
time.sleep(60)
"""


def test_the_draft_of_a_killed_process_is_swept_and_that_of_a_living_one_is_not(
    tmp_path: Path,
) -> None:
    jobs = tmp_path / "jobs"
    command = [sys.executable, "-c", BEGINS_A_DRAFT, str(jobs)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stdout.readline() == b"0\n"
        [draft] = jobs.iterdir()
        long_ago = (time.time() - 120,) * 2
        os.utime(draft, long_ago)
        with begin(JobStore(jobs)):
            assert draft.exists()
        process.kill()
    os.utime(draft, long_ago)
    with begin(JobStore(jobs)):
        assert not draft.exists()


def test_a_draft_that_begins_is_left_alone(tmp_path: Path) -> None:
    draft = tmp_path / "jobs" / ".draft-young"
    draft.mkdir(parents=True)
    with begin(JobStore(tmp_path / "jobs")):
        assert draft.exists()


def test_a_doubled_id_names_the_line_that_has_it(tmp_path: Path) -> None:
    with begin(JobStore(tmp_path / "jobs")) as draft:
        assert draft.add(1, body("a"), "x") is None
        assert draft.add(5, body("b"), "y") is None
        assert draft.add(9, body("c"), "y") == 5


def test_a_job_is_found_by_the_start_of_its_id_and_by_its_batch(tmp_path: Path) -> None:
    store, job = JobStore(tmp_path / "jobs"), make_job(tmp_path / "jobs", "a")
    job.journal.intend(1, 10)
    job.journal.created(1, "msgbatch_1")
    assert store.open(job.id[:5]).id == store.open("msgbatch_1").id == job.id
    for name in ("", "../x", "msgbatch_2"):
        with pytest.raises(InputUnreadable):
            store.open(name)
    for n in range(17):  # more jobs than there are first characters
        make_job(tmp_path / "jobs", f"other {n}")
    doubled = {h["id"][0] for h in store.headers()}
    with pytest.raises(UsageError):
        for first in doubled:
            store.open(first)


def test_a_job_of_a_newer_format_is_refused(tmp_path: Path) -> None:
    job = make_job(tmp_path / "jobs", "a")
    path = job.folder / "journal.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"format":2', b'"format":3'))
    with pytest.raises(InputError, match="no job of this version"):
        JobStore(tmp_path / "jobs").open(job.id)


def test_one_process_at_a_time_works_on_a_job(tmp_path: Path) -> None:
    job = make_job(tmp_path / "jobs", "a")
    with job.hold(), pytest.raises(TemporaryFailure, match="another process"), job.hold():
        pass


def test_everything_is_private_whatever_the_umask(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        job = make_job(tmp_path / "jobs", "a")
    finally:
        os.umask(old)
    assert job.folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in job.folder.iterdir()} == {0o600}
