"""Warnings and hints of a chat name slash commands where there are some."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import claude_cli
from claude_cli.commandline.flags.asked import Asked
from claude_cli.commandline.flags.marks import flags_of, names_of
from claude_cli.commandline.flags.output import PreviewFlags
from claude_cli.flow.chat.settings import FLAG_OF
from claude_cli.flow.chat.slash import take_line
from claude_cli.flow.chat.slash_commands import SLASH_COMMANDS
from claude_cli.flow.chat.wording import in_chat
from claude_cli.models import catalog
from claude_cli.simulator.server.server import Simulator
from tests.chats import dialogue
from tests.conftest import Run

LAYERS = (
    *("flow/chat", "turn", "api", "clouds", "content", "session", "tools", "keys", "ui"),
    *("models", "values", "disk", "child"),
)
NOT_IN_CHAT = {flag.name for flag in flags_of(PreviewFlags)}
CHATS = [flag for flag in flags_of(Asked) if flag.name not in NOT_IN_CHAT]
OPTIONS = {name: flag for flag in CHATS for name in names_of(flag.type)}
ONLY_AT_START = {
    *("allow_insecure_http", "approve", "base_url", "beta", "body", "budget", "ca_bundle"),
    *("continue_", "edit", "extract", "fallback", "field", "format", "header"),
    *("ledger", "lossy", "max_cost", "max_time", "max_turns", "mcp", "no_stdin", "no_stream"),
    *("platform", "prefill", "region", "replay", "resource", "save_files", "simulate"),
    *("template", "theme", "timeout"),
}
"""What messages name and no slash command does: it takes another chat."""


def messages() -> Iterator[str]:
    """Every text in the code that a chat runs, but the docstrings; `{}` stands for what is filled
    in."""
    package = Path(claude_cli.__file__).parent
    for path in (found for layer in LAYERS for found in (package / layer).rglob("*.py")):
        tree = [*ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
        docstrings = {id(node.value) for node in tree if isinstance(node, ast.Expr)}
        parts = {
            id(part) for node in tree if isinstance(node, ast.JoinedStr) for part in node.values
        }
        for node in tree:
            if id(node) in docstrings | parts:
                continue
            if isinstance(node, ast.JoinedStr):
                yield "".join(
                    str(part.value) if isinstance(part, ast.Constant) else "{}"
                    for part in node.values
                )
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def flags_named(text: str) -> set[str]:
    """The flags of a chat that a text names outside of whole command lines."""
    words = re.sub(r"claude-cli [^,;]*", "", text)
    found = re.findall(r"(?<![\w\\-])--?[a-z][a-z-]*", words)
    return {OPTIONS[name].name for name in found if name in OPTIONS}


def test_what_a_message_names_is_a_slash_command_or_takes_another_chat() -> None:
    sentences = (text for text in messages() if " " in text)
    left = {flag: text for text in sentences for flag in flags_named(in_chat(text))}
    assert {flag: text for flag, text in left.items() if flag not in ONLY_AT_START} == {}
    assert ONLY_AT_START - left.keys() == set()


@pytest.mark.parametrize("option", sorted(OPTIONS))
def test_what_a_flag_is_in_a_chat_is_there(option: str) -> None:
    told = in_chat(option)
    command, _, place = told.partition(" ")
    assert told == option or command in SLASH_COMMANDS
    assert not place or place in FLAG_OF


@pytest.mark.parametrize(
    "text",
    [
        "go on with: claude-cli chat -r trip -m opus",
        "claude-cli sessions show x, or claude-cli ask -r x --go-on",
        "recode it: iconv -f BIG5 -t UTF-8",
        "the server said: unknown option '--name'",
        "a file called x-m or a--model",
    ],
)
def test_what_is_for_a_shell_stays(text: str) -> None:
    assert in_chat(text) == text


@pytest.mark.parametrize(
    ("model", "lines"),
    [
        ("claude-opus-4-8", ["/thinking 2048"]),
        ("claude-haiku-4-5", ["/thinking adaptive"]),
        ("claude-haiku-4-5", ["/effort low"]),
        ("claude-opus-4-5", ["/effort max"]),
        ("claude-haiku-4-5", ["/set max_tokens=900000"]),
        ("claude-3-haiku", ['/set output_config.format={"type": "object"}']),
        ("claude-3-5-haiku-20241022", []),
    ],
)
def test_who_types_what_a_warning_names_is_not_warned_again(
    simulator: Simulator, model: str, lines: list[str]
) -> None:
    with dialogue(simulator) as chat:
        chat.settings.set(model=model)
        for line in lines:
            take_line(chat, line, SLASH_COMMANDS)
        warned = catalog.warnings({**chat.requests.parameters, "messages": []})
        way = re.findall(r"/(?:set|unset|thinking|effort|model) [\w.=]+", in_chat(warned[-1]))
        take_line(chat, way[0].replace("TOKENS", "2048"), SLASH_COMMANDS)
        left = catalog.warnings({**chat.requests.parameters, "messages": []})
    assert len(left) == len(warned) - 1


def test_a_chat_tells_slash_commands_and_other_commands_tell_flags(
    simulator: Simulator, run: Run
) -> None:
    for _ in range(2):
        simulator.enqueue(text="x", stop_reason="max_tokens")
    lines = ["hi", "/thinking much", "/set max_tokens=5000", "/thinking 6000", "hi"]
    ran = run("chat", "--keep-going", stdin="\n".join(lines).encode())
    assert "/set max_tokens=N allows more" in ran.stderr
    assert "error: /thinking is off, adaptive or a number of tokens" in ran.stderr
    assert "error: /thinking 6000 leaves no room in /set max_tokens=5000" in ran.stderr
    assert " --" not in ran.stderr.replace("--beta", "")
    assert "--max-tokens N allows more" in run("ask", "hi").stderr
