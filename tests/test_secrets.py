"""The API key and other secrets: on no stream, in no file, with no stranger."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from claude_cli.app import COMMANDS
from claude_cli.commandline.flags.output import VerbosityFlags
from claude_cli.simulator.server.server import Simulator
from tests.conftest import CANARY, Ran, Run, Spawn
from tests.faulty_server import (
    BLOCK,
    LAST_CHUNK,
    START,
    STREAM_HEAD,
    FaultyServer,
    Wire,
    chunk,
    delta,
    error_response,
    event,
    replying,
    response,
)

PASSWORD = "hunter22-hunter22"
LEVELS: tuple[list[str], ...] = ([], ["-q"], ["-v"], ["--debug"])
EACH_LEVEL = pytest.mark.parametrize("level", LEVELS, ids=lambda level: "".join(level) or "normal")


def hits(secret: str, folder: Path, *runs: Ran) -> list[str]:
    """Where `secret` is to be found: in what was printed, or in a file or a file's name."""
    wanted = secret.encode()
    found = [f"stdout: {ran}" for ran in runs if wanted in ran.stdout]
    found += [f"stderr: {ran}" for ran in runs if secret in ran.stderr]
    for path in folder.rglob("*"):
        if secret in path.name or (path.is_file() and wanted in path.read_bytes()):
            found.append(str(path))
    return found


# All commands, all levels

TURN = '{"params": {"messages": [{"role": "user", "content": "hi"}]}}\n'
LINES: dict[str, list[list[str]]] = {
    "ask": [
        ["ask", "hi", "--name", "talk", "-u"],
        ["ask", "hi", "--format", "json"],
        ["ask", "hi", "--format", "events"],
        ["ask", "hi", "--dry-run"],
        ["ask", "hi", "--curl"],
        ["ask", "hi", "-H", f"authorization: Bearer {CANARY}", "--curl"],
        ["ask", "hi", "-r", "nobody"],
    ],
    "stream": [["stream", "hi"], ["stream", "hi", "--no-stream", "-T", "web_search"]],
    "chat": [["chat"]],
    "batch": [
        ["batch", "run", "in.jsonl", "--live"],
        ["batch", "run", "in.jsonl", "--dry-run"],
        ["batch", "list"],
    ],
    "shell": [["shell", "list the files here"]],
    "compare": [["compare", "-m", "opus", "-m", "haiku", "hi", "--name", "two"]],
    "count": [["count", "hi"]],
    "models": [["models", "list"], ["models", "show", "claude-sonnet-4-6"]],
    "files": [["files", "list"], ["files", "upload", "in.jsonl"]],
    "skills": [["skills", "list"], ["skills", "show", "xlsx"], ["skills", "create", "."]],
    "sessions": [
        ["sessions", "list"],
        ["sessions", "search", "hi"],
        ["sessions", "check"],
        ["sessions", "show", "talk"],
        ["sessions", "export", "talk", "talk.html"],
    ],
    "tools": [["tools", "list", "-T", "web_search"]],
    "templates": [["templates", "list"]],
    "usage": [["usage"]],
    "auth": [["auth", "status"]],
    "config": [["config", "show"], ["config", "path"]],
    "completion": [["completion", "bash"]],
}
ENDLESS = {"simulator"}


def test_every_command_takes_part() -> None:
    assert set(COMMANDS) - set(LINES) - ENDLESS == set()


@EACH_LEVEL
def test_the_key_is_in_no_output_and_in_no_file(
    simulator: Simulator, run: Run, tmp_path: Path, level: list[str]
) -> None:
    Path("in.jsonl").write_text(TURN)
    lines = [line for name in COMMANDS for line in LINES.get(name, ())]
    ran = [run(*line, *level, stdin=b"hello\n" * (line == ["chat"])) for line in lines]
    ran += [run(*line, *level, "--nope") for line in lines]
    assert hits(CANARY, tmp_path, *ran) == []
    assert [each for each in ran if each.code in (1, 70)] == []
    assert {0, 2} <= {each.code for each in ran}
    used = {dict(each.headers).get("x-api-key") for each in simulator.requests}
    assert CANARY in used


