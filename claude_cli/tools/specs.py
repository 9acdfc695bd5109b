"""From `-T SPEC` to tools: server tools by name, types of the API, manifests, Python files.

What may be read or started here is what the user named. Which dated type a model takes for a
server tool is the caller's knowledge, handed in as a mapping.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from claude_cli.disk import inputfile
from claude_cli.errors import UsageError
from claude_cli.tools.api_types import fixed_name, is_dated
from claude_cli.tools.input_check import name_problem
from claude_cli.tools.tool import Definition, ToolSpec
from claude_cli.types import JSONValue
from claude_cli.values.strict_json import parse_json

ServerTools: TypeAlias = Mapping[str, Mapping[str, JSONValue]]
"""Name of a server tool → the fields to send for it on this model, at least `type`, such as
`{"web_search": {"type": "web_search_20260209", "allowed_callers": ["direct"]}}`."""

Loaded: TypeAlias = tuple[list[ToolSpec], list[str]]
"""Tools, and notices for the user."""

_WITH_OPTIONS = re.compile(r"(?P<word>\w+)(?::(?P<options>\{.*))?", re.DOTALL)


class Others(Protocol):
    """Tools from elsewhere, which may change while we run."""

    @property
    def tools(self) -> Sequence[ToolSpec]: ...


class Toolbox:
    """All tools of one run. Close it: Python files have a process."""

    def __init__(
        self,
        tools: Sequence[ToolSpec],
        notices: Sequence[str],
        open_: ExitStack,
        others: Callable[[], Others | None],
    ) -> None:
        self.notices = tuple(notices)
        self._own = {tool.name for tool in tools}
        self._tools = tuple(tools)
        self._others = others
        self._open = open_

    @property
    def tools(self) -> tuple[ToolSpec, ...]:
        """Those that were named, then the others; of two with one name the one that was named."""
        others = self._others()
        more = others.tools if others else ()
        return (*self._tools, *(tool for tool in more if tool.name not in self._own))

    @property
    def definitions(self) -> list[Definition]:
        """The `tools` of a request."""
        return [tool.definition for tool in self.tools]

    def can_run(self, name: str) -> bool:
        """Is this a tool that runs on this machine?"""
        return any(tool.name == name and tool.runner is not None for tool in self.tools)

    def close(self) -> None:
        self._open.close()


def load_tools(
    specs: Iterable[str],
    server_tools: ServerTools,
    others: Callable[[], Others | None] = lambda: None,
) -> Toolbox:
    """Reads every SPEC, in order; `others` are offered beside what they name.

    Raises UsageError (a spec that names nothing, a name that is malformed or taken),
    InputUnreadable and InputError (a file that cannot be read, or is malformed).
    """
    tools: list[ToolSpec] = []
    notices: list[str] = []
    with ExitStack() as open_:
        for spec in specs:
            loaded, problems = _load(spec, server_tools, open_)
            tools += loaded
            notices += problems
        _check_names(tools)
        notices += [
            f"tool {tool.name} has no description: the model can only guess what it does"
            for tool in tools
            if "input_schema" in tool.definition and not tool.definition.get("description")
        ]
        return Toolbox(tools, notices, open_.pop_all(), others)


def _load(spec: str, server_tools: ServerTools, open_: ExitStack) -> Loaded:
    path = Path(spec)
    suffix = path.suffix.lower()
    if suffix in (".toml", ".json") or inputfile.is_passed_pipe(spec):
        from claude_cli.tools.manifest import load_manifest

        return load_manifest(path)
    if suffix == ".py":
        from claude_cli.tools.python_file import PythonFile

        file = PythonFile(path)
        open_.callback(file.close)
        return file.load()
    return [_api_tool(spec, server_tools)], []


def _api_tool(spec: str, server_tools: ServerTools) -> ToolSpec:
    named = _WITH_OPTIONS.fullmatch(spec)
    word = named["word"] if named else ""
    fields: Mapping[str, JSONValue]
    if word in server_tools:
        fields = server_tools[word]
    elif is_dated(word):
        fields = {"type": word}
    else:
        raise _unknown(spec, server_tools)
    definition = dict(fields)
    if name := fixed_name(str(fields["type"])):
        definition = {"type": fields["type"], "name": name} | definition
    options = named["options"] if named else None
    return ToolSpec(definition | _options(spec, options), None, spec)


def _options(spec: str, text: str | None) -> dict[str, Any]:
    if text is None:
        return {}
    try:
        options = parse_json(inputfile.argument_text(text, "--tool"))
    except ValueError as error:
        raise UsageError(f"the options of tool {spec} are no JSON object: {error}") from error
    return dict(options)


def _unknown(spec: str, server_tools: ServerTools) -> UsageError:
    names = ", ".join(server_tools) or "none on this model"
    return UsageError(
        f"no such tool: {spec or 'an empty name'}",
        hint=f"give a server tool ({names}), a type such as web_search_20250305, "
        "or a file that ends in .toml, .json or .py",
    )


def _check_names(tools: Sequence[ToolSpec]) -> None:
    origins: dict[str, str] = {}
    for tool in tools:
        if (name := tool.name) is None:
            continue
        if problem := name_problem(str(name)):
            raise UsageError(f"{tool.origin}: tool name {problem}")
        if name in origins:
            raise UsageError(f"two tools are called {name}: in {origins[name]} and {tool.origin}")
        origins[name] = tool.origin
