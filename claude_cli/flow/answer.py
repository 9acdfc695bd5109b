"""One `ask` or `stream`, from flags to exit code: compose, guard, send, tell."""

from typing import Any

from claude_cli.api.headers import is_secret
from claude_cli.errors import ClaudeCliError, ExitCode, InputError, Interrupted, UsageError
from claude_cli.flags import OutputFlags
from claude_cli.flow.betas import needed_betas
from claude_cli.flow.compose import Asked, Composed, compose
from claude_cli.flow.connection import connect, offline
from claude_cli.flow.spending import Spending
from claude_cli.flow.stop_reasons import exit_code, explain
from claude_cli.flow.toolcalls import Tools
from claude_cli.flow.turn import Setting, take_turn
from claude_cli.types import Answer, RequestBody
from claude_cli.ui.notices import Notices
from claude_cli.ui.pieces import text_of
from claude_cli.ui.renderers import Renderer, make_renderer
from claude_cli.ui.sanitize import escape_json
from claude_cli.ui.terminal import on_terminal, open_stdout, pipe_reader_fd
from claude_cli.ui.usage_line import usage_line


def answer(asked: Asked) -> ExitCode:
    """Ask and print the answer; nothing is sent before everything is read and checked.

    Raises UsageError for flags that exclude each other, and what the parts raise.
    """
    check_flags(asked)
    stdout = open_stdout()
    notices = Notices(asked.verbosity.level)
    with Tools(asked.tools, notices) as tools:
        composed = compose(asked, notices, tools)
        if asked.guard.dry_run or asked.guard.curl:
            text = _preview(asked, composed.body, notices)
            stdout.write(escape_json(text) if on_terminal() else text)
            return ExitCode.OK
        done = _send(asked, composed, tools, notices)
    conversation = composed.conversation
    try:
        code = conclude(asked.output, done, composed.turn.schema, notices)
    except ClaudeCliError as stop:
        conversation.tell_rest(stop, begun=False)
        raise
    if conversation.trouble:
        raise conversation.trouble
    return ExitCode.OK if asked.guard.allow_truncated else code


def _send(asked: Asked, composed: Composed, tools: Tools, notices: Notices) -> Answer:
    renderer = renderer_of(asked, notices)
    prefill = asked.content.prefill or ""
    spending = Spending(notices, keep=asked.guard.ledger and not asked.connection.simulate)
    betas = needed_betas(composed.body)
    with connect(asked.connection, notices, betas=betas, reader_fd=pipe_reader_fd()) as client:
        limit = asked.guard.max_cost
        if limit is not None:
            spending.check(client, composed.body, limit)
        conversation = composed.conversation
        base = conversation.session.transcript.base
        conversation.asked(composed.turn.content, composed.body)
        setting = Setting(client, conversation, spending, tools, notices, prefill, limit)
        try:
            return take_turn(setting, composed.body, renderer)
        except (ClaudeCliError, KeyboardInterrupt, Interrupted) as stop:
            conversation.tell_rest(stop, begun=conversation.session.transcript.base != base)
            raise


def check_flags(asked: Asked) -> None:
    """Refuse flags that exclude each other, before any work."""
    if asked.guard.dry_run and asked.guard.curl:
        raise UsageError("--dry-run and --curl exclude each other")
    if asked.output.extract and asked.output.extract_last:
        raise UsageError("-x and --extract-last exclude each other")


def renderer_of(asked: Asked, notices: Notices) -> Renderer:
    """What draws one answer as the flags want it."""
    output = asked.output
    return make_renderer(
        output.format,
        arriving=asked.arriving,
        notices=notices,
        prefill=asked.content.prefill or "",
        show_thinking=output.show_thinking,
        extract="first" if output.extract else "last" if output.extract_last else None,
    )


def _preview(asked: Asked, body: RequestBody, notices: Notices) -> str:
    """The request as JSON, or as the curl command that sends it."""
    import json

    try:
        if asked.guard.dry_run:
            return json.dumps(body, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
        text = json.dumps(body, allow_nan=False)
    except ValueError as error:
        raise InputError(f"the request is not JSON: {error}") from error
    from claude_cli.curl import curl_command, left_out

    connection = offline(asked.connection, needed_betas(body))
    headers = connection.header_lines("application/json")
    own = {name.lower() for name, _ in connection.headers}
    for name, variable in left_out([line for line in headers if line[0] in own], is_secret):
        notices.notice(f"the value of the header {name} is left out: put it into {variable}")
    flags = {
        "--proxy": asked.connection.proxy,
        "--cacert": asked.connection.ca_bundle,
        "--max-time": asked.connection.max_time,
    }
    url = connection.url("/v1/messages")
    return curl_command(url, headers, text, flags, is_secret)


def conclude(
    output: OutputFlags, done: Answer, schema: dict[str, Any] | None, notices: Notices
) -> ExitCode:
    """Tell what there is to tell of a finished answer, and choose the exit code.

    Raises SchemaMismatch where it does not fit the schema.
    """
    if output.usage:
        notices.notice(usage_line(done))
    code = exit_code(done.message, done.limit)
    if code is not ExitCode.OK:
        notices.warning(explain(done.message, done.limit))
    elif schema is not None:
        from claude_cli.schema import check

        check(schema, text_of(done.message, citing="none"))
    return code