@EACH_LEVEL
@pytest.mark.parametrize("fault", ["401", "400", "529x1", "cut", "malformed", "error", "end"])
def test_the_key_is_in_no_failure(
    simulator: Simulator, run: Run, tmp_path: Path, level: list[str], fault: str
) -> None:
    simulator.inject(fault)
    ran = run("stream", "hi", "--retries", "0", *level)
    assert ran.code >= 65
    assert hits(CANARY, tmp_path, ran) == []


ECHO = {
    "an error": error_response("401 No", "authentication_error", f"bad key {CANARY}"),
    "a reason": response(f"418 {CANARY}"),
    "a gateway": response("502 Bad", f"upstream got {CANARY}".encode(), content_type="text/plain"),
    "HTML": response("200 OK", f"<p>{CANARY}".encode(), content_type="text/html"),
    "a content type": response("200 OK", b"x", content_type=f"x/{CANARY}"),
    "a request id": error_response("400 No", "e", request_id=f"req_{CANARY}"),
    "a header": error_response("400 No", "e", x_your_key=CANARY, set_cookie=f"k={CANARY}"),
    "an address": response("307 Go", location=f"https://{CANARY}.example/"),
    "an error event": STREAM_HEAD
    + START
    + BLOCK
    + delta("so far")
    + event({"type": "error", "error": {"type": "api_error", "message": f"no {CANARY}"}})
    + LAST_CHUNK,
    "a broken event": STREAM_HEAD + START + chunk(f"data: {{{CANARY}\n\n".encode()) + LAST_CHUNK,
    "an impossible event": STREAM_HEAD
    + START
    + BLOCK
    + delta("so far")
    + event({"type": "content_block_start", "index": 1, "content_block": CANARY})
    + LAST_CHUNK,
    "a second message": STREAM_HEAD
    + START
    + BLOCK
    + event({"type": "message_start", "message": {"id": CANARY}})
    + LAST_CHUNK,
}


