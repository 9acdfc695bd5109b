"""A damaged job: what can be had again is, what cannot is named, and nothing is paid for twice."""

import json
from pathlib import Path

import pytest

from claude_cli.simulator.server.server import Simulator
from tests.conftest import Run
from tests.flow.batch.conftest import GREEK, Batch
from tests.jobs.simulated import CREATE, asked, calls, results_of, sent


@pytest.fixture
def jobs(tmp_path: Path) -> Path:
    return tmp_path / "home" / "data" / "jobs"


@pytest.mark.usefixtures("lines")
def test_a_hosted_job_fetches_again_what_it_has_lost(
    simulator: Simulator, run: Run, batch: Batch, jobs: Path
) -> None:
    first = batch("in.txt")
    [folder] = jobs.iterdir()
    results = folder / "results.jsonl"
    for damage in (results.read_bytes().replace(b"beta", b"bets"), b"", b"x" * 3000):
        results.write_bytes(damage)
        ran = batch("in.txt")
        assert (ran.code, ran.stdout) == (0, first.stdout)
        assert "lost their results" in ran.stderr
        results.unlink()
        ran = run("batch", "results", folder.name)
        assert (ran.code, ran.stdout) == (0, first.stdout)
    assert calls(simulator).count(CREATE) == 1


@pytest.mark.usefixtures("lines", "simulator")
def test_results_that_were_shifted_are_found_without_the_server(
    run: Run, batch: Batch, jobs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = batch("in.txt")
    [folder] = jobs.iterdir()
    results = folder / "results.jsonl"
    results.write_bytes(b"\0\n" + results.read_bytes())
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    ran = run("batch", "results", folder.name)
    assert (ran.code, ran.stdout) == (0, first.stdout)


@pytest.mark.usefixtures("lines")
def test_a_live_job_names_what_it_has_lost_and_asks_again_only_when_told_to(
    simulator: Simulator, batch: Batch, jobs: Path
) -> None:
    batch("in.txt", "--live", "-O", "out")
    good = Path("out").read_bytes()
    [folder] = jobs.iterdir()
    results = folder / "results.jsonl"
    results.write_bytes(results.read_bytes().replace(b"beta", b"bets"))
    for _ in range(2):
        ran = batch("in.txt", "--live", "-O", "out")
        assert (ran.code, "1 row lost their answers" in ran.stderr) == (66, True)
        assert f"{results}; nothing was written" in ran.stderr
    assert (Path("out").read_bytes(), len(asked(simulator))) == (good, 3)
    ran = batch("in.txt", "--live", "--resubmit", "failed")
    assert (ran.code, results_of(ran), len(asked(simulator))) == (0, GREEK, 4)


@pytest.mark.usefixtures("lines")
def test_an_index_that_is_gone_is_made_anew_by_the_command_that_made_the_job(
    simulator: Simulator, run: Run, batch: Batch, jobs: Path
) -> None:
    first = batch("in.txt")
    spent = run("usage", "--format", "json").json
    [folder] = jobs.iterdir()
    (folder / "index.sqlite").unlink()
    ran = run("batch", "results", folder.name)
    assert (ran.code, "index.sqlite: the file is gone" in ran.stderr) == (66, True)
    ran = batch("in.txt")
    assert (ran.code, ran.stdout, len(sent(simulator))) == (0, first.stdout, 3)
    assert run("usage", "--format", "json").json == spent
    assert first.stderr.splitlines()[-1] == ran.stderr.splitlines()[-1]  # what it did cost


@pytest.mark.usefixtures("lines")
def test_a_journal_that_lost_its_end_never_sends_a_second_time(
    simulator: Simulator, batch: Batch, run: Run, jobs: Path
) -> None:
    batch("in.txt")
    [folder] = jobs.iterdir()
    journal = folder / "journal.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    for kept in range(len(lines) - 1):
        journal.write_bytes(b"".join(lines[:kept]))
        for ran in (batch("in.txt"), run("batch", "results", folder.name)):
            assert (ran.code, f"job {folder.name} is damaged: {journal}" in ran.stderr) == (
                66,
                True,
            )
    assert calls(simulator).count(CREATE) == 1


@pytest.mark.usefixtures("lines")
@pytest.mark.parametrize("left", [None, b""])
def test_a_job_without_its_journal_can_be_deleted_and_sent_anew(
    simulator: Simulator, batch: Batch, run: Run, jobs: Path, left: bytes | None
) -> None:
    first = batch("in.txt")
    [folder] = jobs.iterdir()
    journal = folder / "journal.jsonl"
    journal.unlink()
    if left is not None:
        journal.write_bytes(left)
    ran = batch("in.txt")
    assert ran.code == 66
    assert f"; claude-cli batch delete {folder.name} drops what is here" in ran.stderr
    ran = run("batch", "delete", folder.name[:8])
    assert (ran.code, "deleted here alone" in ran.stderr) == (0, True)
    assert ([*jobs.iterdir()], len([*simulator.batches])) == ([], 1)
    assert results_of(batch("in.txt")) == results_of(first)


@pytest.mark.usefixtures("lines", "simulator")
@pytest.mark.parametrize("file", ["journal.jsonl", "index.sqlite"])
def test_the_list_goes_on_behind_a_damaged_job(
    run: Run, batch: Batch, jobs: Path, file: str
) -> None:
    batch("in.txt")
    [damaged] = jobs.iterdir()
    (damaged / file).write_bytes(b"\xff" * 5000)
    Path("in.txt").write_text("delta\n")
    batch("in.txt")
    listed = run("batch", "list", "--format", "json")
    states = {row["job"]: row["state"] for row in listed.json if row["job"]}
    assert states.pop(damaged.name) == "damaged"
    assert [*states.values()] == ["ended"]
    assert f"job {damaged.name} is damaged: {damaged / file}" in listed.stderr


@pytest.mark.usefixtures("simulator")
def test_columns_that_no_request_is_made_of_are_those_of_the_last_input(batch: Batch) -> None:
    Path("in.csv").write_text("id,text\n1,alpha\n")
    assert json.loads(batch("in.csv", "{text}").text)["row"] == {"id": "1", "text": "alpha"}
    Path("in.csv").write_text("no,text\n7,alpha\n")
    ran = batch("in.csv", "{text}", "--format", "csv")
    assert "is finished" in ran.stderr
    assert ran.text.startswith("no,text,answer,")
    assert ran.text.splitlines()[1].startswith("7,alpha,")
