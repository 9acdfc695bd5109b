"""`batch` against a small server with accidents: what is sent, how often, and what is written."""

import csv
import io
import json
import re
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from claude_cli.jobs.index import RowIndex
from claude_cli.jobs.store import JobStore
from tests.conftest import CANARY, Ran, Run, Spawn
from tests.controlling_terminal import ControllingTerminal
from tests.jobs.batch_server import BatchServer, prompt_of, serving, succeed

server = pytest.fixture(serving)

ERRORED: dict[str, Any] = {
    "type": "errored",
    "error": {"type": "error", "error": {"type": "invalid_request_error", "message": "no"}},
}


@pytest.fixture
def lines() -> Path:
    path = Path("in.txt")
    path.write_text("alpha\nbeta\n\ngamma\n")
    return path


def results_of(ran: Ran) -> list[tuple[str, str]]:
    """The type of each result and what it answers."""
    found = []
    for line in ran.text.splitlines():
        result = json.loads(line)["result"]
        text = result["message"]["content"][0]["text"] if "message" in result else ""
        found.append((result["type"], text))
    return found


GREEK = [("succeeded", "re: alpha"), ("succeeded", "re: beta"), ("succeeded", "re: gamma")]


def batch(run: Run, *arguments: str, stdin: bytes = b"") -> Ran:
    return run("batch", "run", *arguments, "--poll", "0.01", stdin=stdin)


# Rows → requests → results


def test_a_run_writes_the_results_in_input_order(
    server: BatchServer, run: Run, lines: Path
) -> None:
    ran = batch(run, "in.txt")
    assert (ran.code, results_of(ran)) == (0, GREEK)
    assert [batch.id for batch in server.batches] == ["msgbatch_0001"]


def test_the_results_are_the_lines_that_the_server_sent(
    server: BatchServer, run: Run, lines: Path
) -> None:
    ran = batch(run, "in.txt")
    assert sorted(ran.stdout.splitlines()) == sorted(server.batches[0].lines)


def test_the_fields_of_a_row_fill_the_prompt(server: BatchServer, run: Run) -> None:
    Path("in.csv").write_bytes(b'\xef\xbb\xbfname,text\r\nA,"x, ""y""\r\nz"\r\nB,\xc3\xa9\r\n')
    ran = batch(run, "in.csv", "{{{name}}}:", "{text}", "--format", "csv")
    assert [prompt_of(request["params"]) for request in server.sent] == [
        '{A}: x, "y"\r\nz',
        "{B}: é",
    ]
    rows = list(csv.DictReader(io.StringIO(ran.text, newline="")))
    assert rows[1] == {
        "name": "B",
        "text": "é",
        "answer": "re: {B}: é",
        "stop_reason": "end_turn",
        "error": "",
        "input_tokens": "10",
        "output_tokens": "5",
    }
    assert rows[0]["text"] == 'x, "y"\r\nz'


