"""`--until-done`: an answer that is cut at max_tokens is gone on with until it is whole."""

from dataclasses import replace

from claude_cli.errors import CannotWrite, ClaudeCliError, TemporaryFailure
from claude_cli.turn.exchange import Progress, Setting, exchange, is_too_dear
from claude_cli.turn.going_on.go_on import (
    Begun,
    begun_by,
    request_of_rest,
    with_answer,
    without_answer,
)
from claude_cli.types import Message, RequestBody
from claude_cli.ui.canvas import Renderer


def whole_answer(
    setting: Setting,
    body: RequestBody,
    renderer: Renderer,
    progress: Progress,
    begun: Begun | None = None,
) -> tuple[RequestBody, Message]:
    """Make one request and, with `until_done`, as many more as its answer needs; return the
    request, as it was before any of it came, with the whole answer. `begun`: `body` asks for the
    rest of that.

    --max-turns bounds their number. One that adds nothing ends it, and the answer stays cut.
    """
    prefill = "" if progress.costs else setting.prefill
    body, message = exchange(setting, body, renderer, progress, begun)
    if begun:
        body = without_answer(body, begun)
    else:
        begun = begun_by(body, message, prefill)
    if setting.until_done:
        message = _until_done(setting, body, renderer, progress, replace(begun, message=message))
    return body, message


def _until_done(
    setting: Setting, body: RequestBody, renderer: Renderer, progress: Progress, begun: Begun
) -> Message:
    for _ in range(setting.tools.max_turns):
        if not begun.ends_in_words:
            return begun.message
        rest = request_of_rest(with_answer(body, begun))
        if is_too_dear(setting, rest, progress):
            return begun.message
        longer = _rest(setting, rest, renderer, progress, begun)
        if longer["content"] == begun.message["content"]:
            return longer
        begun = replace(begun, message=longer)
    if begun.ends_in_words:
        progress.limit = "turns"
    return begun.message


def _rest(
    setting: Setting, body: RequestBody, renderer: Renderer, progress: Progress, begun: Begun
) -> Message:
    """Raises TemporaryFailure whatever went wrong with the API: what came can be gone on with."""
    try:
        return exchange(setting, body, renderer, progress, begun)[1]
    except CannotWrite:
        raise
    except ClaudeCliError as error:
        raise TemporaryFailure(
            error.message, hint=error.hint, request_id=error.request_id, status=error.status
        ) from error
