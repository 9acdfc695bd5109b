"""Python files as tools: what is described, what a call brings, and what the child survives."""

import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from claude_cli.child import environment
from claude_cli.errors import InputError
from claude_cli.tools.python_file import PythonFile
from claude_cli.tools.runner import run_calls
from claude_cli.tools.tool import Output, Status, ToolSpec
from tests.tools.calls import allow, call, is_gone, number_in

Load = Callable[..., list[ToolSpec]]


@pytest.fixture
def load() -> Iterator[Load]:
    """Writes a Python file and loads its tools; ends every child at the end."""
    files: list[PythonFile] = []

    def load_(source: str, timeout: float = 10.0) -> list[ToolSpec]:
        Path("kit.py").write_text(dedent(source))
        files.append(PythonFile(Path("kit.py"), timeout))
        return files[-1].load()[0]

    yield load_
    for file in files:
        file.close()


def notices(source: str) -> list[str]:
    Path("kit.py").write_text(dedent(source))
    file = PythonFile(Path("kit.py"))
    try:
        return file.load()[1]
    finally:
        file.close()


def run(tool: ToolSpec, **tool_input: Any) -> Output:
    assert tool.runner is not None
    return tool.runner.run(tool_input, threading.Event())


def properties(tool: ToolSpec) -> Any:
    return tool.definition["input_schema"]["properties"]


# What is described


def test_the_definition_comes_from_annotations_and_docstring(load: Load) -> None:
    [tool] = load(
        '''
        from __future__ import annotations
        import enum
        from dataclasses import dataclass
        from typing import Literal, NotRequired, Optional, TypedDict

        class Unit(enum.Enum):
            C = "celsius"
            F = "fahrenheit"

        @dataclass
        class Place:
            """A place on earth."""
            city: str
            country: str | None = None

        class Options(TypedDict):
            verbose: bool
            limit: NotRequired[int]

        def forecast(
            place: Place,
            unit: Unit = Unit.C,
            days: int = 1,
            style: Literal["short", "long"] = "short",
            names: list[str] = [],
            weights: Optional[dict[str, float]] = None,
            options: Options | None = None,
            *,
            exact: bool = False,
        ) -> str:
            """Tells the weather.

            Only for the next days.

            Args:
                place: where
                days: how many days,
                    from today

            Returns:
                words
            """
            return "rain"
        '''
    )
    schema = tool.definition.pop("input_schema")
    assert tool.definition == {
        "name": "forecast",
        "description": "Tells the weather.\n\nOnly for the next days.",
    }
    definitions = schema.pop("$defs")
    assert schema == {
        "type": "object",
        "additionalProperties": False,
        "required": ["place"],
        "properties": {
            "place": {"$ref": "#/$defs/Place", "description": "where"},
            "unit": {"$ref": "#/$defs/Unit", "default": "celsius"},
            "days": {
                "type": "integer",
                "default": 1,
                "description": "how many days,\nfrom today",
            },
            "style": {"type": "string", "enum": ["short", "long"], "default": "short"},
            "names": {"type": "array", "items": {"type": "string"}, "default": []},
            "weights": {
                "anyOf": [
                    {"type": "object", "additionalProperties": {"type": "number"}},
                    {"type": "null"},
                ],
                "default": None,
            },
            "options": {
                "anyOf": [{"$ref": "#/$defs/Options"}, {"type": "null"}],
                "default": None,
            },
            "exact": {"type": "boolean", "default": False},
        },
    }
    assert definitions["Unit"]["enum"] == ["celsius", "fahrenheit"]
    assert definitions["Place"]["description"] == "A place on earth."
    assert definitions["Place"]["required"] == ["city"]
    assert definitions["Options"]["required"] == ["verbose"]


@pytest.mark.parametrize(
    "docstring",
    [
        "Adds.\n\nArgs:\n    a: the first",
        "Adds.\n\n:param a: the first",
        "Adds.\n\nParameters\n----------\na : int\n    the first",
    ],
)
def test_parameters_are_documented_in_any_common_style(load: Load, docstring: str) -> None:
    [tool] = load(f"def add(a: int, b: int = 2): ...\nadd.__doc__ = {docstring!r}\n")
    assert tool.definition["description"] == "Adds."
    assert properties(tool)["a"] == {"type": "integer", "description": "the first"}
    assert properties(tool)["b"] == {"type": "integer", "default": 2}


def test_a_function_without_a_docstring_has_no_description(load: Load) -> None:
    [tool] = load("def add(a: int) -> int:\n    return a")
    assert "description" not in tool.definition


