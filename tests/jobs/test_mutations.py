"""A thousand changes to the files of a job: what comes out is right, or an error names what is not.

Never is something wrong written without a word, a good output lost, a row paid for a second time,
or a bug reported. CLAUDE_CLI_THOROUGH=1 tries ten times as many.
"""

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from claude_cli.simulator.server.server import Simulator
from claude_cli.simulator.wire.exchange import Received
from tests.conftest import Run
from tests.thorough import THOROUGH

MUTATIONS = 2000 if THOROUGH else 200
FILES = ("journal.jsonl", "index.sqlite", "results.jsonl", "fields.jsonl", "requests.jsonl")
COMMANDS = {"hosted": (), "live": ("--live",)}


def flip(data: bytes, dice: random.Random) -> bytes:
    place = dice.randrange(len(data))
    return data[:place] + bytes([data[place] ^ 1 << dice.randrange(8)]) + data[place + 1 :]


def cut(data: bytes, dice: random.Random) -> bytes:
    return data[: dice.randrange(len(data))]


def blank(data: bytes, dice: random.Random) -> bytes:
    place, size = dice.randrange(len(data)), dice.randrange(1, 40)
    return data[:place] + b"\0" * len(data[place : place + size]) + data[place + size :]


def insert(data: bytes, dice: random.Random) -> bytes:
    place = dice.randrange(len(data))
    return data[:place] + dice.randbytes(dice.randrange(1, 9)) + data[place:]


def leave_out(data: bytes, dice: random.Random) -> bytes:
    place = dice.randrange(len(data))
    return data[:place] + data[place + dice.randrange(1, 40) :]


def shuffle_lines(data: bytes, dice: random.Random) -> bytes:
    lines = data.splitlines(keepends=True)
    match dice.randrange(3):
        case 0:
            dice.shuffle(lines)
        case 1:
            lines.insert(0, dice.choice(lines))
        case _:
            lines.remove(dice.choice(lines))
    return b"".join(lines)


KINDS: list[Callable[[bytes, random.Random], bytes]] = [
    flip,
    flip,
    cut,
    blank,
    insert,
    leave_out,
    shuffle_lines,
]


def paid_requests(simulator: Simulator) -> list[Received]:
    """Those that the simulator remembers: the last ones."""
    paths = ("/v1/messages", "/v1/messages/batches")
    return [one for one in simulator.requests if one.method == "POST" and one.path in paths]


@pytest.mark.parametrize("engine", COMMANDS)
@pytest.mark.parametrize("file", FILES)
def test_a_job_whose_files_were_changed_is_right_or_says_so(
    simulator: Simulator, run: Run, tmp_path: Path, file: str, engine: str
) -> None:
    Path("in.csv").write_text("id,text\n1,alpha\n2,beta\n3,gamma\n4,delta\n")
    options = ("-O", "out", "--format", "csv")
    whole = ("batch", "run", "in.csv", "{text}", *options, "--poll", "1", *COMMANDS[engine])
    assert run(*whole).code == 0
    good = Path("out").read_bytes()
    [folder] = (tmp_path / "home" / "data" / "jobs").iterdir()
    shutil.copytree(folder, tmp_path / "kept")
    data = (folder / file).read_bytes()
    paid = paid_requests(simulator)
    spent = run("usage", "--format", "json").json
    dice = random.Random(f"{file} {engine}")
    for number in range(MUTATIONS // 2):
        change = dice.choice(KINDS)
        (folder / file).write_bytes(change(data, dice))
        Path("out").write_bytes(b"before")
        ran = run("batch", "results", folder.name, *options) if number % 2 else run(*whole)
        what = f"{change.__name__}, number {number}: {ran.code} {ran.stderr}"
        assert ran.code in (0, 65, 66), what
        assert Path("out").read_bytes() == (good if ran.code == 0 else b"before"), what
        assert ran.code == 0 or folder.name in ran.stderr, what
        assert all(any(one is kept for kept in paid) for one in paid_requests(simulator)), what
        if number % 10 == 0:
            assert run("batch", "list").code == 0
            assert run("batch", "status", folder.name).code in (0, 65, 66)
        shutil.rmtree(folder)
        shutil.copytree(tmp_path / "kept", folder)
    assert run("usage", "--format", "json").json == spent
