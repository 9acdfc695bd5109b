"""The slash commands of a chat, one function each, and the one table that knows them all."""

import json
from collections.abc import Mapping
from itertools import islice
from typing import Any

from claude_cli.content.specs import typed_path, typed_specs
from claude_cli.disk import inputfile
from claude_cli.disk.atomic_file import write_new
from claude_cli.errors import ExitCode, UsageError
from claude_cli.flow.chat.dialogue import Dialogue
from claude_cli.flow.chat.slash import SlashCommand
from claude_cli.models.catalog import facts, is_known, lines, resolve_alias
from claude_cli.models.prices import format_usd
from claude_cli.session.export import to_markdown
from claude_cli.session.store import Store
from claude_cli.session.summary import title_of
from claude_cli.turn.export import write_export
from claude_cli.types import JSONValue

EFFORTS = ("low", "medium", "high", "xhigh", "max")
LISTED = 10
"""How many sessions /sessions shows."""

KEYS = (
    "A second slash sends the line as it is: //text.",
    "Enter sends, Alt-Enter and Ctrl-J break the line, Ctrl-X Ctrl-E opens an editor,",
    "Ctrl-R searches, Tab completes, Ctrl-C stops an answer or clears the line,",
    "Ctrl-D leaves.",
)


def show_help(chat: Dialogue, argument: str) -> None:
    named = {f"{name} {row.arguments}": row.help for name, row in SLASH_COMMANDS.items()}
    width = max(map(len, named))
    chat.screen.tell([f"{name:<{width}}  {text}" for name, text in named.items()])
    chat.screen.tell(["", *KEYS])


# What is sent


def attach(chat: Dialogue, argument: str) -> None:
    if argument:
        chat.attach(typed_specs(argument))
    _tell_attached(chat)


def detach(chat: Dialogue, argument: str) -> None:
    kept = [s for s in chat.attached if argument and argument not in (s.name, s.reference)]
    if len(kept) == len(chat.attached):
        raise UsageError(f"{argument} is not attached" if argument else "nothing is attached")
    chat.attached = kept
    _tell_attached(chat)


def _tell_attached(chat: Dialogue) -> None:
    names = [f"{s.name or s.reference} ({s.media_type})" for s in chat.attached]
    chat.screen.tell([f"with the next prompt: {', '.join(names) or 'nothing'}"])


def system(chat: Dialogue, argument: str) -> None:
    if argument:
        chat.settings.set_system(argument)
    shown = chat.next_request.get("system")
    text = shown if isinstance(shown, str) else _json(shown)
    chat.screen.tell(text.splitlines() if shown else ["no system prompt"])


def model(chat: Dialogue, argument: str) -> None:
    if argument:
        _check_model(argument, chat.settings.aliases)
        chat.settings.set(model=argument)
        chat.tell_refusals()
    chat.screen.tell([str(chat.next_request["model"])])


def _check_model(name: str, own: Mapping[str, Any]) -> None:
    """Raise UsageError for a word that is no alias and cannot be an id: ids have a digit."""
    known = name in own or is_known(resolve_alias(name))
    if not known and not any(map(str.isdigit, name)):
        named = ", ".join([*lines(), *own])
        raise UsageError(f"{name} is no model", hint=f"an id, or one of {named}")


def set_parameter(chat: Dialogue, argument: str) -> None:
    if argument:
        chat.settings.assign(argument)
        chat.tell_refusals()
    body = chat.next_request
    path = argument.partition("=")[0].removesuffix(":")
    first = path.partition(".")[0]
    keys = [first] if first in body else sorted(body)
    chat.screen.tell(f"{key} = {_json(body[key])}" for key in keys)


def unset_parameter(chat: Dialogue, argument: str) -> None:
    chat.unset(argument)


def thinking(chat: Dialogue, argument: str) -> None:
    if argument:
        chat.settings.set(thinking=argument)
        chat.tell_refusals()
    chat.screen.tell([_json(chat.next_request.get("thinking", "as the model likes"))])


