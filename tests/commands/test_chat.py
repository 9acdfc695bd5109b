"""`chat` with its stdin a pipe, against the simulator: lines in, answers out, what is kept."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from claude_cli.models import catalog
from claude_cli.models.prices import format_usd
from claude_cli.session import session_file
from claude_cli.simulator.server.server import Simulator
from tests.conftest import CANARY, Ran, Run, Spawn

LONG = ("word " * 4000).strip()
"""A prompt that is worth a summary."""


@pytest.fixture
def chat(simulator: Simulator, run: Run) -> Run:
    """Run `chat` with these lines in the pipe."""

    def start(*lines: str, flags: tuple[str, ...] = ()) -> Ran:
        return run(
            "chat", "--retries", "0", *flags, stdin="".join(f"{x}\n" for x in lines).encode()
        )

    return start


def bodies(simulator: Simulator) -> list[dict[str, Any]]:
    return [dict(request.body) for request in simulator.requests if "stream" in request.body]


def asked(simulator: Simulator) -> list[list[str]]:
    """The text of each message, request by request."""
    return [[words(message) for message in body["messages"]] for body in bodies(simulator)]


def system_prompts(simulator: Simulator) -> list[str | None]:
    """The words of the system prompts, which are blocks where they are cached."""
    found = [body.get("system") for body in bodies(simulator)]
    return [system[0]["text"] if isinstance(system, list) else system for system in found]


def words(message: dict[str, Any]) -> str:
    content = message["content"]
    return content if isinstance(content, str) else str(content[-1]["text"])


def errors(ran: Ran) -> int:
    return sum(line.startswith("error: ") for line in ran.stderr.splitlines())


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def script(simulator: Simulator, *answers: str) -> None:
    for answer in answers:
        simulator.enqueue(text=answer)


def session_files(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "home" / "data" / "sessions").glob("*.jsonl"))


# Turns


def test_each_line_is_a_turn_and_a_blank_line_ends_each_answer(
    simulator: Simulator, chat: Run
) -> None:
    script(simulator, "one", "two\n", "**three**\x1b[2J")
    ran = chat("a", "", "  ", "b\r", "c", flags=("-q",))
    assert (ran.code, ran.stdout, ran.stderr) == (0, b"one\n\ntwo\n\n**three**\x1b[2J\n\n", "")
    assert asked(simulator) == [["a"], ["a", "one", "b"], ["a", "one", "b", "two\n", "c"]]


def test_prompt_words_are_the_first_turn_even_with_a_slash(simulator: Simulator, run: Run) -> None:
    run("chat", "/usr/bin", "is", "what?", stdin=b"and /bin?\n")
    assert [turn[-1] for turn in asked(simulator)] == ["/usr/bin is what?", "and /bin?"]


def test_a_template_asks_the_first_turn(simulator: Simulator, run: Run) -> None:
    Path("review.toml").write_text('prompt = "Review {prompt}"\nsystem = "be brief"\n')
    run("chat", "-t", "review.toml", "the code", stdin=b"and now?\n")
    assert [turn[-1] for turn in asked(simulator)] == ["Review the code", "and now?"]
    assert system_prompts(simulator)[1] == "be brief"


def test_a_template_without_words_asks_its_prompt_first(simulator: Simulator, run: Run) -> None:
    Path("t.toml").write_text('prompt = "Review {what}"\n')
    run("chat", "-t", "t.toml", "-p", "what=it", stdin=b"and now?\n")
    assert [turn[-1] for turn in asked(simulator)] == ["Review it", "and now?"]


def test_a_field_that_is_missing_is_told_before_anything_is_sent(
    simulator: Simulator, run: Run, tmp_path: Path
) -> None:
    """The lines of the pipe are turns: none of them is the template's {input}."""
    Path("t.toml").write_text('prompt = "Sum up {input} for {prompt}"\n')
    ran = run("chat", "-t", "t.toml", "me", stdin=b"a line\n")
    assert ran.code == 2
    assert "needs {input}: -p input=VALUE" in ran.stderr
    ran = run("chat", "-t", "t.toml", "-p", "input=x", stdin=b"a line\n")
    assert "needs {prompt}: add prompt words" in ran.stderr
    assert (simulator.requests, session_files(tmp_path)) == ([], [])


def test_attachments_without_words_wait_for_the_first_line(simulator: Simulator, chat: Run) -> None:
    Path("notes.txt").write_text("some notes")
    chat("a", flags=("-a", "notes.txt"))
    assert [block["type"] for block in bodies(simulator)[0]["messages"][0]["content"]] == [
        "document",
        "text",
    ]


def test_a_doubled_slash_sends_one(simulator: Simulator, chat: Run) -> None:
    chat("//quit")
    assert asked(simulator) == [["/quit"]]


