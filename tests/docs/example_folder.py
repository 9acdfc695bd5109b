"""Where the examples of the documents run: the files that they name, and stand-ins for programs."""

import shlex
import subprocess
import sys
from pathlib import Path

from tests.content.samples import pdf_of
from tests.docs.pages import DOCS, block
from tests.tools.mcp import scripted_server

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)
OF_A_KEY = {"ANTHROPIC_API_KEY": "sk-ant-x"}
_PROGRAMS = {
    "claude-cli": f'exec {shlex.quote(sys.executable)} -m claude_cli "$@"',
    "git": "case $1 in diff) echo '+ a line' ;; *) echo src/main.py ;; esac",
    "curl": "echo 'a scan'",
    "jq": "cat",
    "sh": "cat",
    "uvx": f"exec {shlex.quote(sys.executable)} {shlex.quote(scripted_server.__file__)}",
}


def example_folder(parent: Path) -> Path:
    """A folder as the documents suppose it; its parent becomes the home of the program."""
    folder = parent / "examples"
    for name in ("bin", "src", "scans", "tests", "minutes"):
        (folder / name).mkdir(parents=True)
    for name, line in _PROGRAMS.items():
        (folder / "bin" / name).write_text(f"#!/bin/sh\n{line}\n")
        (folder / "bin" / name).chmod(0o755)
    (folder / "photo.jpg").write_bytes(PNG)
    (folder / "report.pdf").write_bytes(pdf_of(3))
    (folder / "scans" / "one.pdf").write_bytes(pdf_of(1))
    for name, text in _texts().items():
        (folder / name).write_text(text)
    templates = parent / "home" / "config" / "templates"
    templates.mkdir(parents=True)
    (templates / "translate.toml").write_text(block(DOCS / "asking.md", "toml", "Translate into"))
    return folder


def _texts() -> dict[str, str]:
    return {
        "notes.txt": "notes",
        "notes.md": "notes",
        "cities.txt": "Tainan\nTaitung\n",
        "key.env": "ANTHROPIC_API_KEY=sk-ant-x\n",
        "reviews.csv": "id,text,shop\n1,good,books\n2,bad,bread\n",
        "scans.csv": "scan\nscans/one.pdf\nreport.pdf\n",
        "src/main.py": "pass",
        "request.json": '{"messages": [{"role": "user", "content": "hi"}]}',
        "tools.py": block(DOCS / "tools.md", "python", "def disk_usage"),
        "count.toml": block(DOCS / "tools.md", "toml", "word_count"),
        "minutes/SKILL.md": block(DOCS / "tools.md", "markdown", "name: minutes"),
        "mcp.json": block(DOCS / "tools.md", "json", "mcpServers"),
    }


def environment(parent: Path) -> dict[str, str]:
    return {
        "PATH": f"{parent / 'examples' / 'bin'}:/usr/bin:/bin",
        "CLAUDE_CLI_HOME": str(parent / "home"),
        "EDITOR": "/bin/sh -c 'echo edited > \"$0\"'",
        "HOME": str(parent),
    }


def always_simulated(parent: Path) -> None:
    """The config file says so, so that the examples need not."""
    config = parent / "home" / "config" / "config.toml"
    config.write_text("simulate = true\npoll = 0.05\n")


def shell(
    script: str, folder: Path, variables: dict[str, str]
) -> "subprocess.CompletedProcess[bytes]":
    """Run a script, of which every part must succeed."""
    ran = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        env=variables,
        cwd=folder,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr.decode()
    return ran
