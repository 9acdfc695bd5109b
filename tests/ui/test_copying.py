"""--copy: what was printed is on the clipboard, too."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from claude_cli.simulator.server.server import Simulator
from tests.conftest import Run

Clipboard = Callable[[], str]

ANSWER = "Here:\n\n```sh\necho hi\n```\n\nand \x1b[2J more.\n"


@pytest.fixture
def clipboard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clipboard:
    """What a stand-in for pbcopy was given; it is the only program on PATH."""
    for name in ("WAYLAND_DISPLAY", "DISPLAY", "SSH_CONNECTION", "SSH_TTY"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "bin"
    folder.mkdir()
    filled, program = tmp_path / "filled", folder / "pbcopy"
    program.write_text(f"#!/bin/sh\nexec {shutil.which('cat')} > {filled}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    return lambda: filled.read_text(encoding="utf-8") if filled.exists() else ""


@pytest.mark.parametrize(
    ("flags", "copied"),
    [
        ([], ANSWER.replace("\x1b", "␛").removesuffix("\n")),
        (["-x"], "echo hi"),
        (["--prefill", ">"], ">" + ANSWER.replace("\x1b", "␛").removesuffix("\n")),
    ],
)
@pytest.mark.parametrize("command", ["ask", "stream"])
def test_what_is_printed_is_copied_harmless_and_without_its_last_newline(
    simulator: Simulator,
    run: Run,
    clipboard: Clipboard,
    command: str,
    flags: list[str],
    copied: str,
) -> None:
    simulator.enqueue(text=ANSWER)
    ran = run(command, "-m", "claude-haiku-4-5", "--copy", *flags, "hi")
    assert ran.code == 0, ran.stderr
    assert clipboard() == copied
    assert f"{len(copied)} characters copied" in ran.stderr
    simulator.enqueue(text=ANSWER)
    assert run(command, "-m", "claude-haiku-4-5", *flags, "hi").stdout == ran.stdout


def test_nothing_is_copied_of_an_answer_that_was_not_printed(
    simulator: Simulator, run: Run, clipboard: Clipboard
) -> None:
    simulator.enqueue(text="no block")
    assert run("ask", "--copy", "-x", "hi").code == 65
    assert clipboard() == ""


def test_a_clipboard_that_fails_leaves_the_answer(
    simulator: Simulator, run: Run, clipboard: Clipboard
) -> None:
    program = Path(os.environ["PATH"], "pbcopy")
    program.write_text("#!/bin/sh\necho no display >&2\nexit 1\n")
    simulator.enqueue(text="fine")
    ran = run("ask", "--copy", "hi")
    assert (ran.code, ran.text) == (0, "fine\n")
    assert "warning: nothing could be put on the clipboard: pbcopy failed: no display" in ran.stderr


def test_without_a_clipboard_nothing_is_asked(
    simulator: Simulator, run: Run, clipboard: Clipboard
) -> None:
    Path(os.environ["PATH"], "pbcopy").unlink()
    ran = run("ask", "--copy", "hi")
    assert (ran.code, "no desktop session" in ran.stderr) == (2, True)
    assert run("ask", "--copy", "--format", "json", "hi").code == 2
    assert simulator.requests == []
