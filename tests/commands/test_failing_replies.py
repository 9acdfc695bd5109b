"""Every command that reaches the API, against every way in which its replies can fail.

REPLIES=all tries each command line with each reply (`.ci/long replies`); else each gets one.
"""

import json
import os
import shlex
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle, product
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from claude_cli.errors import ExitCode
from claude_cli.simulator.server.server import Simulator
from tests.command_tree import every_command, flags_of
from tests.commands.failing_replies import REPLIES
from tests.commands.test_faults import HARMFUL
from tests.commands.test_platforms import CREDENTIALS
from tests.conftest import CANARY, Ran, Run
from tests.faulty_server import FaultyServer, Script, Wire
from tests.test_exit_codes import TOLD_AS_WARNING

BATCH = ("batch", "run", "rows.txt", "--poll", "0.01")
CLOUDS = {
    "bedrock": ("-m", "claude-opus-5"),
    "vertex": ("-H", "authorization: Bearer canary"),
    "foundry": ("-m", "claude-opus-5"),
}
LINES: list[tuple[str, ...]] = [
    ("ask", "hi"),
    ("ask", "hi", "-n", "--format", "json"),
    ("ask", "hi", "-n", "--format", "events"),
    ("ask", "hi", "--no-stream"),
    ("ask", "hi", "--name", "new", "-x", "--debug"),
    ("ask", "hi", "-r", "talk", "-v", "--show-thinking"),
    ("ask", "-c", "and?", "-u"),
    ("ask", "hi", "--max-cost", "9", "--budget", "9"),
    ("ask", "hi", "--fallback", "haiku", "--until-done"),
    ("ask", "hi", "-T", "tool.json", "--approve", "always", "--schema", "a int"),
    ("ask", "hi", "-a", "notes.txt", "-a", "file_1", "--cache", "5m"),
    ("ask", "hi", "--skill", "xlsx", "--save-files", "made"),
    ("ask", "hi", "--mcp-url", "docs=https://example.org/mcp", "-q"),
    ("ask", "hi", "--record", "tape"),
    ("stream", "hi"),
    ("stream", "hi", "--format", "events", "--show-thinking"),
    ("stream", "hi", "--no-stream", "-T", "web_search"),
    ("chat",),
    ("chat", "--keep-going", "--resume", "talk"),
    ("shell", "list the files"),
    ("compare", "-m", "opus", "-m", "haiku", "hi"),
    ("compare", "-m", "opus", "-m", "haiku", "hi", "--format", "json", "--name", "two"),
    ("count", "hi"),
    ("count", "hi", "-a", "notes.txt", "--format", "json"),
    BATCH,
    (*BATCH, "--live"),
    (*BATCH, "--live", "--max-cost", "9", "-O", "out.jsonl"),
    ("batch", "submit", "rows.txt"),
    ("batch", "status", "JOB"),
    ("batch", "wait", "JOB", "--poll", "0.01"),
    ("batch", "wait", "msgbatch_1", "--poll", "0.01"),
    ("batch", "results", "JOB"),
    ("batch", "results", "msgbatch_1", "-O", "out.jsonl"),
    ("batch", "retry", "DONE", "--poll", "0.01"),
    ("batch", "retry", "DONE", "--live"),
    ("batch", "list"),
    ("batch", "cancel", "JOB"),
    ("batch", "cancel", "msgbatch_1"),
    ("batch", "delete", "msgbatch_1"),
    ("models", "list"),
    ("models", "show", "opus", "--format", "json"),
    ("files", "upload", "notes.txt"),
    ("files", "list"),
    ("files", "show", "file_1"),
    ("files", "download", "file_1", "got.bin"),
    ("files", "download", "file_1", "-"),
    ("files", "delete", "file_1", "file_2"),
    ("skills", "list", "--format", "json"),
    ("skills", "show", "skill_1"),
    ("skills", "create", "skill"),
    ("skills", "update", "skill_1", "skill"),
    ("skills", "download", "skill_1", "got.zip"),
    ("skills", "delete", "skill_1"),
    ("auth", "login"),
    ("auth", "status", "--check"),
    *((command, "hi", "--platform", name, *more) for command in ("ask", "count")
      for name, more in CLOUDS.items()),
]  # fmt: skip
OFFLINE = {"tools list"}
"""A command that has flags of a connection and reaches no API."""

CLOCK = {"name": "clock", "description": "Tells.", "input_schema": {"type": "object"}}
PROMPTS = b"hi\n/count\nmore\n/retry\n/compact\n"
STDIN = {"chat": PROMPTS, "auth login": b"sk-ant-another-0123456789"}
BEFORE_THE_ERROR = ("stream", "chat", "auth status", "batch list")
"""Commands that may have printed something by then: words as they arrived, earlier answers, what
is known without the server."""
EACH_ITS_ERROR = ("chat", "compare")
WITH_WORDS = (ExitCode.OK, ExitCode.CUT, ExitCode.REFUSAL, ExitCode.SCHEMA, ExitCode.BATCH)
LONGEST = 20.0
"""Seconds of one command line."""


