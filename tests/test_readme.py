"""The documents promise what is true: their tables are generated, the README's examples run.

`python -m tests.test_readme` writes the generated parts anew.
"""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

pytest.importorskip("termios")

import fcntl
import termios

from claude_cli import __version__
from claude_cli.app import COMMANDS
from claude_cli.errors import ExitCode
from claude_cli.simulator.answers.scripted import _KINDS, _MESSAGE_FIELDS
from claude_cli.simulator.server.server import Simulator
from claude_cli.simulator.wire.faults import KINDS, PLACES, parse_fault
from tests.command_tree import arguments_of, build, every_command, flags_of
from tests.conftest import Ran, Run, Spawn
from tests.content.samples import pdf_of
from tests.module_map import FOLDERS, PACKAGE, module_map
from tests.reference import reference, spelled
from tests.tools.mcp import scripted_server

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
MAP = ROOT / "docs" / "map.md"
CASSETTES = ROOT / "docs" / "cassettes.md"
PLATFORMS = ROOT / "docs" / "platforms.md"


def exit_code_table() -> str:
    rows = [f"| {int(code)} | {code.meaning} |" for code in ExitCode]
    names = "SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM"
    signals = f"| 129, 130, 131, 141, 143 | {names}: cleaned up, then died of it |"
    return "\n".join(["| code | meaning |", "|---|---|", *rows, signals])


def command_table() -> str:
    rows = [f"| `{name}` | {build(name).get_short_help_str(100)} |" for name in COMMANDS]
    return "\n".join(["| command | what it does |", "|---|---|", *rows])


GENERATED = {
    "exit codes": exit_code_table,
    "commands": command_table,
    "flags": reference,
    "modules": module_map,
}


def with_generated_parts(text: str) -> str:
    for name, make in GENERATED.items():
        if f"<!-- {name}: " in text:
            pattern = rf"(<!-- {name}: .*? -->\n).*?(<!-- end of {name} -->)"
            text = re.sub(pattern, partial(_between, made=make()), text, flags=re.S)
    return text


def _between(marks: re.Match[str], made: str) -> str:
    return f"{marks[1]}{made}\n{marks[2]}"


def examples(document: Path = README) -> list[str]:
    """The claude-cli commands of the `console` blocks, without their comments."""
    blocks = re.findall(r"^```console\n(.*?)^```", document.read_text(), flags=re.S | re.M)
    lines = [line for block in blocks for line in block.splitlines()]
    return [line.removeprefix("$ ").partition("   #")[0].strip() for line in lines]


def test_the_generated_parts_are_there_and_fresh() -> None:
    texts = [document.read_text() for document in (README, MAP)]
    assert {name for name in GENERATED if f"<!-- {name}: " in "".join(texts)} == set(GENERATED)
    assert [with_generated_parts(text) for text in texts] == texts, (
        "run python -m tests.test_readme"
    )


def test_the_map_has_every_folder_and_every_module_says_what_it_is() -> None:
    folders = {str(path.parent.relative_to(PACKAGE)) for path in PACKAGE.rglob("*.py")}
    assert folders - {"simulator"} == set(FOLDERS)
    assert not re.search(r"^- `\w+`: $", module_map(), flags=re.M)


def test_the_reference_has_every_flag_and_argument_of_every_command() -> None:
    text = README.read_text().partition("<!-- flags:")[2].partition("<!-- end of flags")[0]
    for name, command in every_command().items():
        usage = " ".join(["claude-cli", name, *(a.metavar for a in arguments_of(command))])
        assert f"`{usage}`" in text
        for param in [*arguments_of(command), *flags_of(command)]:
            assert f"| {spelled(param)} | {param.help[:20]}" in text, (name, param.name)


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
    talking = r"claude-cli (ask|stream|chat|count|models list|\"[^\"]*\")"
    return re.sub(talking, r"claude-cli \1 --simulate", command)


SERVERS = ("claude-cli simulator", "ANTHROPIC_BASE_URL=")
TAPED = [line for line in examples() if "--record" in line]


