"""Text through the user's editor: which one, with what, and what becomes of its file."""

import os
from pathlib import Path

import pytest

from claude_cli.content import editor
from claude_cli.errors import ConfigError, InputError, InputUnreadable, UsageError

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="the editors here are shell scripts"),
    pytest.mark.usefixtures("terminal"),
]


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An editor to be written by the test, and $EDITOR."""
    path = tmp_path / "my editor"
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    monkeypatch.setenv("EDITOR", f"'{path}' --wait")
    return path


def write(script: Path, code: str) -> None:
    script.write_text(f"#!/bin/sh\n{code}\n")


def test_the_text_goes_in_and_what_was_saved_comes_out(script: Path) -> None:
    write(script, 'printf "more\\n" >> "$2"')
    assert editor.edit("雪 \r\n\ttext") == "雪 \r\n\ttextmore"


@pytest.mark.parametrize(
    ("saved", "text"), [("", ""), ("a\\n\\n", "a\n"), ("a\\r\\n", "a\r"), ("\\n", "")]
)
def test_one_newline_at_the_end_is_the_editors_not_the_texts(
    script: Path, saved: str, text: str
) -> None:
    write(script, f'printf "{saved}" > "$2"')
    assert editor.edit("before") == text


def test_the_file_is_private_has_a_suffix_and_is_gone_afterwards(script: Path) -> None:
    write(script, 'echo "$1 $2" > seen; ls -ld "$(dirname "$2")" > mode')
    editor.edit("secret", suffix=".toml")
    flag, path = Path("seen").read_text().split(" ", 1)
    assert flag == "--wait"
    assert path.strip().endswith(".toml")
    assert Path("mode").read_text().startswith("drwx------")
    assert not Path(path.strip()).parent.exists()


def test_visual_outranks_editor(script: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISUAL", "true")
    write(script, 'echo editor > "$2"')
    assert editor.edit("kept") == "kept"
    monkeypatch.setenv("VISUAL", "")
    assert editor.edit("kept") == "editor"


def test_without_either_it_is_the_platforms_own(
    script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("EDITOR")
    vi = tmp_path / "vi"
    vi.write_text('#!/bin/sh\necho from vi > "$1"\n')
    vi.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert editor.edit("") == "from vi"


@pytest.mark.parametrize("command", ["/nonexistent/editor", "'unbalanced", "/"])
def test_an_editor_that_cannot_start_is_a_configuration_error(
    command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDITOR", command)
    with pytest.raises(ConfigError, match="cannot start the editor") as caught:
        editor.edit("x")
    assert caught.value.hint == "set VISUAL or EDITOR"


def test_an_editor_that_fails_or_dies_leaves_nothing(script: Path) -> None:
    for code, status in (("echo no > $2; exit 3", 3), ("kill -9 $$", -9)):
        write(script, f'echo "$2" > seen; {code}')
        with pytest.raises(UsageError, match=f"status {status}:"):
            editor.edit("x")
        assert not Path(Path("seen").read_text().strip()).exists()


def test_a_file_that_is_gone_or_no_text_is_told(script: Path) -> None:
    write(script, 'rm "$2"')
    with pytest.raises(InputUnreadable):
        editor.edit("x")
    write(script, "printf '\\377' > \"$2\"")
    with pytest.raises(InputError, match="UTF-8"):
        editor.edit("x")


def test_a_lone_surrogate_does_not_keep_the_editor_from_opening(script: Path) -> None:
    assert editor.edit("a\ud800b") == "a?b"


def test_what_was_saved_has_32_megabytes_at_most(script: Path) -> None:
    write(script, f"head -c {32 << 20} /dev/zero | tr '\\0' x >\"$2\"")
    assert len(editor.edit("")) == 32 << 20
    write(script, f"head -c {(32 << 20) + 1} /dev/zero | tr '\\0' x >\"$2\"")
    with pytest.raises(InputError, match="33,554,432"):
        editor.edit("")