def test_marks_in_a_pipe_are_text(simulator: Simulator, chat: Run) -> None:
    Path("notes.txt").write_text("some notes")
    chat("@notes.txt", "!touch made")
    assert [turn[-1] for turn in asked(simulator)] == ["@notes.txt", "!touch made"]
    assert all(len(body["messages"][-1]["content"]) == 1 for body in bodies(simulator))
    assert not Path("made").exists()


def test_a_bom_is_dropped_and_the_last_line_needs_no_end(simulator: Simulator, run: Run) -> None:
    run("chat", stdin=b"\xef\xbb\xbfa\nb")
    assert [turn[-1] for turn in asked(simulator)] == ["a", "b"]


@pytest.mark.parametrize("stdin", [b"", b"\n\n", b"/help\n/usage\n/quit\n"])
def test_a_chat_without_a_turn_leaves_no_session(
    simulator: Simulator, run: Run, tmp_path: Path, stdin: bytes
) -> None:
    assert run("chat", stdin=stdin).code == 0
    assert session_files(tmp_path) == []
    assert simulator.requests == []


def test_no_stdin_leaves_the_pipe_alone(simulator: Simulator, run: Run) -> None:
    assert run("chat", "--no-stdin", "hi", stdin=b"ignored\n").code == 0
    assert asked(simulator) == [["hi"]]


def test_the_prompt_is_cached_unless_switched_off(simulator: Simulator, chat: Run) -> None:
    chat("a")
    chat("a", flags=("--cache", "1h"))
    chat("a", flags=("--cache", "off"))
    cached = [body.get("cache_control") for body in bodies(simulator)]
    assert cached == [{"type": "ephemeral"}, {"type": "ephemeral", "ttl": "1h"}, None]


def test_messages_of_a_body_open_the_conversation(simulator: Simulator, chat: Run) -> None:
    opening = [{"role": "user", "content": "2+2?"}, {"role": "assistant", "content": "4"}]
    Path("body.json").write_text(json.dumps({"max_tokens": 9, "messages": opening}))
    script(simulator, "6", "8")
    chat("3+3?", "4+4?", flags=("--body", "body.json"))
    assert asked(simulator)[1] == ["2+2?", "4", "3+3?", "6", "4+4?"]
    assert bodies(simulator)[1]["max_tokens"] == 9


def test_history_sends_the_last_turns_alone(simulator: Simulator, chat: Run) -> None:
    script(simulator, "1", "2", "3")
    chat("a", "b", "c", flags=("--history", "1"))
    assert asked(simulator)[2] == ["b", "2", "c"]


@pytest.mark.parametrize("flags", [("-",), ("-a", "-"), ("--body", "-"), ("-e",)])
def test_a_second_reader_of_stdin_is_wrong_usage(
    simulator: Simulator, run: Run, flags: tuple[str, ...]
) -> None:
    assert run("chat", *flags, stdin=b"hi\n").code == 2
    assert simulator.requests == []


def test_flags_are_checked_before_anything_is_sent(simulator: Simulator, chat: Run) -> None:
    assert chat("a", flags=("--thinking", "often")).code == 2
    assert chat("a", flags=("-x", "--extract-last")).code == 2
    assert simulator.requests == []


def test_the_betas_are_those_that_the_tools_of_each_request_need(
    simulator: Simulator, chat: Run
) -> None:
    screen = {"name": "computer", "display_width_px": 800, "display_height_px": 600}
    computer = json.dumps([{"type": "computer_20250124"} | screen])
    Path("body.json").write_text(json.dumps({"tools": json.loads(computer)}))
    older = ("-m", "claude-haiku-4-5", "--body", "body.json", "--beta", "context-1m-2025-08-07")
    ran = chat("a", "/unset tools", "b", f"/set tools:={computer}", "/count", flags=older)
    assert (ran.code, ran.stderr.count("error")) == (0, 0)
    betas = [request.headers["anthropic-beta"] for request in simulator.requests]
    own, both = "context-1m-2025-08-07", "context-1m-2025-08-07,computer-use-2025-01-24"
    assert betas == [both, own, both]


def test_a_prefill_is_kept_with_the_answer_that_it_begins(simulator: Simulator, chat: Run) -> None:
    script(simulator, " well", " bye")
    flags = ("-m", "claude-haiku-4-5", "--prefill", "Oh", "--name", "s")
    assert chat("a", "/show", "b", flags=flags).text == "Oh well\n\n" * 2 + "Oh bye\n\n"
    chat("c", flags=("-r", "s"))
    assert asked(simulator) == [
        ["a", "Oh"],
        ["a", "Oh well", "b", "Oh"],
        ["a", "Oh well", "b", "Oh bye", "c"],
    ]


def test_one_client_serves_all_turns(run: Run) -> None:
    ran = run("chat", "--simulate", stdin=b"a\nb\nc\n")
    assert ran.stderr == "the answer is simulated: nothing was sent to Anthropic\n"


