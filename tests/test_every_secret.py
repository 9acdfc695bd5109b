"""Every kind of secret, with every command: in no output, no file, no child process, no `repr`.

CLAUDE_CLI_THOROUGH=1 tries each kind with all command lines at all levels (`.ci/long secrets`);
else each gets a few.
"""

import gc
import json
import os
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from claude_cli.app import COMMANDS
from claude_cli.child import environment
from claude_cli.simulator.server.server import Simulator
from claude_cli.ui.notices import Notices
from tests.command_tree import every_command, flags_of
from tests.conftest import CANARY, Ran, Run, Spawn
from tests.faulty_server import FaultyServer, Wire, json_response
from tests.secret_kinds import KINDS
from tests.secret_scene import Scene, canary, traces
from tests.test_secrets import LEVELS, LINES, TURN
from tests.thorough import THOROUGH

PROGRAMS = ("a-tool", "an-editor", "a-loader", "wl-copy")
"""Programs of the user's, one of each kind that is started without a terminal of its own."""
PYTHON_TOOL = """import os, pathlib
pathlib.Path(os.environ["SEEN"], "python").write_text(str(os.environ))
def look(a: int) -> str:
    "Looks."
    return "seen"
"""
TOOL = {"name": "show", "description": "x", "input_schema": {"type": "object"}}
MORE_LINES = [
    ["ask", "hi", "--save", "saved"],
    ["ask", "hi", "-r", "talk", "--copy"],
    ["ask", "hi", "--record", "reel"],
    ["ask", "hi", "--replay", "reel"],
    ["batch", "run", "in.jsonl", "--poll", "0.01", "-O", "out.csv", "--format", "csv"],
    ["batch", "list", "--format", "json"],
    ["sessions", "export", "talk", "talk.json"],
    ["sessions", "show", "talk", "--format", "json"],
    ["usage", "--format", "json"],
    ["templates", "list", "--format", "json"],
    ["auth", "status", "--check"],
    ["auth", "status", "--format", "json"],
    ["config", "show", "--format", "json"],
    ["config", "set", "usage", "true"],
    ["completion", "zsh", "--widget"],
]
SLASH = ["/tools", "/mcp", "/set", "/system", "/history", "/usage", "/copy", "/export talk.html"]
CHAT = "\n".join(["hello", "!env", *SLASH, "/sessions"]).encode()
ALL_LINES = [line for name in COMMANDS for line in LINES.get(name, ())] + MORE_LINES
EVERY_PROGRAM = [
    *("ask", "look", "-e", "-a", "a.docx", "-T", "tool.json", "-T", "tool.py", "--thinking", "off"),
    *("--approve", "always", "--tool-choice", "show", "--copy", "--max-turns", "2"),
    *("--name", "talk", "--record", "tape", "--debug"),
]
SEEN_BY_ALL = {"HTTPS_PROXY", "ANTHROPIC_BASE_URL"}
"""Variables that every program of the user's sees: that of a proxy, and an address that we refuse
because of the password in it."""
REFUSED = {"-H authorization", "MCP url", "--mcp-url user", "--body", "param"}
"""Kinds that end the run before all programs were started: by us, or by the simulator."""


KEPT = {
    "--body": "/data/jobs/",
    "param": "/data/jobs/",
    "--mcp-url query": "/config/templates/saved.toml",
}
"""Where a secret stays because it is needed again, as SECURITY.md says."""


@dataclass
class Placed:
    """A secret that was put in its place, and the flags that go with it."""

    kind: str
    scene: Scene
    secret: str
    flags: tuple[str, ...] = ()

    def run(self, run: Run, line: Sequence[str], at: str = "") -> Ran:
        """Run a line with those of the flags that its command has; `at`: another server."""
        environment._in_force.clear()  # as in a process of its own
        command = next(c for name, c in every_command().items() if _begins(line, name.split()))
        known = {name for flag in flags_of(command) for name in flag.opts}
        pairs = zip(self.flags[::2], self.flags[1::2], strict=True)
        own = [part for flag, value in pairs if flag in known for part in (flag, value)]
        own = [part.replace(self.scene.url, at or self.scene.url) for part in own]
        return run(*line, *own, stdin=CHAT if line[0] == "chat" else b"")

    def open_to_others(self) -> list[str]:
        """What of our folder others may read or write."""
        ours = [path for path in (self.scene.folder / "home").rglob("*")]
        given = {*self.scene.given, *(path.parent for path in self.scene.given)}
        return [str(path) for path in ours if path.stat().st_mode & 0o077 and path not in given]

    def leaks(self, *texts: str | bytes) -> list[bytes]:
        """What gives the secret away, in these texts and in every file that we wrote."""
        files = [path for path in self.scene.folder.rglob("*") if path.is_file()]
        kept = KEPT.get(self.kind, "never kept")
        found = [p.read_bytes() for p in files if p not in self.scene.given and kept not in str(p)]
        found += [t.encode("utf-8", "surrogateescape") if isinstance(t, str) else t for t in texts]
        return [
            text[max(0, text.find(trace) - 60) :][:160]
            for text in found
            for each in (self.secret, *self.scene.also)
            for trace in traces(each)
            if trace in text
        ]


