"""One `ask` or `stream`, from flags to exit code: compose, check the price, send, report."""

from shlex import quote

from claude_cli.commandline.flags.asked import Asked
from claude_cli.commandline.flags.marks import flags_of
from claude_cli.content.sources import prompt_text
from claude_cli.errors import ClaudeCliError, ExitCode, Interrupted, UsageError
from claude_cli.turn.compose import Composed, compose
from claude_cli.turn.connection import connect
from claude_cli.turn.guard import guard_of
from claude_cli.turn.outcome import check_flags, conclude, deliver_files, renderer_of
from claude_cli.turn.spending import Spending
from claude_cli.turn.templating import read_fields
from claude_cli.turn.toolcalls import Tools
from claude_cli.turn.turn import setting_of, take_turn
from claude_cli.types import Answer
from claude_cli.ui.canvas import Renderer
from claude_cli.ui.notices import Notices
from claude_cli.ui.streams import open_stdout
from claude_cli.ui.terminal import pipe_reader_fd

NOT_SAVED = {"edit", "field"}
"""Flags that would mean nothing in a template."""


def answer(asked: Asked, *, arriving: bool) -> ExitCode:
    """Ask and print the answer; nothing is sent before everything is read and checked.

    `arriving`: deltas reach a pipe as they come.

    Raises UsageError for flags that exclude each other, and what the parts raise.
    """
    check_flags(asked)
    stdout = open_stdout()
    notices = Notices(asked.verbosity.level)
    with Tools(asked.tools, asked.connection, notices, asked.mcp) as tools:
        if asked.preview.save is not None:
            _save(asked, asked.preview.save)
            notices.notice(f"saved; claude-cli ask -t {quote(asked.preview.save)} asks it")
            return ExitCode.OK
        composed = compose(asked, notices, tools)
        if asked.preview.dry_run or asked.preview.curl:
            from claude_cli.turn.preview import preview

            stdout.write(preview(asked, composed.body, notices))
            return ExitCode.OK
        renderer = renderer_of(asked, notices, arriving=arriving, begun=composed.begun)
        done, unsaved = _send(asked, composed, tools, renderer, notices)
    conversation = composed.conversation
    try:
        code = conclude(asked.output, done, composed.turn.schema, notices)
    except ClaudeCliError as stop:
        conversation.tell_rest(stop, begun=done.unshown is not None)
        raise
    if trouble := conversation.trouble or unsaved:
        raise trouble
    return ExitCode.OK if asked.guard.allow_truncated else code


def _save(asked: Asked, name: str) -> None:
    """Keep the prompt and what was typed beside it, but for connection and session."""
    from claude_cli.jobs.template import parse_template
    from claude_cli.templates import Template, save_template, template_path, templates_folder

    if asked.words == ["-"] or "template" in asked.given:
        raise UsageError("--save keeps what is typed, neither stdin nor another template")
    prompt = prompt_text(asked.words) or None
    parse_template(prompt or "")  # a brace that is no field is refused now, not when it is used
    flags = {}
    for group in (asked.content, asked.request, asked.tools, asked.mcp, asked.guard, asked.output):
        for flag in flags_of(group):
            if flag.name in asked.given - NOT_SAVED:
                flags[flag.name] = getattr(group, flag.name)
    if prompt is None and not flags:
        raise UsageError("there is nothing to save", hint="type a prompt, or flags")
    fields = read_fields(asked.content.field or ())
    path = template_path(name)
    if path.parent != templates_folder():
        raise UsageError(f"--save takes a name, not a file: {name}")
    save_template(Template(path, prompt, flags, fields))


def _send(
    asked: Asked, composed: Composed, tools: Tools, renderer: Renderer, notices: Notices
) -> tuple[Answer, ClaudeCliError | None]:
    """Ask, and bring what code made; return the answer, and what kept a file away."""
    spending = Spending(asked.connection, notices, keep=asked.keeps_ledger)
    guard = guard_of(asked, spending, notices)
    with connect(
        asked.connection, notices, reader_fd=pipe_reader_fd(), complete=tools.complete
    ) as client:
        conversation = composed.conversation
        guard.check(client, [composed.body], conversation.id)
        base = conversation.session.transcript.base
        if composed.begun is None:
            conversation.asked(composed.turn.content, composed.body, composed.question.attachments)
        setting = setting_of(asked, client, conversation, spending, tools, notices, guard)
        try:
            done = take_turn(setting, composed.body, renderer, composed.begun)
        except (ClaudeCliError, KeyboardInterrupt, Interrupted) as stop:
            conversation.tell_rest(stop, begun=conversation.session.transcript.base != base)
            raise
        return done, deliver_files(client, done, asked.output.save_files, notices)
