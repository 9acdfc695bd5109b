"""Rows and flags → requests; what is refused before anything is sent."""

import csv
import io
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from claude_cli.simulator.server.server import Simulator
from tests.conftest import MODEL, Run
from tests.content import samples
from tests.flow.batch.conftest import Batch
from tests.jobs.simulated import calls, prompt_of, prompts_answered, sent, sent_ids


def test_the_fields_of_a_row_fill_the_prompt(simulator: Simulator, batch: Batch) -> None:
    Path("in.csv").write_bytes(b'\xef\xbb\xbfname,text\r\nA,"x, ""y""\r\nz"\r\nB,\xc3\xa9\r\n')
    ran = batch("in.csv", "{{{name}}}:", "{text}", "--format", "csv")
    assert [prompt_of(request["params"]) for request in sent(simulator)] == [
        '{A}: x, "y"\r\nz',
        "{B}: é",
    ]
    rows = list(csv.DictReader(io.StringIO(ran.text, newline="")))
    assert rows[0]["text"] == 'x, "y"\r\nz'
    assert prompts_answered(rows[1].pop("answer")) == ["{B}: é"]
    assert int(rows[1].pop("input_tokens")) and int(rows[1].pop("output_tokens"))
    assert (rows[1].pop("stop_reason"), rows[1].pop("model")) == ("end_turn", MODEL)
    assert rows[1] == {"name": "B", "text": "é", "error": ""}


