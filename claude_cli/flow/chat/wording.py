"""Flags that a message names, as what a chat has for them: slash commands. Pure.

The flags' own marks tell. What only the command line can say stays a flag, and so does what stands
in a whole command line, from `claude-cli` to the next comma.
"""

import re

from claude_cli.commandline.flags.asked import Asked
from claude_cli.commandline.flags.marks import Body, InChat, flags_of, marks_of, names_of


def in_chat(text: str) -> str:
    """`use --effort low` → `use /effort low`, `--max-tokens 9` → `/set max_tokens=9`, `leave
    --schema out` → `/unset output_config.format`."""
    return _NAMED.sub(_translated, text)


def _translated(found: re.Match[str]) -> str:
    left_out, flag, value = found["left_out"], found["flag"], found["value"]
    if left_out:
        return f"/unset {_PLACES[left_out]}"
    if flag not in _COMMANDS:
        return found[0]
    command = _COMMANDS[flag]
    between = "=" if command.startswith("/set ") else " "
    return f"{command}{between}{value}" if value else command


def _read_marks() -> tuple[dict[str, str], dict[str, str]]:
    """Option → slash command, and option → place in the body."""
    commands, places = {}, {}
    for field in flags_of(Asked):
        marks, names = marks_of(field.type), names_of(field.type)
        own = [mark.command for mark in marks if isinstance(mark, InChat)]
        for place in [mark.place for mark in marks if isinstance(mark, Body)]:
            places.update(dict.fromkeys(names, place))
            own.append(f"/set {place}")
        if own:
            commands.update(dict.fromkeys(names, own[0]))
    return commands, places


_COMMANDS, _PLACES = _read_marks()
_NAMED = re.compile(
    r"claude-cli [^,;]*"
    rf"|\bleave (?P<left_out>{'|'.join(_PLACES)}) out\b"
    r"|(?<!\S)(?P<flag>--?[a-zA-Z][\w-]*)(?:[ =](?P<value>(?<==)\S+|\d+\b|[A-Z]+\b))?"
)
