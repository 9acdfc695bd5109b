"""Flags → request body, through `ask --dry-run`: one table, and the official SDK's word on each."""

import json
import subprocess
import sys
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from claude_cli.commandline.flags.question import ToolFlags
from claude_cli.commandline.flags.request import RequestFlags
from claude_cli.simulator.server.server import Simulator
from tests.conftest import Run
from tests.content.samples import PNG, pdf_of

TEXT = {"type": "text", "text": "hi"}
SCHEMA = {
    "type": "object",
    "properties": {"a": {"type": "integer"}},
    "required": ["a"],
    "additionalProperties": False,
}
LIST = {
    "type": "object",
    "properties": {"items": {"type": "array", "items": SCHEMA}},
    "required": ["items"],
    "additionalProperties": False,
}
ADD = {"name": "add", "description": "Add.", "input_schema": SCHEMA, "strict": True}
PDF = pdf_of(2)


def user(*content: Any) -> list[Any]:
    return [{"role": "user", "content": list(content)}]


def base64(media_type: str, data: bytes) -> dict[str, str]:
    return {"type": "base64", "media_type": media_type, "data": b64encode(data).decode()}


TABLE: list[tuple[list[str], dict[str, Any]]] = [
    ([], {"model": "claude-sonnet-4-6", "max_tokens": 8192, "stream": True}),
    (["-m", "claude-opus-4-5"], {"model": "claude-opus-4-5"}),
    (["--model", "made-up-model"], {"model": "made-up-model"}),
    (["--max-tokens", "7"], {"max_tokens": 7}),
    (["--temperature", "0"], {"temperature": 0.0}),
    (["--top-p", "0.9"], {"top_p": 0.9}),
    (["--top-k", "5"], {"top_k": 5}),
    (["--stop", "END", "--stop", "雪"], {"stop_sequences": ["END", "雪"]}),
    (["--thinking", "off"], {"thinking": {"type": "disabled"}}),
    (["--thinking", "adaptive"], {"thinking": {"type": "adaptive"}, "max_tokens": 16000}),
    (["--thinking", "adaptive", "--show-thinking"],
     {"thinking": {"type": "adaptive", "display": "summarized"}}),
    (["--thinking", "4096"],
     {"thinking": {"type": "enabled", "budget_tokens": 4096}, "max_tokens": 12288}),
    *((["--effort", level], {"output_config": {"effort": level}})
      for level in ("low", "medium", "high", "xhigh", "max")),
    (["--schema", json.dumps(SCHEMA)],
     {"output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}}),
    (["--schema", "schema.json", "--effort", "low"],
     {"output_config": {"effort": "low", "format": {"type": "json_schema", "schema": SCHEMA}}}),
    (["--schema-list", json.dumps(SCHEMA)],
     {"output_config": {"format": {"type": "json_schema", "schema": LIST}}}),
    (["-T", "add.json"], {"tools": [ADD]}),
    (["-T", "web_search_20250305"],
     {"tools": [{"type": "web_search_20250305", "name": "web_search"}]}),
    (["-T", 'web_search_20250305:{"max_uses": 3, "allowed_domains": ["example.com"]}'],
     {"tools": [{"type": "web_search_20250305", "name": "web_search", "max_uses": 3,
                 "allowed_domains": ["example.com"]}]}),
    (["-T", "bash_20250124", "-T", "text_editor_20250728", "-T", "memory_20250818"],
     {"tools": [{"type": "bash_20250124", "name": "bash"},
                {"type": "text_editor_20250728", "name": "str_replace_based_edit_tool"},
                {"type": "memory_20250818", "name": "memory"}]}),
    (["-T", "add.json", "--tool-choice", "auto"], {"tool_choice": {"type": "auto"}}),
    (["-T", "add.json", "--tool-choice", "any"], {"tool_choice": {"type": "any"}}),
    (["-T", "add.json", "--tool-choice", "none"], {"tool_choice": {"type": "none"}}),
    (["-T", "add.json", "--tool-choice", "add"], {"tool_choice": {"type": "tool", "name": "add"}}),
    (["-T", "add.json", "--no-parallel-tools"],
     {"tool_choice": {"type": "auto", "disable_parallel_tool_use": True}}),
    (["-T", "add.json", "--no-parallel-tools", "--tool-choice", "add"],
     {"tool_choice": {"type": "tool", "name": "add", "disable_parallel_tool_use": True}}),
    (["-T", "add.json", "--no-parallel-tools", "--tool-choice", "none"],
     {"tool_choice": {"type": "none"}}),
    (
        ["--skill", "pdf@20251013"],
        {
            "container": {
                "skills": [{"type": "anthropic", "skill_id": "pdf", "version": "20251013"}]
            },
            "tools": [{"type": "code_execution_20260521", "name": "code_execution"}],
        },
    ),
    (["--cache", "off"], {}),
    (["--cache", "5m"], {"cache_control": {"type": "ephemeral"}}),
    (["--cache", "1h"], {"cache_control": {"type": "ephemeral", "ttl": "1h"}}),
    (["--service-tier", "auto"], {"service_tier": "auto"}),
    (["--service-tier", "standard_only"], {"service_tier": "standard_only"}),
    (["--user-id", "u-1"], {"metadata": {"user_id": "u-1"}}),
    (["--no-stream"], {"stream": False}),
    (["-s", "be brief"], {"system": "be brief"}),
    (["-s", "@role.txt"], {"system": "from a file\n"}),
    (["-s", "@@home"], {"system": "@home"}),
    (["--prefill", "The"], {"messages": [*user(TEXT), {"role": "assistant", "content": "The"}]}),
    (["-o", "metadata.user_id=7"], {"metadata": {"user_id": "7"}}),
    (["-o", "top_k:=7", "--top-k", "5"], {"top_k": 7}),
    (["-o", 'system:=[{"type":"text","text":"be kind"}]',
      "-o", "system.0.cache_control.type=ephemeral"],
     {"system": [{"type": "text", "text": "be kind", "cache_control": {"type": "ephemeral"}}]}),
    (["-o", "container=container_1"], {"container": "container_1"}),
    (["-o", "inference_geo=us"], {"inference_geo": "us"}),
    (["-a", "https://example.com/a.png"],
     {"messages": user({"type": "image",
                        "source": {"type": "url", "url": "https://example.com/a.png"}}, TEXT)}),
    (["-a", "https://example.com/a.pdf"],
     {"messages": user({"type": "document",
                        "source": {"type": "url", "url": "https://example.com/a.pdf"}}, TEXT)}),
    (["-a", "pixel.png"],
     {"messages": user({"type": "image", "source": base64("image/png", PNG)}, TEXT)}),
    # What does not reach the body.
    (["--max-turns", "3", "--approve", "always"], {}),
    (["--beta", "files-api-2025-04-14", "-H", "X-A: b"], {}),
    (["--timeout", "3", "--max-time", "9", "--retries", "0", "--api-version", "2026-10-21"], {}),
    (["--format", "json", "-u", "-v", "--allow-truncated", "--no-ledger", "-n"], {}),
]  # fmt: skip

BARE = {
    "model": "claude-sonnet-4-6",
    "max_tokens": 8192,
    "messages": user(TEXT),
    "stream": True,
}


def write_files() -> None:
    Path("schema.json").write_text(json.dumps(SCHEMA))
    Path("add.json").write_text(json.dumps({**ADD, "command": ["cat"], "timeout": 3}))
    Path("role.txt").write_text("from a file\n")
    Path("pixel.png").write_bytes(PNG)


def body_of(run: Run, flags: list[str]) -> dict[str, Any]:
    write_files()
    ran = run("ask", "--dry-run", *flags, "hi")
    assert ran.code == 0, ran.stderr
    body: dict[str, Any] = ran.json
    return body


EVERY_ROW = pytest.mark.parametrize(
    ("flags", "expected"), TABLE, ids=[" ".join(flags) or "nothing" for flags, _ in TABLE]
)


@EVERY_ROW
def test_each_flag_sets_its_part_of_the_body_and_nothing_else(
    run: Run, flags: list[str], expected: dict[str, Any]
) -> None:
    body = body_of(run, flags)
    assert {key: body[key] for key in expected} == expected
    also = {"tools"} if "-T" in flags else {"max_tokens"} if "--thinking" in flags else set()
    rest = {key for key in body if body[key] != BARE.get(key)} - expected.keys()
    assert rest <= also


def test_every_request_flag_is_in_the_table(run: Run) -> None:
    names = {*RequestFlags._fields, *ToolFlags._fields}
    typed = {word.removeprefix("--").replace("-", "_") for flags, _ in TABLE for word in flags}
    sets_nothing = {"given", "strict_model", "param", "tool", "fallback", "fit"}
    assert names - typed <= sets_nothing


@pytest.mark.parametrize(
    ("flags", "code"),
    [
        (["--temperature", "1.5"], 2),
        (["--top-p", "-1"], 2),
        (["--top-k", "x"], 2),
        (["--max-tokens", "-1"], 2),
        (["--thinking", "12"], 2),
        (["--thinking", "much"], 2),
        (["--thinking", "4096", "--max-tokens", "4096"], 2),
        (["--effort", "huge"], 2),
        (["--cache", "2h"], 2),
        (["--service-tier", "priority"], 2),
        (["--prefill", "The "], 2),
        (["-o", "nothing"], 2),
        (["-o", "a:={"], 2),
        (["-o", "messages.7.role=user"], 2),
        (["--schema", "{"], 65),
        (["-s", "@missing.txt"], 66),
        (["--strict-model", "-m", "claude-opus-5", "--temperature", "0.5"], 65),
        (["--strict-model", "--prefill", "The"], 65),
    ],
)
def test_what_cannot_be_meant_is_refused_with_one_line(
    run: Run, flags: list[str], code: int
) -> None:
    ran = run("ask", "--dry-run", *flags, "hi")
    assert (ran.code, ran.stdout) == (code, b"")
    assert ran.stderr.startswith("error: ")


# Attachments at the level of the command.


def test_picture_document_text_and_stdin_are_blocks_in_order_byte_for_byte(run: Run) -> None:
    Path("pixel.png").write_bytes(PNG)
    Path("paper.pdf").write_bytes(PDF)
    Path("notes.txt").write_bytes("\ufeffline 1\r\n雪\u2028\n".encode())
    flags = ["-a", "pixel.png", "-a", "paper.pdf", "-a", "notes.txt", "--dry-run"]
    (message,) = run("ask", *flags, "what", "is it", stdin=b"piped \xc3\xa9\r\n").json["messages"]
    image, document, notes, piped, prompt = message["content"]
    assert image == {"type": "image", "source": base64("image/png", PNG)}
    assert document["source"] == base64("application/pdf", PDF)
    assert notes["source"]["data"] == "line 1\r\n雪\u2028\n"
    assert piped == {"type": "text", "text": "piped é\r\n"}
    assert prompt == {"type": "text", "text": "what is it"}


def test_a_picture_on_stdin_is_an_attachment_behind_those_that_were_named(run: Run) -> None:
    Path("paper.pdf").write_bytes(PDF)
    (message,) = run("ask", "-a", "paper.pdf", "--dry-run", "hi", stdin=PNG).json["messages"]
    assert [block["type"] for block in message["content"]] == ["document", "image", "text"]
    assert message["content"][1]["source"] == base64("image/png", PNG)


MEASURE = """
import resource, subprocess, sys
command = [sys.executable, "-m", "claude_cli", *sys.argv[1:]]
code = subprocess.call(command, stdin=subprocess.DEVNULL)
print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def test_a_22_mb_document_stays_below_200_mb_of_memory(simulator: Simulator) -> None:
    Path("large.pdf").write_bytes(PDF + b"%" + b"x" * 22_000_000)
    command = [sys.executable, "-c", MEASURE, "ask", "-q", "-a", "large.pdf", "-n", "hi"]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    code, peak = map(int, ran.stdout.split()[-2:])
    assert code == 0, ran.stderr
    assert simulator.requests[-1].size > 29_000_000
    unit = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss, in bytes
    assert peak * unit < 200_000_000


# What the official SDK says of each body. It has dropped the sampling parameters from its types.

NAMES_ONLY = {"temperature", "top_p", "top_k", "stream"}


@pytest.mark.sdk
@EVERY_ROW
def test_the_sdk_knows_every_part_of_the_body(
    run: Run, flags: list[str], expected: dict[str, Any]
) -> None:
    pytest.importorskip("anthropic")
    body = body_of(run, flags)
    for key, value in body.items():
        if key not in NAMES_ONLY:
            assert _as_the_sdk_sees_it(key, value) == value, key


@pytest.mark.sdk
@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("messages", user({**TEXT, "made_up": 1})),
        ("tools", [{**ADD, "made_up": 1}]),
        ("output_config", {"made_up": 1}),
        ("thinking", {"type": "enabled", "budget_tokens": 1024, "made_up": 1}),
    ],
)
def test_the_sdk_would_miss_a_key_that_it_does_not_know(key: str, value: Any) -> None:
    pytest.importorskip("anthropic")
    assert _as_the_sdk_sees_it(key, value) != value


def _as_the_sdk_sees_it(key: str, value: Any) -> Any:
    """`value` after validation by the SDK's type for `key`; what that does not know is gone."""
    import pydantic

    adapter = pydantic.TypeAdapter(_sdk_types()[key])
    return adapter.dump_python(adapter.validate_python(value), mode="json")


def _sdk_types() -> dict[str, Any]:
    """Parameter of messages.create → its type, from the SDK's own signature table."""
    from typing import get_type_hints

    from anthropic.types.message_create_params import MessageCreateParamsBase

    return get_type_hints(MessageCreateParamsBase)


def test_a_pattern_that_the_shell_unfolded_is_refused_and_a_quoted_one_works(run: Run) -> None:
    for name in ("a.txt", "b.txt", "c.txt"):
        Path(name).write_text(name)
    refused = run("ask", "--dry-run", "-a", "a.txt", "b.txt", "c.txt", "who signed?")
    assert refused.code == 2 and "-a '*.txt'" in refused.stderr
    ran = run("ask", "--dry-run", "-a", "*.txt", "who signed?")
    blocks = ran.json["messages"][0]["content"]
    assert [block.get("title") for block in blocks] == ["a.txt", "b.txt", "c.txt", None]
    assert "*.txt: 3 text" in ran.stderr


def test_a_prompt_that_is_the_name_of_a_file_stands_behind_two_dashes(run: Run) -> None:
    Path("README").write_text("x")
    assert run("ask", "--dry-run", "-a", "README", "README").code == 2
    ran = run("ask", "--dry-run", "-a", "README", "--", "README")
    assert ran.json["messages"][0]["content"][-1]["text"] == "README"
    assert run("ask", "--dry-run", "README").code == 0


def test_the_files_that_a_list_names_are_attached_behind_the_others(run: Run) -> None:
    for name in ("a.txt", "b.txt", "c.txt"):
        Path(name).write_text(name)
    Path("list").write_text("c.txt\nb.txt\n")
    for flags, stdin in ((["--files-from", "list"], b""), (["--files-from", "-"], b"c.txt\0b.txt")):
        ran = run("ask", "--dry-run", *flags, "-a", "a.txt", "what?", stdin=stdin)
        blocks = ran.json["messages"][0]["content"]
        assert [block.get("title") for block in blocks] == ["a.txt", "c.txt", "b.txt", None]
    assert run("ask", "--dry-run", "--files-from", "-", "-a", "-", "x", stdin=b"a.txt").code == 2


def test_a_loader_of_the_config_file_makes_text_of_an_attachment(run: Run) -> None:
    config = Path(run("config", "path").text.strip())
    config.parent.mkdir(parents=True, mode=0o700)
    code = "import sys; print('the words of', sys.argv[1].rpartition('/')[2])"
    config.write_text(f"[loaders]\ndocx = {json.dumps([sys.executable, '-c', code, '{path}'])}\n")
    Path("a.docx").write_bytes(b"PK\x03\x04")
    document, _ = run("ask", "--dry-run", "-a", "a.docx", "what?").json["messages"][0]["content"]
    assert document["source"]["data"] == "the words of a.docx\n"
    for wrong in ('docx = "pandoc {path}"', 'docx = ["pandoc"]', 'docx = ["{path}"]', "docx = []"):
        config.write_text(f"[loaders]\n{wrong}\n")
        ran = run("ask", "--dry-run", "-a", "a.docx", "what?")
        assert ran.code == 78 and "loaders.docx is no command" in ran.stderr
