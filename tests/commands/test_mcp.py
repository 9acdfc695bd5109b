"""MCP servers through the command line: offered, asked about, called, told, ended."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from claude_cli.simulator.server.server import Simulator
from tests.conftest import CANARY, Run, Spawn
from tests.controlling_terminal import ControllingTerminal
from tests.test_secrets import hits
from tests.tools.calls import is_gone, number_in
from tests.tools.mcp import scripted_server
from tests.tools.mcp.scripted_http import scripted_http

SERVER = scripted_server.__file__
ADD = "mcp__sums__add"


def write(**servers: Any) -> None:
    """Write mcp.json; each server is a manner of the scripted one, or an entry as it stands."""
    entries = {
        name: {"command": sys.executable, "args": [SERVER, manner]}
        if isinstance(manner, str)
        else manner
        for name, manner in servers.items()
    }
    Path("mcp.json").write_text(json.dumps({"mcpServers": entries}))


def add(number: int = 1, **tool_input: Any) -> dict[str, Any]:
    return {
        "type": "tool_use",
        "id": f"toolu_{number}",
        "name": ADD,
        "input": tool_input or {"a": 2, "b": 3},
    }


def names(body: Any) -> list[str]:
    return [tool["name"] for tool in body.get("tools", [])]


def result(simulator: Simulator) -> Any:
    [block] = simulator.requests[-1].body["messages"][-1]["content"]
    return block


# Offered


@pytest.mark.parametrize("command", ["ask", "stream"])
def test_a_tool_of_a_server_is_offered_called_and_answered(
    simulator: Simulator, run: Run, command: str
) -> None:
    write(sums="behaves")
    flags = ["--mcp", "mcp.json", "--approve", "always", "--tool-choice", ADD]
    ran = run(command, "hi", *flags)
    assert ran.code == 0, ran.stderr
    first, second = simulator.requests
    assert names(first.body) == [ADD, "mcp__sums__environment"]
    asked = first.body["tools"][0]
    assert asked["input_schema"]["required"] == ["a", "b"]
    call = second.body["messages"][-2]["content"][-1]
    assert call["name"] == ADD
    expected = str(call["input"]["a"] + call["input"]["b"])
    assert result(simulator)["content"] == [{"type": "text", "text": expected}]


def test_one_server_of_a_file_is_started_alone(run: Run) -> None:
    write(sums="behaves", other={"command": "${NOT_SET}"})
    ran = run("ask", "--dry-run", "--mcp", "mcp.json:sums", "hi")
    assert names(ran.json) == [ADD, "mcp__sums__environment"]


def test_the_config_file_names_servers_for_all_but_batch(run: Run) -> None:
    write(sums="behaves")
    assert run("config", "set", "mcp", "mcp.json").code == 0
    assert names(run("ask", "--dry-run", "hi").json)
    Path("rows.jsonl").write_text('{"text": "one"}\n')
    ran = run("batch", "run", "rows.jsonl", "{text}", "--dry-run")
    assert ran.code == 0, ran.stderr
    assert "tools" not in json.loads(ran.text)["params"]


def test_batch_has_no_servers(run: Run) -> None:
    ran = run("batch", "run", "rows.jsonl", "{text}", "--mcp", "mcp.json")
    assert ran.code == 2
    assert "--mcp" in ran.stderr


def test_count_counts_the_tools_of_servers(simulator: Simulator, run: Run) -> None:
    write(sums="behaves")
    assert run("count", "--mcp", "mcp.json", "hi").code == 0
    assert names(simulator.requests[-1].body) == [ADD, "mcp__sums__environment"]


def test_a_saved_template_keeps_the_servers(simulator: Simulator, run: Run) -> None:
    write(sums="behaves")
    assert run("ask", "--save", "adder", "--mcp", "mcp.json", "add {x}").code == 0
    assert names(run("ask", "--dry-run", "-t", "adder", "-p", "x=1").json)


def test_a_server_over_http_is_asked_with_its_headers(
    simulator: Simulator, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_TOKEN", "tok-canary-0123456789")
    simulator.enqueue(content=[add()])
    simulator.enqueue(text="done")
    with scripted_http() as http:
        headers = {"Authorization": "Bearer ${MY_TOKEN}"}
        write(sums={"type": "http", "url": http.url("wants a credential"), "headers": headers})
        ran = run("ask", "hi", "-v", "--mcp", "mcp.json", "--approve", "always")
    assert ran.text == "done\n"
    assert result(simulator)["content"] == [{"type": "text", "text": "5"}]
    assert {headers["authorization"] for _, headers, _ in http.seen} == {
        "Bearer tok-canary-0123456789"
    }
    assert not any("x-api-key" in headers for _, headers, _ in http.seen)
    assert http.seen[-1][0] == "DELETE"
    assert "canary" not in ran.stderr


# What goes wrong


@pytest.mark.parametrize(
    ("servers", "reason"),
    [
        ({"sums": {"command": "${NOT_SET}"}}, "NOT_SET"),
        ({"sums": {"url": "http://example.org/mcp"}}, "plain http is for this machine alone"),
        ({"sums": {"url": "ftp://example.org"}}, "not a URL"),
        ({"sums": {"url": "https://example.org", "headers": {"a b": "c"}}}, "not a header name"),
    ],
)
def test_a_bad_file_is_78(run: Run, servers: dict[str, Any], reason: str) -> None:
    write(**servers)
    ran = run("ask", "--dry-run", "--mcp", "mcp.json", "hi")
    assert ran.code == 78
    assert reason in ran.stderr
    assert ran.text == ""


def test_a_server_that_cannot_start_costs_its_tools_alone(simulator: Simulator, run: Run) -> None:
    write(sums="behaves", broken="cannot start")
    ran = run("ask", "hi", "--mcp", "mcp.json")
    assert ran.code == 0
    assert names(simulator.requests[-1].body) == [ADD, "mcp__sums__environment"]
    assert "the MCP server broken is left out" in ran.stderr
    assert "no such database" in ran.stderr


def test_a_call_that_fails_costs_the_call_alone(simulator: Simulator, run: Run) -> None:
    write(sums="dies")
    simulator.enqueue(content=[add()])
    simulator.enqueue(text="done")
    ran = run("ask", "hi", "--mcp", "mcp.json", "--approve", "always")
    assert (ran.code, ran.text) == (0, "done\n")
    assert result(simulator)["is_error"] is True
    assert "exit status 7" in ran.stderr


def test_what_a_server_says_cannot_move_the_cursor(simulator: Simulator, run: Run) -> None:
    write(sums="refuses with escapes")
    simulator.enqueue(content=[add()])
    simulator.enqueue(text="done")
    ran = run("ask", "hi", "--mcp", "mcp.json", "--approve", "always")
    assert "no such tool" in ran.stderr
    assert "\x1b" not in ran.stderr and "\u202e" not in ran.stderr


# Consent


def test_a_call_needs_consent(simulator: Simulator, run: Run) -> None:
    write(sums="behaves")
    simulator.enqueue(content=[add()])
    simulator.enqueue(text="done")
    ran = run("ask", "hi", "--mcp", "mcp.json", "--approve", "never")
    assert ran.text == "done\n"
    assert result(simulator)["is_error"] is True
    assert "not allow" in result(simulator)["content"]


def test_the_first_question_shows_what_is_behind_the_tools_of_a_server(
    simulator: Simulator,
) -> None:
    write(sums="behaves")
    simulator.enqueue(content=[add(1), add(2)])
    simulator.enqueue(text="done")
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with ControllingTerminal("ask", "hi", "--mcp", "mcp.json", **streams) as terminal:
        for times in (1, 2):
            terminal.wait_for("[q]uit: ", times)
            terminal.type("y\n")
        assert terminal.wait() == 0
        shown = terminal.received
    assert shown.count(f"the MCP server sums is {sys.executable} {SERVER} behaves") == 1
    assert shown.index("the MCP server sums") < shown.index(f'{ADD} {{"a": 2')


def test_always_holds_for_one_tool(simulator: Simulator) -> None:
    write(sums="behaves")
    other = {**add(3, x=1), "name": "mcp__sums__environment"}
    simulator.enqueue(content=[add(1), add(2), other])
    simulator.enqueue(text="done")
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with ControllingTerminal("ask", "hi", "--mcp", "mcp.json", **streams) as terminal:
        for times, key in enumerate("an", 1):
            terminal.wait_for("[q]uit: ", times)
            terminal.type(f"{key}\n")
        assert terminal.wait() == 0
    results = simulator.requests[-1].body["messages"][-1]["content"]
    assert [block.get("is_error", False) for block in results] == [False, False, True]


def test_verbose_tells_the_command_and_keeps_the_variables_of_the_user(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_TOKEN", "tok-canary-0123456789")
    args = [SERVER, "behaves", "--token", "${MY_TOKEN}"]
    write(sums={"command": sys.executable, "args": args})
    ran = run("ask", "--dry-run", "-v", "--mcp", "mcp.json", "hi")
    assert (
        f"MCP server sums: {sys.executable} {SERVER} behaves --token '${{MY_TOKEN}}'"
        in " ".join(ran.stderr.split())
    )
    assert "canary" not in ran.stderr + ran.text


def test_a_token_that_a_server_repeats_is_not_shown(
    simulator: Simulator, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_TOKEN", "tok-canary-0123456789")
    entry = {
        "command": sys.executable,
        "args": ["-c", "import os, sys; sys.exit('bad token ' + os.environ['API_TOKEN'])"],
        "env": {"API_TOKEN": "${MY_TOKEN}"},
    }
    write(sums=entry)
    ran = run("ask", "--dry-run", "--mcp", "mcp.json", "hi")
    assert "bad token [redacted]" in ran.stderr


@pytest.mark.parametrize("manner", ["dies of its token", "refuses its token"])
def test_a_failure_that_repeats_a_token_is_sent_and_kept_without_it(
    simulator: Simulator, run: Run, tmp_path: Path, manner: str
) -> None:
    token = "tok-canary-0123456789"
    args = [SERVER, manner]
    write(sums={"command": sys.executable, "args": args, "env": {"A_TOKEN": token}})
    simulator.enqueue(content=[add()])
    simulator.enqueue(text="done")
    ran = run("ask", "hi", "--mcp", "mcp.json", "--approve", "always", "--record", "tape")
    assert ran.code == 0
    assert "bad token [redacted]" in str(result(simulator)["content"])
    assert "bad token [redacted]" in ran.stderr
    Path("mcp.json").unlink()
    assert hits(token, tmp_path, ran) == []


def test_no_server_sees_the_key(simulator: Simulator, run: Run) -> None:
    write(sums="behaves")
    call = {**add(x=1), "name": "mcp__sums__environment"}
    simulator.enqueue(content=[call])
    simulator.enqueue(text="done")
    assert run("ask", "hi", "--mcp", "mcp.json", "--approve", "always").code == 0
    seen = result(simulator)["content"][0]["text"]
    assert "PATH" in seen and CANARY not in seen


# While it goes on


def test_tools_that_a_server_changed_are_in_the_next_request(
    simulator: Simulator, run: Run
) -> None:
    write(sums="changes its tools")
    simulator.enqueue(content=[add()])
    simulator.enqueue(text="done")
    flags = ["-T", "web_search", "--mcp", "mcp.json", "--approve", "always"]
    assert run("ask", "hi", *flags, "--name", "s").code == 0
    first, second = simulator.requests
    assert names(second.body) == [*names(first.body), "mcp__sums__added"]


def test_a_session_goes_on_with_the_tools_that_are_there(simulator: Simulator, run: Run) -> None:
    write(sums="behaves")
    run("ask", "hi", "--mcp", "mcp.json", "--name", "s")
    run("ask", "more", "-r", "s", "--mcp", "mcp.json")
    assert names(simulator.requests[-1].body) == [ADD, "mcp__sums__environment"]


def test_slash_mcp_lists_starts_and_ends_servers(simulator: Simulator, run: Run) -> None:
    write(sums="behaves", more="behaves")
    lines = [
        *("/mcp", "one", "/mcp mcp.json:sums", "two", "/mcp mcp.json:more", "three"),
        *("/mcp drop sums", "four", "/mcp drop more", "five", "/mcp"),
    ]
    ran = run("chat", "-n", stdin="\n".join(lines).encode())
    assert ran.code == 0, ran.stderr
    offered = [
        {name.split("__")[1] for name in names(received.body)} for received in simulator.requests
    ]
    assert offered == [set(), {"sums"}, {"sums", "more"}, {"more"}, set()]
    assert f"sums  2 tools  {sys.executable} {SERVER} behaves" in ran.stderr
    assert ran.stderr.count("no MCP servers") == 3


@pytest.mark.parametrize(
    ("line", "code", "reason"),
    [
        ("/mcp nowhere.json", 66, "nowhere.json"),
        ("/mcp mcp.json:other", 78, "has no MCP server other"),
        ("/mcp mcp.json:sums", 2, "two MCP servers are called sums"),
        ("/mcp drop other", 2, "no MCP server other is running"),
        ("/mcp drop", 66, "cannot read drop"),
        ("/mcp my servers.json", 66, "cannot read my servers.json"),
    ],
)
def test_slash_mcp_refuses_what_names_no_server(
    simulator: Simulator, run: Run, line: str, code: int, reason: str
) -> None:
    write(sums="behaves")
    ran = run("chat", "-n", "--mcp", "mcp.json", "--keep-going", stdin=f"{line}\nhi".encode())
    assert ran.code == code
    assert reason in ran.stderr
    assert names(simulator.requests[-1].body) == [ADD, "mcp__sums__environment"]


def test_a_session_keeps_its_tools_where_servers_are_only_listed(
    simulator: Simulator, run: Run
) -> None:
    write(sums="behaves")
    run("ask", "hi", "--mcp", "mcp.json", "--name", "s")
    ran = run("chat", "-r", "s", "--keep-going", stdin=b"/mcp\n/mcp drop sums\nmore")
    assert ran.code == 2
    assert names(simulator.requests[-1].body) == [ADD, "mcp__sums__environment"]


# Listed


def test_tools_are_listed_with_where_they_come_from(run: Run) -> None:
    write(sums="behaves")
    ran = run("tools", "list", "--mcp", "mcp.json", "-T", "web_search_20250305")
    assert ran.code == 0, ran.stderr
    command = f"{sys.executable} {SERVER} behaves"
    assert ran.text.splitlines() == [
        "web_search\tweb_search_20250305\tweb_search_20250305",
        f"{ADD}\t{command}\tAdds two numbers.",
        f"mcp__sums__environment\t{command}\t",
    ]


def test_tools_as_json_are_the_array_that_is_sent(run: Run) -> None:
    write(sums="behaves")
    flags = ["--mcp", "mcp.json", "-T", "web_search", "-m", "opus"]
    ran = run("tools", "list", "--format", "json", *flags)
    assert ran.json == run("ask", "--dry-run", *flags, "hi").json["tools"]


def test_without_tools_the_list_is_empty(run: Run) -> None:
    assert run("tools", "list", "--format", "json").json == []


# The end


def leave_a_child(manner: str) -> None:
    """Write a server that tells in `pids` what child it has, which outlives it if it can."""
    code = (
        "import subprocess, sys\n"
        "child = subprocess.Popen(['sleep', '600'], stdin=subprocess.DEVNULL)\n"
        "open('pids', 'w').write(f'{child.pid}\\n')\n"
        f"sys.argv = ['x', {manner!r}]\n"
        f"exec(open({SERVER!r}).read())"
    )
    write(sums={"command": sys.executable, "args": ["-c", code]})


def test_nothing_is_left_after_an_answer(simulator: Simulator, run: Run) -> None:
    leave_a_child("behaves")
    assert run("ask", "hi", "--mcp", "mcp.json").code == 0
    assert is_gone(number_in(Path("pids")))


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("manner", ["hangs and says so", "hangs at the start"])
def test_nothing_is_left_after_a_signal(
    simulator: Simulator, spawn: Spawn, signum: signal.Signals, manner: str
) -> None:
    leave_a_child(manner)
    simulator.enqueue(content=[add()])
    process = spawn("ask", "hi", "--mcp", "mcp.json", "--approve", "always")
    child = number_in(Path("pids"))
    if manner == "hangs and says so":
        assert not is_gone(number_in(Path("called")), seconds=0.05)
    process.send_signal(signum)
    assert process.wait(20) == -signum
    assert is_gone(child)


def test_a_script_of_the_simulator_calls_the_tools_of_servers(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(sums="behaves")
    calls = [add(1, a=1, b=2), add(2, a=3, b=4)]
    script = [{"content": calls}, {"text": "three and seven"}]
    Path("script.jsonl").write_text("".join(json.dumps(reply) + "\n" for reply in script))
    monkeypatch.setenv("ANTHROPIC_API_KEY", CANARY)
    with Simulator(script=Path("script.jsonl")) as simulator:
        flags = ["--base-url", simulator.base_url, "--mcp", "mcp.json", "--approve", "always"]
        ran = run("ask", "add them", *flags)
        assert (ran.code, ran.text) == (0, "three and seven\n"), ran.stderr
        results = simulator.requests[-1].body["messages"][-1]["content"]
    assert [block["content"][0]["text"] for block in results] == ["3", "7"]


def test_the_words_of_a_hostile_tool_cannot_fake_a_question(simulator: Simulator, run: Run) -> None:
    write(sums="has a hostile tool")
    ran = run("tools", "list", "--mcp", "mcp.json")
    assert ran.code == 0
    [line] = ran.text.splitlines()
    assert "\x1b" not in ran.text + ran.stderr and "\u202e" not in ran.text
    name = line.split("\t")[0]
    call = {"type": "tool_use", "id": "toolu_1", "name": name, "input": {"a": 1, "b": 2}}
    simulator.enqueue(content=[call])
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with ControllingTerminal("ask", "hi", "--mcp", "mcp.json", **streams) as terminal:
        terminal.wait_for("[q]uit: ")
        asked = terminal.received
        terminal.type("n\n")
        assert terminal.wait() == 0
    assert name in asked
    assert asked.count("[y]es") == 1
    assert "\x1b]0;" not in asked and "\x1b[2J" not in asked and "\u202e" not in asked