def test_rows_of_the_apis_own_shape_are_sent_as_they_are_but_for_typed_flags(
    server: BatchServer, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_MODEL", "claude-haiku-4-5")
    params = {
        "model": "claude-opus-4-8",
        "max_tokens": 5,
        "stream": True,
        "messages": [{"role": "user", "content": "hi"}],
    }
    batch(
        run,
        "-",
        "--max-tokens",
        "7",
        stdin=json.dumps({"custom_id": "a", "params": params}).encode(),
    )
    [request] = server.sent
    assert request["custom_id"] == "a"
    assert request["params"] == {
        "model": "claude-opus-4-8",
        "max_tokens": 7,
        "messages": [{"role": "user", "content": "hi"}],
    }


def test_each_file_of_a_glob_is_a_request(server: BatchServer, run: Run) -> None:
    for name in ("b.txt", "a.txt"):
        Path(name).write_text(f"I am {name}")
    Path("folder.txt").mkdir()
    ran = batch(run, "--each", "*.txt", "Sum up {name}", "--format", "text")
    assert ran.stdout == b"re: Sum up a.txt\nre: Sum up b.txt\n"
    document, question = server.sent[0]["params"]["messages"][0]["content"]
    assert (document["source"]["data"], question["text"]) == ("I am a.txt", "Sum up a.txt")


def test_ids_are_the_rows_own_or_begin_with_the_jobs(
    server: BatchServer, run: Run, lines: Path
) -> None:
    Path("in.jsonl").write_text('{"n": 1, "custom_id": "own"}\n{"n": 2}\n{"n": "x-3"}\n')
    ran = batch(run, "in.jsonl", "{n}")
    job = re.search(r"job ([0-9a-f]{16})", ran.stderr)
    assert job and server.sent_ids() == ["own", f"{job[1][:8]}-2", f"{job[1][:8]}-3"]
    Path("in.csv").write_text("key,n\nk1,1\nk2,2\n")
    batch(run, "in.csv", "{n}", "--id-field", "key")
    assert server.sent_ids()[3:] == ["k1", "k2"]


def test_a_system_prompt_and_an_attachment_go_with_every_row(
    server: BatchServer, run: Run, lines: Path
) -> None:
    Path("rules.txt").write_text("Rules")
    batch(run, "in.txt", "-s", "be brief", "-a", "rules.txt")
    for request in server.sent:
        assert request["params"]["system"] == "be brief"
        assert request["params"]["messages"][0]["content"][0]["source"]["data"] == "Rules"


def test_tools_and_a_saved_prompt_go_with_every_row(
    server: BatchServer, run: Run, lines: Path
) -> None:
    Path("ask.toml").write_text('prompt = "{how}: {line}"\nmax_tokens = 9\n')
    batch(run, "in.txt", "-t", "ask.toml", "-p", "how=Briefly", "-T", "web_search")
    assert prompt_of(server.sent[0]["params"]) == "Briefly: alpha"
    assert server.sent[0]["params"]["tools"][0]["name"] == "web_search"


def test_the_words_and_the_line_go_where_the_saved_prompt_wants_them(
    server: BatchServer, run: Run, lines: Path
) -> None:
    Path("ask.toml").write_text('prompt = "{prompt} Here it is: {input}"')
    batch(run, "in.txt", "Sum up {line}.", "-t", "ask.toml")
    assert prompt_of(server.sent[0]["params"]) == "Sum up alpha. Here it is: alpha"


def test_a_field_that_the_prompt_does_not_have_is_wrong_usage(
    server: BatchServer, run: Run, lines: Path
) -> None:
    ran = batch(run, "in.txt", "About {line}", "-p", "lien=typo")
    assert (ran.code, "{lien}" in ran.stderr, server.sent) == (2, True, [])


def test_rows_that_python_takes_for_equal_are_not_mixed_up(server: BatchServer, run: Run) -> None:
    rows = [
        {"params": {"messages": [{"role": "user", "content": "x"}], "temperature": value}}
        for value in (1, 1.0, True, 0.5)
    ]
    batch(run, "-", stdin="\n".join(map(json.dumps, rows)).encode())
    sent = [json.dumps(request["params"]["temperature"]) for request in server.sent]
    assert sent == ["1", "1.0", "true", "0.5"]


def test_o_reaches_into_the_messages_of_each_row(
    server: BatchServer, run: Run, lines: Path
) -> None:
    batch(run, "in.txt", "-o", "messages.0.content.0.cache_control.type=ephemeral")
    blocks = [request["params"]["messages"][0]["content"][0] for request in server.sent]
    assert [block["text"] for block in blocks] == ["alpha", "beta", "gamma"]
    assert {block["cache_control"]["type"] for block in blocks} == {"ephemeral"}


# What is refused before anything is sent


@pytest.mark.parametrize(
    ("name", "content", "prompt", "told"),
    [
        ("in.jsonl", '{"a": 1}\n{"a": 2}\n{"a": \n', "{a}", "line 3: not JSON"),
        ("in.jsonl", '{"a": 1}\n\n[2]\n', "{a}", "line 3: not a JSON object"),
        ("in.jsonl", '{"a": 1}\n{"b": 2}\n', "{a}", "line 2: no field {a}; there is {b}"),
        ("in.csv", 'a,b\n1,"2\n3"\n4\n', "{a}", "line 4: 1 fields, and the header names 2"),
        ("in.jsonl", '{"custom_id": "a"}\n{"custom_id": "a"}\n', "x", "line 2: the custom_id a"),
        ("in.jsonl", '{"custom_id": "../../x"}\n', "x", "line 1: the custom_id '../../x' is not"),
        ("in.txt", "", "{line}", "there are no rows"),
        ("in.csv", "a,b\n", "{a}", "there are no rows"),
        ("in.csv", "a,a\n1,2\n", "{a}", "line 1: the column 'a' is there twice"),
    ],
)
def test_a_bad_row_is_named_and_nothing_is_sent(
    server: BatchServer, run: Run, name: str, content: str, prompt: str, told: str
) -> None:
    Path(name).write_text(content)
    ran = batch(run, name, prompt)
    assert ran.code == 65
    assert told in ran.stderr
    assert "nothing was sent" in ran.stderr
    assert server.calls == []


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="needs /dev/zero")
def test_an_input_without_end_is_told(server: BatchServer, run: Run) -> None:
    for options in ((), ("--input", "csv"), ("--input", "jsonl")):
        ran = batch(run, "/dev/zero", "{line}", *options)
        assert (ran.code, "line 1: longer than 64 MB" in ran.stderr) == (65, True)


