"""Makes .github/live-view.svg: the real program on a pseudo-terminal, what its screen then shows.

Run it with the test extra installed: python .github/picture.py
"""

import os
import pty
import re
import select
import sys
from pathlib import Path

import pyte
from rich.color import Color
from rich.console import Console
from rich.style import Style
from rich.text import Text

from claude_cli.simulator.server.server import Simulator

WIDTH, HEIGHT = 80, 27
COMMAND = "claude-cli ask -u 'Why is the tide so different on the two coasts of Taiwan?'"
ANSWER = """\
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


def screen_of_the_program() -> pyte.Screen:
    """Run the command on a terminal of its own and return what is on it at the end."""
    screen = pyte.Screen(WIDTH, HEIGHT)
    stream = pyte.ByteStream(screen)
    stream.feed(f"$ {COMMAND}\r\n".encode())
    usage = {"input_tokens": 24, "output_tokens": 213}
    with Simulator(tokens_per_second=400) as simulator:
        simulator.enqueue(text=ANSWER, usage=usage)
        child, terminal = pty.fork()
        if child == 0:
            run_the_program(simulator.base_url)
        while select.select([terminal], [], [], 20)[0]:
            try:
                output = os.read(terminal, 65536)
            except OSError:
                break
            stream.feed(re.sub(rb"\x1b\[\?2026[hl]", b"", output))
        os.waitpid(child, 0)
    return screen


def run_the_program(base_url: str) -> None:
    import fcntl
    import struct
    import termios

    size = struct.pack("HHHH", HEIGHT, WIDTH, 0, 0)
    fcntl.ioctl(1, termios.TIOCSWINSZ, size)
    environment = {
        "ANTHROPIC_BASE_URL": base_url,
        "ANTHROPIC_API_KEY": "none",
        "TERM": "xterm-256color",
    }
    command = [sys.executable, "-m", "claude_cli", "ask", "-n", "-u", "--no-ledger", "the question"]
    os.execve(sys.executable, command, {**os.environ, **environment})


def as_text(screen: pyte.Screen) -> Text:
    text = Text()
    for row in range(screen.cursor.y + 1):
        line = Text()
        for column in range(WIDTH):
            cell = screen.buffer[row][column]
            line.append(cell.data, style_of(cell))
        line.rstrip()
        text.append(line)
        text.append("\n")
    return text


def style_of(cell: "pyte.screens.Char") -> Style:
    def color(name: str) -> Color | None:
        if name == "default":
            return None
        if re.fullmatch("[0-9a-f]{6}", name):
            return Color.parse(f"#{name}")
        return Color.parse(name.replace("brown", "yellow"))

    return Style(
        color=color(cell.fg), bgcolor=color(cell.bg), bold=cell.bold, italic=cell.italics,
        underline=cell.underscore, reverse=cell.reverse,
    )  # fmt: skip


def main() -> None:
    console = Console(record=True, width=WIDTH, file=open(os.devnull, "w"), force_terminal=True)  # noqa: SIM115
    console.print(as_text(screen_of_the_program()), end="")
    svg = console.export_svg(title="claude-cli")
    svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.S)  # nothing is loaded from elsewhere
    Path(__file__).with_name("live-view.svg").write_text(svg)


if __name__ == "__main__":
    main()
