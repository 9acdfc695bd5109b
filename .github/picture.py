"""Makes the pictures: the real program on a pseudo-terminal, what its screen then shows.

Run it with the test extra installed: python .github/picture.py [NAME]...
"""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import tempfile
import termios
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyte
from rich.color import Color
from rich.console import Console
from rich.style import Style
from rich.text import Text

from claude_cli.simulator.server.server import Simulator

WIDTH = 80
QUIET = 1.5
"""Seconds without output after which the program waits for keys, or has ended."""
TIDES = """\
# Two coasts, two tides

The **strait** in the west is shallow and narrow: the tidal wave piles up between the
island and the mainland. In the east the sea floor falls away at once.

| coast | place    | range |
|-------|----------|------:|
| west  | 台中     | 4.5 m |
| east  | Hualien  | 1.5 m |

1. Shallow water slows the wave, so it grows.
2. The strait resonates near twelve hours.

```python
def height(hour: float, range_m: float) -> float:
    return range_m / 2 * math.cos(2 * math.pi * hour / 12.42)
```

> High tide is announced. Low tide is *found out*. 🌊
"""
RIVER = "The **濁水溪** (Zhuoshui), 187 km, from 合歡山 to the strait."
BRIDGE = """\
Three, from the mountains to the sea:

- **集鹿大橋**, a cable-stayed bridge
- **西螺大橋**, red, of 1952
- **中沙大橋**, of the highway
"""


@dataclass(frozen=True)
class Scene:
    """A command line, what is typed into it, and what the model answers."""

    name: str
    shown: str
    arguments: list[str]
    answers: list[str]
    height: int
    typed: list[str] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)


SCENES = [
    Scene(
        "live-view",
        "claude-cli ask -u 'Why is the tide so different on the two coasts of Taiwan?'",
        ["ask", "-n", "-u", "--no-ledger", "the question"],
        [TIDES],
        height=27,
    ),
    Scene(
        "chat",
        "claude-cli chat --name rivers",
        ["chat", "--name", "rivers"],
        [RIVER, BRIDGE],
        height=22,
        typed=["Which river is the longest in Taiwan?\r", "Which bridges cross it?\r", "/copy"],
    ),
    Scene(
        "batch",
        "claude-cli batch run in.csv '{text}' --schema 'positive bool' --format csv",
        ["batch", "run", "in.csv", "{text}", "--schema", "positive bool", "--format", "csv",
         "--poll", "0.1"],
        [],
        height=22,
        files={"in.csv": "id,text\n1,I would buy it again\n2,Better than it looks\n3,比想像中好\n"},
    ),
]  # fmt: skip


def screen_of(scene: Scene) -> pyte.Screen:
    """Run the command on a terminal of its own and return what is on it at the end."""
    screen = pyte.Screen(WIDTH, scene.height)
    stream = pyte.ByteStream(screen)
    stream.feed(f"$ {scene.shown}\r\n".encode())
    usage: Any = {"input_tokens": 24, "output_tokens": 213}
    with tempfile.TemporaryDirectory() as home, Simulator(tokens_per_second=400) as simulator:
        for answer in scene.answers:
            simulator.enqueue(text=answer, usage=usage)
        child, terminal = pty.fork()
        if child == 0:
            run_the_program(scene, Path(home), simulator.base_url)
        screen.write_process_input = lambda text: os.write(terminal, text.encode())
        show(stream, terminal)
        for keys in scene.typed:
            os.write(terminal, keys.encode())
            show(stream, terminal)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    return screen


def show(stream: pyte.ByteStream, terminal: int) -> None:
    """Draw what comes until nothing does."""
    while select.select([terminal], [], [], QUIET)[0]:
        try:
            output = os.read(terminal, 65536)
        except OSError:
            return
        stream.feed(re.sub(rb"\x1b\[\?2026[hl]", b"", output))


def run_the_program(scene: Scene, home: Path, base_url: str) -> None:
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", scene.height, WIDTH, 0, 0))
    for name, text in scene.files.items():
        (home / name).write_text(text)
    os.chdir(home)
    environment = {
        "PATH": os.environ["PATH"],
        "CLAUDE_CLI_HOME": str(home),
        "ANTHROPIC_BASE_URL": base_url,
        "ANTHROPIC_API_KEY": "none",
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
    }
    command = [sys.executable, "-m", "claude_cli", *scene.arguments]
    os.execve(sys.executable, command, environment)


def as_text(screen: pyte.Screen) -> Text:
    text = Text()
    for row in range(last_row(screen) + 1):
        line = Text()
        for column in range(WIDTH):
            cell = screen.buffer[row][column]
            line.append(cell.data, style_of(cell))
        line.rstrip()
        text.append(line)
        text.append("\n")
    return text


def last_row(screen: pyte.Screen) -> int:
    return max(row for row, line in enumerate(screen.display) if line.strip())


def style_of(cell: "pyte.screens.Char") -> Style:
    def color(name: str) -> Color | None:
        if name == "default":
            return None
        if re.fullmatch("[0-9a-f]{6}", name):
            return Color.parse(f"#{name}")
        return Color.parse(re.sub("^bright", "bright_", name).replace("brown", "yellow"))

    return Style(
        color=color(cell.fg), bgcolor=color(cell.bg), bold=cell.bold, italic=cell.italics,
        underline=cell.underscore, reverse=cell.reverse,
    )  # fmt: skip


def main(names: list[str]) -> None:
    for scene in SCENES:
        if names and scene.name not in names:
            continue
        sink = open(os.devnull, "w")  # noqa: SIM115
        console = Console(record=True, width=WIDTH, file=sink, force_terminal=True)
        console.print(as_text(screen_of(scene)), end="")
        svg = console.export_svg(title="claude-cli", unique_id=scene.name)
        svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.S)  # nothing is loaded from elsewhere
        Path(__file__).with_name(f"{scene.name}.svg").write_text(svg)


if __name__ == "__main__":
    main(sys.argv[1:])
