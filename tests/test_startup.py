"""What a command loads before its work begins; a slow start is a bug here."""

import subprocess
import sys

import pytest

from claude_cli.app import COMMANDS

HEAVY = ("httpx", "rich", "prompt_toolkit", "markdown_it", "pydantic", "asyncio", "click")

CLOUDS = (
    *("claude_cli.clouds", "claude_cli.api.cloud", "claude_cli.turn.cloud_credentials"),
    *("botocore", "boto3", "google", "azure", "msal", "cryptography", "requests", "urllib3"),
)


def loaded_by(*arguments: str, stdin: bytes = b"") -> set[str]:
    """Run the command line in a fresh interpreter and return the top-level modules it loaded."""
    code = (
        "import sys, atexit; sys.argv[1:] = sys.argv[1:]\n"
        "from claude_cli import app\n"
        "try: app.run(sys.argv[1:])\n"
        "finally: sys.stderr.write('\\nLOADED ' + ' '.join(sys.modules))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, *arguments], input=stdin, capture_output=True, check=False
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
