"""The ledger: a line a request, and its sums whatever else the file may hold."""

import json
import os
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from claude_cli import ledger
from claude_cli.disk import appendlog
from claude_cli.errors import CannotCreate


def spent(model: str = "m", cost: str | None = "0.5", **more: Any) -> dict[str, Any]:
    usage = {"input_tokens": 10, "output_tokens": 5, "cache_read_input_tokens": None}
    cost_usd = None if cost is None else Decimal(cost)
    line = ledger.entry(model=model, usage=usage, cost_usd=cost_usd, priced="2026-11-21")
    return {**line, **more}


def write(text: str) -> Path:
    path = ledger.ledger_file()
    path.parent.mkdir(parents=True)
    path.write_text(text)
    return path


def test_an_entry_has_counts_cost_and_the_date_of_its_prices() -> None:
    line = ledger.entry(
        model="m",
        usage={"input_tokens": 1, "cache_creation_input_tokens": 3},
        cost_usd=Decimal("0.0000001"),
        priced="2026-11-21",
        session="s",
        job="j",
        platform="bedrock",
    )
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "model": "m",
        "session": "s",
        "job": "j",
        "retry": None,
        "platform": "bedrock",
        "input_tokens": 1,
        "output_tokens": None,
        "cache_write_tokens": 3,
        "cache_read_tokens": None,
        "cost_usd": "1E-7",
        "priced": "2026-11-21",
    }


def test_the_entries_of_a_job_behind_a_size_of_the_ledger_are_counted() -> None:
    assert (ledger.size(), ledger.count_since(0, job="j", retry=None)) == (0, 0)
    first = ledger.record([spent(job="j")])
    assert first == ledger.size()
    ledger.record([spent(job="j"), spent(job="j"), spent(job="jj"), spent(job="j", retry=1)])
    ledger.record([spent("j"), spent(job="j", retry=2)])
    counts = [ledger.count_since(first, job="j", retry=retry) for retry in (None, 1, 2, 3)]
    assert counts == [2, 1, 1, 0]
    assert ledger.count_since(10 * first, job="j", retry=None) == 0


def test_an_entry_is_encoded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    encoded: list[Any] = []
    encode = appendlog.encode_line

    def seen(record: Any) -> bytes:
        encoded.append(record)
        return encode(record)

    monkeypatch.setattr(appendlog, "encode_line", seen)
    entries = [spent(), spent("n")]
    ledger.record(entries)
    assert encoded == entries
    assert [row.key for row in ledger.sums("model").rows] == ["m", "n"]


def test_sums_are_exact_and_sorted_by_key() -> None:
    ledger.record([spent("b", "0.1"), spent("a", "0.2")])
    ledger.record([spent("b", "0.2")])
    a, b = ledger.sums("model").rows
    assert (a.key, a.requests, a.cost_usd) == ("a", 1, Decimal("0.2"))
    assert (b.key, b.requests, b.cost_usd) == ("b", 2, Decimal("0.3"))
    assert b.tokens == {
        "input_tokens": 20,
        "output_tokens": 10,
        "cache_write_tokens": 0,
        "cache_read_tokens": 0,
    }


def test_one_unknown_cost_makes_the_sum_unknown_and_counts_its_tokens() -> None:
    ledger.record([spent(cost=None), spent()])
    (row,) = ledger.sums("model").rows
    assert row.cost_usd is None
    assert row.tokens["input_tokens"] == 20


@pytest.mark.parametrize("cost", ["NaN", "Infinity", "1E999999", "much", 0.5, None, {}])
def test_a_cost_that_is_no_sum_of_money_is_unknown(cost: Any) -> None:
    ledger.record([spent(cost_usd=cost), spent()])
    (row,) = ledger.sums("model").rows
    assert (row.requests, row.cost_usd) == (2, None)


@pytest.mark.parametrize(
    "line", ["", "not json", '"text"', "[1]", "\x00\x00", '{"model": "torn', "9" * 5000]
)
def test_foreign_and_torn_lines_are_left_out(line: str) -> None:
    write(line + "\n")
    ledger.record([spent()])
    (row,) = ledger.sums("model").rows
    assert (row.key, row.requests) == ("m", 1)


def test_a_line_without_time_or_model_is_damaged() -> None:
    write('{"input_tokens": 1, "model": "m"}\n{}\n')
    assert ledger.sums("model") == ([], 2, 1)


def test_a_line_of_the_first_version_has_no_checksum_and_counts() -> None:
    write(json.dumps(spent(input_tokens="many")) + "\n")
    ledger.record([spent()])
    rows, damaged, _ = ledger.sums("model")
    assert (rows[0].requests, rows[0].tokens["input_tokens"], damaged) == (2, 10, 0)


