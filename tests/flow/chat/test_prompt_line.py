"""What surrounds the lines of a chat: the toolbar, and what Tab offers."""

from pathlib import Path

import pytest

from claude_cli.flow.chat.prompt_line import completions, toolbar
from claude_cli.flow.chat.slash_commands import SLASH_COMMANDS
from claude_cli.session.store import Store
from claude_cli.simulator.server.server import Simulator
from claude_cli.ui.editor.menu import candidates
from tests.chats import dialogue


def test_the_toolbar_tells_model_session_context_and_cost(simulator: Simulator) -> None:
    with dialogue(simulator) as chat:
        assert toolbar(chat)(80) == "claude-sonnet-4-6 · new session · 0% of 1M · $0.00"
        simulator.enqueue(text="x", usage={"input_tokens": 99_000, "output_tokens": 1000})
        chat.say("hi")
        identity = chat.conversation.id
        assert toolbar(chat)(80) == f"claude-sonnet-4-6 · {identity} · 10% of 1M · $0.312"


def test_the_toolbar_admits_what_it_does_not_know(simulator: Simulator) -> None:
    with dialogue(simulator, no_save=True) as chat:
        simulator.enqueue(text="x", usage={"input_tokens": 1234, "output_tokens": 0})
        chat.say("hi")
        chat.settings.set(model="some-model\x1b[2J")
        assert toolbar(chat)(80) == "some-model␛[2J · not kept · 1,234 tokens · $0.003702"
        body = '{"type": "message", "model": "some-model", "content": [], "stop_reason": "x"}'
        simulator.enqueue(raw={"headers": {"content-type": "application/json"}, "body": body})
        chat.settings.set(model="claude-haiku-4-5")
        chat.say("and")
        assert toolbar(chat)(80) == "claude-haiku-4-5 · not kept · context n/a · n/a"


@pytest.mark.parametrize("keeps", [True, False])
def test_on_resume_the_toolbar_and_usage_know_what_the_session_has_cost(
    simulator: Simulator, capfd: pytest.CaptureFixture[str], keeps: bool
) -> None:
    usage = {"input_tokens": 99_000, "output_tokens": 1000}
    for _ in range(4):
        simulator.enqueue(text="x", usage=usage)
    with dialogue(simulator, name="paid") as chat:
        chat.say("hi")
        chat.undo()  # that was paid for, too
        chat.say("hello")
        SLASH_COMMANDS["/usage"].run(chat, "")
        line, notices = toolbar(chat)(80), capfd.readouterr().err
    assert line.endswith("$0.624")
    with dialogue(simulator, resume="paid", no_save=not keeps) as chat:
        assert toolbar(chat)(80).split(" · ")[2:] == line.split(" · ")[2:]
        SLASH_COMMANDS["/usage"].run(chat, "")
        assert capfd.readouterr().err == notices
        chat.say("more")
        assert toolbar(chat)(80).endswith("$0.936")
    with dialogue(simulator) as chat:
        chat.say("another")
        chat.resume("paid")
        assert toolbar(chat)(80).endswith("$0.936" if keeps else "$0.624")


def test_on_resume_an_answer_without_a_price_leaves_the_cost_unknown(simulator: Simulator) -> None:
    body = '{"type": "message", "model": "some-model", "content": [], "stop_reason": "x"}'
    simulator.enqueue(raw={"headers": {"content-type": "application/json"}, "body": body})
    with dialogue(simulator, name="odd") as chat:
        chat.say("hi")
    with dialogue(simulator, resume="odd") as chat:
        assert toolbar(chat)(80).endswith("· n/a")
        assert chat.totals.answers == 1


def test_the_toolbar_tells_what_goes_with_the_next_prompt(simulator: Simulator) -> None:
    Path("notes.txt").write_text("some notes")
    with dialogue(simulator) as chat:
        SLASH_COMMANDS["/attach"].run(chat, "notes.txt")
        assert "· 1 attached ·" in toolbar(chat)(80)
        chat.say("hi")
        assert "attached" not in toolbar(chat)(80)


def test_a_narrow_toolbar_keeps_context_and_cost(simulator: Simulator) -> None:
    with dialogue(simulator) as chat:
        whole = toolbar(chat)(80)
        model, _, context, cost = whole.split(" · ")
        assert toolbar(chat)(len(whole)) == whole
        assert toolbar(chat)(len(whole) - 1) == f"{model} · {context} · {cost}"
        assert toolbar(chat)(20) == f"{context} · {cost}"


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("/und", "/undo"),
        ("/model son", "sonnet"),
        ("/model claude-opus-4-6", "claude-opus-4-6"),
        ("/resume a na", "a name"),
        ("/attach not", "notes.txt"),
        ("/detach not", "notes.txt"),
        ("/save not", "notes.txt"),
    ],
)
def test_tab_offers_what_the_argument_can_be(simulator: Simulator, line: str, offered: str) -> None:
    Path("notes.txt").write_text("some notes")
    with dialogue(simulator, name="a name") as chat:
        chat.say("hi")
        SLASH_COMMANDS["/attach"].run(chat, "notes.txt")
        assert offered in [found.word for found in candidates(line, completions(chat))]
    assert simulator.requests[1:] == []


def test_tab_offers_nothing_where_sessions_cannot_be_read(simulator: Simulator) -> None:
    with dialogue(simulator) as chat:
        folder = Store().folder
        folder.parent.mkdir(parents=True)
        folder.write_bytes(b"no folder")
        assert [*candidates("/resume ", completions(chat))] == []


def test_a_retired_model_is_not_offered(simulator: Simulator) -> None:
    with dialogue(simulator) as chat:
        found = [found.word for found in candidates("/model ", completions(chat))]
    assert "claude-sonnet-4-6" in found
    assert "claude-3-opus" not in found


def test_the_toolbar_tells_what_is_left_of_a_budget(simulator: Simulator) -> None:
    with dialogue(simulator, budget="2/day") as chat:
        chat.say("hi")
        assert "$1.99 left of $2.00 a day" in toolbar(chat)(100)
        assert "left of" not in toolbar(chat)(20)