def test_twenty_bad_rows_are_named_and_the_others_counted(server: BatchServer, run: Run) -> None:
    Path("in.jsonl").write_text("x\n" * 25)
    ran = batch(run, "in.jsonl", "hi")
    assert ran.stderr.count("error: line ") == 20
    assert "25 bad rows, 5 more than are named" in ran.stderr


def test_rows_with_fields_need_a_prompt(server: BatchServer, run: Run) -> None:
    Path("in.csv").write_text("a\n1\n")
    assert (batch(run, "in.csv").code, batch(run, "in.csv", "{a").code) == (2, 2)
    assert batch(run, "missing.csv", "{a}").code == 66
    assert batch(run).code == 2


def test_two_readers_of_stdin_are_wrong_usage(run: Run) -> None:
    ran = batch(run, "-", "--body", "-", stdin=b"{}")
    assert (ran.code, "stdin" in ran.stderr) == (2, True)


def test_an_output_that_cannot_be_made_is_told_before_anything_is_sent(
    server: BatchServer, run: Run, lines: Path
) -> None:
    assert batch(run, "in.txt", "-O", "nowhere/out").code == 73
    assert server.calls == []


def test_dry_run_prints_the_requests_without_key_network_or_job(
    run: Run, lines: Path, tmp_path: Path
) -> None:
    ran = batch(run, "in.txt", "--dry-run")
    requests = [json.loads(line) for line in ran.text.splitlines()]
    assert [prompt_of(request["params"]) for request in requests] == ["alpha", "beta", "gamma"]
    assert requests[0].keys() == {"custom_id", "params"}
    assert "3 rows, input tokens n/a" in ran.stderr
    assert not (tmp_path / "home" / "data").exists()


def test_the_cost_is_told_before_it_is_sent_and_max_cost_refuses_it(
    server: BatchServer, run: Run, lines: Path
) -> None:
    ran = batch(run, "in.txt", "--max-tokens", "1000", "--max-cost", "0.01")
    assert ran.code == 65
    assert "3 rows, input tokens about 30 (3 of 3 rows counted)" in ran.stderr
    assert "$0.000045 as a batch, $0.00009 live" in ran.stderr
    assert "POST /v1/messages/batches" not in server.calls
    assert batch(run, "in.txt", "--max-tokens", "1000", "--max-cost", "1").code == 0


# Again: nothing is sent, and nothing fetched, twice


