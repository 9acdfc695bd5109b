"""Text put on the clipboard."""

from base64 import b64decode
from pathlib import Path

import pytest

from claude_cli.errors import CannotWrite, InputError
from claude_cli.ui.clipboard import LONGEST_COPY, copy_text
from tests.ui.standard_streams import memory_streams, terminal_streams


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder of PATH; there is no desktop session, and no ssh."""
    for name in ("WAYLAND_DISPLAY", "DISPLAY", "SSH_CONNECTION", "SSH_TTY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def with_pbcopy(folder: Path) -> Path:
    path = folder / "pbcopy"
    path.write_text(f'#!/bin/sh\nread -r line; printf %s "$line" > {folder / "filled"}\n')
    path.chmod(0o755)
    return folder / "filled"


def test_a_program_gets_the_text_harmless_and_without_its_last_newline(programs: Path) -> None:
    filled = with_pbcopy(programs)
    with terminal_streams() as terminal:
        assert copy_text("a\x1b[2J\u202eb\n") == "14 characters copied"
        assert terminal.received == ""
    assert filled.read_text(encoding="utf-8") == "a␛[2J⟦U+202E⟧b"


def test_without_a_program_the_terminal_is_asked(programs: Path) -> None:
    with terminal_streams() as terminal:
        assert copy_text("grüße\n") == "5 characters copied, if the terminal lets us"
        sent = terminal.received
    assert sent.startswith("\x1b]52;c;")
    assert sent.endswith("\x07")
    assert b64decode(sent[7:-1]).decode() == "grüße"


def test_over_ssh_the_terminal_is_asked_first(
    programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled = with_pbcopy(programs)
    monkeypatch.setenv("SSH_CONNECTION", "192.0.2.1 1 192.0.2.2 22")
    with terminal_streams() as terminal:
        copy_text("x")
        assert terminal.received.startswith("\x1b]52;c;")
    assert not filled.exists()
    with memory_streams():
        copy_text("x")
    assert filled.read_text() == "x"


def test_a_terminal_is_not_flooded(programs: Path) -> None:
    with terminal_streams() as terminal:
        with pytest.raises(InputError, match="too long"):
            copy_text("é" * (LONGEST_COPY // 2 + 1))
        assert terminal.received == ""


def test_without_program_and_terminal_it_says_what_is_missing(programs: Path) -> None:
    with memory_streams() as streams, pytest.raises(CannotWrite) as caught:
        copy_text("x")
    assert streams.out == b""
    assert "no desktop session" in (caught.value.hint or "")