def test_a_piped_chat_loads_no_line_editor(simulator: Simulator, spawn: Spawn) -> None:
    process = spawn("chat", "hi", env=os.environ | {"PYTHONPROFILEIMPORTTIME": "1"})
    _, err = process.communicate(timeout=30)
    assert process.returncode == 0
    assert b"claude_cli.flow.chat.loop" in err
    assert b"prompt_toolkit" not in err


# Failures


@pytest.mark.parametrize(
    ("fault", "code"), [("429", 75), ("500", 75), ("529", 75), ("400", 65), ("401", 77),
                        ("cut=1", 75), ("end=1", 75), ("error", 75), ("malformed", 76)],
)  # fmt: skip
def test_the_first_failure_ends_it_with_its_exit_code(
    simulator: Simulator, chat: Run, fault: str, code: int
) -> None:
    simulator.inject(f"{fault}x1")
    ran = chat("a", "b")
    assert ran.code == code
    assert len(simulator.requests) == 1
    assert errors(ran) == 1


@pytest.mark.parametrize("fault", ["500", "cut=1", "error"])
def test_keep_going_answers_the_other_lines_and_ends_with_the_first_failure(
    simulator: Simulator, chat: Run, fault: str
) -> None:
    simulator.inject(f"{fault}x1", "400x1")
    ran = chat("a", "b", "c", flags=("--keep-going",))
    assert ran.code == 75
    assert 'You said: "c"' in ran.text
    assert errors(ran) == 2


def test_what_failed_before_any_word_is_no_part_of_the_conversation(
    simulator: Simulator, chat: Run
) -> None:
    simulator.inject("500x1")
    script(simulator, "one")
    chat("a", "b", flags=("--keep-going",))
    assert asked(simulator)[-1] == ["b"]


def test_retry_sends_what_failed_again(simulator: Simulator, chat: Run) -> None:
    simulator.inject("500x1")
    chat("a", "/retry", flags=("--keep-going",))
    assert asked(simulator) == [["a"], ["a"]]


@pytest.mark.parametrize(
    ("again", "sent"),
    [("tell me all", ["tell me all"]), ("go on", ["tell me all", "one two ", "go on"])],
)
def test_after_a_broken_answer_the_same_prompt_replaces_it_and_another_goes_on(
    simulator: Simulator, chat: Run, again: str, sent: list[str]
) -> None:
    simulator.enqueue(text="one two three four", delta_characters=8)
    simulator.inject("cut=1x1")
    chat("tell me all", again, flags=("--keep-going",))
    assert asked(simulator)[-1] == sent


@pytest.mark.parametrize("line", ["/retry", "/edit c"])
@pytest.mark.parametrize(("fault", "code"), [("529", 75), ("401", 77), ("cut=0", 75)])
def test_where_a_turn_cannot_be_replaced_it_stays_the_last_one(
    simulator: Simulator, chat: Run, line: str, fault: str, code: int
) -> None:
    script(simulator, "1", "2")
    chat("a", "b", flags=("--name", "s"))
    simulator.inject(f"{fault}x2")
    assert chat(line, flags=("-r", "s")).code == code
    chat(line, "and", flags=("-r", "s", "--keep-going"))
    assert asked(simulator)[-1] == ["a", "1", "b", "2", "and"]
    chat("/undo", "/undo", "c", flags=("-r", "s"))
    assert asked(simulator)[-1] == ["a", "1", "c"]


def test_a_retry_that_cannot_even_be_sent_changes_nothing(simulator: Simulator, chat: Run) -> None:
    script(simulator, "1")
    lines = ("a", "/set max_tokens:=9999999", "/retry", "/unset max_tokens", "b")
    ran = chat(*lines, flags=("--strict-model", "--keep-going"))
    assert (ran.code, errors(ran)) == (65, 1)
    assert asked(simulator) == [["a"], ["a", "1", "b"]]


def test_a_retry_that_was_cut_is_gone_on_with(simulator: Simulator, chat: Run) -> None:
    script(simulator, "1")
    simulator.enqueue(text="one two three four", delta_characters=8)
    chat("a", flags=("--name", "s"))
    simulator.inject("cut=1x1")
    chat("/retry", "go on", flags=("-r", "s", "--keep-going"))
    assert asked(simulator)[-1] == ["a", "one two ", "go on"]


@pytest.mark.parametrize(("line", "sent"), [("/clear", [1, 1]), ("/compact", [1, 3, 3])])
def test_a_prompt_that_was_cut_is_asked_again_where_its_turn_is_gone(
    simulator: Simulator, chat: Run, line: str, sent: list[int]
) -> None:
    simulator.enqueue(text="one two three four", delta_characters=8)
    simulator.inject("cut=1x1")
    script(simulator, "in short", "1")
    assert errors(chat(LONG, line, LONG, flags=("--keep-going",))) == 1
    assert [len(messages) for messages in asked(simulator)] == sent
    assert asked(simulator)[-1][-1] == LONG