@EACH_LEVEL
@pytest.mark.parametrize("place", ECHO)
def test_a_server_that_repeats_the_key_gets_it_nowhere(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, level: list[str], place: str
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", CANARY)
    with FaultyServer(replying(ECHO[place])) as server:
        ran = run("ask", "hi", "--base-url", server.base_url, "--retries", "0", *level)
    assert ran.code >= 65
    assert CANARY.encode() in server.requests[0]
    assert hits(CANARY, tmp_path, ran) == []


def stumble(verbosity: VerbosityFlags) -> None:
    """A command with a bug, the key among its values."""
    key = CANARY
    try:
        raise ValueError(key)
    except ValueError as error:
        raise KeyError(key) from error


@EACH_LEVEL
def test_a_bug_shows_where_it_is_and_no_values(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, level: list[str]
) -> None:
    monkeypatch.setitem(COMMANDS, "ask", f"{__name__}:stumble")
    ran = run("ask", *level)
    assert ran.code == 70
    assert hits(CANARY, tmp_path, ran) == []
    assert ("in stumble" in ran.stderr) == (level == ["--debug"])


STUMBLING = """
import os, sys, threading
from claude_cli import app
from claude_cli.commandline.flags.output import VerbosityFlags

class Dying:
    def __del__(self):
        stumble()

def stumble():
    raise ValueError(os.environ["ANTHROPIC_API_KEY"])

def in_a_thread(verbosity: VerbosityFlags) -> None:
    thread = threading.Thread(target=stumble)
    thread.start()
    thread.join()

def in_a_destructor(verbosity: VerbosityFlags) -> None:
    Dying()

def at_the_end(verbosity: VerbosityFlags) -> None:
    app._flush_stdout = stumble

if __name__ == "__main__":
    app.COMMANDS["ask"] = "stumbling:" + sys.argv.pop()
    app.main()
"""


@EACH_LEVEL
@pytest.mark.parametrize("place", ["in_a_thread", "in_a_destructor", "at_the_end"])
def test_a_bug_that_nobody_catches_shows_no_values_either(
    monkeypatch: pytest.MonkeyPatch, level: list[str], place: str
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", CANARY)
    Path("stumbling.py").write_text(STUMBLING)
    command = [sys.executable, "stumbling.py", "ask", *level, place]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert CANARY not in ran.stdout + ran.stderr
    assert "error: a bug in claude-cli: ValueError" in ran.stderr
    assert ("in stumble" in ran.stderr) == (level == ["--debug"])
    assert "Traceback" not in ran.stderr


def test_the_key_is_in_no_argument_of_a_process(
    simulator: Simulator, spawn: Spawn, tmp_path: Path
) -> None:
    simulator.inject("stall")
    process = spawn("stream", "hi")
    assert process.stdout is not None
    process.stdout.read(1)
    own = str(process.pid)
    command = ["ps", "-ww", "-o", "args", "-p", own, "--ppid", own]
    tree = subprocess.run(command, capture_output=True, check=False).stdout
    tree += Path(f"/proc/{process.pid}/cmdline").read_bytes()
    assert b"stream" in tree
    assert CANARY.encode() not in tree


def test_a_tool_that_is_run_does_not_inherit_the_key(simulator: Simulator, run: Run) -> None:
    tool = {"name": "show", "description": "x", "input_schema": {"type": "object"}}
    Path("tools.json").write_text(json.dumps(tool | {"command": ["env"]}))
    simulator.enqueue(content=[{"type": "tool_use", "name": "show", "input": {}}])
    assert run("ask", "hi", "-T", "tools.json", "--approve", "always").code == 0
    sent = json.dumps(simulator.requests[-1].body["messages"][-1])
    assert "PATH=" in sent
    assert CANARY not in sent


def test_a_tool_that_nobody_declared_is_shown_and_never_run(simulator: Simulator, run: Run) -> None:
    call = {"type": "tool_use", "name": "bash", "input": {"command": "touch here"}}
    simulator.enqueue(content=[call])
    ran = run("ask", "hi", "--approve", "always")
    assert ran.code == 0
    assert ran.json["content"][0]["input"] == {"command": "touch here"}
    assert len(simulator.requests) == 1
    assert [*Path().iterdir()] == []


# Keys that are none


@pytest.mark.parametrize(
    "key", [f"{CANARY}\n", f"{CANARY} x", f'"{CANARY}"', f"“{CANARY}”", f"{CANARY}\r\nx-evil: 1"]
)
@pytest.mark.parametrize("place", ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "--env-file"])
def test_a_malformed_key_is_refused_and_not_shown(
    simulator: Simulator,
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    key: str,
    place: str,
) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    options = ["--env-file", "key.env"] if place.startswith("-") else []
    if options:
        Path("key.env").write_text(f"ANTHROPIC_API_KEY='{key}'\n", encoding="utf-8", newline="")
    else:
        monkeypatch.setenv(place, key)
    ran = run("ask", "hi", "--debug", *options)
    Path("key.env").unlink(missing_ok=True)
    assert ran.code == 78
    assert simulator.requests == []
    assert hits(CANARY, tmp_path, ran) == []


# Where the key may go


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org",
        "http://localhost.evil.com",
        "http://127.0.0.1@evil",
        "http://127.0.0.1.evil.com:80",
        "http://evil#127.0.0.1",
        "http://evil\\@127.0.0.1",
        "http://10.0.0.1",
        "http://[::ffff:10.0.0.1]",
        "http://0.0.0.0",
        "ftp://127.0.0.1",
        "127.0.0.1",
        "",
    ],
)
def test_plain_http_beyond_this_machine_is_a_matter_of_configuration(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", CANARY)
    ran = run("ask", "hi", "--base-url", url or "http://", "--retries", "0")
    assert (ran.code, ran.stdout) == (78, b"")
    assert hits(CANARY, tmp_path, ran) == []


def test_plain_http_can_be_allowed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", CANARY)
    flags = ["--base-url", "http://nowhere.invalid", "--retries", "0"]
    assert run("ask", "hi", *flags).code == 78
    assert run("ask", "hi", *flags, "--allow-insecure-http").code == 69


def test_a_password_in_the_base_url_is_not_repeated(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", CANARY)
    ran = run("ask", "hi", "--debug", "--base-url", f"https://me:{PASSWORD}@127.0.0.1:9")
    assert ran.code == 78
    assert hits(PASSWORD, tmp_path, ran) == []


def test_the_files_of_a_project_give_a_key_and_nothing_else(
    simulator: Simulator, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    with FaultyServer(Wire.read_request) as evil:
        names = ("ANTHROPIC_BASE_URL", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
        lines = [f"{name}={evil.base_url}" for name in names]
        lines += ["ANTHROPIC_MODEL=evil", f"ANTHROPIC_API_KEY={CANARY}", "CLAUDE_CLI_HOME=/evil"]
        Path(".env").write_text("\n".join(lines))
        for name in ("config.toml", "claude-cli.toml", ".claude-cli.toml"):
            Path(name).write_text(f"base-url = '{evil.base_url}'\nmodel = 'evil'\n")
        ran = run("ask", "hi")
        monkeypatch.delenv("ANTHROPIC_BASE_URL")
        shown = run("ask", "hi", "--curl").text
    assert (ran.code, ran.stderr) == (0, "the API key comes from .env in this folder\n")
    assert simulator.requests[-1].body["model"] == "claude-sonnet-4-6"
    assert evil.connections == 0
    assert "https://api.anthropic.com/v1/messages" in shown


@pytest.fixture
def proxy() -> Iterator[FaultyServer]:
    """A proxy that opens no tunnel."""
    with FaultyServer(replying(response("407 Who are you?"))) as server:
        yield server


@EACH_LEVEL
@pytest.mark.parametrize("place", ["--proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_the_password_of_a_proxy_goes_to_the_proxy_alone(
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    proxy: FaultyServer,
    level: list[str],
    place: str,
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", CANARY)
    url = f"http://me:{PASSWORD}@127.0.0.1:{proxy.port}"
    flags = ["--proxy", url] if place == "--proxy" else []
    if not flags:
        monkeypatch.setenv(place, url)
    ran = run("ask", "hi", "--retries", "0", *flags, *level)
    assert ran.code == 69
    assert f"127.0.0.1:{proxy.port}" in ran.stderr
    assert b"roxy-authorization: Basic " in proxy.requests[0].replace(b"A", b"a")
    assert CANARY.encode() not in proxy.requests[0]
    assert hits(PASSWORD, tmp_path, ran) + hits(CANARY, tmp_path, ran) == []


@EACH_LEVEL
def test_secret_headers_of_the_user_are_not_shown(
    simulator: Simulator, run: Run, tmp_path: Path, level: list[str]
) -> None:
    short = "q7zx~"
    lines = (f"X-Gateway-Token: {PASSWORD}", f"Cookie: {PASSWORD}", f"X-Pin-Secret: {short}")
    ran = run("ask", "hi", *(part for line in lines for part in ("-H", line)), *level)
    assert ran.code == 0
    assert hits(PASSWORD, tmp_path, ran) + hits(short, tmp_path, ran) == []


def test_the_environment_is_left_as_it_was(simulator: Simulator, run: Run) -> None:
    before = dict(os.environ)
    run("ask", "hi")
    assert dict(os.environ) == before
