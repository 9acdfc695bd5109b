"""The journal of a job: what it says after any end."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claude_cli.disk import appendlog
from claude_cli.errors import InputUnreadable
from claude_cli.jobs import journal
from claude_cli.jobs.journal import Journal


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "job" / "journal.jsonl"
    journal.begin(path, {"id": "j"})
    return path


def test_an_intent_without_a_batch_is_lost_until_it_is_refused_or_made(path: Path) -> None:
    Journal(path).intend(1, 10)
    assert Journal(path).parts[1].is_lost
    Journal(path).refused(1)
    assert Journal(path).parts == {}
    log = Journal(path)
    log.intend(1, 10)
    log.created(1, "msgbatch_1")
    again = Journal(path)
    assert (again.parts[1].is_lost, again.batches) == (False, ["msgbatch_1"])
    assert abs((datetime.now(UTC) - again.parts[1].intended).total_seconds()) < 60


def test_a_part_is_complete_when_it_was_fetched_and_nothing_is_missing(path: Path) -> None:
    log = Journal(path)
    log.intend(1, 10)
    log.created(1, "b")
    log.fetched(1, {"missing": 2})
    assert (Journal(path).parts[1].is_complete, Journal(path).parts[1].mismatched_ids) == (
        False,
        {"missing": 2},
    )
    log.fetched(1, {})
    assert Journal(path).parts[1].is_complete


def test_records_of_a_newer_version_are_passed_over(path: Path) -> None:
    log = Journal(path)
    log._write("new")
    log.created(9, "b")
    log.intend(1, 10)
    assert list(Journal(path).parts) == [1]


def test_a_torn_line_is_passed_over_and_one_that_is_gone_is_not(path: Path) -> None:
    Journal(path).intend(1, 10)
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"kind":"created","par')
    Journal(path).intend(2, 10)
    assert list(Journal(path).parts) == [1, 2]
    header, intent, *rest = path.read_bytes().splitlines(keepends=True)
    changed = intent.replace(b'"part":1', b'"part":3')
    for lines in ([header, *rest], [intent, *rest], [header, changed, *rest]):
        path.write_bytes(b"".join(lines))
        with pytest.raises(InputUnreadable, match="is gone"):
            Journal(path)


@pytest.mark.parametrize("values", [{"part": 1, "time": "soon"}, {"part": 1, "time": 7}])
def test_a_record_that_makes_no_sense_is_named(path: Path, values: dict[str, Any]) -> None:
    appendlog.append(path, [journal._numbered({"kind": "intent", **values}, 1)])
    with pytest.raises(InputUnreadable, match="line 2 makes no sense"):
        Journal(path)


def test_what_is_no_journal_is_refused(tmp_path: Path) -> None:
    (tmp_path / "j").write_text('{"kind": "intent", "part": 1, "time": "2026-11-30T00:00:00Z"}\n')
    with pytest.raises(InputUnreadable, match="its first line is gone"):
        Journal(tmp_path / "j")


@settings(deadline=None, max_examples=30)  # each puts files on disk
@given(st.integers(0, 400))
def test_a_journal_that_is_cut_anywhere_never_forgets_an_intent_that_was_whole(
    tmp_path_factory: pytest.TempPathFactory, cut: int
) -> None:
    path = tmp_path_factory.mktemp("job") / "journal.jsonl"
    journal.begin(path, {"id": "j"})
    start = path.stat().st_size
    log = Journal(path)
    log.intend(1, 10)
    whole = path.stat().st_size
    log.created(1, "b")
    path.write_bytes(path.read_bytes()[: start + cut])
    assert (1 in Journal(path).parts) is (path.stat().st_size >= whole - 1)
    Journal(path).intend(2, 10)
    assert Journal(path).parts[2].is_lost
