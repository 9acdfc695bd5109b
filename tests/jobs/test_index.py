"""The index: parts within the limits, and rows that are sent again."""

import json
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claude_cli.errors import TemporaryFailure
from claude_cli.jobs import index as index_module
from claude_cli.jobs import index_file
from claude_cli.jobs.hosted import _payload
from claude_cli.jobs.index import Kept, RowIndex
from tests.jobs.made_jobs import make_job


@pytest.fixture
def index(tmp_path: Path) -> RowIndex:
    return RowIndex(tmp_path / "index.sqlite", is_new=True)


@pytest.mark.parametrize(
    ("rows", "most_rows", "most_bytes", "parts"),
    [
        (5, 2, 10_000, [2, 2, 1]),
        (4, 2, 10_000, [2, 2]),
        (5, 100, 300, [2, 2, 1]),
        (1, 1, 10, [1]),
        (0, 1, 10, []),
    ],
)
def test_rows_are_divided_by_number_and_by_bytes(
    index: RowIndex,
    monkeypatch: pytest.MonkeyPatch,
    rows: int,
    most_rows: int,
    most_bytes: int,
    parts: list[int],
) -> None:
    monkeypatch.setattr(index_module, "PART_ROWS", most_rows)
    monkeypatch.setattr(index_module, "PART_BYTES", most_bytes)
    for line in range(rows):
        index.add(line, f"row-{line}", 0, 100)
    index.divide()
    assert [part.rows for part in index.parts()] == parts
    assert [part.number for part in index.parts()] == list(range(1, len(parts) + 1))
    assert all(part.size <= most_bytes for part in index.parts() if part.rows > 1)


@settings(deadline=None, max_examples=25)  # each puts files on disk
@given(st.lists(st.text(max_size=50), min_size=1, max_size=20))
def test_the_size_of_a_part_is_that_of_its_body(
    tmp_path_factory: pytest.TempPathFactory, prompts: list[str]
) -> None:
    job = make_job(tmp_path_factory.mktemp("jobs"), *prompts)
    [part] = job.index.parts()
    payload = _payload(job, part, lambda sent: None)
    sent = b"".join(payload.pieces())
    assert len(sent) == payload.length
    requests = json.loads(sent)["requests"]
    assert [r["custom_id"] for r in requests] == [
        f"{job.id[:8]}-{n}" for n in range(1, len(prompts) + 1)
    ]
    assert b"".join(payload.pieces()) == sent
    job.close()


def test_rows_that_are_sent_again_get_parts_that_none_had(
    index: RowIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_module, "PART_ROWS", 2)
    for line in range(1, 4):
        index.add(line, f"r{line}", 0, 10)
    index.divide()
    index.keep(Kept(1, "", 1, 1, "succeeded", 0))
    assert index.send_again() == 3
    assert [(part.number, part.rows) for part in index.parts()] == [(3, 2), (4, 1)]
    assert index.outcomes() == {None: 3}


def test_a_result_is_found_before_it_is_in_the_file(index: RowIndex, tmp_path: Path) -> None:
    index.add(1, "r1", 0, 10)
    index.commit()
    index.keep(Kept(1, "", 5, 7, "succeeded", 9, seen=3))
    found = index.find("r1")
    assert found and (found.at, found.seen, found.checksum) == (5, 3, 9)
    other = RowIndex(tmp_path / "index.sqlite")
    assert other.outcomes() == {None: 1}
    other.close()
    index.commit()
    assert index.outcomes() == {"succeeded": 1}
    index.check()


def test_a_result_that_could_not_be_put_in_is_put_in_later(
    index: RowIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.add(1, "r1", 0, 10)
    index.commit()
    monkeypatch.setattr(index_file, "PATIENCE", 0.01)
    ours = RowIndex(tmp_path / "index.sqlite")
    ours.keep(Kept(1, "", 5, 7, "succeeded", 9))
    other = sqlite3.connect(tmp_path / "index.sqlite")
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(TemporaryFailure, match="locked by another program"):
        ours.commit()
    other.close()
    ours.commit()
    assert index.outcomes() == {"succeeded": 1}
    ours.close()


def test_rows_are_named_divided_and_sealed_in_one_change_each(index: RowIndex) -> None:
    for line in range(1, 101):
        index.add(line, None, line, 1)
    index.divide("job")
    index.commit()
    index.check()
    assert [request.custom_id for request in index.requests(1)][-1] == "job-100"
    assert index._file._db.total_changes == 2 * 100 + 1  # each put in, each changed; one fact


def test_a_sample_is_spread_over_the_rows(index: RowIndex) -> None:
    for line in range(100):
        index.add(line, None, line, 1)
    assert [request.start for request in index.sample(4)] == [0, 25, 50, 75]
    assert len(index.sample(1000)) == 100
