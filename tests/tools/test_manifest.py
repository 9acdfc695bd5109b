"""Manifests: what goes to the API, what stays here, and what is refused with its place."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from claude_cli.errors import InputError, InputUnreadable
from claude_cli.tools.command import Command
from claude_cli.tools.manifest import load_manifest

SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}}
ADD: dict[str, Any] = {"name": "add", "description": "Adds.", "input_schema": SCHEMA}


def write(content: Any, name: str = "tools.json") -> Path:
    path = Path(name)
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def definitions(content: Any) -> list[dict[str, Any]]:
    return [tool.definition for tool in load_manifest(write(content))[0]]


def refusal(content: Any) -> str:
    with pytest.raises(InputError) as caught:
        load_manifest(write(content))
    return caught.value.message


def test_one_tool_a_list_and_the_key_tools_are_understood() -> None:
    assert definitions(ADD) == definitions([ADD]) == definitions({"tools": [ADD]}) == [ADD]


def test_toml_is_understood_with_one_tool_or_several() -> None:
    one = 'name = "add"\n[input_schema]\ntype = "object"\n'
    many = '[[tools]]\nname = "add"\ninput_schema = { type = "object" }\n'
    for text in (one, many):
        tools, _ = load_manifest(write(text, "tools.toml"))
        assert [t.definition for t in tools] == [
            {"name": "add", "input_schema": {"type": "object"}}
        ]


def test_local_keys_stay_here_and_nulls_are_left_out() -> None:
    local = {"command": ["cat", "-u"], "timeout": 2.5, "env": {"A": "b"}}
    path = write(ADD | local | {"strict": None, "cache_control": {"type": "ephemeral"}})
    [tool], _ = load_manifest(path)
    assert tool.definition == ADD | {"cache_control": {"type": "ephemeral"}}
    assert tool.runner == Command(("cat", "-u"), 2.5, {"A": "b"})


def test_a_call_has_sixty_seconds_unless_said_otherwise() -> None:
    [tool], _ = load_manifest(write(ADD | {"command": ["cat"]}))
    assert tool.runner == Command(("cat",), 60.0, {})


def test_a_tool_without_a_command_has_no_runner() -> None:
    assert load_manifest(write(ADD))[0][0].runner is None


def test_a_program_with_a_folder_is_found_beside_the_manifest(tmp_path: Path) -> None:
    (tmp_path / "kit").mkdir()
    script = tmp_path / "kit" / "add.sh"
    script.touch(mode=0o755)
    path = write(ADD | {"command": ["./add.sh", "./x"]}, str(tmp_path / "kit" / "tools.json"))
    [tool], notices = load_manifest(Path(os.path.relpath(path)))
    assert isinstance(tool.runner, Command)
    assert script.samefile(tool.runner.argv[0])
    assert tool.runner.argv[1] == "./x"
    assert notices == []


def test_a_missing_program_is_told_before_anything_is_sent() -> None:
    _, notices = load_manifest(write(ADD | {"command": ["no-such-program"]}))
    assert notices == ["tools.json: tool 1 (add): there is no program no-such-program"]


def test_a_program_is_looked_up_in_the_path_that_it_will_have() -> None:
    Path("bin").mkdir()
    Path("bin/ours").touch(mode=0o755)
    entry = ADD | {"command": ["ours"], "env": {"PATH": str(Path("bin").absolute())}}
    assert load_manifest(write(entry))[1] == []


def test_a_client_tool_of_the_api_gets_its_fixed_name_and_may_run_here() -> None:
    bash = {"type": "bash_20250124", "command": [sys.executable]}
    [tool], _ = load_manifest(write(bash))
    assert tool.definition == {"type": "bash_20250124", "name": "bash"}
    assert isinstance(tool.runner, Command)


def test_options_of_an_api_tool_are_kept() -> None:
    computer = {"type": "computer_20251124", "display_width_px": 800, "display_height_px": 600}
    assert definitions(computer) == [computer | {"name": "computer"}]


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (3, "tool 1 is not an object"),
        ([], "holds no tool"),
        ({}, "has no name"),
        ({"name": "add"}, "(add) has no input_schema"),
        (ADD | {"name": 3}, "name must be a string"),
        (ADD | {"description": ["x"]}, "description must be a string"),
        (ADD | {"strict": "yes"}, "strict must be true or false"),
        (ADD | {"input_schema": "object"}, "input_schema must be an object"),
        (ADD | {"input_schema": {"type": "int"}}, "input_schema is no JSON Schema"),
        (ADD | {"input_examples": {"a": 1}}, "input_examples must be a list"),
        (ADD | {"input_examples": [{"a": 1}, {"a": "x"}]}, "input example 2 does not fit"),
        (ADD | {"command": "cat x"}, "command must be a list"),
        (ADD | {"command": []}, "command must be a list"),
        (ADD | {"command": ["cat", 3]}, "command must be a list"),
        (ADD | {"command": ["cat\0"]}, "command must be a list"),
        (ADD | {"command": ["cat"], "timeout": 0}, "timeout must be"),
        (ADD | {"command": ["cat"], "timeout": True}, "timeout must be"),
        (ADD | {"command": ["cat"], "timeout": 10**400}, "timeout must be"),
        (ADD | {"command": ["cat"], "env": {"A": 1}}, "env must map"),
        (ADD | {"timeout": 3}, "no command"),
    ],
)
def test_what_is_malformed_is_told_with_file_tool_and_key(entry: Any, expected: str) -> None:
    message = refusal(entry)
    assert message.startswith("tools.json")
    assert expected in message


def test_the_second_tool_of_a_file_is_told_as_such() -> None:
    assert "tool 2 (sub) has no input_schema" in refusal([ADD, {"name": "sub"}])


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("t.json", '{"name": "add",\n  oops}', r"t\.json is not JSON: .*line 2"),
        ("t.toml", 'name = "add"\nname = 3 4\n', r"t\.toml: .*line 2"),
        ("t.json", "[" * 100_000, r"t\.json: nested deeper than 200 levels"),
        ("t.toml", f"a = {'[' * 300}{']' * 300}", r"t\.toml: nested deeper than 200 levels"),
        ("t.json", "9" * 5_000, r"t\.json is not JSON: "),
        ("t.json", "", r"t\.json is not JSON: .*line 1"),
    ],
)
def test_broken_syntax_is_told_with_its_line(name: str, text: str, expected: str) -> None:
    with pytest.raises(InputError, match=expected):
        load_manifest(write(text, name))


def test_bytes_that_are_no_utf8_are_refused() -> None:
    Path("t.json").write_bytes(b'{"name": "\xff"}')
    with pytest.raises(InputError, match="UTF-8"):
        load_manifest(Path("t.json"))


def test_a_byte_order_mark_is_dropped() -> None:
    Path("t.json").write_bytes(b"\xef\xbb\xbf" + json.dumps(ADD).encode())
    assert load_manifest(Path("t.json"))[0][0].name == "add"


def test_a_lone_surrogate_is_replaced() -> None:
    assert definitions(r'{"type": "bash_20250124", "x": "\ud800"}')[0]["x"] == "\ufffd"


def test_a_missing_file_and_a_named_pipe_cannot_be_read() -> None:
    os.mkfifo("pipe.json")
    for name in ("none.json", "pipe.json"):
        with pytest.raises(InputUnreadable, match=name):
            load_manifest(Path(name))
