"""Every command of the program as Typer knows it: what help and documents are checked against."""

from functools import cache
from importlib import import_module
from typing import Any

from claude_cli.app import COMMANDS, build_command


@cache
def every_command() -> dict[str, Any]:
    """`ask`, `batch run` and so on → the command, in the order of the help."""
    found: dict[str, Any] = {}
    for name in COMMANDS:
        command = build(name)
        inner = getattr(command, "commands", None)
        found |= {f"{name} {part}": inner[part] for part in inner} if inner else {name: command}
    return found


def build(name: str) -> Any:
    module, _, attribute = COMMANDS[name].partition(":")
    return build_command(name, getattr(import_module(module), attribute))


def flags_of(command: Any) -> list[Any]:
    """Its flags, without those for its help."""
    return [p for p in command.params if is_flag(p) and not {"-h", "--help"} & {*p.opts}]


def arguments_of(command: Any) -> list[Any]:
    return [param for param in command.params if not is_flag(param)]


def is_flag(param: Any) -> bool:
    return bool(param.param_type_name == "option")


def spelled(param: Any) -> str:
    """Its longest name."""
    return str(max(param.opts, key=len))