def test_a_finished_job_is_written_again_without_network_or_key(
    server: BatchServer, run: Run, lines: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = batch(run, "in.txt")
    calls = list(server.calls)
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    again = batch(run, "in.txt")
    assert (again.code, again.stdout) == (0, first.stdout)
    assert server.calls == calls
    assert "less than a minute ago" in again.stderr


def test_a_changed_input_is_a_new_job_and_the_older_one_is_named(
    server: BatchServer, run: Run, lines: Path
) -> None:
    batch(run, "in.txt")
    lines.write_text("delta\n")
    ran = batch(run, "in.txt")
    assert results_of(ran) == [("succeeded", "re: delta")]
    assert "another one of the same input is " in ran.stderr


@pytest.mark.parametrize("status", [429, 529])
def test_a_create_is_tried_again_when_the_server_is_too_busy(
    server: BatchServer, run: Run, lines: Path, status: int
) -> None:
    server.refuse_creates = [(status, {"retry-after-ms": "1"})]
    assert batch(run, "in.txt").code == 0
    assert len(server.batches) == 1


def test_a_create_that_was_refused_can_be_sent_again(
    server: BatchServer, run: Run, lines: Path
) -> None:
    server.refuse_creates = [(401, {})]
    assert batch(run, "in.txt").code == 77
    assert (batch(run, "in.txt").code, len(server.batches)) == (0, 1)


def test_a_lost_reply_is_never_sent_again_and_found_by_the_next_run(
    server: BatchServer, run: Run, lines: Path
) -> None:
    server.lose_creates = 1
    lost = batch(run, "in.txt")
    assert (lost.code, len(server.batches)) == (75, 1)
    assert "may exist" in lost.stderr
    others = [{"custom_id": f"other-{n}", "params": server.sent[n]["params"]} for n in range(3)]
    for _ in range(3):
        server.make(others)  # of the same size, and newer: more than a page of them
    ran = batch(run, "in.txt")
    assert (ran.code, results_of(ran)) == (0, GREEK)
    assert "msgbatch_0001 was found" in ran.stderr
    assert server.calls.count("POST /v1/messages/batches") == 1


@pytest.mark.parametrize("status", [500, 502, 408])
def test_a_create_that_failed_on_the_server_may_exist(
    server: BatchServer, run: Run, lines: Path, status: int
) -> None:
    server.refuse_creates = [(status, {"x-should-retry": "true"})]
    assert (batch(run, "in.txt").code, batch(run, "in.txt").code) == (75, 75)
    assert server.calls.count("POST /v1/messages/batches") == 1
    ran = batch(run, "in.txt", "--resubmit", "failed")
    assert (ran.code, results_of(ran), len(server.batches)) == (0, GREEK, 1)


def test_adopt_names_the_batch_whose_reply_got_lost(
    server: BatchServer, run: Run, lines: Path
) -> None:
    server.lose_creates = 1
    batch(run, "in.txt")
    wrong = server.make(server.sent[:1])
    assert batch(run, "in.txt", "--adopt", wrong.id).code == 65
    ran = batch(run, "in.txt", "--adopt", "msgbatch_0001")
    assert (ran.code, results_of(ran)) == (0, GREEK)


def test_only_failed_rows_are_sent_again_and_only_when_asked_for(
    server: BatchServer, run: Run, lines: Path
) -> None:
    server.answer = lambda r: ERRORED if prompt_of(r["params"]) == "beta" else succeed(r)
    ran = batch(run, "in.txt", "-O", "out.jsonl")
    assert ran.code == 5
    assert "1 of 3 rows failed" in ran.stderr
    assert Path("out.jsonl").read_bytes().count(b"\n") == 3
    assert batch(run, "in.txt").code == 5
    assert len(server.sent) == 3
    server.answer = succeed
    ran = batch(run, "in.txt", "--resubmit", "failed")
    assert (ran.code, results_of(ran)) == (0, GREEK)
    assert [prompt_of(request["params"]) for request in server.sent[3:]] == ["beta"]
    assert batch(run, "in.txt", "--resubmit", "all").code == 0
    assert len(server.sent) == 7


# What a server may do to the results


def test_results_on_another_origin_are_refused(server: BatchServer, run: Run, lines: Path) -> None:
    with BatchServer() as elsewhere:
        server.results_url = f"{elsewhere.base_url}/v1/messages/batches/msgbatch_0001/results"
        assert batch(run, "in.txt").code == 76
        assert elsewhere.calls == []


@pytest.mark.parametrize("cut", [0, 1, 400, 700])
def test_a_cut_download_keeps_whole_lines_and_is_finished_by_the_next_run(
    server: BatchServer, run: Run, lines: Path, tmp_path: Path, cut: int
) -> None:
    server.cut_results_at = cut
    ran = batch(run, "in.txt", "-O", "out")
    assert (ran.code, Path("out").exists()) == (75, False)
    ran = batch(run, "in.txt")
    assert (ran.code, results_of(ran)) == (0, GREEK)
    assert len(server.batches) == 1
    [kept] = (tmp_path / "home" / "data" / "jobs").glob("*/results.jsonl")
    assert sorted(kept.read_bytes().splitlines()) == sorted(server.batches[0].lines)


@pytest.mark.parametrize(
    ("what", "told"),
    [("doubled", "1 doubled"), ("missing", "1 missing"), ("unknown", "1 unknown")],
)
def test_strange_ids_in_the_results_are_counted_and_told(
    server: BatchServer, run: Run, lines: Path, what: str, told: str
) -> None:
    stranger = json.dumps({"custom_id": "who", "result": {"type": "expired"}}).encode()
    server.mangle = {
        "doubled": lambda lines: [*lines, lines[0]],
        "missing": lambda lines: lines[1:],
        "unknown": lambda lines: [stranger, *lines],
    }[what]
    for _ in range(2):
        ran = batch(run, "in.txt", "-O", "out")
        assert (ran.code, told in ran.stderr) == (76, True)
    assert Path("out").read_bytes().count(b"\n") == (2 if what == "missing" else 3)
    assert len(server.sent) == 3


def test_the_results_can_be_the_input_of_the_next_run(server: BatchServer, run: Run) -> None:
    Path("in.csv").write_text("answer,error_2\nx,y\n")
    for header in ("answer,error_2,answer_2,", "answer,error_2,answer_2,stop_reason,error,"):
        ran = batch(run, "in.csv", "{answer}", "--format", "csv", "-O", "in.csv")
        assert ran.code == 0
        assert Path("in.csv").read_text().startswith(header)


def test_a_batch_that_is_soon_over_is_not_waited_for_a_minute(
    server: BatchServer, run: Run, lines: Path
) -> None:
    server.polls = 2
    started = time.monotonic()
    assert run("batch", "run", "in.txt").code == 0
    assert time.monotonic() - started < 30


@pytest.mark.parametrize("value", ["nan", "inf", "0", "x"])
def test_a_pause_that_is_none_is_wrong_usage(
    server: BatchServer, run: Run, lines: Path, value: str
) -> None:
    assert run("batch", "run", "in.txt", "--poll", value).code == 2
    assert server.sent == []


def test_archived_results_cannot_be_read(server: BatchServer, run: Run, lines: Path) -> None:
    job = run("batch", "submit", "in.txt").text.strip()
    server.batches[0].archived = True
    server.batches[0].polls_left = 0
    ran = run("batch", "results", job)
    assert (ran.code, "archived" in ran.stderr) == (66, True)


def test_expired_and_canceled_rows_are_empty_lines_of_text(
    server: BatchServer, run: Run, lines: Path
) -> None:
    server.answer = lambda r: (
        {"type": "expired"} if prompt_of(r["params"]) == "beta" else succeed(r)
    )
    ran = batch(run, "in.txt", "--format", "text")
    assert (ran.code, ran.stdout) == (5, b"re: alpha\n\nre: gamma\n")


# Output


def test_the_output_file_is_replaced_as_a_whole(server: BatchServer, run: Run, lines: Path) -> None:
    Path("out").write_text("before")
    Path("link").symlink_to("out")
    ran = batch(run, "in.txt", "-O", "link", "--format", "text")
    assert (ran.code, ran.stdout) == (0, b"")
    assert Path("out").read_text() == "re: alpha\nre: beta\nre: gamma\n"
    assert Path("link").is_symlink()
    assert sorted(path.name for path in Path().iterdir()) == ["in.txt", "link", "out"]


def test_every_answer_is_in_the_ledger_once_at_half_the_price(
    server: BatchServer, run: Run, lines: Path
) -> None:
    batch(run, "in.txt")
    batch(run, "in.txt")
    [row] = run("usage", "--by", "model", "--format", "json").json
    assert (row["requests"], row["input_tokens"]) == (3, 30)
    assert row["cost_usd"] == pytest.approx(3 * (10 * 1.5 + 5 * 7.5) / 1e6)


# One step at a time


def test_submit_prints_the_job_alone_and_the_other_steps_take_it_from_there(
    server: BatchServer, run: Run, lines: Path
) -> None:
    submitted = run("batch", "submit", "in.txt")
    job = submitted.text.strip()
    assert re.fullmatch("[0-9a-f]{16}", job)
    assert run("batch", "submit", "in.txt").text.strip() == job
    assert len(server.batches) == 1
    server.batches[0].polls_left = 3
    assert run("batch", "results", job).code == 75
    status = run("batch", "status", job[:6], "--format", "json").json
    assert (status["job"], status["status"], status["rows"]) == (job, "in progress", 3)
    assert run("batch", "wait", job, "--poll", "0.01").code == 0
    ran = run("batch", "results", "msgbatch_0001", "--format", "text")
    assert (ran.code, ran.stdout) == (0, b"re: alpha\nre: beta\nre: gamma\n")
    assert run("batch", "status", job, "--format", "json").json["status"] == "finished"


def test_the_list_joins_jobs_with_all_pages_of_the_server(
    server: BatchServer, run: Run, lines: Path
) -> None:
    for _ in range(5):
        server.make([{"custom_id": "a", "params": {"model": "m", "messages": [{"content": "x"}]}}])
    job = run("batch", "submit", "in.txt").text.strip()
    rows = run("batch", "list", "--format", "json").json
    assert [row["batch"] for row in rows] == [f"msgbatch_{n:04}" for n in (6, 5, 4, 3, 2, 1)]
    assert [row["job"] for row in rows] == [job, None, None, None, None, None]


def test_a_job_of_another_server_is_listed_with_its_place(
    server: BatchServer, run: Run, lines: Path
) -> None:
    job = run("batch", "submit", "in.txt").text.strip()
    with BatchServer() as other:
        rows = run("batch", "list", "--format", "json", "--base-url", other.base_url).json
    assert [(row["job"], row["batch"]) for row in rows] == [(job, None)]
    assert rows[0]["status"] == f"not finished, at {server.base_url}"


def test_a_batch_of_another_machine_can_be_fetched(server: BatchServer, run: Run) -> None:
    params = {"model": "m", "messages": [{"content": "x"}]}
    server.make([{"custom_id": "a", "params": params}])
    assert run("batch", "wait", "msgbatch_0001", "--poll", "0.01").code == 0
    ran = run("batch", "results", "msgbatch_0001", "--format", "csv")
    assert ran.text.splitlines()[1] == "a,re: x,end_turn,,10,5"
    assert run("batch", "results", "msgbatch_9").code == 65
    assert run("batch", "results", "nobody").code == 66


def test_cancel_and_delete_end_a_job(server: BatchServer, run: Run, lines: Path) -> None:
    server.polls = 10
    job = run("batch", "submit", "in.txt").text.strip()
    assert run("batch", "delete", job).code == 65
    assert run("batch", "cancel", job).code == 0
    ran = run("batch", "results", job)
    assert (ran.code, [kind for kind, _ in results_of(ran)]) == (5, ["canceled"] * 3)
    assert run("batch", "delete", job).code == 0
    assert (server.batches, run("batch", "status", job).code) == ([], 66)


def test_a_job_stays_with_its_server(server: BatchServer, run: Run, lines: Path) -> None:
    job = run("batch", "submit", "in.txt").text.strip()
    ran = run("batch", "results", job, "--base-url", "http://127.0.0.1:9")
    assert (ran.code, f"hint: --base-url {server.base_url}" in ran.stderr) == (2, True)


# Schemas


@pytest.fixture
def schema(server: BatchServer) -> str:
    """A schema; the server answers with the prompt, which is to fit it."""
    server.answer = lambda request: succeed(request, text=prompt_of(request["params"]))
    return '{"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}'


def test_answers_are_held_to_the_schema(server: BatchServer, run: Run, schema: str) -> None:
    Path("in.txt").write_text('{"n": 1}\n{"n": "one"}\nno JSON\n')
    options = ("in.txt", "{line}", "--schema", schema, "--format", "csv")
    for ran in (batch(run, *options), batch(run, *options)):  # the second time it is finished
        assert (ran.code, "2 unfit for the schema" in ran.stderr) == (6, True)
        errors = [row["error"] for row in csv.DictReader(io.StringIO(ran.text))]
        assert [error.partition(":")[0] for error in errors] == [
            "",
            "the answer does not fit the schema",
            "the answer is not JSON",
        ]
        assert f"-2: {errors[1]}" in ran.stderr
    assert server.sent[0]["params"]["output_config"]["format"]["type"] == "json_schema"


def test_what_failed_or_was_cut_is_not_held_to_the_schema(
    server: BatchServer, run: Run, schema: str
) -> None:
    Path("in.txt").write_text('{"n": 1}\n{"n":\n')
    server.answer = lambda request: (
        {"type": "expired"}
        if prompt_of(request["params"]) == '{"n":'
        else succeed(request, text='{"n": ', stop_reason="max_tokens")
    )
    ran = batch(run, "in.txt", "{line}", "--schema", schema)
    assert (ran.code, "schema" in ran.stderr) == (5, False)


# Live


def test_live_rows_are_answered_now_and_written_the_same_way(
    server: BatchServer, run: Run, lines: Path
) -> None:
    ran = batch(run, "in.txt", "--live")
    assert (ran.code, results_of(ran)) == (0, GREEK)
    assert (sorted(server.asked), server.batches) == (["alpha", "beta", "gamma"], [])
    again = batch(run, "in.txt", "--live")
    assert (again.stdout, len(server.asked)) == (ran.stdout, 3)


def test_a_live_row_that_the_server_refuses_is_an_errored_result(
    server: BatchServer, run: Run, lines: Path
) -> None:
    server.answer = lambda r: ERRORED if prompt_of(r["params"]) == "beta" else succeed(r)
    ran = batch(run, "in.txt", "--live")
    assert ran.code == 5
    assert [kind for kind, _ in results_of(ran)] == ["succeeded", "errored", "succeeded"]
    server.answer = succeed
    ran = batch(run, "in.txt", "--live", "--resubmit", "failed")
    assert (ran.code, results_of(ran), len(server.asked)) == (0, GREEK, 4)


def test_a_busy_server_costs_no_live_row(server: BatchServer, run: Run, lines: Path) -> None:
    server.refuse_messages = [(429, {"retry-after-ms": "5"}), (529, {"retry-after-ms": "5"})] * 4
    ran = batch(run, "in.txt", "--live", "--retries", "0")
    assert (ran.code, results_of(ran)) == (0, GREEK)


def test_max_cost_stops_a_live_run_cleanly(server: BatchServer, run: Run) -> None:
    Path("in.txt").write_text("".join(f"{n}\n" for n in range(50)))
    options = ("in.txt", "--live", "--concurrency", "4")
    ran = batch(run, *options, "--max-cost", "0.001")  # an answer costs $0.000105
    assert (ran.code, "--max-cost is reached" in ran.stderr) == (5, True)
    assert len(server.asked) == len(results_of(ran)) == 9
    assert batch(run, *options, "--max-cost", "0.0011").code == 5
    assert len(server.asked) == 10
    assert "cost more" not in ran.stderr
    assert batch(run, *options).code == 0
    assert sorted(server.asked) == sorted(map(str, range(50)))


def test_a_live_answer_that_nobody_could_foresee_is_told(
    server: BatchServer, run: Run, lines: Path
) -> None:
    ran = batch(run, "in.txt", "--live", "--max-cost", "0.0001")
    assert (ran.code, len(server.asked)) == (5, 1)
    assert "cost more than --max-cost allows" in ran.stderr


def test_a_live_run_whose_first_question_costs_too_much_is_refused(
    server: BatchServer, run: Run, lines: Path
) -> None:
    ran = batch(run, "in.txt", "--live", "--max-cost", "0.00001")
    assert (ran.code, "more than --max-cost 0.00001" in ran.stderr, server.asked) == (65, True, [])


def test_a_key_that_is_refused_ends_a_live_run(server: BatchServer, run: Run, lines: Path) -> None:
    server.refuse_messages = [(401, {})] * 3
    assert batch(run, "in.txt", "--live").code == 77
    assert batch(run, "in.txt", "--live").code == 0


# What is shown meanwhile


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        ((), [" processed, ", "expires in 23 h 59 min"]),
        (("--live", "--concurrency", "1"), ["1/3 answered", " rows/s, ", "$0.000105 so far"]),
    ],
)
def test_a_bar_tells_counts_time_and_money(
    server: BatchServer, lines: Path, options: tuple[str, ...], shown: list[str]
) -> None:
    server.polls, server.latency = 3, 0.12
    with ControllingTerminal("batch", "run", "in.txt", "--poll", "0.2", *options) as terminal:
        assert terminal.wait() == 0
    for words in shown:
        assert words in terminal.received


