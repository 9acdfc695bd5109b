"""What the live view costs: CPU time beside one `Console.print(Markdown(…))`, and shares of a core.

Not a test: `python -m tests.bench.live_view` prints the rows. A row over what is allowed means that
something became slower, on a machine that has nothing else to do.
"""

import io
import os
import time
from collections.abc import Callable
from itertools import count

from rich.console import Console
from rich.markdown import Markdown

from claude_cli.ui.live_view import MarkdownView

WIDTH, HEIGHT = 80, 24
CHARACTERS_PER_SECOND = 2000
STEP = 1 / 30

SECTION = '''## Section {n}: how it works

The **first paragraph** of section {n} explains, in plain words, what `function_{n}` does and why it
is needed. It has *emphasis*, a [link](https://example.com/{n}) and some `inline code`. Then it goes
on for a while, because answers often do, and ends here.

1. First, open the file and read its contents into memory.
2. Then parse each line:
   - skip blank lines
   - strip comments, which start with `#`
3. Finally, write the result.

```python
def function_{n}(path: str) -> list[str]:
    """Read lines, drop blanks and comments."""
    with open(path, encoding="utf-8") as file:
        lines = [line.strip() for line in file]
    return [line for line in lines if line and not line.startswith("#")]
```

| name | type | meaning |
|------|------|---------|
| path | str  | the file to read, relative to the current folder |
| {n} | int | a number |

> Note: this is a quote that is a little longer than one line, so that it has to be wrapped
> somewhere near its end.

'''
FUNCTION = '''def function_{n}(path: str, limit: int = {n}) -> list[str]:
    """Read lines, drop blanks and comments."""
    with open(path, encoding="utf-8") as file:
        lines = [line.strip() for line in file][:limit]
    return [line for line in lines if line and not line.startswith("#")]

'''


class Clock:
    """Virtual time in which work takes as long as it really does."""

    def __init__(self) -> None:
        self.waited = 0.0

    def __call__(self) -> float:
        return self.waited + time.process_time()


def mixed(size: int) -> str:
    """An answer of about `size` characters with a bit of everything."""
    parts: list[str] = []
    for n in count():
        if sum(map(len, parts)) >= size:
            return "".join(parts)
        parts.append(SECTION.format(n=n))
    raise AssertionError("endless")


def fence(lines: int) -> str:
    body = "".join(FUNCTION.format(n=n) for n in range(lines // FUNCTION.count("\n")))
    return f"```python\n{body}```\n"


def table(rows: int) -> str:
    head = "| name | value | what it means |\n|---|---:|---|\n"
    return head + "".join(f"| row {n} | `{n}` | **some** words on it |\n" for n in range(rows))


def rich(document: str) -> None:
    """Render once, as Rich does it."""
    console = Console(file=io.StringIO(), force_terminal=True, width=WIDTH)
    console.print(Markdown(document))


def at_once(document: str) -> None:
    view = MarkdownView(lambda text: None, WIDTH, HEIGHT, color=True)
    view.add(document)
    view.finish()


def share_of_a_core(document: str) -> float:
    """Return CPU time by duration of an answer that arrives at CHARACTERS_PER_SECOND."""
    clock = Clock()
    view = MarkdownView(lambda text: None, WIDTH, HEIGHT, color=True, clock=clock)
    length = int(CHARACTERS_PER_SECOND * STEP)
    started = time.process_time()
    for at in range(0, len(document), length):
        view.add(document[at : at + length])
        clock.waited += STEP
    view.finish()
    return (time.process_time() - started) * CHARACTERS_PER_SECOND / len(document)


def bytes_written(document: str) -> float:
    """Return what is written while it arrives, by what its rendering is long."""
    written: list[str] = []
    clock = Clock()
    view = MarkdownView(written.append, WIDTH, HEIGHT, color=True, clock=clock)
    length = int(CHARACTERS_PER_SECOND * STEP)
    for at in range(0, len(document), length):
        view.add(document[at : at + length])
        clock.waited += STEP
    view.finish()
    whole: list[str] = []
    once = MarkdownView(whole.append, WIDTH, HEIGHT, color=True)
    once.add(document)
    once.finish()
    return sum(map(len, written)) / sum(map(len, whole))


def _seconds(work: Callable[[str], None], document: str) -> float:
    """Return the least CPU time of a few runs."""
    least = float("inf")
    for _ in range(3):
        started = time.process_time()
        work(document)
        least = min(least, time.process_time() - started)
    return least


def rows() -> list[tuple[str, float, float]]:
    """Return what was measured, and what is allowed, by name."""
    os.environ.update(TERM="xterm-256color", COLORTERM="truecolor")
    small, middle, large = mixed(20_000), mixed(80_000), mixed(320_000)
    code = fence(2000)
    at_once(small)
    ours = {len(document): _seconds(at_once, document) for document in (small, middle, large)}
    growth = ours[len(large)] / len(large) / (ours[len(small)] / len(small))
    code_at_once = _seconds(at_once, code) / _seconds(rich, code)
    return [
        ("20 KB at once, by Rich", ours[len(small)] / _seconds(rich, small), 1.5),
        ("80 KB at once, by Rich", ours[len(middle)] / _seconds(rich, middle), 1.5),
        ("320 KB at once, by Rich", ours[len(large)] / _seconds(rich, large), 1.5),
        ("a character of 320 KB, by one of 20 KB", growth, 1.3),
        ("320 KB at 2000 characters/s, share of a core", share_of_a_core(large), 0.05),
        ("2000 lines of code at once, by Rich", code_at_once, 1.5),
        ("2000 lines of code at 2000 characters/s, share", share_of_a_core(code), 0.15),
        ("a table of 300 rows at 2000 characters/s, share", share_of_a_core(table(300)), 0.15),
        ("80 KB at 2000 characters/s, bytes by rendering", bytes_written(middle), 3.0),
        ("the table's bytes by rendering", bytes_written(table(300)), 3.0),
    ]


def main() -> None:
    for name, measured, allowed in rows():
        verdict = "" if measured <= allowed else "  TOO SLOW"
        print(f"{name:50} {measured:8.3f} {allowed:8.3f}{verdict}")


if __name__ == "__main__":
    main()
