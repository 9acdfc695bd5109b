"""Lines of a chat, and the table of slash commands."""

from collections.abc import Sequence
from inspect import getmembers, isfunction, signature
from typing import Any, Literal, cast

import pytest

from claude_cli.content.specs import Spec
from claude_cli.errors import ExitCode, UsageError
from claude_cli.flow.chat import (
    answer_commands,
    request_commands,
    session_commands,
    turn_commands,
)
from claude_cli.flow.chat.dialogue import Dialogue
from claude_cli.flow.chat.failed import Failed, line_of
from claude_cli.flow.chat.slash import SlashCommand, split_command, take_line
from claude_cli.flow.chat.slash_commands import KEYS, SLASH_COMMANDS


class RecordingChat:
    """Stands where a dialogue would, and remembers what it was told to do."""

    def __init__(self) -> None:
        self.done: list[tuple[str, str]] = []

    def say(self, text: str, mentioned: Sequence[Spec]) -> ExitCode:
        self.done.append(("say", text))
        return ExitCode.CUT

    def take(self, line: str) -> ExitCode:
        return take_line(cast(Dialogue, self), line, TABLE)


def noted(word: str) -> Any:
    def run(chat: Any, argument: str) -> None:
        chat.done.append((word, argument))

    return run


def failing(chat: Dialogue, argument: str) -> ExitCode:
    return ExitCode.REFUSAL


TABLE = {
    "/free": SlashCommand("[X]", "", noted("free")),
    "/bare": SlashCommand("", "", noted("bare")),
    "/needy": SlashCommand("X", "", noted("needy")),
    "/edit": SlashCommand("[X]", "", noted("edit")),
    "/refused": SlashCommand("", "", failing),
}


@pytest.mark.parametrize(
    ("line", "done"),
    [
        ("hello", ("say", "hello")),
        (" /bare", ("say", " /bare")),
        ("//bare", ("say", "/bare")),
        ("///", ("say", "//")),
        ("two\n/bare", ("say", "two\n/bare")),
        ("/bare", ("bare", "")),
        ("/bare \t", ("bare", "")),
        ("/free", ("free", "")),
        ("/free  a  b ", ("free", "a  b")),
        ("/free\ta\nb", ("free", "a\nb")),
        ("/needy x", ("needy", "x")),
    ],
)
def test_a_line_is_a_turn_or_a_command(line: str, done: tuple[str, str]) -> None:
    fake = RecordingChat()
    fake.take(line)
    assert fake.done == [done]


@pytest.mark.parametrize("prompt", ["hello", "/bare", "//", "two\n/bare"])
@pytest.mark.parametrize("way", ["say", "edit"])
def test_a_prompt_that_failed_has_a_line_that_asks_it_again(
    prompt: str, way: Literal["say", "edit"]
) -> None:
    fake = RecordingChat()
    fake.take(line_of(Failed(prompt, way)))
    assert fake.done == [(way, prompt)]


def test_a_retry_that_failed_is_retried() -> None:
    assert line_of(Failed("hello", "retry")) == "/retry"


@pytest.mark.parametrize("line", ["", " ", "\n\t"])
def test_a_blank_line_is_nothing(line: str) -> None:
    fake = RecordingChat()
    assert fake.take(line) is ExitCode.OK
    assert fake.done == []


def test_the_exit_code_is_the_turns_or_the_commands() -> None:
    assert RecordingChat().take("hello") is ExitCode.CUT
    assert RecordingChat().take("/bare") is ExitCode.OK
    assert RecordingChat().take("/refused") is ExitCode.REFUSAL


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        ("/bear", "there is no command /bear", "/bare?"),
        ("/", "there is no command /", "/help shows all"),
        ("/usr/bin/env is what?", "there is no command /usr/bin/env", "//usr/bin/env"),
        ("/" + "x" * 5000, "there is no command /" + "x" * 49, "/help shows all"),
        ("/bare x", "/bare takes no argument", None),
        ("/needy", "/needy needs an argument", "/needy X"),
    ],
)
def test_what_is_no_command_is_told(line: str, message: str, hint: str | None) -> None:
    with pytest.raises(UsageError) as caught:
        RecordingChat().take(line)
    assert caught.value.message == message
    assert (hint or "") in (caught.value.hint or "")


def test_a_command_is_split_at_its_first_space() -> None:
    assert split_command("/set a = b ") == ("/set", "a = b")


def test_every_command_has_help_that_fits_a_terminal() -> None:
    width = max(len(f"{name} {row.arguments}") for name, row in SLASH_COMMANDS.items())
    for name, row in SLASH_COMMANDS.items():
        assert name.startswith("/"), name
        assert row.help, name
        assert width + 2 + len(row.help) <= 80, name
    assert max(map(len, KEYS)) <= 80


MODULES = (answer_commands, request_commands, session_commands, turn_commands)


def test_every_function_that_takes_an_argument_of_a_line_is_a_command() -> None:
    taking = ["chat", "argument"]
    functions = [
        function
        for module in MODULES
        for _, function in getmembers(module, isfunction)
        if function.__module__ == module.__name__ and [*signature(function).parameters] == taking
    ]
    runs = [row.run for row in SLASH_COMMANDS.values()]
    assert [f.__name__ for f in functions if runs.count(f) != 1] == []
    assert len(functions) > 20
