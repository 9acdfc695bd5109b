"""The clipboard, through stand-ins for the programs of each system."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from claude_cli.child.clipboard import fill_clipboard, read_clipboard
from claude_cli.errors import InputError, InputUnreadable

PNG = b"\x89PNG\r\n\x1a\n\x00\xff"
Desktop = Callable[..., Path]


@pytest.fixture
def desktop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desktop:
    """A session whose PATH has these programs (name → shell code) and no other."""

    def make(variable: str = "", **programs: str) -> Path:
        for name in ("WAYLAND_DISPLAY", "DISPLAY"):
            monkeypatch.delenv(name, raising=False)
        if variable:
            monkeypatch.setenv(variable, ":9")
        for name, code in programs.items():
            path = tmp_path / name.replace("_", "-")
            path.write_text(f"#!/bin/sh\ncd {tmp_path}\n{code}\n")
            path.chmod(0o755)
        (tmp_path / "picture").write_bytes(PNG)
        for tool in ("cat", "sleep"):
            found = shutil.which(tool)
            assert found
            (tmp_path / tool).symlink_to(found)
        monkeypatch.setenv("PATH", str(tmp_path))
        return tmp_path

    return make


@pytest.mark.parametrize(
    ("variable", "programs"),
    [
        ("", {"pbpaste": "printf 'grüße\\n'"}),
        ("DISPLAY", {"xsel": "printf 'grüße\\n'"}),
        (
            "DISPLAY",
            {
                "xclip": 'case "$*" in *TARGETS) echo TARGETS; echo UTF8_STRING;; '
                "*UTF8_STRING) printf 'grüße\\n';; *) exit 1;; esac"
            },
        ),
        (
            "WAYLAND_DISPLAY",
            {
                "wl_paste": 'case "$*" in --list-types) echo image/png; '
                "echo 'text/plain;charset=utf-8';; *utf-8) printf 'grüße\\n';; *) exit 1;; esac"
            },
        ),
    ],
)
def test_text_is_read_byte_for_byte(
    desktop: Desktop, variable: str, programs: dict[str, str]
) -> None:
    desktop(variable, **programs)
    assert read_clipboard().decode() == "grüße\n"


@pytest.mark.parametrize(
    ("variable", "programs"),
    [
        ("", {"pbpaste": "true", "pngpaste": "cat picture"}),
        (
            "DISPLAY",
            {
                "xclip": 'case "$*" in *TARGETS) echo TARGETS; echo image/png;; '
                "*image/png) cat picture;; *) exit 1;; esac"
            },
        ),
    ],
)
def test_a_picture_is_read_where_there_is_no_text(
    desktop: Desktop, variable: str, programs: dict[str, str]
) -> None:
    desktop(variable, **programs)
    assert read_clipboard() == PNG


def test_nothing_on_it_is_told(desktop: Desktop) -> None:
    desktop("", pbpaste="true")
    with pytest.raises(InputError, match="is empty") as caught:
        read_clipboard()
    assert caught.value.hint and "pngpaste" in caught.value.hint


@pytest.mark.parametrize(
    ("variable", "missing"),
    [("DISPLAY", "xclip"), ("WAYLAND_DISPLAY", "wl-clipboard"), ("", "no desktop session")],
)
def test_what_is_missing_is_told(desktop: Desktop, variable: str, missing: str) -> None:
    desktop(variable)
    with pytest.raises(InputUnreadable) as caught:
        read_clipboard()
    assert missing in (caught.value.hint or "")
    assert missing in (fill_clipboard("x") or "")


@pytest.mark.parametrize(
    ("variable", "program"),
    [("", "pbcopy"), ("DISPLAY", "xclip"), ("DISPLAY", "xsel"), ("WAYLAND_DISPLAY", "wl_copy")],
)
def test_text_is_put_there(desktop: Desktop, variable: str, program: str) -> None:
    folder = desktop(variable, **{program: "cat > filled"})
    assert fill_clipboard("grüße 💡") is None
    assert (folder / "filled").read_text(encoding="utf-8") == "grüße 💡"


@pytest.mark.skipif(sys.platform == "win32", reason="needs a shell")
def test_a_program_that_stays_behind_with_our_streams_is_neither_waited_for_nor_ended(
    desktop: Desktop,
) -> None:
    folder = desktop("DISPLAY", xclip="cat > filled; { sleep 0.3; echo kept > later; } & exit 0")
    assert fill_clipboard("x") is None
    assert not (folder / "later").exists()
    while not (folder / "later").exists():
        pass


def test_another_program_is_tried_where_one_fails(desktop: Desktop) -> None:
    folder = desktop("DISPLAY", xclip="echo no display >&2; exit 1", xsel="cat > filled")
    assert fill_clipboard("x") is None
    (folder / "xsel").unlink()
    assert fill_clipboard("x") == "xclip failed: no display"


def test_more_than_64_mb_are_refused(desktop: Desktop) -> None:
    desktop("", pbpaste="cat /dev/zero")
    with pytest.raises(InputError, match=r"^the clipboard holds more than 64 MB$"):
        read_clipboard()


def test_a_program_that_cannot_be_started_is_passed_over_and_told(desktop: Desktop) -> None:
    folder = desktop("DISPLAY", pbpaste="true", xsel="printf found")
    for name in ("pbpaste", "pbcopy"):
        (folder / name).write_bytes(b"\0")
        (folder / name).chmod(0o755)
    assert read_clipboard() == b"found"
    (folder / "xsel").unlink()
    assert fill_clipboard("x") == "pbcopy failed: Exec format error"
