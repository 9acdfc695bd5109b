"""The same question asked by other programs, in the same run, of the same simulator.

`python -m tests.bench --peers [FOLDER]` installs them, in FOLDER if it is named, measures, and
prints the table; `--write` puts it into the READMEs. What cannot be installed is named on stderr.
"""

import datetime
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from claude_cli.simulator.server.server import Simulator
from tests.bench.commands import BARE_CLIENT
from tests.bench.figures import Cost, measure
from tests.docs.pages import CHINESE, README, ROOT, with_part

RUNS = 9
QUESTION = "hi"
MODEL = "claude-opus-5"
SDK_CLIENT = f"""
import anthropic
with anthropic.Anthropic().messages.stream(
    model="{MODEL}", max_tokens=8192, messages=[{{"role": "user", "content": "{QUESTION}"}}]
) as stream:
    for text in stream.text_stream:
        print(text, end="", flush=True)
"""
CURL_BODY = json.dumps(
    {
        "model": MODEL,
        "max_tokens": 8192,
        "stream": True,
        "messages": [{"role": "user", "content": QUESTION}],
    }
)
HEAD = ["", "version", "an answer", "memory", "installed", "packages"]


@dataclass(frozen=True)
class Peer:
    """A program that asks, and what it weighs."""

    name: str
    version: str
    command: list[str]
    megabytes: float | None
    """Of all that was installed, the interpreter left out; None where nothing was."""
    packages: int | None


def ours(folder: Path) -> Peer:
    python = _environment(folder, [str(ROOT)])
    command = [str(python.with_name("claude-cli")), "ask", "-m", MODEL, QUESTION]
    return _python_peer("**claude-cli**", "claude-cli", python, command)


def llm(folder: Path) -> Peer:
    python = _environment(folder, ["llm", "llm-anthropic"])
    command = [str(python.with_name("llm")), "-m", MODEL, QUESTION]
    return _python_peer("llm, llm-anthropic", "llm", python, command)


def sdk(folder: Path) -> Peer:
    python = _environment(folder, ["anthropic"])
    command = [str(python), "-c", SDK_CLIENT]
    return _python_peer("official SDK, a script", "anthropic", python, command)


def httpx(folder: Path) -> Peer:
    python = _environment(folder, ["httpx"])
    return _python_peer("httpx, a script", "httpx", python, [str(python), "-c", BARE_CLIENT])


def claude_code(folder: Path) -> Peer:
    install = ["npm", "install", "--silent", "--no-fund", "--no-audit", "--prefix", str(folder)]
    subprocess.run([*install, "@anthropic-ai/claude-code"], check=True, stdout=sys.stderr)
    modules = folder / "node_modules"
    about = json.loads((modules / "@anthropic-ai/claude-code/package.json").read_text())
    command = [str(modules / ".bin" / "claude"), "-p", "--model", MODEL, QUESTION]
    packages = len(list(modules.glob("**/package.json")))
    return Peer("Claude Code, `claude -p`", about["version"], command, _size(modules), packages)


def curl(folder: Path) -> Peer:
    told = subprocess.run(["curl", "--version"], stdout=subprocess.PIPE, check=True)
    script = (
        'curl -sN "$ANTHROPIC_BASE_URL/v1/messages" -H "x-api-key: $ANTHROPIC_API_KEY" '
        f"-H 'anthropic-version: 2023-06-01' -H 'content-type: application/json' -d '{CURL_BODY}'"
    )
    version = told.stdout.split()[1].decode()
    return Peer("curl, events as they come", version, ["sh", "-c", script], None, None)


PEERS: tuple[Callable[[Path], Peer], ...] = (ours, llm, claude_code, sdk, httpx, curl)


def _environment(folder: Path, packages: list[str]) -> Path:
    """Install them, and nothing else, into a fresh environment and return its Python."""
    subprocess.run([sys.executable, "-m", "venv", "--clear", "--without-pip", folder], check=True)
    python = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(python)]
    subprocess.run([*pip, "install", "--quiet", *packages], check=True, stdout=sys.stderr)
    return python


def _python_peer(name: str, package: str, python: Path, command: list[str]) -> Peer:
    (libraries,) = python.parent.parent.glob("lib/python*/site-packages")
    found = dict(path.stem.split("-") for path in libraries.glob("*.dist-info"))
    version = found[package.replace("-", "_")]
    return Peer(name, version, command, _size(libraries), len(found))


def _size(folder: Path) -> float:
    files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    return sum(path.stat().st_size for path in files) / 1e6


def installed(folder: Path) -> Iterator[Peer]:
    for number, install in enumerate(PEERS):
        place = folder / str(number)
        place.mkdir(parents=True, exist_ok=True)
        try:
            yield install(place)
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"{install.__name__} is left out: {error}", file=sys.stderr)


def costs_of(peers: list[Peer], environment: Mapping[str, str]) -> list[list[Cost]]:
    """For each peer its runs, all peers in turn; the first round is not counted."""
    rounds = [[measure(peer.command, dict(environment)) for peer in peers] for _ in range(RUNS + 1)]
    return [list(costs) for costs in zip(*rounds[1:], strict=True)]


def row(peer: Peer, costs: list[Cost]) -> str:
    wall = statistics.median(cost.wall for cost in costs)
    memory = statistics.median(cost.megabytes for cost in costs)
    size = "–" if peer.megabytes is None else f"{peer.megabytes:.0f} MB"
    cells = [peer.name, peer.version, f"{wall:.2f} s", f"{memory:.0f} MB", size]
    return f"| {' | '.join([*cells, str(peer.packages or '–')])} |"


def table(peers: list[Peer], costs: list[list[Cost]]) -> str:
    lines = [f"| {' | '.join(HEAD)} |", f"|{'---|' * len(HEAD)}"]
    lines += map(row, peers, costs)
    where = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    today = datetime.date.today()
    told = f"Medians of {RUNS} runs in turn, {today}, {where}: `python -m tests.bench --peers`."
    return "\n".join([*lines, "", told])


def main(folder: Path) -> str:
    peers = list(installed(folder))
    with Simulator() as simulator:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "LLM_USER_PATH": str(folder),
            "CLAUDE_CLI_HOME": str(folder / "home"),
            "ANTHROPIC_BASE_URL": simulator.base_url,
            "ANTHROPIC_API_KEY": "sk-bench",
        }
        return table(peers, costs_of(peers, environment))


def run(arguments: list[str]) -> None:
    folders = [Path(name).resolve() for name in arguments if not name.startswith("-")]
    with tempfile.TemporaryDirectory() as temporary:
        made = main(folders[0] if folders else Path(temporary))
    print(made)
    if "--write" in arguments:
        for page in (README, CHINESE):
            page.write_text(with_part(page.read_text(), "peers", made))