def test_only_the_files_own_public_functions_are_tools_in_their_order(load: Load) -> None:
    Path("beside.py").write_text("def imported(a: int) -> int: return a")
    tools = load(
        """
        from beside import imported
        def second(a: int) -> int: return a
        def first(a: int) -> int: return a
        def _hidden(a: int) -> int: return a
        class Thing: ...
        if __name__ == "__main__": raise SystemExit
        """
    )
    assert [tool.name for tool in tools] == ["second", "first"]


def test_all_names_the_tools_where_a_file_has_it(load: Load) -> None:
    tools = load("__all__ = ['b']\ndef a(n: int): ...\ndef b(n: int): ...")
    assert [tool.name for tool in tools] == ["b"]


def test_functions_that_cannot_be_described_are_told() -> None:
    problems = notices(
        """
        import socket
        def fine(a: int) -> int: return a
        def bare(a, b): "Has words, but no types."
        def positional(a: int, /): ...
        def several(*a: int): ...
        def odd(a: socket.socket): ...
        def lost(a: "Nowhere"): ...
        def main(): ...
        """
    )
    assert [notice.split()[1] for notice in problems] == [
        "bare", "positional", "several", "odd", "lost", "main",
    ]  # fmt: skip
    assert problems[0] == "kit.py: bare is no tool: parameter a has no annotation"


def test_what_a_function_returns_is_not_looked_at(load: Load) -> None:
    tools = load(
        """
        from __future__ import annotations
        import socket
        from typing import TYPE_CHECKING
        if TYPE_CHECKING:
            from nowhere import Report
        def report(a: int) -> Report: return {"a": a}
        def odd(a: int) -> socket.socket: return "odd"
        """
    )
    assert [run(tool, a=1).content for tool in tools] == ['{"a":1}', "odd"]


@pytest.mark.parametrize(
    "annotation",
    ["'int |'", "'1 / 0'", "3", "'list[Nowhere]'", "'Annotated[int'", "Nowhere", "int | 'Nowhere'"],
)
def test_a_bad_annotation_costs_its_function_alone(annotation: str) -> None:
    source = f"def bad(a: {annotation}) -> str: ...\ndef fine(a: int) -> str: ...\n"
    [problem] = notices(source)
    assert problem.startswith("kit.py: bad is no tool: ")


def test_an_annotation_may_name_what_the_file_defines_later(load: Load) -> None:
    [tool] = load(
        """
        def f(place: Place, *, unit: "Unit" = None) -> Nowhere: return f"{place.city} {unit}"
        from dataclasses import dataclass
        from typing import Literal
        Unit = Literal["C", "F"]
        @dataclass
        class Place:
            city: str
        """
    )
    assert run(tool, place={"city": "Tainan"}, unit="C") == Output("Tainan C")


