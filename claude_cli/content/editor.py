"""Text written in the user's editor: `$VISUAL`, else `$EDITOR`, else the platform's own."""

import os
import shlex
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import IO

from claude_cli.child.environment import without_credentials
from claude_cli.disk import inputfile, unsent
from claude_cli.disk.atomic_file import write_whole
from claude_cli.errors import ClaudeCliError, ConfigError, UsageError

TTY = "/dev/tty"
INSTEAD = "give the text as an argument, in a file or through a pipe"


def edit(text: str, *, suffix: str = ".md", instead: str = INSTEAD) -> str:
    """Open `text` in the editor and return what was saved, without the newline at its end.

    `instead` is the hint where there is no terminal for it.
    Raises ConfigError when the editor cannot be started, UsageError when it reports failure, and
    where it would have no terminal.
    """
    command = os.environ.get("VISUAL") or os.environ.get("EDITOR") or _default()
    with tempfile.TemporaryDirectory(prefix="claude-cli-") as folder:
        path = Path(folder, f"prompt{suffix}")
        path.write_bytes(text.encode("utf-8", "replace"))
        try:
            with _terminal(instead) as terminal:
                done = subprocess.run(
                    [*shlex.split(command), str(path)],
                    stdin=terminal,
                    stdout=terminal,
                    env=without_credentials(),
                    check=False,
                )
        except (OSError, ValueError) as error:
            raise ConfigError(
                f"cannot start the editor {command!r}", hint="set VISUAL or EDITOR"
            ) from error
        if done.returncode != 0:
            raise UsageError(f"the editor ended with status {done.returncode}: nothing was sent")
        return inputfile.read_text(path, limit=inputfile.TEXT_LIMIT).removesuffix("\n")


def edit_prompt(prompt: str) -> str:
    """Let a prompt be written that begins with what was typed, and with what an earlier run did not
    send. Raises UsageError for an empty one, and as `edit`."""
    earlier = unsent.unsent()
    begun = earlier if prompt in earlier else "\n\n".join(filter(None, (prompt, earlier)))
    text = edit(begun)
    if not text.strip():
        unsent.forget_unsent()
        raise UsageError("the prompt is empty: nothing was sent")
    unsent.keep_unsent(text)
    return text


def edit_file(path: Path, before: str, keep: Callable[[str], None]) -> None:
    """Open the text of a file in the editor, and give it to `keep` if it was changed.

    Raises what `edit` and `keep` raise; what `keep` refuses is put beside the file, and named.
    """
    text = edit(before, suffix=path.suffix, instead=f"{path} is plain text: write it") + "\n"
    if text.strip() == before.strip():
        return
    try:
        keep(text)
    except ClaudeCliError as error:
        rejected = path.with_name(f"{path.name}.rejected")
        write_whole(rejected, text.encode())
        where = f"nothing was changed; your text is in {rejected}"
        error.hint = f"{where}; {error.hint}" if error.hint else where
        raise


def _terminal(instead: str) -> AbstractContextManager[IO[bytes] | None]:
    """The terminal itself, for an editor whose stdin or stdout would be our pipe."""
    if os.name == "nt" or (os.isatty(0) and os.isatty(1)):
        return nullcontext()
    try:
        return open(TTY, "r+b", buffering=0)
    except OSError as error:  # it would wait for keys that nobody can type
        raise UsageError("there is no terminal for the editor", hint=instead) from error


def _default() -> str:
    return "notepad" if os.name == "nt" else "vi"