class Scene:
    """A user who has talked, has a job under way and one whose rows failed; then the server begins
    to fail. Each run begins in a copy of what the user has on the disk."""

    def __init__(self, run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reply: Script | None = None
        self._run = run
        self._folder = folder
        self._kept = folder / "kept"
        self._monkeypatch = monkeypatch
        self._names: dict[str, str] = {}

    def serve(self, wire: Wire) -> None:
        if self.reply is None:
            wire.relay_to(urlsplit(self._healthy.base_url).port or 0)
        else:
            self.reply(wire)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        with Simulator() as self._healthy, FaultyServer(self.serve) as self._server:
            self._monkeypatch.setenv("ANTHROPIC_BASE_URL", self._server.base_url)
            self._prepare()
            yield

    def _prepare(self) -> None:
        (self._kept / "skill").mkdir(parents=True)
        self._enter(self._kept)
        Path("rows.txt").write_text("alpha\nbeta\n")
        Path("notes.txt").write_text("notes\n")
        Path("tool.json").write_text(json.dumps(CLOCK))
        Path("skill/SKILL.md").write_text("---\nname: skill\ndescription: d\n---\n")
        assert self._run("ask", "hi", "--name", "talk").code == 0
        self._names["JOB"] = self._run("batch", "submit", "rows.txt").text.strip()
        self._healthy.batches.order({"*": "errored=api_error"})
        Path("others.txt").write_text("gamma\n")
        self._names["DONE"] = self._run("batch", "submit", "others.txt").text.strip()
        assert self._run("batch", "wait", self._names["DONE"], "--poll", "0.01").code == 0
        assert self._run("batch", "results", self._names["DONE"]).code == 5

    def _enter(self, folder: Path) -> None:
        self._monkeypatch.setenv("CLAUDE_CLI_HOME", str(folder / "home"))
        self._monkeypatch.chdir(folder)

    def problems(self, line: Sequence[str], reply: str) -> list[str]:
        """What is wrong with how `line` ends where the server answers with `reply`."""
        self.reply = REPLIES[reply]
        here = self._folder / "now"
        shutil.rmtree(here, ignore_errors=True)
        shutil.copytree(self._kept, here)
        self._enter(here)
        words = [self._names.get(word, word) for word in line]
        command = command_of(line)
        flags = [*words, "--base-url", self._server.base_url, "--retries", "1", "--max-time", "30"]
        begun = time.monotonic()
        ran = self._run(*flags, stdin=STDIN.get(command, b""))
        took = time.monotonic() - begun
        found = [*_wrong(command, ran), *_left(here)]
        if took > LONGEST:
            found.append(f"it took {took:.0f} s")
        return [f"{shlex.join(line)}, {reply}: {what}: {ran}"[:1500] for what in found]


def command_of(line: Sequence[str]) -> str:
    return next(name for name in every_command() if [*line[: len(name.split())]] == name.split())


def _wrong(command: str, ran: Ran) -> Iterator[str]:
    errors = [line for line in ran.stderr.splitlines() if line.startswith("error: ")]
    if ran.code not in [*ExitCode] or ran.code == ExitCode.BUG:
        yield "no such exit code"
    if ran.code in (ExitCode.USAGE, ExitCode.COST, ExitCode.CONFIG, ExitCode.CREATE):
        yield "the server is at fault, not the user"
    if bool(errors) != (ran.code not in TOLD_AS_WARNING):
        yield "an error line too many, or none"
    if len(errors) > 1 and command not in EACH_ITS_ERROR:
        yield "not one error line"
    if "Traceback" in ran.stderr:
        yield "a traceback"
    if HARMFUL.search(ran.stderr.replace("\t", "")):
        yield "it acts on the terminal"
    if CANARY in ran.stderr + ran.stdout.decode("utf-8", "replace"):
        yield "the key"
    if ran.stdout and ran.code not in WITH_WORDS and command not in BEFORE_THE_ERROR:
        yield "something on stdout"


def _left(folder: Path) -> Iterator[str]:
    for path in folder.rglob("*"):
        if "unfinished" in path.name:
            yield f"{path} was left"
        if path.is_file() and CANARY.encode() in path.read_bytes():
            yield f"the key is in {path}"


@pytest.fixture
def scene(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("ANTHROPIC_API_KEY", CANARY)
    monkeypatch.setattr("claude_cli.api.retry.FIRST_BACKOFF", 0.01)
    monkeypatch.setattr("claude_cli.jobs.throttle.FIRST_BACKOFF", 0.01)
    made = Scene(run, tmp_path, monkeypatch)
    with made.at_work():
        yield made


def test_every_command_that_reaches_the_api_takes_part() -> None:
    online = {name for name, command in every_command().items() if "--base-url" in _flags(command)}
    assert online - {*map(command_of, LINES)} == OFFLINE


def _flags(command: Any) -> set[str]:
    return {name for flag in flags_of(command) for name in flag.opts}


def test_no_failing_reply_is_a_bug_or_writes_where_it_should_not(scene: Scene) -> None:
    if os.environ.get("REPLIES") == "all":
        pairs = list(product(LINES, REPLIES))
    else:
        pairs = list(zip(LINES, cycle(REPLIES)))
    found = [problem for pair in pairs for problem in scene.problems(*pair)]
    assert found == [], "\n".join(found)
