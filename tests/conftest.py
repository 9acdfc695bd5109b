"""A clean environment for every test, the program in process and as a process, the simulator."""

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from claude_cli import app
from claude_cli.errors import CannotWrite
from claude_cli.simulator.server.server import Simulator

CANARY = "sk-ant-canary-0123456789"
"""The key of every test: it must never show up anywhere."""

MODEL = "claude-sonnet-4-6"
"""The model of every test that names no other: it takes all parameters, and thinks if asked to."""

FOREIGN = (
    *("ANTHROPIC_", "CLAUDE_CLI_", "CLAUDE_CODE_", "XDG_", "AWS_", "AZURE_", "IDENTITY_", "MSI_"),
    *("CLOUDSDK_", "CLOUD_ML_", "GCE_", "GCLOUD_", "GOOGLE_"),
)
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
PLAIN = ("NO_COLOR", "FORCE_COLOR", "SSL_CERT_FILE", "SSL_CERT_DIR", "VISUAL", "EDITOR", "LINES")


settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")  # what is slow on a busy machine is no failure


def pytest_configure() -> None:
    """What `nohup` or `&` made the test run ignore, the programs that it starts do not."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_IGN:
            default = name == "SIGINT"
            signal.signal(number, signal.default_int_handler if default else signal.SIG_DFL)


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test sees a real key, home, config, proxy or terminal setting."""
    for name in list(os.environ):
        if name.startswith(FOREIGN) or name.upper() in PROXIES or name in PLAIN:
            monkeypatch.delenv(name)
    monkeypatch.setenv("CLAUDE_CLI_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    monkeypatch.setenv("ANTHROPIC_MODEL", MODEL)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "80")
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A terminal for an editor, though the tests themselves have none."""
    master, slave = os.openpty()
    monkeypatch.setattr("claude_cli.content.editor.TTY", os.ttyname(slave))
    yield
    os.close(slave)
    os.close(master)


@pytest.fixture
def no_model(clean_environment: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests of where the model comes from: the environment names none."""
    monkeypatch.delenv("ANTHROPIC_MODEL")


@dataclass(frozen=True)
class Ran:
    """What a finished command line left behind."""

    code: int
    stdout: bytes
    stderr: str

    @property
    def text(self) -> str:
        return self.stdout.decode("utf-8")

    @property
    def json(self) -> Any:
        return json.loads(self.stdout)


Run = Callable[..., Ran]


def _run(*arguments: str, stdin: bytes = b"") -> Ran:
    """Run the program in this process; stdin is a pipe that holds `stdin`."""
    kept = sys.stdin, sys.stdout, sys.stderr, sys.argv
    out, err = io.BytesIO(), io.BytesIO()
    sys.stdin = io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8")
    sys.stdout = io.TextIOWrapper(out, encoding="utf-8", write_through=True)
    sys.stderr = io.TextIOWrapper(err, encoding="utf-8", write_through=True)
    sys.argv = ["claude-cli", *arguments]
    try:
        code = app.run(list(arguments))
    except CannotWrite as error:
        code = app._report(error)
    finally:
        streams = sys.stdin, sys.stdout, sys.stderr
        for stream in streams[1:]:
            stream.flush()
        ran_out, ran_err = out.getvalue(), err.getvalue().decode("utf-8")
        sys.stdin, sys.stdout, sys.stderr, sys.argv = kept
        for stream in streams:
            stream.close()
    return Ran(int(code), ran_out, ran_err)


@pytest.fixture
def run() -> Run:
    return _run


Spawn = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def spawn() -> Iterator[Spawn]:
    """Start the program as a process of its own; whatever still runs at the end is killed."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*arguments: str, **options: Any) -> "subprocess.Popen[bytes]":
        settings: dict[str, Any] = {
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
        } | options
        process = subprocess.Popen([sys.executable, "-m", "claude_cli", *arguments], **settings)
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.fixture
def simulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    """A simulator that the program reaches through the environment, with the canary as its key."""
    with Simulator() as running:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", running.base_url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", CANARY)
        yield running