@pytest.mark.parametrize("source", ["def weather(城市: str): ...", "def 天氣(city: str): ..."])
def test_a_name_that_the_api_refuses_costs_its_function_alone(source: str) -> None:
    [problem] = notices(f"{source}\ndef fine(a: int): ...\n")
    assert "is no tool: " in problem and "is not 1 to 64" in problem


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x = 1\n  y = 2\n", "kit.py: line 2: IndentationError"),
        ("import os\n\nraise ValueError('bad\\nday')\n", "kit.py: line 3: ValueError: bad"),
        ("import sys\nsys.exit(3)\n", "kit.py: line 2: SystemExit: 3"),
        ("import os\nos._exit(3)\n", "kit.py: exit status 3"),
        ("import nowhere_at_all\n", "No module named 'nowhere_at_all'"),
        ("x = 1\0\n", "kit.py: "),
        ("x = '\udcff'\n", "kit.py: "),
        ("", "kit.py has no public function with annotations"),
        ("def f(a): ...\n", "kit.py has no public function with annotations"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_with_its_line(source: str, expected: str) -> None:
    Path("kit.py").write_bytes(source.encode("utf-8", "surrogateescape"))
    with pytest.raises(InputError) as caught:
        PythonFile(Path("kit.py")).load()
    assert expected in caught.value.message
    assert "\n" not in caught.value.message


def test_an_import_that_never_ends_is_given_up() -> None:
    Path("kit.py").write_text(
        "import os, pathlib, time\n"
        "pathlib.Path('pid').write_text(f'{os.getpid()}\\n')\n"
        "time.sleep(60)\n"
    )
    with pytest.raises(InputError, match=r"not imported within 1 s"):
        PythonFile(Path("kit.py"), timeout=1.0).load()
    assert is_gone(number_in(Path("pid")))


def test_the_file_is_imported_elsewhere_and_leaves_nothing_beside_it(
    load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    Path("units_beside_kit.py").touch()
    load("import units_beside_kit\ndef f(a: int): ...")
    assert "units_beside_kit" not in sys.modules
    assert sorted(os.listdir()) == ["kit.py", "units_beside_kit.py"]


# What a call brings


def test_inputs_become_what_the_annotations_say(load: Load) -> None:
    [tool] = load(
        """
        import datetime, enum
        from dataclasses import dataclass
        class Unit(enum.Enum):
            C = "celsius"
        @dataclass
        class Place:
            city: str
        def show(place: Place, unit: Unit, day: datetime.date, n: float = 1) -> str:
            return f"{place.city} {unit.name} {day.year} {n}"
        """
    )
    shown = run(tool, place={"city": "Tainan"}, unit="celsius", day="2026-01-02")
    assert shown == Output("Tainan C 2026 1")


@pytest.mark.parametrize(
    ("expression", "content"),
    [
        ("'words\\n'", "words"),
        ("42", "42"),
        ("None", ""),
        ("[1, 'ü']", '[1,"ü"]'),
        ("{'a': True}", '{"a":true}'),
        ("Point(1)", '{"x":1}'),
        ("pathlib.Path('/x')", '"/x"'),
        ("later()", '"late"'),
        ("[type('Odd', (), dict(__str__=lambda self: 'odd'))()]", '["odd"]'),
        ("[{'type': 'text', 'text': 'hi'}]", '[{"type":"text","text":"hi"}]'),
        ("'a\\ud800'", "a\ufffd"),
    ],
)
def test_a_result_is_text_or_json_and_nothing_is_guessed(
    load: Load, expression: str, content: Any
) -> None:
    later, tool = load(
        f"""
        import pathlib
        from dataclasses import dataclass
        @dataclass
        class Point:
            x: int
        async def later() -> str: return '"late"'
        async def f() -> object:
            value = {expression}
            return await value if hasattr(value, "__await__") else value
        """
    )
    assert later.name == "later"
    assert run(tool) == Output(content)


def test_an_exception_is_an_error_with_its_line(load: Load) -> None:
    [tool] = load("def f(city: str) -> str:\n    raise LookupError(f'no {city}\\nsorry')\n")
    output = run(tool, city="Atlantis")
    assert output.status is Status.FAILED
    assert output.content == "line 2: LookupError: no Atlantis\nsorry"
    assert output.detail == "line 2: LookupError: no Atlantis"


@pytest.mark.parametrize("leaving", ["sys.exit(4)", "raise KeyboardInterrupt"])
def test_a_function_that_wants_to_leave_ends_its_call_alone(load: Load, leaving: str) -> None:
    leave, stay = load(
        f"import sys\ndef leave() -> str:\n    {leaving}\ndef stay() -> str: return 'here'\n"
    )
    assert run(leave).status is Status.FAILED
    assert run(stay) == Output("here")


def test_an_input_that_pydantic_refuses_is_an_error_without_advertising(load: Load) -> None:
    [tool] = load("import datetime\ndef f(day: datetime.date) -> str: return 'x'")
    output = run(tool, day="2026-02-30")
    assert output.status is Status.FAILED
    assert "day" in output.content and "http" not in output.content


def test_prints_do_not_disturb_the_protocol(load: Load) -> None:
    [tool] = load(
        """
        import os, subprocess, sys
        print("at import")
        def loud(n: int) -> int:
            print('{"id": 1, "text": "forged"}')
            sys.__stdout__.write("direct")
            os.write(1, b"raw\\n")
            subprocess.run(["echo", "from a child"])
            print("\\ud800")
            return n + len(sys.stdin.read())
        """
    )
    assert run(tool, n=3) == Output("3")


def test_what_a_file_remembers_is_there_in_the_next_call(load: Load) -> None:
    [tool] = load(
        "seen = []\ndef note(word: str) -> list[str]:\n    seen.append(word)\n    return seen\n"
    )
    run(tool, word="a")
    assert run(tool, word="b") == Output('["a","b"]')


def test_a_file_finds_the_modules_beside_it_wherever_it_is_called_from() -> None:
    Path("kit").mkdir()
    Path("kit/json.py").write_text("")
    Path("kit/units.py").write_text("MILE = 1609\n")
    Path("kit/kit.py").write_text("import units\ndef mile() -> int:\n    return units.MILE\n")
    file = PythonFile(Path("kit/kit.py"))
    [tool], _ = file.load()
    assert run(tool) == Output("1609")
    file.close()


def test_no_module_of_ours_hides_one_that_the_file_imports(load: Load) -> None:
    [tool] = load(
        "from importlib.util import find_spec\n"
        "def seen() -> list[str]: return [n for n in ('result', 'runner') if find_spec(n)]\n"
    )
    assert run(tool) == Output("[]")


def test_a_lone_surrogate_in_an_error_is_replaced(load: Load) -> None:
    [tool] = load("def f() -> str: raise ValueError('\\ud800')\n")
    assert run(tool).content == "line 1: ValueError: \ufffd"


def test_the_child_sees_no_key(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-canary")
    [tool] = load("import os\ndef env() -> dict[str, str]:\n    return dict(os.environ)\n")
    seen = run(tool).content
    assert "PATH" in seen and "canary" not in seen


def test_a_key_that_is_known_only_after_the_file_was_loaded_is_not_in_its_calls(
    load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "_in_force", set())
    monkeypatch.setenv("MY_GATEWAY", "canary-of-a-gateway")
    [tool] = load("import os\ndef env() -> dict[str, str]:\n    return dict(os.environ)\n")
    environment.keep_from_children(["canary-of-a-gateway"])
    seen = run(tool).content
    assert "PATH" in seen and "canary" not in seen


def test_calls_of_one_file_run_at_the_same_time(load: Load) -> None:
    tools = load(
        """
        import threading
        all_here = threading.Barrier(4, timeout=9)
        def meet(n: int) -> int:
            all_here.wait()
            return n
        """
    )
    outcomes = run_calls(tools, [call("meet", n, n=n) for n in range(4)], allow)
    assert [o.block["content"] for o in outcomes] == ["0", "1", "2", "3"]


def test_an_asynchronous_client_that_the_file_keeps_lives_on_from_call_to_call(load: Load) -> None:
    [tool] = load(
        """
        import asyncio
        reader = writer = server = None
        async def _echo(reader, writer):
            while line := await reader.readline():
                writer.write(line)
        async def ask(word: str) -> str:
            global reader, writer, server
            if writer is None:
                server = await asyncio.start_server(_echo, "127.0.0.1", 0)
                port = server.sockets[0].getsockname()[1]
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(f"{word}\\n".encode())
            return (await reader.readline()).decode()
        """
    )
    assert run(tool, word="one") == Output("one")
    assert run(tool, word="two") == Output("two")


def test_coroutines_run_at_the_same_time_and_one_that_leaves_does_not_end_the_others(
    load: Load,
) -> None:
    tools = load(
        """
        import asyncio, sys
        here = 0
        async def meet(n: int) -> int:
            global here
            here += 1
            while here < 3:
                await asyncio.sleep(0.01)
            if n == 1:
                sys.exit(3)
            return n
        """
    )
    outcomes = run_calls(tools, [call("meet", n, n=n) for n in range(3)], allow)
    assert [o.block["content"] for o in outcomes] == ["0", "line 10: SystemExit: 3", "2"]


@pytest.mark.parametrize("kind", ["def", "async def"])
def test_what_a_generator_yields_is_collected(load: Load, kind: str) -> None:
    [tool] = load(f"{kind} count(n: int):\n    for i in range(n):\n        yield {{'n': i}}\n")
    assert run(tool, n=2) == Output('[{"n":0},{"n":1}]')


def test_what_belongs_to_the_thread_of_the_import_works_in_call_after_call(load: Load) -> None:
    add, later, soon = load(
        """
        import asyncio, signal, sqlite3
        db = sqlite3.connect(":memory:")
        db.execute("create table words (word text)")
        signal.signal(signal.SIGTERM, lambda *_: None)
        def add(word: str) -> int:
            db.execute("insert into words values (?)", [word])
            signal.signal(signal.SIGALRM, signal.SIG_IGN)
            return db.execute("select count(*) from words").fetchone()[0]
        def later() -> str:
            return asyncio.run(asyncio.sleep(0, "slept"))
        async def soon() -> str:
            return await asyncio.sleep(0, "rested")
        """
    )
    assert [run(add, word=word).content for word in "abc"] == ["1", "2", "3"]
    assert run(soon) == Output("rested")
    assert run(later) == Output("slept")
    assert run(add, word="d") == Output("4")


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_a_pool_of_processes_finds_the_functions_of_the_file(load: Load, method: str) -> None:
    [_, tool] = load(
        f"""
        import multiprocessing
        from concurrent.futures import ProcessPoolExecutor
        def square(x: int) -> int: return x * x
        def squares(n: int) -> list[int]:
            print("said aloud")
            with ProcessPoolExecutor(1, multiprocessing.get_context({method!r})) as pool:
                return list(pool.map(square, range(n)))
        """,
        60.0,
    )
    assert run(tool, n=3) == Output("[0,1,4]")


# What the child does not survive


def test_a_crash_is_an_error_with_stderr_and_the_next_call_has_a_new_child(load: Load) -> None:
    crash, fine = load(
        """
        import os, sys
        def crash() -> str:
            print("farewell", file=sys.stderr, flush=True)
            os._exit(7)
        def fine() -> int:
            return os.getpid()
        """
    )
    first = run(fine).content
    output = run(crash)
    assert output.content == "the process of kit.py ended: exit status 7\nfarewell"
    assert output.detail == "the process of kit.py ended: exit status 7"
    assert run(fine).content != first


def test_a_timeout_ends_the_child_and_its_children_and_tells_the_other_calls(load: Load) -> None:
    tools = load(
        """
        import pathlib, subprocess, time
        def hang() -> str:
            child = subprocess.Popen(["sleep", "60"])
            print("waiting")
            pathlib.Path("pid").write_text(f"{child.pid}\\n")
            time.sleep(60)
        def late() -> str:
            time.sleep(0.25)
            time.sleep(60)
        def fine() -> str:
            return "fine"
        """,
        timeout=1.2,
    )
    hang, late, fine = tools
    stop = threading.Event()
    other: list[Output] = []
    assert late.runner and hang.runner

    def ask_later() -> None:
        time.sleep(0.3)
        assert late.runner
        other.append(late.runner.run({}, stop))

    thread = threading.Thread(target=ask_later)
    thread.start()
    output = hang.runner.run({}, stop)
    thread.join()
    said = "timed out after 1.2 s\nwaiting"
    assert output == Output(said, Status.TIMED_OUT, "timed out after 1.2 s")
    assert other[0].status is Status.FAILED
    assert "another call took too long" in other[0].detail
    assert is_gone(number_in(Path("pid")))
    assert run(fine) == Output("fine")


def test_a_result_that_is_too_large_is_an_error_and_a_long_text_is_cut(load: Load) -> None:
    [tool] = load("def f(n: int) -> str:\n    return 'x' * n\n")
    assert "larger than 16 MB" in run(tool, n=17 * 1024 * 1024).content
    assert "[cut: the first 262144 of 300000 bytes]" in run(tool, n=300_000).content


def test_garbage_on_the_protocols_own_pipe_ends_the_child(load: Load) -> None:
    garble, fine = load(
        """
        import os
        def garble() -> str:
            for fd in range(3, 20):
                try: os.write(fd, b"[garbage\\n")
                except OSError: pass
            return "never seen"
        def fine() -> str:
            return "fine"
        """
    )
    assert run(garble).detail == "the process of kit.py ended: it broke the protocol"
    assert run(fine) == Output("fine")


def test_a_file_that_broke_meanwhile_fails_the_call(load: Load) -> None:
    [tool] = load("import os\ndef crash() -> str:\n    os._exit(1)\n")
    run(tool)
    Path("kit.py").write_text("oops(")
    assert run(tool).content == "kit.py: line 1: SyntaxError: '(' was never closed"


@pytest.mark.skipif(sys.platform == "darwin", reason="file names are UTF-8 there")
def test_a_file_name_that_is_no_utf8_works() -> None:
    path = Path("kit\udcff.py")
    path.write_text("import os\ndef leave(n: int) -> int:\n    return n or os._exit(1)\n")
    file = PythonFile(path)
    [tool], _ = file.load()
    assert run(tool, n=3) == Output("3")
    assert run(tool, n=0).content == "the process of kit\\xff.py ended: exit status 1"
    file.close()


def test_closing_ends_the_child_after_its_clean_up() -> None:
    Path("kit.py").write_text(
        "import atexit, os, pathlib\n"
        "atexit.register(lambda: pathlib.Path('cleaned').touch())\n"
        "def pid() -> int:\n    return os.getpid()\n"
    )
    file = PythonFile(Path("kit.py"))
    [tool], _ = file.load()
    pid = json.loads(str(run(tool).content))
    file.close()
    assert is_gone(pid)
    assert Path("cleaned").exists()
    file.close()


def test_a_child_that_does_not_leave_is_ended(load: Load) -> None:
    Path("kit.py").write_text(
        "import os, threading, time\n"
        "threading.Thread(target=time.sleep, args=(60,)).start()\n"
        "def pid() -> int:\n    return os.getpid()\n"
    )
    file = PythonFile(Path("kit.py"))
    [tool], _ = file.load()
    pid = json.loads(str(run(tool).content))
    began = time.monotonic()
    file.close()
    assert is_gone(pid)
    assert time.monotonic() - began < 8
