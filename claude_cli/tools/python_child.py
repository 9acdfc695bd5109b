"""The child process of a Python tool file: describes its public functions, then calls them.

`python_file.py` runs it as a script and never imports it, so it imports nothing of claude-cli.
Requests come on stdin and replies go to stdout, each a JSON object on one line of ASCII:

    first reply   {"id": 0, "tools": [definition, ...], "notices": [text, ...]}
                  {"id": 0, "error": text}                           the file cannot be used
    request       {"id": n, "name": function, "input": {...}}
    its reply     {"id": n, "text": result}  or  {"id": n, "error": text}

Calls run at the same time, so replies come in any order. One that finds the main thread free runs
there, where the file was imported: what belongs to that thread, an SQLite connection say, works.
Coroutines share one event loop. What the file prints goes to stderr. Types, defaults and
conversions are pydantic's.

A process that `multiprocessing` starts runs this script again, as `__mp_main__`, and only has to
find the tool file. So what is heavy is imported late.
"""

from __future__ import annotations

import ast
import contextlib
import importlib.util
import inspect
import json
import os
import queue
import sys
import threading
import traceback
import typing
from collections.abc import Callable, Iterator
from importlib.abc import SourceLoader
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, BinaryIO, Final

if TYPE_CHECKING:
    import asyncio

MODULE: Final = "tool_file"
RESULT_LIMIT: Final = 16 * 1024 * 1024

Function = Callable[..., Any]


class ToolFileFinder:
    """Finds the tool file under its name here, also for processes that must import it anew."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        if name != MODULE:
            return None
        return importlib.util.spec_from_file_location(MODULE, loader=ToolFileLoader(sys.argv[0]))


class ToolFileLoader(SourceLoader):
    """Compiles the tool file so that a bad annotation costs its function and not the import.

    The annotations of its plain functions become texts, which pydantic reads later.
    """

    def __init__(self, path: str) -> None:
        self._path = path

    def get_filename(self, fullname: str) -> str:
        return self._path

    def get_data(self, path: str | bytes) -> bytes:
        return Path(os.fsdecode(path)).read_bytes()

    def source_to_code(self, data: Any, path: Any = "<tool file>") -> CodeType:  # type: ignore[override]
        tree = ast.parse(data, path)
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.decorator_list:
                for part in [node, *ast.walk(node.args)]:
                    quote_annotation(part, "returns" if part is node else "annotation")
        return compile(tree, path, "exec", dont_inherit=True)


def quote_annotation(node: ast.AST, field: str) -> None:
    found = getattr(node, field, None)
    if found is not None and not isinstance(found, ast.Constant):
        setattr(node, field, ast.copy_location(ast.Constant(ast.unparse(found)), found))


class Replies:
    """The pipe to the parent, one line at a time."""

    def __init__(self, pipe: BinaryIO) -> None:
        self._pipe = pipe
        self._lock = threading.Lock()

    def send(self, **reply: Any) -> None:
        line = json.dumps(reply).encode("ascii") + b"\n"
        if len(line) > RESULT_LIMIT:
            problem = f"the result is larger than {RESULT_LIMIT // 1024 // 1024} MB"
            line = json.dumps({"id": reply["id"], "error": problem}).encode("ascii") + b"\n"
        # A parent that went away ends this process; it needs no traceback.
        with self._lock, contextlib.suppress(OSError):
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
    calls = Calls(functions, replies, path)
    threading.Thread(target=calls.start_all, args=(requests,), daemon=True).start()
    calls.work_here()


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
        import typing_extensions

        # Before 3.12 pydantic reads no other TypedDict than this one.
        typing.TypedDict = typing_extensions.TypedDict
    sys.argv = [str(path)]
    sys.path.insert(0, str(path.parent))
    sys.meta_path.append(ToolFileFinder)
    return importlib.import_module(MODULE)


def describe(
    module: ModuleType,
) -> tuple[dict[str, Function], list[dict[str, Any]], list[str]]:
    """The functions that can be called, their definitions, and why others are no tools."""
    functions: dict[str, Function] = {}
    tools: list[dict[str, Any]] = []
    notices: list[str] = []
    import pydantic

    for name, function in public_functions(module):
        try:
            problem = unfit(function)
            if problem is None:
                # Nobody looks at what it returns; its type may be there for type checkers alone.
                function.__annotations__.pop("return", None)
                described = definition(name, function)
                functions[name] = pydantic.validate_call(function)
                tools.append(described)
        except Exception as error:  # an annotation may be any expression
            problem = str(error).partition("\n")[0] or type(error).__name__
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
    import pydantic
    from pydantic.json_schema import GenerateJsonSchema

    class UntitledSchema(GenerateJsonSchema):
        """Leaves out a title that only repeats a parameter's name: each costs tokens."""

        def field_title_should_be_set(self, schema: Any) -> bool:
            return False

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
    import docstring_parser

    try:
        parsed = docstring_parser.parse(text)
    except docstring_parser.ParseError:
        return text, {}
    parameters = {p.arg_name: p.description for p in parsed.params if p.description}
    return (parsed.description or "").strip(), parameters


class Calls:
    """Runs the calls: one in the main thread, what comes meanwhile in threads of its own."""

    def __init__(self, functions: dict[str, Function], replies: Replies, path: Path) -> None:
        self._functions = functions
        self._replies = replies
        self._path = path
        self._loop: asyncio.AbstractEventLoop | None = None
        self._starting = threading.Lock()
        self._is_free = threading.Semaphore()
        self._for_main: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()

    def start_all(self, requests: BinaryIO) -> None:
        """Starts every call that is asked for, until the parent asks for no more."""
        for line in requests:
            request = json.loads(line)
            waits = is_asynchronous(self._functions[request["name"]])
            if not waits and self._is_free.acquire(blocking=False):
                self._for_main.put(request)
            else:
                threading.Thread(target=self._answer, args=(request,), daemon=True).start()
        self._for_main.put(None)

    def work_here(self) -> None:
        """Runs the calls that are meant for the main thread."""
        while request := self._for_main.get():
            self._answer(request)

    def _answer(self, request: dict[str, Any]) -> None:
        """Makes one call and sends its reply, whatever the function does."""
        try:
            value = self._functions[request["name"]](**request["input"])
            if inspect.isawaitable(value) or inspect.isasyncgen(value):
                value = self._awaited(value)
            reply = {"text": text_of(value)}
        except BaseException as error:
            reply = {"error": reason(error, self._path)}
        if threading.current_thread() is threading.main_thread():
            self._is_free.release()
        self._replies.send(id=request["id"], **reply)

    def _awaited(self, value: Any) -> Any:
        """What a coroutine returns, or all that an asynchronous generator yields."""
        import asyncio

        with self._starting:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._loop.run_forever, daemon=True).start()
        result, error = asyncio.run_coroutine_threadsafe(settle(value), self._loop).result()
        if error is not None:
            raise error
        return result


async def settle(value: Any) -> tuple[Any, BaseException | None]:
    """What came of it. An exit that left a task would end the loop for all."""
    try:
        if inspect.isasyncgen(value):
            return [item async for item in value], None
        return await value, None
    except BaseException as error:
        return None, error


def is_asynchronous(function: Function) -> bool:
    plain = inspect.unwrap(function)
    return inspect.iscoroutinefunction(plain) or inspect.isasyncgenfunction(plain)


def text_of(value: Any) -> str:
    """A result as text: a string as it is, nothing for None, all else as JSON."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    import pydantic_core

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
elif __name__ == "__mp_main__":
    sys.meta_path.append(ToolFileFinder)
