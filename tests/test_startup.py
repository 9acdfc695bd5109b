"""What a command loads before its work begins; a slow start is a bug here."""

import os
import subprocess
import sys
from collections.abc import Mapping

import pytest

from claude_cli.app import COMMANDS
from claude_cli.simulator.server.server import Simulator

HEAVY = ("httpx", "rich", "prompt_toolkit", "markdown_it", "pydantic", "asyncio", "click")

CLOUDS = (
    *("claude_cli.clouds", "claude_cli.api.cloud", "claude_cli.turn.platforms.credentials"),
    *("botocore", "boto3", "google", "azure", "msal", "cryptography", "requests", "urllib3"),
)


OF_OTHERS = {
    *("typer", "annotated_doc", "shellingham", "platformdirs"),
    *("httpx", "httpcore", "h11", "anyio", "sniffio", "idna", "certifi"),
}
"""Packages of others that a piped `ask` needs."""
OURS = 144
"""Modules of ours that it may load; each takes a third of a millisecond."""


def loaded_by(
    *arguments: str, stdin: bytes = b"", environment: Mapping[str, str] | None = None
) -> set[str]:
    """Run the command line in a fresh interpreter and return the modules it loaded."""
    code = (
        "import sys; before = set(sys.modules)\n"
        "from claude_cli import app\n"
        "try: app.run(sys.argv[1:])\n"
        "finally: sys.stderr.write('\\nLOADED ' + ' '.join(sys.modules.keys() - before))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        input=stdin,
        capture_output=True,
        check=False,
        env=environment,
    )
    return set(ran.stderr.decode().rpartition("LOADED ")[2].split())


def test_the_version_loads_nothing_heavy() -> None:
    loaded = loaded_by("--version")
    assert "typer" in loaded
    assert not loaded & {*HEAVY, "claude_cli.turn.turn", "claude_cli.ui"}


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_a_command_loads_neither_http_nor_the_line_editor(command: str) -> None:
    assert not loaded_by(command, "--help") & {"httpx", "prompt_toolkit", "claude_cli.turn.turn"}


def test_a_dry_run_speaks_no_http() -> None:
    loaded = loaded_by("ask", "--dry-run", "hi")
    assert "claude_cli.turn.request" in loaded
    assert not loaded & {"rich", "prompt_toolkit", "markdown_it"}


def test_a_piped_ask_loads_neither_rich_nor_anything_of_clouds() -> None:
    loaded = loaded_by("ask", "--simulate", "hi")
    assert "httpx" in loaded
    assert not [name for name in loaded if name.startswith(CLOUDS)]
    assert not loaded & {"rich", "prompt_toolkit", "markdown_it", "pygments", "click", "dotenv"}


def test_a_piped_ask_loads_few_modules() -> None:
    with Simulator() as simulator:
        server = {"ANTHROPIC_BASE_URL": simulator.base_url, "ANTHROPIC_API_KEY": "sk-ant-test"}
        loaded = loaded_by("ask", "hi", environment=os.environ | server)
    assert "claude_cli.session.journal" in loaded  # it is kept
    packages = {name.partition(".")[0] for name in loaded} - sys.stdlib_module_names
    assert packages - {"claude_cli"} <= OF_OTHERS
    assert len([name for name in loaded if name.startswith("claude_cli")]) <= OURS


def test_a_question_neither_looks_for_garbage_nor_frees_what_goes_with_the_process() -> None:
    code = (
        "import atexit, gc, os\nfrom claude_cli.__main__ import main\n"
        "gc.callbacks.append(lambda phase, info: os.write(2, b'collected'))\n"
        "atexit.register(os.write, 2, b'ended')\nmain()"
    )
    with Simulator() as simulator:
        server = {"ANTHROPIC_BASE_URL": simulator.base_url, "ANTHROPIC_API_KEY": "sk-ant-test"}
        ran = subprocess.run(
            [sys.executable, "-c", code, "ask", "-q", "hi"],
            capture_output=True,
            check=True,
            env=os.environ | server,
        )
    assert ran.stdout.startswith(b"You said")
    assert ran.stderr == b""
