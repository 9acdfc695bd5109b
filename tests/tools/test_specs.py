"""What `-T SPEC` can be, over all kinds of it."""

import json
import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from claude_cli.errors import InputError, InputUnreadable, UsageError
from claude_cli.tools.specs import Toolbox, load_tools
from tests.tools.calls import is_gone, number_in

SERVER_TOOLS: dict[str, dict[str, Any]] = {
    "web_search": {"type": "web_search_20260318", "allowed_callers": ["direct"]},
    "code_execution": {"type": "code_execution_20260521"},
}
ADD = {"name": "add", "description": "Adds.", "input_schema": {"type": "object"}}


def load(*specs: str) -> Toolbox:
    return load_tools(specs, SERVER_TOOLS)


def manifest(name: str, *tools: dict[str, Any]) -> str:
    Path(name).write_text(json.dumps(tools))
    return name


def test_a_server_tool_by_name_is_what_the_caller_knows_of_it() -> None:
    box = load("web_search", "code_execution")
    assert box.definitions == [
        {
            "type": "web_search_20260318",
            "name": "web_search",
            "allowed_callers": ["direct"],
        },
        {"type": "code_execution_20260521", "name": "code_execution"},
    ]
    assert not box.can_run("web_search")
    assert box.notices == ()


def test_options_are_laid_over_a_server_tool() -> None:
    [definition] = load(
        'web_search:{"max_uses": 3, "allowed_domains": ["a.py", "b.json"]}'
    ).definitions
    assert definition["max_uses"] == 3
    assert definition["type"] == "web_search_20260318"


def test_a_dated_type_stands_as_it_is() -> None:
    box = load("web_search_20250305", 'web_fetch_20250910:{"max_uses": 1}', "bash_20250124")
    assert box.definitions == [
        {"type": "web_search_20250305", "name": "web_search"},
        {"type": "web_fetch_20250910", "name": "web_fetch", "max_uses": 1},
        {"type": "bash_20250124", "name": "bash"},
    ]


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX pipes")
def test_a_manifest_may_come_through_a_pipe_as_json() -> None:
    reader, writer = os.pipe()
    os.set_inheritable(reader, True)
    os.write(writer, json.dumps([ADD]).encode())
    os.close(writer)
    assert load(f"/dev/fd/{reader}").definitions == [ADD]
    os.close(reader)


def test_options_that_are_not_utf8_are_refused() -> None:
    with pytest.raises(InputError, match=r"--tool is not UTF-8 text: byte 0xff at offset 7"):
        load('web_search:{"x": "\udcff"}')


def test_a_toolset_gets_no_name() -> None:
    assert load("browser_toolset_20260801").definitions == [{"type": "browser_toolset_20260801"}]


@pytest.mark.parametrize(
    "spec", ["", "web_serach", "tools.yaml", "web_search:3", "./tools", "web_search:", "a b"]
)
def test_an_unknown_spec_is_refused_with_what_would_work(spec: str) -> None:
    with pytest.raises(UsageError, match=f"no such tool: {spec or 'an empty name'}$") as caught:
        load(spec)
    hint = caught.value.hint or ""
    assert all(word in hint for word in ("web_search, code_execution", ".toml", ".py", "_20250305"))


def test_broken_options_are_refused() -> None:
    with pytest.raises(UsageError, match="no JSON object"):
        load('web_search:{"max_uses": }')


def test_a_name_may_be_taken_once_over_all_specs() -> None:
    with pytest.raises(UsageError, match=r"two tools are called add: in a\.json and b\.json"):
        load(manifest("a.json", ADD), manifest("b.json", ADD))
    with pytest.raises(UsageError, match="web_search"):
        load("web_search", "web_search_20250305")


@pytest.mark.parametrize("name", ["", "a b", "größe", "a" * 65, "a.b", "add\n"])
def test_a_name_that_the_api_refuses_is_refused_here(name: str) -> None:
    with pytest.raises(UsageError, match="tool name"):
        load(manifest("a.json", ADD | {"name": name}))


def test_a_missing_description_is_told_and_the_key_left_out() -> None:
    box = load(manifest("a.json", {"name": "add", "input_schema": {"type": "object"}}))
    assert box.notices == ("tool add has no description: the model can only guess what it does",)
    assert "description" not in box.definitions[0]


def test_python_and_manifest_tools_can_run_here() -> None:
    Path("calc.py").write_text('def double(n: int) -> int:\n    "Doubles."\n    return 2 * n\n')
    with closing(load("calc.py", manifest("a.json", ADD | {"command": ["cat"]}))) as box:
        assert [tool.name for tool in box.tools] == ["double", "add"]
        assert box.can_run("double") and box.can_run("add")
        assert not box.can_run("missing")


def test_files_that_are_missing_are_unreadable() -> None:
    for name in ("none.json", "none.toml", "none.py"):
        with pytest.raises(InputUnreadable, match=name):
            load(name)


def test_a_failure_ends_the_processes_of_the_files_before_it() -> None:
    Path("calc.py").write_text(
        "import os, pathlib\n"
        "pathlib.Path('pid').write_text(f'{os.getpid()}\\n')\n"
        "def double(n: int) -> int:\n    return 2 * n\n"
    )
    with pytest.raises(UsageError):
        load("calc.py", "nonsense")
    assert is_gone(number_in(Path("pid")))


def test_server_tools_alone_load_no_schema_library_and_start_nothing() -> None:
    code = (
        "import sys; from claude_cli.tools.specs import load_tools\n"
        "load_tools(['web_search_20250305'], {})\n"
        "print(*sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"jsonschema", "pydantic", "subprocess", "tomllib"} & set(ran.stdout.split())


def test_the_process_of_a_python_file_is_gone_once_the_tools_are_closed() -> None:
    pid = f"open({str(Path('pid').absolute())!r}, 'w').write(f'{{os.getpid()}}\\n')"
    Path("tools.py").write_text(f"import os\n{pid}\ndef add(a: int) -> int:\n    'Adds.'\n")
    box = load("tools.py")
    child = number_in(Path("pid"))
    assert not is_gone(child, seconds=0.05)
    box.close()
    assert is_gone(child)