@pytest.mark.parametrize(("reason", "code"), [("max_tokens", 3), ("refusal", 4)])
def test_an_answer_that_was_cut_or_refused_is_printed_and_ends_it(
    simulator: Simulator, chat: Run, reason: str, code: int
) -> None:
    simulator.enqueue(text="as far as it goes", stop_reason=reason)
    ran = chat("a", "b")
    assert (ran.code, ran.text) == (code, "as far as it goes\n\n")


@pytest.mark.parametrize("reason", ["max_tokens", "refusal"])
def test_an_answer_that_was_cut_or_refused_can_be_good_enough(
    simulator: Simulator, chat: Run, reason: str
) -> None:
    simulator.enqueue(text="as far as it goes", stop_reason=reason)
    script(simulator, "two")
    ran = chat("a", "b", flags=("--allow-truncated",))
    assert (ran.code, ran.text) == (0, "as far as it goes\n\ntwo\n\n")
    assert ran.stderr.startswith("warning: ")


def test_a_chat_that_is_killed_in_a_retry_leaves_the_turn_that_it_was_to_replace(
    simulator: Simulator, chat: Run, spawn: Spawn
) -> None:
    script(simulator, "1", "2")
    chat("a", "b", flags=("--name", "s"))
    for line in (b"/retry\n", b"/edit c\n"):
        before = len(simulator.requests)
        simulator.inject("stall=0x1")
        process = spawn("chat", "-r", "s", stdin=subprocess.PIPE)
        assert process.stdin is not None
        process.stdin.write(line)
        process.stdin.flush()
        wait_for(lambda before=before: len(simulator.requests) > before)  # type: ignore[misc]
        process.kill()
        process.communicate(timeout=30)
    chat("and", flags=("-r", "s"))
    assert asked(simulator)[-1] == ["a", "1", "b", "2", "and"]


def test_a_line_that_is_no_utf8_is_named(simulator: Simulator, run: Run) -> None:
    ran = run("chat", "--keep-going", stdin=b"one\nab\xff\nthree\n")
    assert ran.code == 65
    assert "line 2 of stdin" in ran.stderr
    assert "offset 2" in ran.stderr
    assert [turn[-1] for turn in asked(simulator)] == ["one", "three"]


def test_a_stdin_for_writing_has_no_lines(simulator: Simulator, spawn: Spawn) -> None:
    with open("out", "wb") as file:
        process = spawn("chat", "hi", stdin=file)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, b"")
    assert b"hi" in out


def test_a_closed_stdin_has_no_lines(simulator: Simulator, spawn: Spawn) -> None:
    process = spawn("chat", "hi", stdin=None, preexec_fn=lambda: os.close(0))
    out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, b"")
    assert b"hi" in out


def test_an_unknown_command_ends_it_with_the_nearest_name(simulator: Simulator, chat: Run) -> None:
    ran = chat("/hlep", "a")
    assert ran.code == 2
    assert "/help?" in ran.stderr
    assert simulator.requests == []


def test_what_needs_a_terminal_says_so(simulator: Simulator, chat: Run) -> None:
    ran = chat("a", "/edit")
    assert ran.code == 2
    assert "terminal" in ran.stderr


def test_what_a_line_of_a_pipe_got_wrong_is_told_in_words_of_a_chat(chat: Run) -> None:
    for flags in ((), ("--keep-going",)):
        assert "error: /thinking is off, " in chat("/thinking silly", flags=flags).stderr


