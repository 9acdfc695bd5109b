"""How an answer is shown and reported: its renderer, its usage, its exit code."""

import os
from typing import TYPE_CHECKING, Any

from claude_cli.api.client import ApiClient
from claude_cli.commandline.flags.asked import Asked
from claude_cli.commandline.flags.output import OutputFlags
from claude_cli.errors import ClaudeCliError, ExitCode, ProtocolError, UsageError
from claude_cli.turn.stop_reasons import exit_code, explain
from claude_cli.types import Answer
from claude_cli.ui.canvas import Renderer
from claude_cli.ui.notices import Notices
from claude_cli.ui.pieces import text_of
from claude_cli.ui.renderers import make_renderer
from claude_cli.ui.terminal import describe_stdout
from claude_cli.values.strict_json import EXCERPT

if TYPE_CHECKING:
    from claude_cli.turn.going_on.go_on import Begun


def check_flags(asked: Asked) -> None:
    """Refuse what cannot be done with the answer, before any work."""
    if asked.output.copy:
        from claude_cli.ui.clipboard import check_clipboard

        check_clipboard()
    folder = asked.output.save_files
    if folder is not None and os.path.lexists(folder) and not os.path.isdir(folder):
        raise UsageError(f"--save-files: {folder} is no folder", flag="save_files")
    check_theme(asked.output.theme, asked.output.format)


def check_theme(theme: str | None, format: str | None) -> None:
    """Raise UsageError for a style that there is not, where code would be drawn in it."""
    if theme is None:
        return
    terminal = describe_stdout(force_color=format == "markdown")
    if terminal.can_redraw or terminal.color:
        from claude_cli.ui.live.colours import code_colours

        code_colours(theme)


def renderer_of(
    asked: Asked,
    notices: Notices,
    *,
    arriving: bool = False,
    numbered: bool = False,
    begun: "Begun | None" = None,
) -> Renderer:
    """What draws one answer as the flags want it; `arriving`: deltas reach a pipe as they come.
    `numbered`: somebody may name a code block by its number. Of an answer that was `begun` the
    rest is drawn; a code block is taken out of the whole."""
    output = asked.output
    prefill = asked.content.prefill or ""
    if begun:
        prefill = begun.said if output.extract or output.extract_last else ""
    return make_renderer(
        output.format,
        arriving=arriving,
        notices=notices,
        prefill=prefill,
        show_thinking=output.show_thinking,
        theme=output.theme,
        copies=output.copy,
        fences=_fences_before(begun) if numbered else None,
        extract="first" if output.extract else "last" if output.extract_last else None,
    )


def _fences_before(begun: "Begun | None") -> int | None:
    """How many fenced blocks an answer has already; None where it was cut in one, as what of the
    rest is code cannot be told."""
    from claude_cli.ui.extract import fenced_blocks

    if begun is None:
        return 0
    count = len(fenced_blocks(begun.said))
    is_open = len(fenced_blocks(f"{begun.said}\n```\n")) == count
    return None if is_open else count


def deliver_files(
    client: ApiClient, done: Answer, folder: str | None, notices: Notices
) -> ClaudeCliError | None:
    """Bring here what code of an answer made, or name it; see `deliver`."""
    if not done.files:
        return None
    from claude_cli.turn.container.deliver import deliver

    return deliver(client, done.files, folder, notices)


def conclude(
    output: OutputFlags, done: Answer, schema: dict[str, Any] | None, notices: Notices
) -> ExitCode:
    """Report a finished answer on stderr, and return the exit code.

    Raises SchemaMismatch where it does not fit the schema, ProtocolError where the input of a tool
    call is no JSON although the answer was not cut, and what kept it from being printed.
    """
    if output.usage:
        from claude_cli.ui.usage_line import usage_line

        notices.notice(usage_line(done))
    code = exit_code(done.message, done.limit)
    if code is not ExitCode.OK:
        notices.warning(explain(done.message, done.limit))
    _check_calls(done, code, notices)
    if done.unshown:
        raise done.unshown
    if code is ExitCode.OK and schema is not None:
        from claude_cli.turn.answer_schema import check

        check(schema, text_of(done.message, citing="none"))
    return code


def _check_calls(done: Answer, code: ExitCode, notices: Notices) -> None:
    """Tell of calls that are not whole, and of those that nobody was asked to run."""
    calls = [block for block in done.message.get("content", []) if block["type"] == "tool_use"]
    for block in calls if done.message.get("stop_reason") == "end_turn" else ():
        name = block.get("name")
        notices.warning(f"the answer has a call of {name} and says that it is complete: not run")
    for text in done.unparsed.values():
        what = f"the input of a call is not JSON: {text[:EXCERPT]}"
        if code is ExitCode.OK:
            hint = "--format json shows all of it, as claude_cli.unparsed"
            raise ProtocolError(what, hint=hint, request_id=done.facts.request_id)
        notices.warning(what)
