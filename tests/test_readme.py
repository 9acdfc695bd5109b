"""The README promises what is true: its tables are generated, its examples run.

`python -m tests.test_readme` writes the generated parts anew.
"""

import re
import shlex
import subprocess
import sys
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from claude_cli import __version__
from claude_cli.app import COMMANDS, build_command, short_help
from claude_cli.errors import ExitCode

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"


def exit_code_table() -> str:
    rows = [f"| {int(code)} | {code.meaning} |" for code in ExitCode]
    signals = (
        "| 129, 130, 141, 143 | SIGHUP, SIGINT, SIGPIPE, SIGTERM: cleaned up, then died of it |"
    )
    return "\n".join(["| code | meaning |", "|---|---|", *rows, signals])


def command_table() -> str:
    rows = [f"| `{name}` | {short_help(name)} |" for name in COMMANDS]
    return "\n".join(["| command | what it does |", "|---|---|", *rows])


def flag_tables() -> str:
    """A table for each panel of the help: every flag of `ask` and `chat`, once."""
    panels: dict[str, dict[str, str]] = {}
    for name in ("ask", "chat"):
        for param in build(name).params:
            panel = getattr(param, "rich_help_panel", None)
            if panel and param.opts[0].startswith("-"):
                panels.setdefault(panel, {})[spelled(param)] = help_of(param)
    tables = []
    for panel, flags in panels.items():
        rows = [f"| {flag} | {text} |" for flag, text in flags.items()]
        tables.append("\n".join([f"**{panel}**\n", "| flag | meaning |", "|---|---|", *rows]))
    return "\n\n".join(tables)


def build(name: str) -> Any:
    module, _, attribute = COMMANDS[name].partition(":")
    return build_command(name, getattr(import_module(module), attribute))


def spelled(param: Any) -> str:
    names = "`, `".join([*param.opts, *param.secondary_opts])
    value = "" if param.is_flag else f" {param.metavar or '|'.join(param.type.choices)}"
    return f"`{names}{value}`".replace("|", "\\|")


def help_of(param: Any) -> str:
    variable = f" Environment: `{param.envvar}`." if param.envvar else ""
    return f"{param.help}{variable}".replace("|", "\\|")


GENERATED = {"exit codes": exit_code_table, "commands": command_table, "flags": flag_tables}


def with_generated_parts(text: str) -> str:
    for name, make in GENERATED.items():
        pattern = rf"(<!-- {name}: .*? -->\n).*?(<!-- end of {name} -->)"
        text = re.sub(pattern, partial(_between, made=make()), text, flags=re.S)
    return text


def _between(marks: re.Match[str], made: str) -> str:
    return f"{marks[1]}{made}\n{marks[2]}"


def examples() -> list[str]:
    """The claude-cli commands of the `console` blocks, without their comments."""
    blocks = re.findall(r"^```console\n(.*?)^```", README.read_text(), flags=re.S | re.M)
    lines = [line for block in blocks for line in block.splitlines()]
    return [line.removeprefix("$ ").partition("   #")[0].strip() for line in lines]


def test_the_generated_parts_are_fresh() -> None:
    text = README.read_text()
    assert with_generated_parts(text) == text, "run python -m tests.test_readme"


def test_the_readme_opens_with_two_shell_blocks() -> None:
    fences = re.findall(r"^```(\w+)$", README.read_text(), flags=re.M)
    assert fences[:2] == ["sh", "sh"]
    assert fences.count("sh") == 2


def test_every_link_in_the_readme_leads_somewhere() -> None:
    text = README.read_text()
    headings = {
        re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"^#+ (.*)$", text, flags=re.M)
    }
    for target in re.findall(r"\]\(([^)]+)\)", text):
        if target.startswith("#"):
            assert target[1:] in headings, target
        elif not target.startswith("https://"):
            assert (ROOT / target).exists(), target


def simulated(command: str) -> str:
    """The example with --simulate behind each subcommand that talks to the API."""
    command = command.replace("claude-cli batch run", "claude-cli batch run --poll 0.05 --simulate")
    talking = r"claude-cli (ask|stream|chat|count|models list)"
    return re.sub(talking, r"claude-cli \1 --simulate", command)


SERVERS = ("claude-cli simulator", "ANTHROPIC_BASE_URL=")


@pytest.mark.parametrize("command", [line for line in examples() if not line.startswith(SERVERS)])
def test_each_example_runs(command: str, tmp_path: Path) -> None:
    folder = example_folder(tmp_path)
    environment = {
        "PATH": f"{folder / 'bin'}:/usr/bin:/bin",
        "CLAUDE_CLI_HOME": str(tmp_path / "home"),
        "EDITOR": "/bin/sh -c 'echo edited > \"$0\"'",
        "HOME": str(tmp_path),
    }
    if "-r trip" in command or "ask -c" in command or "sessions" in command:
        prepare = simulated('claude-cli ask --name trip "vegetarian"')
        subprocess.run(["bash", "-c", prepare], env=environment, cwd=folder, check=True)
    ran = subprocess.run(
        ["bash", "-o", "pipefail", "-c", simulated(command)],
        env=environment,
        cwd=folder,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr.decode()
    assert b"error" not in ran.stderr


def example_folder(tmp_path: Path) -> Path:
    """A folder with the files that the examples name, and stand-ins for the programs."""
    folder = tmp_path / "examples"
    (folder / "bin").mkdir(parents=True)
    programs = {
        "claude-cli": f'exec {shlex.quote(sys.executable)} -m claude_cli "$@"',
        "git": "echo '+ a line'",
        "curl": "echo 'a scan'",
        "jq": "cat",
        "sh": "cat",
    }
    for name, line in programs.items():
        (folder / "bin" / name).write_text(f"#!/bin/sh\n{line}\n")
        (folder / "bin" / name).chmod(0o755)
    (folder / "photo.jpg").write_bytes(PNG)
    (folder / "report.pdf").write_bytes(PDF)
    (folder / "notes.txt").write_text("notes")
    (folder / "reviews.csv").write_text("id,text\n1,good\n2,bad\n")
    (folder / "scans").mkdir()
    (folder / "scans" / "one.pdf").write_bytes(PDF)
    (folder / "request.json").write_text('{"messages": [{"role": "user", "content": "hi"}]}')
    blocks = re.findall(r"^```python\n(.*?)^```", README.read_text(), flags=re.S | re.M)
    (folder / "tools.py").write_text(blocks[0])
    return folder


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]>>endobj\n"


def test_the_manifest_of_the_readme_is_a_tool(tmp_path: Path) -> None:
    toml = re.findall(r"^```toml\n(.*?)^```", README.read_text(), flags=re.S | re.M)
    (tmp_path / "count.toml").write_text(toml[0])
    ran = subprocess.run(
        [sys.executable, "-m", "claude_cli", "ask", "--simulate", "--approve", "always",
         "-T", str(tmp_path / "count.toml"), "use word_count"],
        capture_output=True, stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    assert ran.returncode == 0
    assert b"word_count" in ran.stderr
    assert b"ok" in ran.stderr


def test_the_changelog_tells_of_this_version() -> None:
    assert f"## {__version__} " in (ROOT / "CHANGELOG.md").read_text()


if __name__ == "__main__":
    README.write_text(with_generated_parts(README.read_text()))