def test_a_digit_that_changed_on_the_disk_is_noticed() -> None:
    ledger.record([spent(), spent(cost="0.25"), spent()])
    path = ledger.ledger_file()
    path.write_bytes(path.read_bytes().replace(b'"0.25"', b'"0.95"'))
    rows, damaged, first = ledger.sums("model")
    assert (rows[0].cost_usd, damaged, first) == (Decimal("1.0"), 1, 2)


def test_a_torn_end_does_not_swallow_the_next_line() -> None:
    path = write('{"model": "torn')
    ledger.record([spent()])
    assert path.read_text().count("\n") == 2
    assert [row.key for row in ledger.sums("model").rows] == ["m"]


def test_no_ledger_has_no_sums() -> None:
    assert ledger.sums("day").rows == []


def test_a_folder_in_its_place_is_an_error() -> None:
    ledger.ledger_file().mkdir(parents=True)
    with pytest.raises(CannotCreate):
        ledger.record([spent()])
    with pytest.raises(CannotCreate):
        ledger.sums("day")


def test_a_line_of_a_version_that_knew_one_platform_is_of_the_direct_api() -> None:
    ledger.record([spent("m", "0.1")])
    assert [row.key for row in ledger.sums("platform").rows] == ["direct"]


START = datetime(2026, 11, 1, tzinfo=UTC)


def fill(count: int, cost: str = "0.01") -> None:
    """Entries a minute apart, of the sessions s0 to s4 in turn."""
    lines = (
        spent(cost=cost, session=f"s{n % 5}", time=(START + timedelta(minutes=n)).isoformat())
        for n in range(count)
    )
    ledger.record(lines)


@pytest.mark.parametrize("minutes", [0, 1, 500, 4000, 7999, 9000])
def test_what_was_spent_since_a_moment_is_found_in_a_large_ledger(minutes: int) -> None:
    fill(8000)
    since = START + timedelta(minutes=minutes)
    assert ledger.Spent(since).look() == Decimal("0.01") * max(8000 - minutes, 0)
    of_session = len(range(minutes + -minutes % 5, 8000, 5))
    assert ledger.Spent(since, "s0").look() == Decimal("0.01") * of_session


def test_what_others_add_is_seen_at_the_next_look() -> None:
    found = ledger.Spent(START)
    assert found.look() == 0
    fill(3)
    assert found.look() == Decimal("0.03")
    with open(ledger.ledger_file(), "ab") as file:
        file.write(b'{"sum":"0000')  # being written, or torn
    assert found.look() == Decimal("0.03")
    ledger.record([spent(cost=None), spent(cost="1", time="2026-12-01T00:00:00+00:00")])
    assert (found.look(), found.unpriced, found.damaged) == (Decimal("1.03"), 1, 1)
    write_over = ledger.ledger_file()
    write_over.write_bytes(b"")
    assert found.look() == 0


def test_the_next_run_reads_only_what_was_added() -> None:
    fill(8000)
    assert ledger.Spent(START).look() == 80
    path = ledger.ledger_file()
    first, rest = path.read_bytes().split(b"\n", 1)
    path.write_bytes(b"x" * len(first) + b"\n" + rest)
    fill(1)
    again = ledger.Spent(START)
    assert (str(again.look()), again.damaged) == ("80.01", 0)
    of_session = ledger.Spent(START, "s1")
    assert (str(of_session.look()), of_session.damaged) == ("16.00", 1)


@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "folder", "other"])
def test_a_mark_that_does_not_fit_is_not_believed(damage: str) -> None:
    fill(8000)
    assert ledger.Spent(START).look() == 80
    mark = ledger._mark_file()
    data = mark.read_bytes()
    mark.unlink()
    if damage == "folder":
        mark.mkdir()
    elif damage == "other":  # another ledger is there now
        mark.write_bytes(data)
        ledger.ledger_file().unlink()
        fill(8000, "0.02")
        assert ledger.Spent(START).look() == 160
        return
    else:
        changed = {"cut": data[:-9], "flip": data.replace(b'"80', b'"70'), "empty": b""}
        mark.write_bytes(changed[damage])
    assert ledger.Spent(START).look() == 80


def test_what_was_spent_behind_a_line_that_is_too_long_counts() -> None:
    """A disk that lost power can leave a run of NUL; here it is a hole of a gigabyte."""
    end = ledger.record([spent(job="j")])
    found = ledger.Spent(START)
    assert found.look() == Decimal("0.5")
    os.truncate(ledger.ledger_file(), 1 << 30)
    ledger.record([spent(job="j")])
    for sum_of in (found, ledger.Spent(START)):
        assert (sum_of.look(), sum_of.damaged) == (Decimal(1), 1)
    assert ledger.count_since(end, job="j", retry=None) == 1