def _begins(line: Sequence[str], words: list[str]) -> bool:
    return [*line[: len(words)]] == words


@pytest.fixture(params=KINDS)
def placed(
    request: pytest.FixtureRequest,
    simulator: Simulator,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    terminal: None,
) -> Iterator[Placed]:
    """A user with one kind of secret, and programs that write down what they see."""
    secret = canary(request.param)
    token = {"access_token": secret, "expires_in": 3600, "token_type": "Bearer"}
    token |= {"expires_on": str(2**31), "resource": "x"}  # as Azure has it
    token |= {"AccessKeyId": "AKID", "SecretAccessKey": secret, "Token": secret}  # as AWS has it
    token |= {"Expiration": "2100-01-01T00:00:00Z"}

    def hand_out(wire: Wire) -> None:
        while wire.read_request():
            wire.send(json_response(token))

    with FaultyServer(hand_out) as tokens:
        scene = Scene(tmp_path, monkeypatch, simulator.base_url, tokens.base_url)
        (tmp_path / "seen").mkdir()
        scene.set(SEEN=str(tmp_path / "seen"), PATH=f"{tmp_path / 'bin'}:{os.environ['PATH']}")
        scene.set(VISUAL="an-editor", WAYLAND_DISPLAY="w", ANTHROPIC_MODEL="claude-opus-5")
        monkeypatch.setattr(environment, "_in_force", set())
        monkeypatch.delenv("ANTHROPIC_API_KEY")
        for name in PROGRAMS:
            scene.program(name, "seen")
        Path("in.jsonl").write_text(TURN)
        Path("tool.py").write_text(PYTHON_TOOL)
        Path("tool.json").write_text(json.dumps(TOOL | {"command": ["a-tool"]}))
        Path("a.docx").write_bytes(b"PK\x03\x04")
        flags = KINDS[request.param](scene, secret) or ()
        scene.config('[loaders]\ndocx = ["a-loader", "{path}"]\n')
        before = os.umask(0)
        try:
            yield Placed(request.param, scene, secret, flags)
        finally:
            os.umask(before)


def test_no_program_and_no_file_has_it(placed: Placed, run: Run, tmp_path: Path) -> None:
    ran = placed.run(run, EVERY_PROGRAM)
    seen = tmp_path / "seen"
    if placed.kind in SEEN_BY_ALL:
        for path in seen.iterdir():
            path.unlink()
    elif placed.kind not in REFUSED:
        assert {*PROGRAMS, "python"} <= {path.name for path in seen.iterdir()}, ran.stderr
    assert placed.leaks(ran.stdout, ran.stderr) == []
    assert ran.code not in (1, 70)


def test_no_command_shows_it(placed: Placed, run: Run) -> None:
    at = [*KINDS].index(placed.kind)
    lines = ALL_LINES if THOROUGH else ALL_LINES[at % 16 :: 16]
    shown, bugs = [], []
    for line in lines:
        for level in LEVELS if THOROUGH else [LEVELS[at % len(LEVELS)]]:
            ran = placed.run(run, [*line, *level])
            shown += [(line, leak) for leak in placed.leaks(ran.stdout, ran.stderr)]
            bugs += [(line, ran.stderr)] if ran.code in (1, 70) else []
    assert shown == []
    assert bugs == []
    assert placed.open_to_others() == []


def test_a_server_that_repeats_all_of_a_request_gets_it_nowhere(
    placed: Placed, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[str] = []

    def repeat(wire: Wire) -> None:
        while request := wire.read_request().decode("latin-1"):
            error = {"type": "invalid_request_error", "message": request}
            wire.send(json_response({"type": "error", "error": error}, "400 No"))

    def look(notices: Notices, chunk: bytes) -> None:
        shown.extend(_reprs())
        told(notices, chunk)

    told = Notices.response_chunk
    monkeypatch.setattr(Notices, "response_chunk", look)
    with FaultyServer(repeat) as server:
        if placed.kind != "ANTHROPIC_BASE_URL":
            placed.scene.set(ANTHROPIC_BASE_URL=server.base_url)
        ran = placed.run(run, ["ask", "hi", "--record", "tape", "--debug"], server.base_url)
    assert ran.code >= 65 or placed.kind in ("proxy", "--mcp-url user")
    assert placed.leaks(ran.stdout, ran.stderr, *shown) == []


def _reprs() -> list[str]:
    """What all objects of ours that live say of themselves."""
    found: list[Any] = gc.get_objects()
    return [
        repr(one)
        for one in found
        if type(one).__module__.startswith("claude_cli.") and not isinstance(one, Exception)
    ]


def test_what_an_abort_writes_has_names_and_no_values(
    simulator: Simulator, spawn: Spawn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONFAULTHANDLER", "1")
    simulator.inject("stall")
    process = spawn("stream", "hi", "--debug")
    assert process.stdout is not None
    process.stdout.read(1)
    process.send_signal(signal.SIGABRT)
    _, stderr = process.communicate(timeout=30)
    assert process.returncode == -signal.SIGABRT
    assert b"Fatal Python error: Aborted" in stderr
    assert CANARY.encode() not in stderr