# Signals


def test_ctrl_c_while_waiting_tells_how_to_come_back(
    server: BatchServer, spawn: Spawn, run: Run, lines: Path
) -> None:
    server.polls = 10_000
    process = spawn("batch", "run", "in.txt", "--poll", "0.02")
    assert process.stderr
    seen = b""
    while b"sent as" not in seen:
        seen += process.stderr.readline()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    job = re.search(rb"job ([0-9a-f]{16})", seen)
    assert job and b"claude-cli batch wait " + job[1] in err
    assert (process.returncode, out) == (-signal.SIGINT, b"")
    server.batches[0].polls_left = 0
    ran = batch(run, "in.txt")
    assert (ran.code, results_of(ran), len(server.batches)) == (0, GREEK, 1)


def test_the_key_is_nowhere_in_what_is_kept(
    server: BatchServer, run: Run, lines: Path, tmp_path: Path
) -> None:
    ran = batch(run, "in.txt", "-v")
    assert CANARY not in ran.stderr
    for path in (tmp_path / "home").rglob("*"):
        mode = path.stat().st_mode & 0o777
        assert mode in (0o700, 0o600), path
        assert path.is_dir() or CANARY.encode() not in path.read_bytes()


def test_simulate_answers_a_batch_and_keeps_nothing(run: Run, lines: Path, tmp_path: Path) -> None:
    ran = batch(run, "in.txt", "--simulate")
    assert (ran.code, [kind for kind, _ in results_of(ran)]) == (0, ["succeeded"] * 3)
    home = tmp_path / "home"
    assert not [path for path in home.rglob("*") if path.is_file()]


