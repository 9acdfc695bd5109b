"""Results on disk: what a kill leaves behind is put in order, whatever the byte."""

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claude_cli.jobs.attempts import newest
from claude_cli.jobs.join import join
from claude_cli.jobs.repair import repair
from claude_cli.jobs.results import Result, Results, read_result
from tests.jobs.made_jobs import IdsCharged, keep, make_job, result_line


@settings(deadline=None, max_examples=30)  # each puts files on disk
@given(st.integers(0, 400), st.integers(0, 3))
def test_after_a_cut_at_any_byte_whole_results_are_kept_and_charged_and_the_rest_can_come(
    tmp_path_factory: pytest.TempPathFactory, cut: int, indexed: int
) -> None:
    job = make_job(tmp_path_factory.mktemp("jobs"), "a", "b", "c")
    ids = [request.custom_id for request in job.index.requests()]
    lines = [result_line(custom_id) for custom_id in ids]
    bill = IdsCharged()
    with Results(job, bill) as results:
        for row in range(indexed):
            keep(results, row + 1, lines[row])
    assert bill.ids == ids[:indexed]
    known = b"".join(line + b"\n" for line in lines[:indexed])
    more = b"".join(line + b"\n" for line in lines[indexed:])[:cut]
    job.results_path.write_bytes(known + more)
    with Results(job, bill) as results:
        kept = indexed + more.count(b"\n")
        assert job.index.outcomes().get("succeeded", 0) == kept
        assert bill.ids == ids[:kept]
        for row in range(kept, 3):
            keep(results, row + 1, lines[row])
    assert bill.ids == ids
    assert [joined.line for joined in join(job, newest)] == lines
    assert job.results_path.read_bytes() == b"".join(line + b"\n" for line in lines)
    job.close()


def test_what_is_flushed_is_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[tuple[int, int]] = []
    sync = os.fsync

    def seen(fd: int) -> None:
        sync(fd)
        synced.append((os.fstat(fd).st_ino, os.fstat(fd).st_size))

    job = make_job(tmp_path, "a", "b")
    ids = [request.custom_id for request in job.index.requests()]
    monkeypatch.setattr(os, "fsync", seen)
    with Results(job, IdsCharged()) as results:
        for row, custom_id in enumerate(ids, 1):
            keep(results, row, result_line(custom_id))
            results.flush()
            file = job.results_path.stat()
            assert synced[-1:] == [(file.st_ino, file.st_size)]
    job.close()


def test_results_of_rows_that_are_sent_again_are_forgotten(tmp_path: Path) -> None:
    job = make_job(tmp_path, "a")
    [request] = job.index.requests()
    with Results(job, IdsCharged()) as results:
        keep(results, 1, result_line(request.custom_id, "errored"))
    job.index.send_again()
    with Results(job, IdsCharged()):
        assert job.index.outcomes() == {None: 1}
    job.close()


def test_what_failed_is_not_charged_and_what_was_displaced_is_not_charged_again(
    tmp_path: Path,
) -> None:
    job = make_job(tmp_path, "a", "b", "c")
    one, two, three = [request.custom_id for request in job.index.requests()]
    bill = IdsCharged()
    with Results(job, bill) as results:
        keep(results, 1, result_line(one))
        keep(results, 2, result_line(two, "errored"))
        keep(results, 3, result_line(three))
    first, second, third = job.results_path.read_bytes().splitlines(keepends=True)
    job.results_path.write_bytes(third + second)
    assert (repair(job, bill), job.index.outcomes()["succeeded"]) == (1, 1)
    with Results(job, bill) as results:
        found = job.index.find(one)
        assert found and found.is_charged
        line = first.rstrip()
        results.keep(1, line, Result(one, {"type": "succeeded"}), is_charged=True)
    assert (job.index.outcomes()["succeeded"], bill.ids) == (2, [one, three])
    job.close()


@pytest.mark.parametrize("is_killed", [False, True], ids=["as they come", "after a kill"])
def test_results_are_charged_and_indexed_together_in_two_statements_a_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_killed: bool
) -> None:
    monkeypatch.setattr("claude_cli.jobs.results.TOGETHER", 10)
    job = make_job(tmp_path, *map(str, range(100)))
    ids = [request.custom_id for request in job.index.requests()]
    if is_killed:
        job.results_path.write_bytes(b"".join(result_line(name) + b"\n" for name in ids))
    bill = IdsCharged()
    statements: list[str] = []
    job.index._file._db.set_trace_callback(statements.append)
    with Results(job, bill) as results:
        if not is_killed:
            for name in ids:
                found = job.index.find(name)
                assert found and not found.is_charged
                keep(results, found.row, result_line(name))
    assert bill.written == [ids[start : start + 10] for start in range(0, 100, 10)]
    of_rows = [statement for statement in statements if "FROM rows" in statement]
    changes = [statement for statement in statements if "UPDATE rows SET at" in statement]
    assert (len(of_rows), len(changes)) == (100, 100)
    assert len(statements) < 200 + 5 * 15  # commits, and what they need
    job.close()


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"[]",
        b'{"custom_id": "a"}',
        b'{"custom_id": 1, "result": {"type": "x"}}',
        b'{"custom_id": "a", "result": {"type": 1}}',
        b'{"custom_id": "a", "result": {"type": "x"}',
    ],
)
def test_what_is_no_result_is_none(line: bytes) -> None:
    assert read_result(line) is None


def test_a_result_tells_its_text_its_tokens_and_what_went_wrong() -> None:
    result = read_result(
        b'{"custom_id": "a", "result": {"type": "succeeded", "message": {"content": '
        b'[{"type": "thinking", "thinking": "h"}, {"type": "text", "text": "x"}, '
        b'{"type": "text", "text": "y"}, 3], "usage": {"input_tokens": 4}}}}'
    )
    assert result and (result.text, result.problem, result.tokens("input_tokens")) == ("xy", "", 4)
    assert result.tokens("output_tokens") is None
    failed = read_result(
        b'{"custom_id": "a", "result": {"type": "errored", "error": {"type": "error", '
        b'"error": {"type": "api_error", "message": "no"}}}}'
    )
    assert failed and (failed.text, failed.problem) == ("", "api_error: no")
    expired = read_result(result_line("a", "expired"))
    assert expired and expired.problem == "expired"
