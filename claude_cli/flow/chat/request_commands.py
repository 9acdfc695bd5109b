"""Slash commands that change what is sent: attachments, system prompt, model, parameters, tools."""

import json
from typing import get_args

from claude_cli.api.payload import secrets_in
from claude_cli.content.specs import parse_spec, typed_path, typed_specs
from claude_cli.errors import UsageError
from claude_cli.flow.chat.attached import listed
from claude_cli.flow.chat.dialogue import Dialogue, KeySet
from claude_cli.models.catalog import is_known, lines
from claude_cli.models.names import ModelNames
from claude_cli.types import JSONValue
from claude_cli.values.secrecy import without
from claude_cli.values.shown_url import shown_url

EFFORTS = ("low", "medium", "high", "xhigh", "max")


def attach(chat: Dialogue, argument: str) -> None:
    if argument:
        chat.attached.add(typed_specs(argument))
    _tell_attached(chat)


def paste(chat: Dialogue, argument: str) -> None:
    chat.attached.add([parse_spec("clip:")])
    _tell_attached(chat)


def detach(chat: Dialogue, argument: str) -> None:
    chat.attached.drop(argument)
    _tell_attached(chat)


def _tell_attached(chat: Dialogue) -> None:
    chat.screen.tell([f"with the next prompt: {listed(chat.attached.sources) or 'nothing'}"])


def system(chat: Dialogue, argument: str) -> None:
    if argument:
        chat.settings.set_system(argument)
    shown = chat.requests.parameters.get("system")
    text = shown if isinstance(shown, str) else _json(shown)
    chat.screen.tell(text.splitlines() if shown else ["no system prompt"])


def model(chat: Dialogue, argument: str) -> None:
    if argument:
        _check_model(argument, chat.settings.names)
        chat.settings.set(model=argument)
        chat.tell_refusals()
    chat.screen.tell([str(chat.requests.parameters["model"])])


def _check_model(name: str, names: ModelNames) -> None:
    """Raise UsageError for a word that is no alias and cannot be an id: ids have a digit."""
    known = name in names.own or is_known(names.resolve(name))
    if not known and not any(map(str.isdigit, name)):
        named = ", ".join([*lines(), *names.own])
        raise UsageError(f"{name} is no model", hint=f"an id, or one of {named}")


def set_parameter(chat: Dialogue, argument: str) -> None:
    name, _, word = argument.partition("=")
    if name == "keys":
        _set_keys(chat, word)
        return
    if argument:
        chat.settings.assign(argument)
        chat.tell_refusals()
    body = chat.requests.parameters
    path = argument.partition("=")[0].removesuffix(":")
    first = path.partition(".")[0]
    keys = [first] if first in body else sorted(body)
    secrets = secrets_in(body)
    chat.screen.tell(without(secrets, f"{key} = {_json(body[key])}") for key in keys)


def _set_keys(chat: Dialogue, word: str) -> None:
    known = {key: key for key in get_args(KeySet)}
    if word and word not in known:
        raise UsageError(f"keys must be one of {', '.join(known)}, not {word}")
    chat.keys = known.get(word, chat.keys)
    chat.screen.tell([f"keys = {_json(chat.keys)}"])


def unset_parameter(chat: Dialogue, argument: str) -> None:
    chat.requests.unset(argument)


def thinking(chat: Dialogue, argument: str) -> None:
    if argument:
        chat.settings.set(thinking=argument)
        chat.tell_refusals()
    chat.screen.tell([_json(chat.requests.parameters.get("thinking", "as the model likes"))])


def effort(chat: Dialogue, argument: str) -> None:
    if argument and argument not in EFFORTS:
        raise UsageError(f"/effort must be one of {', '.join(EFFORTS)}, not {argument}")
    if argument:
        chat.settings.set(effort=argument)
        chat.tell_refusals()
    config = chat.requests.parameters.get("output_config") or {}
    chat.screen.tell([str(config.get("effort", "as the model likes"))])


def tools(chat: Dialogue, argument: str) -> None:
    offered = chat.requests.parameters.get("tools") or []
    lines = [f"{tool.get('name', tool.get('type'))}  {_summary(tool)}" for tool in offered]
    chat.screen.tell(lines or ["no tools"])


def mcp(chat: Dialogue, argument: str) -> None:
    verb, _, name = argument.partition(" ")
    if verb == "drop" and name:
        chat.tools.end_server(name.strip())
    elif chat.tools.connectors.are_meant(argument):
        chat.tools.connectors.add(argument)
    elif argument:
        chat.tools.start_servers([typed_path(argument)])
    lines = [
        f"{one.entry.name}  {len(one.tools)} tools  {one.entry.shown}" for one in chat.tools.servers
    ]
    lines += [
        f"{one.name}  asked by the API  {shown_url(one.url)}" for one in chat.tools.connectors.all
    ]
    chat.screen.tell(lines or ["no MCP servers"])


def _summary(tool: dict[str, object]) -> str:
    description = str(tool.get("description") or tool.get("type") or "")
    return description.strip().partition("\n")[0]


def _json(value: JSONValue) -> str:
    return json.dumps(value, ensure_ascii=False)
