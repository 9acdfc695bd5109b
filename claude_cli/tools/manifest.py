"""Manifests: `*.toml` or `*.json` files that declare tools, and how to run them here.

What comes through a pipe, without such a name, is JSON.

A file holds one tool, or several: a JSON list, or in both formats the key `tools`. The keys
`command`, `timeout` and `env` say how to run a tool here; every other key goes to the API as it
stands. A program's path with a folder in it is relative to the manifest, a bare name is looked up
in PATH.
"""

import os
import shutil
import threading
from pathlib import Path
from typing import Any

from claude_cli.disk import inputfile
from claude_cli.errors import InputError
from claude_cli.tools import input_check
from claude_cli.tools.api_types import fixed_name
from claude_cli.tools.command import Command
from claude_cli.tools.tool import DEFAULT_TIMEOUT, Definition, ToolSpec
from claude_cli.types import JSONValue
from claude_cli.values.documents import read_json, read_toml

_FILE_LIMIT = 4 * 1024 * 1024
_LOCAL_KEYS = ("command", "timeout", "env")

_KINDS = {
    "type": str,
    "name": str,
    "description": str,
    "input_schema": dict,
    "input_examples": list,
    "strict": bool,
}
_KIND_NAMES = {str: "a string", dict: "an object", list: "a list", bool: "true or false"}


def load_manifest(path: Path) -> tuple[list[ToolSpec], list[str]]:
    """The tools of a manifest, and notices for the user.

    Raises InputUnreadable, and InputError that names file, line or tool, and key.
    """
    tools: list[ToolSpec] = []
    notices: list[str] = []
    for number, entry in enumerate(_entries(path), start=1):
        where = f"{_shown(path)}: tool {number}"
        if not isinstance(entry, dict):
            raise InputError(f"{where} is not an object")
        if isinstance(entry.get("name"), str):
            where += f" ({entry['name']})"
        command = _command(entry, path.absolute().parent, where)
        if command and not shutil.which(command.argv[0], path=command.env.get("PATH")):
            notices.append(f"{where}: there is no program {command.argv[0]}")
        tools.append(ToolSpec(_definition(entry, where), command, str(path)))
    return tools, notices


def _entries(path: Path) -> list[JSONValue]:
    content = _parsed(path)
    if isinstance(content, dict) and "tools" in content:
        content = content["tools"]
    entries = content if isinstance(content, list) else [content]
    if not entries:
        raise InputError(f"{_shown(path)} holds no tool")
    return entries


def _parsed(path: Path) -> Any:
    text = inputfile.read_text(path, limit=_FILE_LIMIT)
    return (read_toml if path.suffix.lower() == ".toml" else read_json)(text, _shown(path))


def _shown(path: Path) -> str:
    return inputfile.escaped(str(path))


def _definition(entry: dict[str, Any], where: str) -> Definition:
    """What the API gets: the entry without our keys and without nulls, checked."""
    definition = {
        key: value for key, value in entry.items() if key not in _LOCAL_KEYS and value is not None
    }
    for key, kind in _KINDS.items():
        if key in definition and not isinstance(definition[key], kind):
            raise InputError(f"{where}: {key} must be {_KIND_NAMES[kind]}")
    type_ = definition.get("type", "custom")
    if type_ == "custom":
        _check_custom(definition, where)
    elif "name" not in definition and (name := fixed_name(type_)):
        definition["name"] = name
    return definition


def _check_custom(definition: Definition, where: str) -> None:
    for key in ("name", "input_schema"):
        if key not in definition:
            raise InputError(f"{where} has no {key}")
    schema = definition["input_schema"]
    if problem := input_check.schema_problem(schema):
        raise InputError(f"{where}: input_schema is no JSON Schema: {problem}")
    for number, example in enumerate(definition.get("input_examples", []), start=1):
        if problem := input_check.input_problem(example, schema):
            raise InputError(f"{where}: input example {number} does not fit the schema: {problem}")


def _command(entry: dict[str, Any], folder: Path, where: str) -> Command | None:
    argv, timeout, env = (entry.get(key) for key in _LOCAL_KEYS)
    if argv is None:
        if timeout is not None or env is not None:
            raise InputError(f"{where} has a timeout or env, but no command")
        return None
    if not _is_list_of_words(argv):
        raise InputError(f'{where}: command must be a list of strings, such as ["jq", ".name"]')
    if env is not None and not _is_environment(env):
        raise InputError(f"{where}: env must map names to strings")
    return Command(
        (_program(argv[0], folder), *argv[1:]),
        DEFAULT_TIMEOUT if timeout is None else _seconds(timeout, where),
        env or {},
    )


def _program(program: str, folder: Path) -> str:
    return str(folder / program) if os.path.dirname(program) else program


def _seconds(timeout: JSONValue, where: str) -> float:
    is_number = isinstance(timeout, int | float) and not isinstance(timeout, bool)
    if not is_number or not 0 < timeout < threading.TIMEOUT_MAX:
        raise InputError(f"{where}: timeout must be a number of seconds above 0")
    return float(timeout)


def _is_list_of_words(value: JSONValue) -> bool:
    if not isinstance(value, list) or not value or not value[0]:
        return False
    return all(isinstance(word, str) and "\0" not in word for word in value)


def _is_environment(value: JSONValue) -> bool:
    return isinstance(value, dict) and all(isinstance(word, str) for word in value.values())