def test_a_locked_session_goes_on_in_a_new_one_and_is_told_once(
    simulator: Simulator, chat: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat("a", flags=("--name", "s"))
    [file] = session_files(tmp_path)
    import fcntl

    monkeypatch.setattr(session_file, "LOCK_WAIT", 0.05)
    with file.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        ran = chat("b", "c", flags=("-r", "s", "--keep-going"))
    assert ran.code == 75
    assert errors(ran) == 1
    assert len(asked(simulator)[-1]) == 5
    assert len(session_files(tmp_path)) == 2


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"])
def test_a_signal_in_an_answer_saves_it_and_kills(
    spawn: Spawn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    with Simulator(tokens_per_second=100) as slow:
        slow.enqueue(text="word " * 1000)
        monkeypatch.setenv("ANTHROPIC_BASE_URL", slow.base_url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", CANARY)
        process = spawn("chat", "--debug", "hi")
        assert process.stderr
        deltas = (line for line in process.stderr if b'"content_block_delta"' in line)
        for _ in range(10):  # before a later one is told, the first ones are taken in
            next(deltas)
        process.send_signal(getattr(signal, name))
        process.communicate(timeout=30)
    assert process.returncode == -getattr(signal, name)
    last = json.loads(session_files(tmp_path)[0].read_text().splitlines()[-1])
    assert (last["kind"], last["status"]) == ("assistant", "partial")


def test_a_full_disk_under_stdout_is_told(simulator: Simulator, spawn: Spawn) -> None:
    with open("/dev/full", "wb") as full:
        process = spawn("chat", "hi", stdout=full)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 74
    assert err.count(b"\n") == 1


# Slash commands


def test_undo_goes_back_and_retry_asks_again(simulator: Simulator, chat: Run) -> None:
    script(simulator, "1", "2", "3", "4")
    ran = chat("a", "b", "/undo", "c", "/retry")
    assert asked(simulator)[2:] == [["a", "1", "c"], ["a", "1", "c"]]
    assert "taken back: b" in ran.stderr


def test_edit_with_a_text_asks_that_in_the_place_of_the_last_prompt(
    simulator: Simulator, chat: Run
) -> None:
    script(simulator, "1", "2", "3")
    chat("a", "b", "/edit c\r")
    assert asked(simulator)[-1] == ["a", "1", "c"]


@pytest.mark.parametrize(
    "line", ["/undo", "/retry", "/edit x", "/show", "/save x", "/fork", "/compact"]
)
def test_what_needs_a_turn_says_so(simulator: Simulator, chat: Run, line: str) -> None:
    assert chat(line).code == 2
    assert simulator.requests == []


def test_fork_leaves_the_old_session_as_it_is(
    simulator: Simulator, chat: Run, tmp_path: Path
) -> None:
    script(simulator, "1", "2")
    chat("a", "/fork second", "b", "/name", flags=("--name", "first"))
    chat("c", flags=("-r", "first"))
    chat("d", flags=("-r", "second"))
    assert asked(simulator)[2] == ["a", "1", "c"]
    assert asked(simulator)[3] == ["a", "1", "b", "2", "d"]


def test_fork_as_a_flag_leaves_the_old_session_as_it_is(simulator: Simulator, chat: Run) -> None:
    script(simulator, "1", "2")
    chat("a", flags=("--name", "first"))
    ran = chat("/undo", "/name mine", "b", "/name", flags=("-r", "first", "--fork"))
    chat("c", flags=("-r", "first"))
    assert ran.stderr.splitlines()[-1] == "mine"
    assert asked(simulator)[1:] == [["b"], ["a", "1", "c"]]


def test_a_name_is_given_before_or_after_the_first_turn(simulator: Simulator, chat: Run) -> None:
    ran = chat("/name early", "a", "/name")
    assert ran.stderr == "early\nearly\n"
    assert chat("b", "/name late").code == 0
    assert chat("c", flags=("-r", "late")).code == 0
    for name in ("early", "late", "a/b", "x" * 101):
        taken = chat(f"/name {name}")
        assert taken.code == 2
        assert taken.stderr.startswith("error: ")


def test_resume_goes_on_with_another_session(simulator: Simulator, chat: Run) -> None:
    script(simulator, "1", "2", "3")
    chat("in the first", flags=("--name", "first"))
    ran = chat("in the second", "/resume first", "and on")
    assert asked(simulator)[2] == ["in the first", "1", "and on"]
    assert "in the first" in ran.stderr
    assert chat("/resume nowhere").code == 66


def test_sessions_are_listed_newest_first(simulator: Simulator, chat: Run) -> None:
    chat("older words", flags=("--name", "old"))
    chat("newer words\x1b[2J")
    stderr = chat("/sessions").stderr
    assert stderr.index("newer words") < stderr.index("old")
    assert "  old  older words" in stderr
    assert "\x1b" not in stderr


def test_attachments_go_with_the_next_turn_alone(simulator: Simulator, chat: Run) -> None:
    Path("notes.txt").write_text("some notes")
    Path("more.txt").write_text("more notes")
    ran = chat("/attach notes.txt", "/attach more.txt", "/detach notes.txt", "/attach", "a", "b")
    assert ran.stderr.splitlines()[-1] == "with the next prompt: more.txt (text/plain)"
    first, second = (body["messages"][-1]["content"] for body in bodies(simulator))
    assert [block["type"] for block in first] == ["document", "text"]
    assert first[0]["title"] == "more.txt"
    assert [block["type"] for block in second] == ["text"]


@pytest.mark.skipif(os.name == "nt", reason="a backslash is part of a path there")
def test_paths_are_attached_as_a_terminal_types_them(simulator: Simulator, chat: Run) -> None:
    for name in ("my file.txt", "b2.md", "b10.md"):
        Path(name).write_text(name)
    chat("/attach 'my file.txt' my\\ file.txt", "/attach *.md", "/attach my file.txt", "what?")
    [body] = bodies(simulator)
    titles = [block.get("title") for block in body["messages"][-1]["content"]]
    assert titles == ["my file.txt", "my file.txt", "b2.md", "b10.md", "my file.txt", None]


def test_an_attachment_waits_while_its_turn_fails(simulator: Simulator, chat: Run) -> None:
    Path("notes.txt").write_text("some notes")
    simulator.inject("500x1")
    chat("a", "b", flags=("--keep-going", "-a", "notes.txt"))
    assert [len(body["messages"][-1]["content"]) for body in bodies(simulator)] == [2, 2]


@pytest.mark.parametrize("line", ["/retry", "/edit b"])
def test_an_attachment_that_went_with_a_retry_does_not_go_again(
    simulator: Simulator, chat: Run, line: str
) -> None:
    Path("notes.txt").write_text("some notes")
    Path("more.txt").write_text("more notes")
    simulator.inject("500x1")
    flags = ("--keep-going", "-a", "notes.txt")
    chat("a", "/attach more.txt", line, "c", flags=flags)
    sent = [body["messages"][-1]["content"] for body in bodies(simulator)]
    titles = [[block["title"] for block in blocks if "title" in block] for blocks in sent]
    assert titles == [["notes.txt"], ["notes.txt"], ["more.txt"]]


@pytest.mark.parametrize(
    ("line", "code"),
    [("/attach nowhere.png", 66), ("/attach -", 2), ("/attach http://a/b.png", 2), ("/detach", 2)],
)
def test_what_cannot_be_attached_is_told(
    simulator: Simulator, chat: Run, line: str, code: int
) -> None:
    assert chat(line).code == code


def test_settings_hold_for_the_turns_that_follow(simulator: Simulator, chat: Run) -> None:
    chat(
        "a", "/model claude-opus-4-6", "/system be brief", "/set temperature:=0.5", "/effort low",
        "/set metadata.user_id=me", "/set temperature:=0.7", "b",
        "/unset temperature", "/unset system", "/unset output_config.effort", "c",
    )  # fmt: skip
    first, second, third = bodies(simulator)
    assert second["model"] == "claude-opus-4-6"
    assert system_prompts(simulator)[1] == "be brief"
    assert second["temperature"] == 0.7
    assert second["output_config"] == {"effort": "low"}
    assert third["model"] == second["model"]
    assert third["metadata"] == {"user_id": "me"}
    assert third.keys() - first.keys() == {"metadata"}


@pytest.mark.parametrize(
    ("path", "text", "sent"),
    [
        ("temperature", "0.5", 0.5),
        ("top_k", "7", 7),
        ("max_tokens", "99", 99),
        ("stop_sequences", "END", ["END"]),
        ("thinking", "2048", {"type": "enabled", "budget_tokens": 2048}),
        ("model", "haiku", catalog.resolve_alias("haiku")),
        ("cache_control", "1h", {"type": "ephemeral", "ttl": "1h"}),
        ("metadata", "x", "x"),
        ("x.y", "0.5", {"y": "0.5"}),
    ],
)
def test_a_text_in_the_place_of_a_flag_is_a_value_of_that_flag(
    simulator: Simulator, chat: Run, path: str, text: str, sent: Any
) -> None:
    """Anywhere else it is a text, as with -o."""
    chat("/set max_tokens:=9999", f"/set {path}={text}", "a")
    assert bodies(simulator)[-1][path.partition(".")[0]] == sent


def test_a_number_that_is_set_replaces_what_was_set_before(simulator: Simulator, chat: Run) -> None:
    lines = ("/set temperature:=0.1", "/set temperature=0.2", "a", "/unset temperature", "b")
    chat(*lines, flags=("--temperature", "0.9"))
    assert [body.get("temperature") for body in bodies(simulator)] == [0.2, None]


def test_a_setting_of_the_session_can_be_left_out(simulator: Simulator, chat: Run) -> None:
    chat("a", flags=("--name", "s", "-s", "be brief"))
    chat("b", "/unset system", "c", flags=("-r", "s"))
    assert system_prompts(simulator) == ["be brief", "be brief", None]


def test_a_typed_system_prompt_outranks_that_of_the_session(
    simulator: Simulator, chat: Run
) -> None:
    chat("a", flags=("--name", "s", "-s", "be brief"))
    Path("role.txt").write_text("be kind")
    chat("/system @role.txt", "b", flags=("-r", "s"))
    assert system_prompts(simulator)[1] == "be kind"


@pytest.mark.parametrize(
    "line",
    [
        "/unset temperature",
        "/set x:={",
        "/set nonsense",
        "/set temperature=warm",
        "/set temperature=nan",
        "/set max_tokens=1.5",
        "/set output_config.effort=some",
        "/thinking often",
        "/effort some",
    ],
)
def test_a_setting_that_cannot_be_is_refused_and_changes_nothing(
    simulator: Simulator, chat: Run, line: str
) -> None:
    ran = chat("/set", line, "a", "/set", flags=("--keep-going",))
    assert ran.code == 2
    before, after = ran.stderr.splitlines()[:4], ran.stderr.splitlines()[-4:]
    assert before == after


def test_settings_are_shown(simulator: Simulator, chat: Run) -> None:
    Path("tool.toml").write_text(
        'name = "wipe"\ndescription = "Wipes it.\\nAll."\ncommand = ["true"]\n'
        '[input_schema]\ntype = "object"\n'
    )
    ran = chat("/model", "/system", "/thinking", "/effort", "/tools", flags=("-T", "tool.toml"))
    assert ran.stderr.splitlines() == [
        "claude-sonnet-4-6",
        "no system prompt",
        '"as the model likes"',
        "as the model likes",
        "wipe  Wipes it.",
    ]


def test_show_prints_an_answer_as_it_came(simulator: Simulator, chat: Run) -> None:
    script(simulator, "**one**\x1b[2J", "two")
    ran = chat("a", "b", "/show 1", "/show")
    assert ran.stdout.endswith(b"two\n\n**one**\x1b[2J\n\ntwo\n\n")
    assert chat("a", "/show 2").code == 2
    assert chat("a", f"/show {'9' * 5000}").code == 2


def test_save_writes_a_new_file_only(simulator: Simulator, chat: Run) -> None:
    script(simulator, "the answer")
    assert chat("a", "/save out.txt").code == 0
    assert Path("out.txt").read_text() == "the answer\n"
    assert chat("b", "/save out.txt").code == 2
    assert Path("out.txt").read_text() == "the answer\n"


def test_the_keys_of_the_editor_are_set_and_shown(simulator: Simulator, chat: Run) -> None:
    ran = chat(
        "/set keys", "/set keys=vi", "/set keys", "a", "/set keys=ed", flags=("--keys", "vi")
    )
    assert ran.stderr.splitlines()[:4] == [
        *['keys = "vi"'] * 3,
        "error: keys must be one of emacs, vi, not ed",
    ]
    assert "keys" not in bodies(simulator)[0]


@pytest.mark.parametrize(
    ("flags", "error"),
    [
        (("--pick",), "--pick needs a terminal"),
        (("--pick", "-c"), "--pick and -c exclude each other"),
    ],
)
def test_a_session_is_chosen_on_a_terminal_alone(
    simulator: Simulator, chat: Run, flags: tuple[str, ...], error: str
) -> None:
    ran = chat("a", flags=flags)
    assert (ran.code, ran.stderr.splitlines()[0]) == (2, f"error: {error}")
    assert simulator.requests == []


TWO_BLOCKS = "Either\n\n```sh\nls\n```\n\nor\n\n```make\nall:\n\tdir\n```\n"


@pytest.mark.parametrize(
    ("line", "saved"),
    [
        ("/save 1 out.txt", "ls\n"),
        ("/save 2 out.txt", "all:\n\tdir\n"),
        ("/save code  out.txt", "ls\n"),
        ("/save out.txt", TWO_BLOCKS),
    ],
)
def test_a_code_block_is_saved_by_its_number(
    simulator: Simulator, chat: Run, line: str, saved: str
) -> None:
    script(simulator, TWO_BLOCKS)
    assert chat("a", line).code == 0
    assert Path("out.txt").read_text() == saved


@pytest.mark.skipif(os.name == "nt", reason="a shell script stands for the clipboard")
def test_the_clipboard_is_attached_and_gets_answers_and_their_code(
    simulator: Simulator, chat: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path("programs")
    folder.mkdir()
    for name, code in {"pbpaste": "echo some notes", "pbcopy": "/bin/cat > copied"}.items():
        (folder / name).write_text(f"#!/bin/sh\n{code}\n")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(folder.resolve()))
    script(simulator, TWO_BLOCKS)
    assert chat("/paste", "a", "/copy 2").code == 0
    [request] = simulator.requests
    attached = request.body["messages"][0]["content"][0]
    assert attached["source"]["data"] == "some notes\n"
    assert Path("copied").read_text() == "all:\n\tdir"


@pytest.mark.parametrize(
    ("answer", "line", "error"),
    [
        (TWO_BLOCKS, "/copy 3", "a code block has a number from 1 to 2, not 3"),
        (TWO_BLOCKS, "/copy two", "a code block has a number from 1 to 2, not two"),
        (TWO_BLOCKS, "/save 0 out.txt", "a code block has a number from 1 to 2, not 0"),
        ("words", "/copy code", "the last answer has no fenced code block"),
        ("words", "/save 1 out.txt", "the last answer has no fenced code block"),
    ],
)
def test_a_code_block_that_is_not_there_is_told(
    simulator: Simulator, chat: Run, answer: str, line: str, error: str
) -> None:
    script(simulator, answer)
    ran = chat("a", line)
    assert (ran.code, ran.stderr.splitlines()[0]) == (2, f"error: {error}")
    assert not Path("out.txt").exists()


@pytest.mark.parametrize(("name", "start"), [("x.md", "# "), ("x.html", "<!DOC"), ("x.json", "{")])
def test_export_goes_by_the_suffix(simulator: Simulator, chat: Run, name: str, start: str) -> None:
    script(simulator, "the answer")
    assert chat("a", f"/export {name}").code == 0
    assert Path(name).read_text().startswith(start)
    assert "the answer" in Path(name).read_text()


def test_history_shows_the_conversation_made_harmless(simulator: Simulator, chat: Run) -> None:
    script(simulator, "an answer \x1b[2J")
    stderr = chat("the prompt", "/history").stderr
    assert "the prompt" in stderr
    assert "an answer ␛[2J" in stderr


def test_usage_adds_up(simulator: Simulator, chat: Run) -> None:
    for _ in range(2):
        simulator.enqueue(text="x", usage={"input_tokens": 1000, "output_tokens": 500})
    stderr = chat("a", "/undo", "b", "/usage", flags=("--cache", "off")).stderr
    assert "2 answers: 2,000 in, 1,000 out" in stderr
    assert "cost $0.021" in stderr


def test_count_asks_the_api(simulator: Simulator, chat: Run) -> None:
    stderr = chat("a", "/count").stderr
    assert stderr.endswith(" of 1,000,000 tokens\n")
    assert int(stderr.split()[0]) > 0


def test_compact_puts_a_summary_in_the_place_of_the_turns(
    simulator: Simulator, chat: Run, tmp_path: Path
) -> None:
    script(simulator, LONG, "2", "in short", "3")
    ran = chat("a", "b", "/compact", "c", flags=("--name", "s"))
    sent = asked(simulator)
    assert [len(turn) for turn in sent] == [1, 3, 5, 3]
    assert sent[3][1:] == ["in short", "c"]
    records = [json.loads(line) for line in session_files(tmp_path)[0].read_text().splitlines()]
    assert LONG in json.dumps(records)
    assert "in short\n" in ran.stderr
    replaced, tokens, bound, after = [
        int(word.replace(",", "")) for word in ran.stderr.split() if word[0].isdigit()
    ]
    assert tokens > replaced > after > 0
    most = (tokens * Decimal("3.75") + bound * 15) / 10**6  # USD: written to the cache, and out
    assert f"costs at most {format_usd(most)}\n" in ran.stderr


def test_a_summary_as_long_as_the_turns_is_not_paid_for(simulator: Simulator, chat: Run) -> None:
    ran = chat("a", "/compact", flags=("-s", LONG))
    assert (ran.code, len(bodies(simulator))) == (2, 1)
    assert "nothing to gain" in ran.stderr


@pytest.mark.parametrize(("words", "code"), [("x" * 572, 2), ("x" * 573, 0)])
def test_turns_of_more_than_150_tokens_are_worth_a_summary(
    simulator: Simulator, chat: Run, words: str, code: int
) -> None:
    script(simulator, words, "short")
    ran = chat("four", "/compact")
    assert ran.code == code
    assert ("nothing to gain: the turns are 150 tokens" in ran.stderr) == (code == 2)


@pytest.mark.parametrize("reply", [{"text": "in sh", "stop_reason": "max_tokens"}, {"text": " "}])
def test_a_summary_that_is_not_whole_changes_nothing(
    simulator: Simulator, chat: Run, reply: dict[str, Any]
) -> None:
    script(simulator, "1")
    simulator.enqueue(**reply)
    ran = chat(LONG, "/compact", "b", flags=("--keep-going",))
    assert ran.code == 65
    assert asked(simulator)[-1] == [LONG, "1", "b"]


def test_clear_begins_anew_in_the_same_session(
    simulator: Simulator, chat: Run, tmp_path: Path
) -> None:
    chat("a", "/clear", "b")
    assert asked(simulator)[1] == ["b"]
    assert len(session_files(tmp_path)) == 1


def test_a_context_that_is_nearly_full_is_told_once(simulator: Simulator, chat: Run) -> None:
    for _ in range(3):
        simulator.enqueue(text="x", usage={"input_tokens": 900_000, "output_tokens": 1})
    assert chat("a", "b", "c").stderr.count("nearly full") == 1


def test_what_a_model_refuses_is_told_once(simulator: Simulator, chat: Run) -> None:
    ran = chat("a", "b", flags=("-m", "claude-opus-4-5"))
    assert ran.stderr.count("deprecated") == 1


def test_no_save_keeps_nothing_but_remembers(
    simulator: Simulator, chat: Run, tmp_path: Path
) -> None:
    script(simulator, "1")
    ran = chat("a", "b", "/name", flags=("-n",))
    assert asked(simulator)[1] == ["a", "1", "b"]
    assert session_files(tmp_path) == []
    assert ran.stderr == "not kept\n"


def test_quit_reads_no_further(simulator: Simulator, spawn: Spawn) -> None:
    process = spawn("chat", stdin=subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.write(b"/quit\n")
    process.stdin.flush()
    assert process.wait(timeout=30) == 0


def test_answers_come_while_the_pipe_is_open(simulator: Simulator, spawn: Spawn) -> None:
    script(simulator, "one", "two")
    process = spawn("chat", stdin=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    for answer in (b"one\n", b"two\n"):
        process.stdin.write(b"go\n")
        process.stdin.flush()
        assert process.stdout.readline() == answer
        assert process.stdout.readline() == b"\n"
