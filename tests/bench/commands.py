"""Whole commands against a reference in the same run: start-up, one question, a long stream,
a resumed session, memory."""

import os
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from claude_cli.disk import appendlog
from claude_cli.session.format import Record, new_answer, new_header, new_name, new_user, sealed
from claude_cli.simulator.server.server import Simulator
from tests.bench.far_away import far_away
from tests.bench.figures import Figure, measure
from tests.faulty_server import PEM

PYTHON = sys.executable
CLI = [PYTHON, "-m", "claude_cli"]

BARE_CLIENT = """
import httpx, json, os, sys
url = os.environ["ANTHROPIC_BASE_URL"] + "/v1/messages"
headers = {"x-api-key": "k", "anthropic-version": "2023-06-01"}
body = {"model": "claude-sonnet-4-6", "max_tokens": 8192, "stream": True,
        "messages": [{"role": "user", "content": "hi"}]}
with httpx.stream("POST", url, headers=headers, json=body, timeout=60) as response:
    for line in response.iter_lines():
        if line.startswith("data: "):
            event = json.loads(line[6:])
            if event["type"] == "content_block_delta":
                sys.stdout.write(event["delta"].get("text", ""))
                sys.stdout.flush()
"""


BARE_PILLOW = """
import sys
from PIL import Image, ImageOps
photo = ImageOps.exif_transpose(Image.open(sys.argv[1]))
photo.thumbnail((2352, 1568))
photo.save(sys.argv[1] + ".small.jpg", quality=88)
"""


def ratio(
    ours: Sequence[str],
    reference: Sequence[str],
    environment: dict[str, str],
    runs: int,
    field: str,
) -> float:
    """The median over pairs of runs, in turn, of ours over the reference."""
    measure(ours, environment)
    measure(reference, environment)
    pairs = [
        getattr(measure(ours, environment), field) / getattr(measure(reference, environment), field)
        for _ in range(runs)
    ]
    return float(statistics.median(pairs))


def figures(runs: int = 11) -> Iterator[Figure]:
    """`runs` pairs of runs each."""
    with tempfile.TemporaryDirectory() as folder, Simulator() as simulator:
        environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("ANTHROPIC_")},
            "CLAUDE_CLI_HOME": folder,
            "ANTHROPIC_BASE_URL": simulator.base_url,
            "ANTHROPIC_API_KEY": "sk-bench",
        }
        bare = [PYTHON, "-c", BARE_CLIENT]
        typer = [PYTHON, "-c", "import typer"]
        tab = environment | {
            "_CLAUDE_CLI_COMPLETE": "complete_bash",
            "COMP_WORDS": "claude-cli ask --mod",
            "COMP_CWORD": "2",
        }
        value = ratio([*CLI, "--version"], typer, environment, runs, "wall")
        yield Figure("--version / import typer, wall", value, "×", 1.05)
        value = ratio(CLI, typer, tab, runs, "wall")
        yield Figure("one TAB / import typer, wall", value, "×", 1.05)
        value = ratio([*CLI, "ask", "hi"], bare, environment, runs, "wall")
        yield Figure("ask hi / bare httpx, wall", value, "×", 1.25)
        yield _far_away(simulator, environment, bare, runs)
        value = _on_bedrock(simulator, environment, runs)
        yield Figure("ask hi on bedrock with a key / on direct, wall", value, "×", 1.15)
        value = measure([*CLI, "ask", "hi"], environment).megabytes
        yield Figure("ask hi, peak memory", value, "MB", 31)
        yield _long_stream(simulator, environment, bare)
        yield _long_session(Path(folder), environment, runs)
        yield _large_pdf(Path(folder), environment)
        yield _photo(Path(folder), environment, max(3, runs // 2))


def _far_away(
    simulator: Simulator, environment: dict[str, str], bare: list[str], runs: int
) -> Figure:
    with far_away(simulator.base_url, 0.04) as there:
        environment = environment | {"ANTHROPIC_BASE_URL": there, "SSL_CERT_FILE": str(PEM)}
        value = ratio([*CLI, "ask", "hi"], bare, environment, runs, "wall")
    return Figure("ask hi over https and 40 ms / bare httpx, wall", value, "×", 1.0)


def _on_bedrock(simulator: Simulator, environment: dict[str, str], runs: int) -> float:
    environment = environment | {
        "AWS_ACCESS_KEY_ID": "AKID",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "eu-west-1",
        "ANTHROPIC_BEDROCK_BASE_URL": simulator.base_url,
    }
    line = [*CLI, "ask", "hi", "-m", "claude-opus-5", "-n"]
    return ratio([*line, "--platform", "bedrock", "-q"], [*line, "-q"], environment, runs, "wall")


def _long_stream(simulator: Simulator, environment: dict[str, str], bare: list[str]) -> Figure:
    simulator.enqueue(text="word " * 100_000, delta_characters=5, repeat=8)
    stream = [*CLI, "stream", "-n", "hi"]
    value = ratio(stream, bare, environment, 3, "cpu")
    return Figure("stream, 100 000 deltas / bare httpx, cpu", value, "×", 0.9)


def _long_session(folder: Path, environment: dict[str, str], runs: int) -> Figure:
    sessions = folder / "data" / "sessions"
    for turns in (10, 10_000):
        header = new_header({"model": "claude-sonnet-4-6"})
        lines: list[Record] = [header]
        for turn in range(turns):
            parent = lines[-1]["id"] if turn else None
            user = new_user(parent, f"question {turn}: " + "words " * 10, header["id"])
            content = [{"type": "text", "text": f"answer {turn}: " + "more words " * 15}]
            answer = {"type": "message", "content": content, "stop_reason": "end_turn"}
            said = new_answer(user["id"], answer, model="claude-sonnet-4-6")  # type: ignore[arg-type]
            lines += [user, said]
        lines.append(new_name(f"t{turns}"))
        path = sessions / f"20261121-000000-turn{turns % 97:02}.jsonl"
        appendlog.append(path, map(sealed, lines))
    long, short = ([*CLI, "ask", "-r", name, "hi"] for name in ("t10000", "t10"))
    # The processor time of the client: a server takes its own time over 20 000 messages.
    value = ratio(long, short, environment, max(3, runs // 3), "cpu")
    return Figure("ask -r, 10 000 turns / 10 turns, cpu", value, "×", 2)


def _large_pdf(folder: Path, environment: dict[str, str]) -> Figure:
    pdf = folder / "large.pdf"
    pdf.write_bytes(b"%PDF-1.4\n" + os.urandom(22_000_000))
    cost = measure([*CLI, "ask", "-n", "-a", str(pdf), "hi"], environment)
    return Figure("ask with a 22 MB PDF, peak memory", cost.megabytes, "MB", 175)


def _photo(folder: Path, environment: dict[str, str], runs: int) -> Figure:
    from PIL import Image

    bands = [Image.effect_noise((1500, 1000), 60).resize((6000, 4000)) for _ in "RGB"]
    photo = folder / "photo.jpg"
    Image.merge("RGB", bands).save(photo, quality=92)
    ours = [*CLI, "ask", "-q", "-n", "-a", str(photo), "hi"]
    value = ratio(ours, [PYTHON, "-c", BARE_PILLOW, str(photo)], environment, runs, "wall")
    return Figure("ask -a photo.jpg / bare Pillow's resize, wall", value, "×", 1.3)