@pytest.mark.parametrize(
    "command",
    [
        line
        for line in [*examples(), *examples(PLATFORMS)]
        if not line.startswith(SERVERS) and line not in TAPED
    ],
)
def test_each_example_runs(command: str, tmp_path: Path) -> None:
    folder = example_folder(tmp_path)
    environment = example_environment(tmp_path)
    if "-r trip" in command or "ask -c" in command or "sessions" in command:
        prepare = simulated('claude-cli ask --name trip "vegetarian"')
        subprocess.run(["bash", "-c", prepare], env=environment, cwd=folder, check=True)
    edits = command.endswith(" -e")  # an editor needs a controlling terminal
    master, slave = os.openpty()
    ran = subprocess.run(
        ["bash", "-o", "pipefail", "-c", simulated(command)],
        env=environment,
        cwd=folder,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=partial(fcntl.ioctl, slave, termios.TIOCSCTTY, 0) if edits else None,
        check=False,
    )
    os.close(master)
    os.close(slave)
    assert ran.returncode == 0, ran.stderr.decode()
    assert b"error" not in ran.stderr


def example_environment(tmp_path: Path) -> dict[str, str]:
    return {
        "PATH": f"{tmp_path / 'examples' / 'bin'}:/usr/bin:/bin",
        "CLAUDE_CLI_HOME": str(tmp_path / "home"),
        "EDITOR": "/bin/sh -c 'echo edited > \"$0\"'",
        "HOME": str(tmp_path),
    }


OF_A_KEY = {"ANTHROPIC_API_KEY": "sk-ant-x"}
TALKS = r"claude-cli (ask|stream|count|batch run)"
ONCE = re.compile(
    rf"{TALKS}(?!.*(-r |-c |-e$|--dry-run|--curl|--platform|jq))"
)  # and its output has no times


@pytest.mark.parametrize(
    "command",
    [line for line in examples() if ONCE.search(line) and not line.startswith(SERVERS)],
)
def test_each_example_is_recorded_and_replayed(command: str, tmp_path: Path) -> None:
    folder = example_folder(tmp_path)
    environment = example_environment(tmp_path)
    recording, _, replaying = command.partition(" && ")
    if not replaying:
        flags = ("--record", "--replay")
        recording, replaying = (re.sub(TALKS, rf"claude-cli \1 {f} tape", command) for f in flags)
    with Simulator() as simulator:
        there = {**environment, **OF_A_KEY, "ANTHROPIC_BASE_URL": simulator.base_url}
        before = _shell(recording, folder, there)
    elsewhere = {**environment, "CLAUDE_CLI_HOME": str(tmp_path / "another")}
    assert _shell(replaying, folder, elsewhere) == before


def _shell(command: str, folder: Path, environment: dict[str, str]) -> tuple[bytes, list[bytes]]:
    """What a command printed, and what it wrote."""
    command = command.replace("batch run", "batch run --poll 0.05")
    ran = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        env=environment,
        cwd=folder,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr.decode()
    written = sorted(path for path in folder.glob("*.*") if path.suffix in (".csv", ".md", ".py"))
    return ran.stdout, [path.read_bytes() for path in written]


def test_the_examples_of_the_page_on_cassettes_run(tmp_path: Path) -> None:
    folder = example_folder(tmp_path)
    environment = example_environment(tmp_path)
    with Simulator() as simulator:
        there = {**environment, **OF_A_KEY, "ANTHROPIC_BASE_URL": simulator.base_url}
        recording, replaying = examples(CASSETTES)
        before = _shell(recording, folder, there)
    assert _shell(replaying, folder, environment) == before


