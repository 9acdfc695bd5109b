"""One `ask` or `stream`, from flags to exit code: compose, guard, send, tell."""

from claude_cli.api.headers import is_secret
from claude_cli.commandline.flags.asked import Asked
from claude_cli.errors import ClaudeCliError, ExitCode, InputError, Interrupted
from claude_cli.turn.compose import Composed, compose
from claude_cli.turn.connection import connect, offline
from claude_cli.turn.outcome import check_flags, conclude, renderer_of
from claude_cli.turn.spending import Spending
from claude_cli.turn.toolcalls import Tools
from claude_cli.turn.turn import Setting, take_turn
from claude_cli.types import Answer, RequestBody
from claude_cli.ui.canvas import Renderer
from claude_cli.ui.notices import Notices
from claude_cli.ui.sanitize import escape_json
from claude_cli.ui.streams import open_stdout
from claude_cli.ui.terminal import on_terminal, pipe_reader_fd


def answer(asked: Asked, *, arriving: bool) -> ExitCode:
    """Ask and print the answer; nothing is sent before everything is read and checked.

    `arriving`: deltas reach a pipe as they come.

    Raises UsageError for flags that exclude each other, and what the parts raise.
    """
    check_flags(asked)
    stdout = open_stdout()
    notices = Notices(asked.verbosity.level)
    with Tools(asked.tools, asked.connection.config, notices) as tools:
        composed = compose(asked, notices, tools)
        if asked.preview.dry_run or asked.preview.curl:
            text = _preview(asked, composed.body, notices)
            stdout.write(escape_json(text) if on_terminal() else text)
            return ExitCode.OK
        renderer = renderer_of(asked, notices, arriving=arriving)
        done = _send(asked, composed, tools, renderer, notices)
    conversation = composed.conversation
    try:
        code = conclude(asked.output, done, composed.turn.schema, notices)
    except ClaudeCliError as stop:
        conversation.tell_rest(stop, begun=False)
        raise
    if conversation.trouble:
        raise conversation.trouble
    return ExitCode.OK if asked.guard.allow_truncated else code


def _send(
    asked: Asked, composed: Composed, tools: Tools, renderer: Renderer, notices: Notices
) -> Answer:
    prefill = asked.content.prefill or ""
    spending = Spending(asked.connection.config, notices, keep=asked.keeps_ledger)
    with connect(asked.connection, notices, reader_fd=pipe_reader_fd()) as client:
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


def _preview(asked: Asked, body: RequestBody, notices: Notices) -> str:
    """The request as JSON, or as the curl command that sends it."""
    import json

    try:
        if asked.preview.dry_run:
            return json.dumps(body, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
        text = json.dumps(body, allow_nan=False)
    except ValueError as error:
        raise InputError(f"the request is not JSON: {error}") from error
    from claude_cli.api.betas import needed_betas
    from claude_cli.api.payload import json_payload
    from claude_cli.api.platforms import Call
    from claude_cli.curl import curl_command, left_out

    connection = offline(asked.connection)
    url = connection.url("/v1/messages")
    call = Call("POST", "/v1/messages", json_payload(body), needed_betas(body))
    headers = connection.authorized_lines(call, url)
    own = {name.lower() for name, _ in connection.headers}
    for name, variable in left_out([line for line in headers if line[0] in own], is_secret):
        notices.notice(f"the value of the header {name} is left out: put it into {variable}")
    flags = {
        "--proxy": asked.connection.proxy,
        "--cacert": asked.connection.ca_bundle,
        "--max-time": asked.connection.max_time,
    }
    return curl_command(url, headers, text, flags, is_secret)
