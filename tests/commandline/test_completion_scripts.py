"""Tab in real shells; the scripts in `completions/` are the ones that the program prints.

`python -m tests.commandline.test_completion_scripts` writes them anew.
"""

import os
import pty
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from claude_cli.commandline.completion_scripts import FILES, SCRIPTS
from claude_cli.templates import templates_folder
from tests.conftest import Run

FOLDER = Path(__file__).parents[2] / "completions"


def write_scripts() -> None:
    for shell, name in FILES.items():
        (FOLDER / name).write_text(SCRIPTS[shell], newline="\n")


@pytest.mark.parametrize("shell", FILES)
def test_the_packaged_script_is_the_one_that_is_printed(run: Run, shell: str) -> None:
    printed = run("completion", shell).stdout
    assert (FOLDER / FILES[shell]).read_bytes() == printed, (
        "run python -m tests.commandline.test_completion_scripts"
    )


def test_completions_hold_nothing_else() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(FILES.values())


# Real shells


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """`claude-cli` on the PATH, and names for it to offer."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "claude-cli").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m claude_cli "$@"\n')
    (folder / "claude-cli").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", str(FOLDER.parent))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "xdg"))
    templates_folder().mkdir(parents=True)
    save_template("my sum")
    Path("notes.txt").write_text("")
    return folder


def save_template(name: str) -> None:
    (templates_folder() / f"{name}.toml").write_text("prompt = 'x'")


def need(shell: str) -> str:
    return shutil.which(shell) or pytest.skip(f"{shell} is not installed: apt-get install {shell}")


LINES = [
    ("claude-cli as", "claude-cli ask"),
    ("claude-cli ask --max-to", "claude-cli ask --max-tokens"),
    ("claude-cli ask -m son", "claude-cli ask -m sonnet"),
    ("claude-cli ask --model son", "claude-cli ask --model sonnet"),
    ("claude-cli ask --model=son", "claude-cli ask --model=sonnet"),
    ("claude-cli sessions exp", "claude-cli sessions export"),
    ("claude-cli ask -t my", "claude-cli ask -t my\\ sum"),
    ("claude-cli ask 'it is' -m son", "claude-cli ask 'it is' -m sonnet"),
    ("claude-cli ask -a note", "claude-cli ask -a notes.txt"),
]
START = {
    "bash": ["--norc", "--noprofile", "-i"],
    "zsh": ["-f", "-i"],
    "fish": ["--no-config", "-i"],
}
PREPARE = {
    "bash": "bind 'set enable-bracketed-paste off'; PS1='> '; "
    'eval "$(claude-cli completion bash)"',
    "zsh": "autoload -Uz compinit && compinit -u -D; PS1='> '; unsetopt zle_bracketed_paste; "
    'eval "$(claude-cli completion zsh)"',
    "fish": "claude-cli completion fish | source",
}


@pytest.mark.skipif(sys.platform == "win32", reason="these shells need a POSIX terminal")
@pytest.mark.parametrize("shell", START)
def test_tab_completes_in_the_shell(program: Path, shell: str) -> None:
    with Terminal([need(shell), *START[shell]]) as terminal:
        terminal.type(PREPARE[shell] + "; echo rea''dy\n")
        terminal.wait_for("ready")
        for line, completed in LINES:
            assert terminal.complete(line, completed) == completed
        save_template("$(touch pwned)`touch pwned`")
        terminal.complete("claude-cli ask -t '$", "(what it becomes differs)", patience=1.0)
        terminal.complete("claude-cli ask -t \\$", "(what it becomes differs)", patience=1.0)
    assert not Path("pwned").exists()


def test_what_is_typed_is_no_argument_of_a_program(program: Path) -> None:
    (program / "env").write_text('#!/bin/sh\necho "$@" >>arguments\nexec /usr/bin/env "$@"\n')
    (program / "env").chmod(0o755)
    script = (FOLDER / FILES["bash"]).read_text()
    typed = "COMP_WORDS=(claude-cli ask -H X-Token:s3cret -m son) COMP_CWORD=5"
    call = f'{typed}; _claude_cli_completion claude-cli; echo "${{COMPREPLY[@]}}"'
    command = [need("bash"), "--norc", "-c", f"{script}\n{call}"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert "sonnet" in ran.stdout, ran.stderr
    assert not Path("arguments").exists()


def _take_terminal() -> None:
    """Make stdin the controlling terminal of this session: fish ends without one."""
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class Terminal:
    """A shell on a pseudo terminal; what it is asked to run is printed, not run."""

    def __init__(self, command: list[str]) -> None:
        import pyte

        self._screen = pyte.Screen(100, 40)
        self._stream = pyte.ByteStream(self._screen)
        self._command = command

    def __enter__(self) -> "Terminal":
        self._master, slave = pty.openpty()
        environment = {**os.environ, "LC_ALL": "C.UTF-8", "fish_greeting": ""}
        self._shell = subprocess.Popen(
            self._command, stdin=slave, stdout=slave, stderr=slave,
            env=environment, start_new_session=True, preexec_fn=_take_terminal,
        )  # fmt: skip
        os.close(slave)
        return self

    def __exit__(self, *_: object) -> None:
        self._shell.kill()
        self._shell.wait()
        os.close(self._master)

    def type(self, text: str) -> None:
        os.write(self._master, text.encode())

    def complete(self, line: str, expected: str, *, patience: float = 20.0) -> str:
        """Type the line and Tab; return what it became, as soon as that is as expected."""
        self.type(f"\x15{line}")
        self._wait(lambda: self._typed() == line)
        self.type("\t")
        self._wait(lambda: self._typed() == expected, patience)
        return self._typed()

    def wait_for(self, text: str) -> None:
        assert self._wait(lambda: any(text in row for row in self._screen.display))

    def _wait(self, reached: Callable[[], bool], patience: float = 20.0) -> bool:
        deadline = time.monotonic() + patience
        while not reached() and time.monotonic() < deadline:
            self._read(0.05)
        return reached()

    def _typed(self) -> str:
        """The line at the cursor, without its prompt."""
        row = str(self._screen.display[self._screen.cursor.y])
        return row[max(row.find("claude-cli"), 0) :].rstrip()

    def _read(self, seconds: float) -> None:
        """Show what comes until nothing has come for so long."""
        while select.select([self._master], [], [], seconds)[0]:
            self._stream.feed(os.read(self._master, 65536))


if __name__ == "__main__":
    write_scripts()