def example_folder(tmp_path: Path) -> Path:
    """A folder with the files that the examples name, and stand-ins for the programs."""
    folder = tmp_path / "examples"
    (folder / "bin").mkdir(parents=True)
    programs = {
        "claude-cli": f'exec {shlex.quote(sys.executable)} -m claude_cli "$@"',
        "git": "case $1 in diff) echo '+ a line' ;; *) echo src/main.py ;; esac",
        "curl": "echo 'a scan'",
        "jq": "cat",
        "sh": "cat",
        "uvx": f"exec {shlex.quote(sys.executable)} {shlex.quote(scripted_server.__file__)}",
    }
    for name, line in programs.items():
        (folder / "bin" / name).write_text(f"#!/bin/sh\n{line}\n")
        (folder / "bin" / name).chmod(0o755)
    (folder / "photo.jpg").write_bytes(PNG)
    (folder / "report.pdf").write_bytes(pdf_of(3))
    (folder / "notes.txt").write_text("notes")
    (folder / "reviews.csv").write_text("id,text\n1,good\n2,bad\n")
    (folder / "src").mkdir()
    (folder / "src" / "main.py").write_text("pass")
    (folder / "scans").mkdir()
    (folder / "scans" / "one.pdf").write_bytes(PDF)
    (folder / "request.json").write_text('{"messages": [{"role": "user", "content": "hi"}]}')
    blocks = re.findall(r"^```python\n(.*?)^```", README.read_text(), flags=re.S | re.M)
    (folder / "tools.py").write_text(blocks[0])
    (folder / "mcp.json").write_text(block("json", "mcpServers"))
    return folder


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)
PDF = pdf_of(1)


def block(fence: str, part: str) -> str:
    """The fenced block of the README that has `part`."""
    blocks = re.findall(rf"^```{fence}\n(.*?)^```", README.read_text(), flags=re.S | re.M)
    (found,) = [text for text in blocks if part in text]
    return str(found)


SIMULATORS = [line for line in examples() if line.startswith("claude-cli simulator")]


@pytest.mark.parametrize("command", SIMULATORS)
def test_each_simulator_of_the_readme_serves(
    spawn: Spawn, run: Run, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    Path("replies.jsonl").write_text(block("json", '"error"'))
    arguments = re.sub(r"--port \d+", "", command).split()[1:]
    ask = reach(spawn(*arguments), run, monkeypatch)
    if "--fault" in command:
        assert [ask().code for _ in range(3)] == [75] * 3
        assert "overloaded" not in ask().stderr
    elif "--script" in command:
        assert ask().json["content"][0]["text"] == "It is low at noon."
        assert "Busy" in ask().stderr
        assert ask().json["content"][0]["name"] == "get_tide"
    else:
        assert ask().code == 0


def reach(
    server: "subprocess.Popen[bytes]", run: Run, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], Ran]:
    """Wait for its address; return what asks it, once."""
    assert server.stdout is not None
    monkeypatch.setenv("ANTHROPIC_BASE_URL", server.stdout.readline().decode().strip())
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-x")
    return lambda: run("ask", "hi", "--format", "json", "--retries", "0")


def test_the_toml_script_of_the_readme_is_replayed(
    spawn: Spawn, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("replies.toml").write_text(block("toml", "[[reply]]"))
    ask = reach(spawn("simulator", "--script", "replies.toml"), run, monkeypatch)
    answers = [ask().json["content"][0]["text"] for _ in range(3)]
    assert answers[:2] == ["It is low at noon."] * 2
    assert answers[2] != answers[0]


def first_column(heading: str) -> set[str]:
    """What stands between backquotes in the first column of the README's table."""
    table = README.read_text().partition(f"| {heading} |")[2].partition("\n\n")[0]
    firsts = [line.split("|")[1] for line in table.splitlines()[2:]]
    return {word for first in firsts for word in re.findall("`([^`]+)`", first)}


def test_the_readme_names_every_kind_of_fault() -> None:
    faults = [parse_fault(spec) for spec in first_column("fault")]
    kinds = {(fault.place, fault.kind) for fault in faults}
    assert kinds == KINDS.keys() | {(place, "status") for place in PLACES}


def test_the_readme_names_every_key_of_a_scripted_reply() -> None:
    assert first_column("key") == {*_KINDS, *_MESSAGE_FIELDS, "repeat", "delta_characters"}


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
    for document in (README, MAP):
        text = document.read_text()
        if (fresh := with_generated_parts(text)) != text:
            document.write_text(fresh)
