"""What /model, /set and /thinking say of what they set, and of what a model will refuse."""

import pytest

from claude_cli.errors import UsageError
from claude_cli.flow.chat.slash import take_line
from claude_cli.flow.chat.slash_commands import SLASH_COMMANDS
from claude_cli.simulator.server.server import Simulator
from tests.chats import dialogue
from tests.conftest import Run


def test_a_word_that_is_no_model_is_refused_at_once(simulator: Simulator) -> None:
    with dialogue(simulator) as chat:
        before = chat.requests.parameters["model"]
        with pytest.raises(UsageError, match="sonet is no model") as caught:
            SLASH_COMMANDS["/model"].run(chat, "sonet")
        assert "sonnet" in (caught.value.hint or "")
        assert chat.requests.parameters["model"] == before
        for line in ("opus", "sonnet-4.5"):
            SLASH_COMMANDS["/model"].run(chat, line)
            assert chat.requests.parameters["model"].startswith(f"claude-{line.partition('-')[0]}")
        SLASH_COMMANDS["/model"].run(chat, "claude-next-9")
        assert chat.requests.parameters["model"] == "claude-next-9"


def test_what_was_set_is_shown(simulator: Simulator, capfd: pytest.CaptureFixture[str]) -> None:
    with dialogue(simulator) as chat:
        SLASH_COMMANDS["/set"].run(chat, "max_tokens=77")
    assert capfd.readouterr().err == "max_tokens = 77\n"


def test_a_parameter_that_is_set_to_nothing_is_told_how_it_is_left_out(
    simulator: Simulator,
) -> None:
    with (
        dialogue(simulator) as chat,
        pytest.raises(UsageError, match="must be a number, not empty") as told,
    ):
        SLASH_COMMANDS["/set"].run(chat, "temperature=")
    assert told.value.hint == "/unset temperature leaves it out"


def test_what_the_model_refuses_is_told_when_it_is_set(
    simulator: Simulator, capfd: pytest.CaptureFixture[str]
) -> None:
    with dialogue(simulator, quiet=False) as chat:
        SLASH_COMMANDS["/model"].run(chat, "claude-opus-4-8")
        SLASH_COMMANDS["/set"].run(chat, "temperature=0.5")
        SLASH_COMMANDS["/set"].run(chat, "max_tokens=77")
    assert capfd.readouterr().err.count("warning: ") == 1


@pytest.mark.parametrize(
    ("line", "warning"),
    [
        ("/thinking adaptive", "does not think adaptively: use --thinking TOKENS"),
        ("/effort low", "takes no effort: leave --effort out"),
        ("/set max_tokens=900000", "writes 64000 tokens at most: use --max-tokens 64000"),
    ],
)
def test_each_command_that_sets_something_tells_what_the_model_refuses(
    simulator: Simulator, capfd: pytest.CaptureFixture[str], line: str, warning: str
) -> None:
    with dialogue(simulator, quiet=False) as chat:
        take_line(chat, "/model claude-haiku-4-5", SLASH_COMMANDS)
        take_line(chat, line, SLASH_COMMANDS)
    assert f"warning: claude-haiku-4-5 {warning}" in capfd.readouterr().err


def test_a_model_that_cannot_stop_thinking_is_told(run: Run, simulator: Simulator) -> None:
    lines = b"/thinking off\nhi\nand?\n"
    ran = run("chat", "-n", "-m", "claude-fable-5", stdin=lines)
    assert ran.code == 0, ran.stderr
    assert ran.stderr.count("claude-fable-5 cannot stop thinking") == 1
    assert "thinking" not in simulator.requests[-1].body