def effort(chat: Dialogue, argument: str) -> None:
    if argument and argument not in EFFORTS:
        raise UsageError(f"/effort must be one of {', '.join(EFFORTS)}, not {argument}")
    if argument:
        chat.settings.set(effort=argument)
        chat.tell_refusals()
    config = chat.next_request.get("output_config") or {}
    chat.screen.tell([str(config.get("effort", "as the model likes"))])


def tools(chat: Dialogue, argument: str) -> None:
    offered = chat.next_request.get("tools") or []
    lines = [f"{tool.get('name', tool.get('type'))}  {_summary(tool)}" for tool in offered]
    chat.screen.tell(lines or ["no tools"])


def mcp(chat: Dialogue, argument: str) -> None:
    verb, _, name = argument.partition(" ")
    if verb == "drop" and name:
        chat.tools.end_server(name.strip())
    elif argument:
        chat.tools.start_servers([typed_path(argument)])
    lines = [
        f"{one.entry.name}  {len(one.tools)} tools  {one.entry.shown}" for one in chat.tools.servers
    ]
    chat.screen.tell(lines or ["no MCP servers"])


def _summary(tool: dict[str, object]) -> str:
    description = str(tool.get("description") or tool.get("type") or "")
    return description.strip().partition("\n")[0]


# Turns


def undo(chat: Dialogue, argument: str) -> None:
    chat.screen.tell([f"taken back: {title_of(chat.undo())}"])


def retry(chat: Dialogue, argument: str) -> ExitCode:
    return chat.retry()


def edit(chat: Dialogue, argument: str) -> ExitCode:
    return chat.edit_last(argument)


def go_on(chat: Dialogue, argument: str) -> ExitCode:
    return chat.go_on()


def compact(chat: Dialogue, argument: str) -> None:
    plan = chat.plan_compaction()
    chat.screen.tell([str(plan)])
    if not chat.agree("sum up? [y/N] "):
        chat.screen.tell(["nothing was changed"])
        return
    chat.screen.show_document(f"{chat.compact(plan)}\n")
    chat.screen.tell([f"this takes the turns' place: the context is {chat.count():,} tokens now"])


def clear(chat: Dialogue, argument: str) -> None:
    chat.clear()
    chat.screen.tell(["the context is empty; what was said stays in the session"])


def count(chat: Dialogue, argument: str) -> None:
    tokens, window = chat.count(), facts(chat.next_request["model"]).context_window
    share = f" of {window:,}" if window else ""
    chat.screen.tell([f"{tokens:,}{share} tokens"])


def usage(chat: Dialogue, argument: str) -> None:
    spent = chat.totals.usage
    counts = {
        "in": spent.get("input_tokens"),
        "out": spent.get("output_tokens"),
        "cache write": spent.get("cache_creation_input_tokens"),
        "cache read": spent.get("cache_read_input_tokens"),
    }
    tokens = ", ".join(f"{value or 0:,} {name}" for name, value in counts.items())
    cost = format_usd(chat.totals.cost_usd)
    answers = "1 answer" if chat.totals.answers == 1 else f"{chat.totals.answers} answers"
    chat.screen.tell([f"{answers}: {tokens} · cost {cost}"])


# Sessions


def fork(chat: Dialogue, argument: str) -> None:
    chat.conversation.fork(argument or None)
    chat.screen.tell([f"going on in session {chat.conversation.label}"])


def name(chat: Dialogue, argument: str) -> None:
    if argument:
        chat.conversation.rename(argument)
    chat.screen.tell([chat.conversation.label])


def sessions(chat: Dialogue, argument: str) -> None:
    newest = islice(Store().summaries(), LISTED)
    lines = [
        f"{s.id}  {s.last_used}  {s.name or ''}{'  ' if s.name else ''}{s.title}" for s in newest
    ]
    chat.screen.tell(lines or ["no sessions"])


def resume(chat: Dialogue, argument: str) -> None:
    chat.resume(argument)
    last = chat.transcript.last_prompt()
    last_prompt = f", last prompt: {title_of(last['content'])}" if last else ""
    chat.screen.tell([f"session {chat.conversation.label}{last_prompt}"])
    if chat.edit:  # somebody sees it
        show_last_turn(chat)


def show_last_turn(chat: Dialogue) -> None:
    """Show what a session that is gone on with has said last."""
    turns = chat.transcript.turns()
    if turns:
        _, *records = to_markdown(chat.conversation.session, turns[-1])
        chat.screen.show_document("".join(records))


