"""The child process of a Python tool file: describes its public functions, then calls them.

`python_file.py` runs it as a script and never imports it, so it imports nothing of claude-cli.
Requests come on stdin and replies go to stdout, each a JSON object on one line of ASCII:

    first reply   {"id": 0, "tools": [definition, ...], "notices": [text, ...]}
                  {"id": 0, "error": text}                           the file cannot be used
    request       {"id": n, "name": function, "input": {...}}
    its reply     {"id": n, "text": result}  or  {"id": n, "error": text}

Each call has a thread of its own, so replies come in any order. What the file prints goes to
stderr. Types, defaults and conversions are pydantic's.
"""

import importlib.util
import inspect
import json
import os
import sys
import threading
import traceback
import typing
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, BinaryIO, Final

import docstring_parser
import pydantic
import pydantic_core
import typing_extensions
from pydantic.json_schema import GenerateJsonSchema

MODULE: Final = "tool_file"
RESULT_LIMIT: Final = 16 * 1024 * 1024

Function = Callable[..., Any]


class UntitledSchema(GenerateJsonSchema):
    """Leaves out a title that only repeats a parameter's name: each costs tokens."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


class Replies:
    """The pipe to the parent, one line at a time."""

    def __init__(self, pipe: BinaryIO) -> None:
        self._pipe = pipe
        self._lock = threading.Lock()

    def send(self, **reply: Any) -> None:
        line = json.dumps(reply).encode("ascii") + b"\n"
        if len(line) > RESULT_LIMIT:
            told = f"the result is larger than {RESULT_LIMIT // 1024 // 1024} MB"
            line = json.dumps({"id": reply["id"], "error": told}).encode("ascii") + b"\n"
        with self._lock:
            self._pipe.write(line)
            self._pipe.flush()


def main() -> None:
    path = Path(sys.argv[1])
    requests, replies = take_pipes()
    try:
        module = load(path)
        functions, tools, notices = describe(module)
    except BaseException as error:  # a file may call sys.exit
        replies.send(id=0, error=reason(error, path))
        return
    replies.send(id=0, tools=tools, notices=notices)
    for line in requests:
        request = json.loads(line)
        function = functions[request["name"]]
        work = (function, request, replies, path)
        threading.Thread(target=answer, args=work, daemon=True).start()


def take_pipes() -> tuple[BinaryIO, Replies]:
    """Takes stdin and stdout for the protocol. The file sees an empty stdin, and prints to stderr,
    programs that it starts too."""
    requests, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return requests, Replies(replies)


def load(path: Path) -> ModuleType:
    """Imports the file as `python FILE` would, but for its name: modules beside it are found."""
    if sys.version_info < (3, 12):
        # Before 3.12 pydantic reads no other TypedDict than this one.
        typing.TypedDict = typing_extensions.TypedDict
    sys.argv = [str(path)]
    sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location(MODULE, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path.name} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[MODULE] = module
    spec.loader.exec_module(module)
    return module


def describe(
    module: ModuleType,
) -> tuple[dict[str, Function], list[dict[str, Any]], list[str]]:
    """The functions that can be called, their definitions, and why others are no tools."""
    functions: dict[str, Function] = {}
    tools: list[dict[str, Any]] = []
    notices: list[str] = []
    for name, function in public_functions(module):
        try:
            problem = unfit(function)
            if problem is None:
                functions[name] = pydantic.validate_call(function)
                tools.append(definition(name, function))
        except (pydantic.errors.PydanticUserError, NameError) as error:
            problem = str(error).partition("\n")[0]
        if problem:
            notices.append(f"{name} is no tool: {problem}")
    return functions, tools, notices


def public_functions(module: ModuleType) -> Iterator[tuple[str, FunctionType]]:
    """What `__all__` lists, else what the file itself defines without a leading underscore."""
    listed = getattr(module, "__all__", None)
    for name, value in vars(module).items():
        if not inspect.isfunction(value):
            continue
        own = value.__module__ == MODULE and not name.startswith("_")
        if name in listed if listed is not None else own:
            yield name, value


def unfit(function: FunctionType) -> str | None:
    """Why a function cannot be called with named arguments that are described."""
    parameters = inspect.signature(function).parameters.values()
    for parameter in parameters:
        if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.VAR_POSITIONAL):
            return f"parameter {parameter.name} has no name to a caller"
        if parameter.annotation is parameter.empty:
            return f"parameter {parameter.name} has no annotation"
    if not function.__doc__ and not function.__annotations__:
        return "it has neither annotations nor a docstring"
    return None


def definition(name: str, function: FunctionType) -> dict[str, Any]:
    """Name, description and input schema; the docstring describes function and parameters."""
    as_type: Any = function  # pydantic takes functions too; its annotations do not say so
    schema = pydantic.TypeAdapter(as_type).json_schema(schema_generator=UntitledSchema)
    description, parameters = read_docstring(inspect.getdoc(function) or "")
    for parameter, words in parameters.items():
        if parameter in schema["properties"]:
            schema["properties"][parameter].setdefault("description", words)
    found: dict[str, Any] = {"name": name}
    if description:
        found["description"] = description
    return found | {"input_schema": schema}


def read_docstring(text: str) -> tuple[str, dict[str, str]]:
    """What a docstring says of the function, and of each parameter."""
    try:
        parsed = docstring_parser.parse(text)
    except docstring_parser.ParseError:
        return text, {}
    parameters = {p.arg_name: p.description for p in parsed.params if p.description}
    return (parsed.description or "").strip(), parameters


def answer(function: Function, request: dict[str, Any], replies: Replies, path: Path) -> None:
    """Makes one call and sends its reply, whatever the function does."""
    try:
        value = function(**request["input"])
        if inspect.iscoroutine(value):
            import asyncio

            value = asyncio.run(value)
        replies.send(id=request["id"], text=text_of(value))
    except BaseException as error:
        replies.send(id=request["id"], error=reason(error, path))


def text_of(value: Any) -> str:
    """A result as text: a string as it is, nothing for None, all else as JSON."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return pydantic_core.to_json(value, serialize_unknown=True).decode()


def reason(error: BaseException, path: Path) -> str:
    """An exception in a line or two, with the line of the file that it came from."""
    if isinstance(error, SyntaxError):
        return f"line {error.lineno}: {type(error).__name__}: {error.msg}"
    words = "".join(traceback.format_exception_only(error)).strip()
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == str(path)]
    return f"line {lines[-1]}: {words}" if lines else words


if __name__ == "__main__":
    main()