def test_rows_of_the_apis_own_shape_are_sent_as_they_are_but_for_typed_flags(
    simulator: Simulator, batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_MODEL", "claude-haiku-4-5")
    params = {
        "model": "claude-opus-4-8",
        "max_tokens": 5,
        "stream": True,
        "messages": [{"role": "user", "content": "hi"}],
    }
    row = json.dumps({"custom_id": "a", "params": params})
    batch("-", "--max-tokens", "7", stdin=row.encode())
    [request] = sent(simulator)
    assert request["custom_id"] == "a"
    assert request["params"] == {
        "model": "claude-opus-4-8",
        "max_tokens": 7,
        "messages": [{"role": "user", "content": "hi"}],
    }


HI = {"role": "user", "content": "hi"}


@pytest.mark.parametrize("messages", [[{"role": "user"}], ["hi"], [HI, {"content": "hi"}], "hi"])
def test_a_row_whose_messages_are_none_is_a_problem_of_that_row(
    simulator: Simulator, batch: Batch, messages: Any
) -> None:
    rows = [{"params": {"messages": [HI]}}, {"params": {"messages": messages}}]
    ran = batch("-", stdin="".join(json.dumps(row) + "\n" for row in rows).encode())
    assert (ran.code, sent(simulator)) == (65, [])
    assert re.search(r"^error: line 2: (message \d of the body has no|messages is no)", ran.stderr)


def test_an_upload_that_no_code_could_read_is_not_sent(simulator: Simulator, batch: Batch) -> None:
    upload = ("-", "Sum up {line}", "-a", "file_1;as=container")
    ran = batch(*upload, stdin=b"one\n")
    assert (ran.code, "no code reads file_1" in ran.stderr, sent(simulator)) == (2, True, [])
    assert batch(*upload, "-T", "code_execution", "--dry-run", stdin=b"one\n").code == 0


def test_a_flag_that_a_row_has_no_place_for_is_a_problem_of_that_row(
    simulator: Simulator, batch: Batch
) -> None:
    rows = [
        {"custom_id": name, "params": {"metadata": metadata, "messages": [HI]}}
        for name, metadata in (("a", {}), ("b", ["a list"]))
    ]
    text = "".join(json.dumps(row) + "\n" for row in rows)
    ran = batch("-", "-o", "metadata.user_id=me", stdin=text.encode())
    assert (ran.code, sent(simulator)) == (65, [])
    assert "line 2: -o metadata.user_id: there is no place" in ran.stderr
    assert "line 1" not in ran.stderr


def test_files_into_which_a_shell_made_the_glob_are_no_prompt(batch: Batch) -> None:
    for name in ("a.txt", "b.txt", "c.txt"):
        Path(name).write_text(name)
    ran = batch("--each", "a.txt", "b.txt", "c.txt", "Sum up", "--dry-run")
    assert (ran.code, "quote a pattern: --each '*.txt'; put -- " in ran.stderr) == (2, True)
    assert batch("--each", "a.txt", "--dry-run", "--", "b.txt", "c.txt", "Sum up").code == 0


def test_a_glob_that_finds_nothing_is_named(batch: Batch) -> None:
    for name in ("*.nope", "no folder"):
        ran = batch("--each", name, "Sum up")
        assert (ran.code, f"--each {name} finds no file: nothing" in ran.stderr) == (65, True)


def test_each_file_of_a_glob_is_a_request(simulator: Simulator, batch: Batch) -> None:
    for name in ("b.txt", "a.txt"):
        Path(name).write_text(f"I am {name}")
    Path("folder.txt").mkdir()
    ran = batch("--each", "*.txt", "Sum up {name}", "--format", "text")
    assert prompts_answered(ran.text) == ["Sum up a.txt", "Sum up b.txt"]
    document, question = sent(simulator)[0]["params"]["messages"][0]["content"]
    assert (document["source"]["data"], question["text"]) == ("I am a.txt", "Sum up a.txt")


UNFIT = {
    "cut.png": (samples.PNG[:20], "is a damaged image"),
    "wide.png": (samples.png_of(9000, 3), "is 9000 × 3 pixels"),
    "nothing.gif": (b"GIF89a" + bytes(10), "has no pixels"),
    "locked.pdf": (
        samples.pdf_of(1, b"/Encrypt <</Filter/Standard/V 1/R 2/O()/U()/P 0>>"),
        "is encrypted",
    ),
}


@pytest.mark.parametrize("name", UNFIT)
def test_what_is_attached_to_a_row_is_judged_as_in_ask(
    simulator: Simulator, batch: Batch, run: Run, name: str
) -> None:
    data, problem = UNFIT[name]
    Path(name).write_bytes(data)
    Path("in.txt").write_text("one\ntwo\n")
    as_is = ("--fit", "off")
    each = batch("--each", name, "Sum up {name}", *as_is)
    for_all = batch("in.txt", "-a", name, "Sum up {line}", *as_is)
    for ran in (run("ask", "-a", name, "hi", *as_is), each, for_all):
        assert (ran.code, ran.stderr.count(f"{name} {problem}")) == (65, 1), ran.stderr
    assert calls(simulator) == []


def test_ids_are_the_rows_own_or_begin_with_the_jobs(simulator: Simulator, batch: Batch) -> None:
    Path("in.jsonl").write_text('{"n": 1, "custom_id": "own"}\n{"n": 2}\n{"n": "x-3"}\n')
    ran = batch("in.jsonl", "{n}")
    job = re.search(r"job ([0-9a-f]{16})", ran.stderr)
    assert job and sent_ids(simulator) == ["own", f"{job[1][:8]}-2", f"{job[1][:8]}-3"]
    Path("in.csv").write_text("key,n\nk1,1\nk2,2\n")
    batch("in.csv", "{n}", "--id-field", "key")
    assert sent_ids(simulator)[3:] == ["k1", "k2"]


@pytest.mark.usefixtures("lines")
def test_a_system_prompt_and_an_attachment_go_with_every_row(
    simulator: Simulator, batch: Batch
) -> None:
    Path("rules.txt").write_text("Rules")
    batch("in.txt", "-s", "be brief", "-a", "rules.txt")
    for request in sent(simulator):
        assert request["params"]["system"] == "be brief"
        assert request["params"]["messages"][0]["content"][0]["source"]["data"] == "Rules"


@pytest.mark.usefixtures("lines")
def test_tools_and_a_saved_prompt_go_with_every_row(simulator: Simulator, batch: Batch) -> None:
    Path("ask.toml").write_text('prompt = "{how}: {line}"\nmax_tokens = 9\n')
    batch("in.txt", "-t", "ask.toml", "-p", "how=Briefly", "-T", "web_search")
    params = sent(simulator)[0]["params"]
    assert (prompt_of(params), params["tools"][0]["name"]) == ("Briefly: alpha", "web_search")


@pytest.mark.usefixtures("lines")
def test_the_words_and_the_line_go_where_the_saved_prompt_wants_them(
    simulator: Simulator, batch: Batch
) -> None:
    Path("ask.toml").write_text('prompt = "{prompt} Here it is: {input}"')
    batch("in.txt", "Sum up {line}.", "-t", "ask.toml")
    assert prompt_of(sent(simulator)[0]["params"]) == "Sum up alpha. Here it is: alpha"


@pytest.mark.usefixtures("lines")
def test_a_field_that_the_prompt_does_not_have_is_wrong_usage(
    simulator: Simulator, batch: Batch
) -> None:
    ran = batch("in.txt", "About {line}", "-p", "lien=typo")
    assert (ran.code, "{lien}" in ran.stderr, sent(simulator)) == (2, True, [])


def test_rows_that_python_takes_for_equal_are_not_mixed_up(
    simulator: Simulator, batch: Batch
) -> None:
    rows = [
        {"params": {"messages": [{"role": "user", "content": "x"}], "temperature": value}}
        for value in (1, 1.0, True, 0.5)
    ]
    batch("-", stdin="\n".join(map(json.dumps, rows)).encode())
    temperatures = [json.dumps(request["params"]["temperature"]) for request in sent(simulator)]
    assert temperatures == ["1", "1.0", "true", "0.5"]


@pytest.mark.usefixtures("lines")
def test_o_reaches_into_the_messages_of_each_row(simulator: Simulator, batch: Batch) -> None:
    batch("in.txt", "-o", "messages.0.content.0.cache_control.type=ephemeral")
    blocks = [request["params"]["messages"][0]["content"][0] for request in sent(simulator)]
    assert [block["text"] for block in blocks] == ["alpha", "beta", "gamma"]
    assert {block["cache_control"]["type"] for block in blocks} == {"ephemeral"}


@pytest.mark.parametrize(
    ("name", "content", "prompt", "problem"),
    [
        ("in.jsonl", '{"a": 1}\n{"a": 2}\n{"a": \n', "{a}", "line 3: not JSON"),
        ("in.jsonl", '{"a": 1}\n\n[2]\n', "{a}", "line 3: not a JSON object"),
        ("in.jsonl", '{"a": 1}\n{"b": 2}\n', "{a}", "line 2: no field {a}; there is {b}"),
        ("in.csv", 'a,b\n1,"2\n3"\n4\n', "{a}", "line 4: 1 field, and the header names 2"),
        (
            "in.jsonl",
            '{"custom_id": "a"}\n{"custom_id": "a"}\n',
            "{custom_id}",
            "line 2: the custom_id a",
        ),
        (
            "in.jsonl",
            '{"custom_id": "../../x"}\n',
            "{custom_id}",
            "line 1: the custom_id '../../x' is not",
        ),
        ("in.txt", "", "{line}", "there are no rows"),
        ("in.csv", "a,b\n", "{a}", "there are no rows"),
        ("in.csv", "a,a\n1,2\n", "{a}", "line 1: the column 'a' is there twice"),
    ],
)
def test_a_bad_row_is_named_and_nothing_is_sent(
    simulator: Simulator, batch: Batch, name: str, content: str, prompt: str, problem: str
) -> None:
    Path(name).write_text(content)
    ran = batch(name, prompt)
    assert ran.code == 65
    assert problem in ran.stderr
    assert "nothing was sent" in ran.stderr
    assert calls(simulator) == []


@pytest.mark.usefixtures("lines")
@pytest.mark.parametrize(
    ("flags", "problem"),
    [
        (("-o", "speed=fast"), "speed cannot be used in a batch"),
        (("-o", 'fallbacks="default"'), "fallbacks cannot be used in a batch"),
        (("--max-tokens", "0"), "max_tokens 0 cannot be used in a batch"),
    ],
)
def test_what_no_batch_takes_is_refused_unless_the_rows_are_asked_live(
    simulator: Simulator, batch: Batch, flags: tuple[str, ...], problem: str
) -> None:
    ran = batch("in.txt", *flags)
    assert (ran.code, problem in ran.stderr) == (65, True)
    assert calls(simulator) == []
    assert batch("in.txt", *flags, "--live", "--dry-run").code == 0


@pytest.mark.usefixtures("lines")
def test_thinking_that_leaves_no_room_for_an_answer_is_wrong_usage(
    simulator: Simulator, batch: Batch
) -> None:
    flags = ("-m", "claude-haiku-4-5", "--thinking", "8192", "--max-tokens", "8192")
    ran = batch("in.txt", *flags)
    assert (ran.code, "leaves no room in --max-tokens 8192" in ran.stderr) == (2, True)
    assert calls(simulator) == []


def test_lossy_reaches_the_rows(batch: Batch) -> None:
    Path("in.txt").write_bytes(b"caf\xe9\n")
    assert batch("in.txt", "--dry-run").code == 65
    ran = batch("in.txt", "--dry-run", "--lossy")
    assert (ran.code, prompt_of(ran.json["params"])) == (0, "caf\ufffd")


@pytest.mark.usefixtures("simulator")
def test_a_line_without_end_is_named(batch: Batch) -> None:
    with open("in.txt", "wb") as file:
        file.truncate(10 << 30)
    for options in ((), ("--input", "csv"), ("--input", "jsonl")):
        ran = batch("in.txt", "{line}", *options)
        assert (ran.code, "line 1: longer than 64 MB" in ran.stderr) == (65, True)


@pytest.mark.usefixtures("simulator")
def test_an_input_that_is_no_file_is_refused_at_once(batch: Batch) -> None:
    os.mkfifo("fifo")
    for path in ("fifo", "/dev/zero", "."):
        assert batch(path, "{line}").code == 66


@pytest.mark.usefixtures("simulator")
def test_rows_with_fields_need_a_prompt(batch: Batch) -> None:
    Path("in.csv").write_text("a\n1\n")
    assert (batch("in.csv").code, batch("in.csv", "{a").code) == (2, 2)
    assert batch("missing.csv", "{a}").code == 66
    assert batch().code == 2


def test_two_readers_of_stdin_are_wrong_usage(batch: Batch) -> None:
    ran = batch("-", "--body", "-", stdin=b"{}")
    assert (ran.code, "stdin" in ran.stderr) == (2, True)


@pytest.mark.usefixtures("lines")
def test_dry_run_prints_the_requests_without_key_network_or_job(
    batch: Batch, tmp_path: Path
) -> None:
    ran = batch("in.txt", "--dry-run")
    requests = [json.loads(line) for line in ran.text.splitlines()]
    assert [prompt_of(request["params"]) for request in requests] == ["alpha", "beta", "gamma"]
    assert requests[0].keys() == {"custom_id", "params"}
    assert "3 rows, the input not counted" in ran.stderr
    assert not (tmp_path / "home" / "data").exists()


@pytest.mark.usefixtures("lines")
def test_that_tools_are_not_run_is_a_notice(simulator: Simulator, batch: Batch) -> None:
    tool = {"name": "t", "description": "d", "input_schema": {"type": "object"}}
    Path("tool.json").write_text(json.dumps({**tool, "command": ["touch", "ran"]}))
    ran = batch("in.txt", "-T", "tool.json")
    assert (ran.code, "runs none" in ran.stderr, Path("ran").exists()) == (0, True, False)
    assert sent(simulator)[0]["params"]["tools"][0]["name"] == "t"


@pytest.mark.usefixtures("simulator")
def test_equal_problems_share_a_line_with_a_count(batch: Batch) -> None:
    Path("in.jsonl").write_text("x\n" * 25 + "[]\n")
    ran = batch("in.jsonl", "{a}")
    places = ", ".join(f"line {number}" for number in range(1, 6))
    assert f"error: {places} and 20 more: not JSON from character 1 on: x\n" in ran.stderr
    assert "error: line 26: not a JSON object\nerror: 26 bad rows" in ran.stderr


@pytest.mark.parametrize(
    ("prompt", "problem"),
    [
        ("Is it positive?", "the prompt has no field of the rows"),
        ("Is ｛text｝ positive?", "the braces ｛ and ｝ of the prompt are full-width"),
        ("{{text}}", "the prompt has no field of the rows"),
    ],
)
def test_a_prompt_that_is_the_same_for_every_row_is_wrong_usage(
    simulator: Simulator, batch: Batch, prompt: str, problem: str
) -> None:
    Path("in.csv").write_text("id,text\n1,good\n2,bad\n")
    ran = batch("in.csv", prompt)
    assert (ran.code, problem in ran.stderr, calls(simulator)) == (2, True, [])
    assert re.search(r"hint: .*\{id\}, \{text\}\n", ran.stderr)


@pytest.mark.usefixtures("lines", "simulator")
def test_a_field_that_p_fills_does_not_tell_rows_apart(batch: Batch) -> None:
    ran = batch("in.txt", "About {what}", "-p", "what=tea")
    assert (ran.code, "{line}" in ran.stderr) == (2, True)


@pytest.mark.usefixtures("simulator")
def test_rows_that_are_told_apart_otherwise_need_no_field(batch: Batch) -> None:
    Path("a.txt").write_text("x")
    assert batch("--each", "*.txt", "Sum up").code == 0
    params = {"messages": [{"role": "user", "content": "x"}]}
    assert batch("-", "and why?", stdin=json.dumps({"params": params}).encode()).code == 0


def test_blank_rows_are_counted_and_not_sent(simulator: Simulator, batch: Batch) -> None:
    Path("in.csv").write_text("id,text\n1,good\n,\n , \n")
    ran = batch("in.csv", "{text}")
    assert (ran.code, len(sent(simulator))) == (0, 1)
    assert "passed over: 2 blank rows\n" in ran.stderr
    Path("in.csv").write_text("id,text\n,\n")
    assert batch("in.csv", "{text}").code == 65