def history(chat: Dialogue, argument: str) -> None:
    chat.screen.show_document("".join(to_markdown(chat.conversation.session)))


def export(chat: Dialogue, argument: str) -> None:
    path = typed_path(argument)
    write_export(chat.conversation.session, path)
    chat.screen.tell([f"written: {inputfile.escaped(path)}"])


# The last answer


def show(chat: Dialogue, argument: str) -> None:
    chat.screen.show_answer(_answer(chat, argument))


def copy(chat: Dialogue, argument: str) -> None:
    chat.screen.copy(_answer(chat))


def save(chat: Dialogue, argument: str) -> None:
    path = typed_path(argument)
    write_new(path, [_answer(chat).removesuffix("\n") + "\n"])
    chat.screen.tell([f"written: {inputfile.escaped(path)}"])


def leave(chat: Dialogue, argument: str) -> None:
    chat.over = True


def _answer(chat: Dialogue, number: str = "") -> str:
    """The last answer, or the one of that number; raises UsageError where there is none."""
    answers = chat.answers
    if not answers:
        raise UsageError("there is no answer yet")
    if not number:
        return answers[-1]
    if number not in map(str, range(1, len(answers) + 1)):
        raise UsageError(f"/show takes a number from 1 to {len(answers)}, not {number}")
    return answers[int(number) - 1]


def _json(value: JSONValue) -> str:
    return json.dumps(value, ensure_ascii=False)


SLASH_COMMANDS = {
    "/help": SlashCommand("", "shows this", show_help),
    "/attach": SlashCommand("[SPEC]", "attaches a file, URL or file_… id", attach, "paths"),
    "/detach": SlashCommand("[NAME]", "attaches it no longer, or nothing", detach, "attached"),
    "/system": SlashCommand("[TEXT]", "shows or sets the system prompt; @FILE reads it", system),
    "/model": SlashCommand("[ID]", "shows or changes the model", model, "models"),
    "/set": SlashCommand("[PATH=TEXT]", "shows or sets parameters; PATH:=JSON", set_parameter),
    "/unset": SlashCommand("PATH", "sends that parameter no longer", unset_parameter),
    "/thinking": SlashCommand("[off|adaptive|N]", "whether, and how long, it thinks", thinking),
    "/effort": SlashCommand("[LEVEL]", "how hard it tries: low to max", effort),
    "/tools": SlashCommand("", "lists the tools of the conversation", tools),
    "/mcp": SlashCommand("[FILE|drop NAME]", "lists, starts or ends MCP servers", mcp, "paths"),
    "/undo": SlashCommand("", "goes back before the last turn", undo),
    "/retry": SlashCommand("", "asks the last prompt again", retry),
    "/edit": SlashCommand("[TEXT]", "asks TEXT for the last prompt, or edits it first", edit),
    "/fork": SlashCommand("[NAME]", "goes on in a new session", fork),
    "/name": SlashCommand("[NAME]", "shows the session's name, or names it", name),
    "/sessions": SlashCommand("", "lists the newest sessions", sessions),
    "/resume": SlashCommand("NAME_OR_ID", "goes on with another session", resume, "sessions"),
    "/history": SlashCommand("", "shows the conversation", history),
    "/show": SlashCommand("[N]", "prints the last answer as it came, or the Nth", show),
    "/copy": SlashCommand("", "puts the last answer on the clipboard", copy),
    "/save": SlashCommand("FILE", "writes the last answer into a new file", save, "paths"),
    "/usage": SlashCommand("", "tokens and cost so far", usage),
    "/count": SlashCommand("", "counts the tokens of the context", count),
    "/compact": SlashCommand("", "lets a summary stand for the older turns", compact),
    "/clear": SlashCommand("", "goes on with an empty context", clear),
    "/continue": SlashCommand("", "goes on with an answer that was cut", go_on),
    "/export": SlashCommand("FILE", "writes the conversation: .md, .html, .json", export, "paths"),
    "/quit": SlashCommand("", "leaves; so does Ctrl-D", leave),
}
"""In the order of the help."""
