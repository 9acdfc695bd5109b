"""What the live view costs: CPU time beside one `Console.print(Markdown(…))`, and shares of a core.

A figure over what is allowed means that something became slower, on a machine that has nothing
else to do.
"""

import io
import os
import time
from collections.abc import Callable, Iterator
from itertools import count

from rich.console import Console
from rich.markdown import Markdown

from claude_cli.ui.live.view import MarkdownView
from tests.bench.figures import Figure

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


def figures() -> Iterator[Figure]:
    os.environ.update(TERM="xterm-256color", COLORTERM="truecolor")
    small, middle, large = mixed(20_000), mixed(80_000), mixed(320_000)
    code = fence(2000)
    at_once(small)
    ours = {len(document): _seconds(at_once, document) for document in (small, middle, large)}
    for document in (small, middle, large):
        value = ours[len(document)] / _seconds(rich, document)
        yield Figure(f"{len(document) // 1000} KB at once, by Rich", value, "×", 1.5)
    growth = ours[len(large)] / len(large) / (ours[len(small)] / len(small))
    yield Figure("a character of 320 KB, by one of 20 KB", growth, "×", 1.3)
    value = _seconds(at_once, code) / _seconds(rich, code)
    yield Figure("2000 lines of code at once, by Rich", value, "×", 1.5)
    for name, document, allowed in (
        ("320 KB", large, 5),
        ("2000 lines of code", code, 15),
        ("a table of 300 rows", table(300), 15),
    ):
        value = 100 * share_of_a_core(document)
        yield Figure(f"{name} at 2000 characters/s, of a core", value, "%", allowed)
    for name, document in (("80 KB", middle), ("the table", table(300))):
        value = bytes_written(document)
        yield Figure(f"{name} at 2000 characters/s, bytes by rendering", value, "×", 3.0)