def test_a_large_input_becomes_several_batches_each_of_them_sent_once(
    server: BatchServer, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RowIndex.divide, "__defaults__", (2, 10**6))
    Path("in.txt").write_text("a\nb\nc\nd\ne\n")
    server.lose_creates = 1
    assert batch(run, "in.txt").code == 75
    assert len(server.batches) == 1
    ran = batch(run, "in.txt")
    assert (ran.code, [text for _, text in results_of(ran)]) == (0, [f"re: {c}" for c in "abcde"])
    assert [len(made.requests) for made in server.batches] == [2, 2, 1]
    status = run("batch", "status", server.sent_ids()[0][:8], "--format", "json").json
    assert len(status["batches"]) == 3


def test_a_second_process_leaves_the_job_to_the_first(
    server: BatchServer, run: Run, lines: Path
) -> None:
    job = run("batch", "submit", "in.txt").text.strip()
    with JobStore().open(job).hold():
        ran = batch(run, "in.txt")
    assert (ran.code, "another process" in ran.stderr) == (75, True)


def test_a_model_without_a_price_is_named(server: BatchServer, run: Run) -> None:
    row = {"params": {"model": "nobody-knows", "messages": [{"role": "user", "content": "x"}]}}
    ran = batch(run, "-", stdin=json.dumps(row).encode())
    assert ran.code == 0
    assert "1 row, input tokens about 10 (1 of 1 row counted): n/a as a batch" in ran.stderr
    assert "no price is known of nobody-knows" in ran.stderr


def test_that_tools_are_not_run_is_told(server: BatchServer, run: Run, lines: Path) -> None:
    tool = {"name": "t", "description": "d", "input_schema": {"type": "object"}}
    Path("tool.json").write_text(json.dumps({**tool, "command": ["touch", "ran"]}))
    ran = batch(run, "in.txt", "-T", "tool.json")
    assert (ran.code, "not run" in ran.stderr, Path("ran").exists()) == (0, True, False)
    assert server.sent[0]["params"]["tools"][0]["name"] == "t"


def test_an_unknown_price_cannot_be_limited(server: BatchServer, run: Run, lines: Path) -> None:
    for options in ((), ("--live",)):
        ran = batch(run, "in.txt", "-m", "nobody-knows", "--max-cost", "1", *options)
        assert (ran.code, "is not known" in ran.stderr) == (65, True)
    assert (server.sent, server.asked) == ([], [])
