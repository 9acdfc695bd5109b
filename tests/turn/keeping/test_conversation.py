"""Where a turn is kept, and what becomes of the answer when it cannot be."""

import fcntl
import json
import os
import resource
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from claude_cli.commandline.flags.question import SessionFlags
from claude_cli.disk import appendlog
from claude_cli.errors import CannotCreate, CannotWrite, TemporaryFailure, UsageError
from claude_cli.session import session_file
from claude_cli.session.format import FORMAT
from claude_cli.simulator.server.server import Simulator
from claude_cli.turn.keeping.conversation import Conversation
from claude_cli.types import ContentBlock, Message
from claude_cli.ui.notices import Notices
from tests.conftest import Run, Spawn

BODY: dict[str, Any] = {"model": "m", "max_tokens": 1, "messages": []}


@pytest.fixture(autouse=True)
def short_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test waits long for a lock."""
    monkeypatch.setattr(session_file, "LOCK_WAIT", 0.05)


def records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def said(path: Path) -> list[str]:
    """The prompts of a session file, in the order in which they were kept."""
    return [r["content"][0]["text"] for r in records(path) if r["kind"] == "user"]


def conversation(**flags: Any) -> Conversation:
    return Conversation(SessionFlags(**flags), Notices())


def prompt(text: str) -> list[ContentBlock]:
    return [{"type": "text", "text": text}]


def message(text: str) -> Message:
    return {"type": "message", "id": "m", "role": "assistant", "content": prompt(text)}


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """The file, held as `flock FILE sleep 9` holds it."""
    with path.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


# The ordinary way


def test_a_turn_is_resumed_by_its_name_and_by_the_start_of_its_id(
    simulator: Simulator, run: Run, sessions: Path
) -> None:
    assert run("ask", "one", "--name", "talk").code == 0
    [file] = sessions.glob("*.jsonl")
    assert run("ask", "two", "-r", "talk").code == 0
    assert run("ask", "three", "-r", file.stem[:-2]).code == 0
    assert run("ask", "four", "-r", str(file)).code == 0
    assert said(file) == ["one", "two", "three", "four"]
    roles = [sent["role"] for sent in simulator.requests[-1].body["messages"]]
    assert roles == ["user", "assistant"] * 3 + ["user"]


def test_continue_goes_on_with_the_session_answered_last_and_says_which(
    simulator: Simulator, run: Run, sessions: Path
) -> None:
    run("ask", "before")
    run("ask", "one", "--name", "talk")
    ran = run("ask", "two", "-c")
    assert (ran.code, ran.stderr) == (0, "continuing session talk\n")
    run("ask", "in a script")
    run("ask", "three", "-c")
    talks = [said(file) for file in sessions.glob("*.jsonl")]
    assert ["one", "two"] in talks and ["in a script", "three"] in talks


def test_a_question_that_failed_is_not_gone_on_with_and_its_model_is_not_kept(
    simulator: Simulator, run: Run, sessions: Path
) -> None:
    run("ask", "one", "--name", "talk", "-m", "claude-opus-4-6")
    assert run("ask", "lost", "-m", "no-such-model").code == 65
    assert run("ask", "lost", "-r", "talk", "-m", "no-such-model").code == 65
    ran = run("ask", "two", "-c")
    assert (ran.code, ran.stderr) == (0, "continuing session talk\n")
    assert "model: `claude-opus-4-6`" in ran.text
    (sessions.parent.parent / "state" / "last-answered").unlink(missing_ok=True)
    assert run("ask", "three", "-c").stderr == "continuing session talk\n"


def test_a_session_of_a_question_that_failed_keeps_all_but_its_model(
    simulator: Simulator, run: Run
) -> None:
    run("ask", "lost", "--name", "talk", "-m", "no-such-model", "-s", "be brief")
    body = run("ask", "again", "-r", "talk", "--dry-run").json
    assert (body["model"] != "no-such-model", body["system"]) == (True, "be brief")


def test_simulated_and_real_sessions_are_gone_on_with_apart(simulator: Simulator, run: Run) -> None:
    run("ask", "one", "--name", "real")
    assert "there is no session" in run("ask", "two", "-c", "--simulate").stderr
    run("ask", "one", "--name", "pretended", "--simulate")
    assert "continuing session pretended" in run("ask", "two", "-c", "--simulate").stderr
    assert run("ask", "two", "-c").stderr == "continuing session real\n"


def test_continue_without_a_session_has_a_hint(simulator: Simulator, run: Run) -> None:
    ran = run("ask", "hi", "-c")
    assert (ran.code, "sessions list" in ran.stderr) == (66, True)
    assert simulator.requests == []


def test_a_fork_leaves_the_original_alone(simulator: Simulator, run: Run, sessions: Path) -> None:
    run("ask", "one", "--name", "talk")
    [file] = sessions.glob("*.jsonl")
    before = file.read_bytes()
    assert run("ask", "two", "-r", "talk", "--fork", "--name", "other").code == 0
    assert file.read_bytes() == before
    [fork] = set(sessions.glob("*.jsonl")) - {file}
    assert said(fork) == ["one", "two"]


@pytest.mark.parametrize(
    ("first", "then"),
    [
        (["--simulate"], ["ask", "two", "-r", "talk", "--fork", "--simulate"]),
        (["--simulate"], ["ask", "two", "-r", "talk", "--fork"]),
        ([], ["ask", "two", "-r", "talk", "--fork", "--simulate"]),
        (["--simulate"], ["sessions", "fork", "talk"]),
    ],
)
def test_a_fork_with_an_answer_of_a_simulator_says_so(
    simulator: Simulator, run: Run, first: list[str], then: list[str]
) -> None:
    run("ask", "one", "--name", "talk", *first)
    assert run(*then).code == 0
    rows = run("sessions", "list", "--format", "json").json
    assert {row["name"]: row["simulated"] for row in rows} == {"talk": bool(first), None: True}


def test_a_fork_of_a_fork_of_what_a_simulator_said_says_so(simulator: Simulator, run: Run) -> None:
    run("ask", "one", "--name", "talk", "--simulate")
    run("sessions", "fork", "talk", "--name", "second")
    run("ask", "two", "-r", "second", "-s", "Be brief.")  # other settings, a header of their own
    run("sessions", "fork", "second", "--name", "third")
    assert [row["simulated"] for row in run("sessions", "list", "--format", "json").json] == [
        True
    ] * 3


def test_nothing_is_kept_where_nothing_shall_be(
    simulator: Simulator, run: Run, sessions: Path
) -> None:
    assert run("ask", "hi", "-n").code == 0
    assert not sessions.exists()
    run("ask", "one", "--name", "talk")
    [file] = sessions.glob("*.jsonl")
    before = file.read_bytes()
    ran = run("ask", "two", "-r", "talk", "-n", "--format", "json")
    assert (ran.code, ran.json["claude_cli"]["session"]) == (0, None)
    assert file.read_bytes() == before


def test_history_sends_only_the_last_turns(simulator: Simulator, run: Run) -> None:
    for number in range(3):
        run("ask", str(number), *(["-r", "talk"] if number else ["--name", "talk"]))
    run("ask", "last", "-r", "talk", "--history", "1")
    texts = [sent["content"][0]["text"] for sent in simulator.requests[-1].body["messages"]]
    assert (texts[0], texts[-1], len(texts)) == ("2", "last", 3)


def test_model_system_and_tools_come_from_the_session_unless_given(
    simulator: Simulator, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("ask", "one", "--name", "talk", "-m", "claude-haiku-4-5", "-s", "Be brief.")
    monkeypatch.setenv("ANTHROPIC_MODEL", "claude-opus-4-5")
    run("ask", "two", "-r", "talk")
    body = simulator.requests[-1].body
    assert (body["model"], body["system"]) == ("claude-haiku-4-5", "Be brief.")
    run("ask", "three", "-r", "talk", "-m", "claude-sonnet-4-6", "-s", "Be long.")
    body = simulator.requests[-1].body
    assert (body["model"], body["system"]) == ("claude-sonnet-4-6", "Be long.")


def test_a_prefill_goes_back_with_what_came_after_it(simulator: Simulator, run: Run) -> None:
    simulator.enqueue(text=" well")
    run("ask", "one", "--name", "talk", "-m", "claude-haiku-4-5", "--prefill", "Oh")
    run("ask", "two", "-r", "talk")
    assert simulator.requests[-1].body["messages"][1]["content"] == prompt("Oh well")


@pytest.mark.parametrize("name", ["../x", "", " ", "x" * 300, "a/b", ".hidden", "-n", "\x1b[2J"])
def test_a_name_that_is_none_is_wrong_usage_and_nothing_is_sent(
    simulator: Simulator, run: Run, tmp_path: Path, name: str
) -> None:
    ran = run("ask", "hi", f"--name={name}")
    assert (ran.code, ran.stdout) == (2, b"")
    assert "\x1b" not in ran.stderr
    assert simulator.requests == []
    assert not [*tmp_path.rglob("*.jsonl")]


@pytest.mark.parametrize("spec", ["", " ", "x" * 300])
def test_resuming_what_can_be_no_name_is_wrong_usage(
    simulator: Simulator, run: Run, spec: str
) -> None:
    assert run("ask", "hi", "-r", spec).code == 2
    assert simulator.requests == []


def test_a_name_that_is_taken_is_wrong_usage_with_a_hint(simulator: Simulator, run: Run) -> None:
    run("ask", "one", "--name", "talk")
    ran = run("ask", "two", "--name", "talk")
    assert (ran.code, "hint: -r talk" in ran.stderr) == (2, True)
    assert len(simulator.requests) == 1


@pytest.mark.parametrize(
    "flags", [["-c", "-r", "x"], ["--fork"], ["--history", "2"], ["-r", "talk", "--name", "other"]]
)
def test_session_flags_that_do_not_fit_together_are_wrong_usage(
    simulator: Simulator, run: Run, flags: list[str]
) -> None:
    run("ask", "one", "--name", "talk")
    assert run("ask", "hi", *flags).code == 2
    assert len(simulator.requests) == 1


# The file is in the way


@pytest.mark.parametrize("kind", ["fifo", "folder", "symlink", "dangling"])
def test_a_session_path_that_is_no_file_is_refused_at_once(
    simulator: Simulator, run: Run, tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "s.jsonl"
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        target = tmp_path / "target.txt"
        path.symlink_to(target)
        if kind == "symlink":
            target.write_text("mine")
    ran = run("ask", "hi", "-r", str(path))
    assert (ran.code, ran.stdout) == (73, b"")
    assert str(path) in ran.stderr
    assert simulator.requests == []
    assert kind != "symlink" or (tmp_path / "target.txt").read_text() == "mine"


def test_a_session_that_is_not_there_is_unreadable(simulator: Simulator, run: Run) -> None:
    for spec in ("nobody", "./nobody.jsonl"):
        assert run("ask", "hi", "-r", spec).code == 66
    assert simulator.requests == []


@pytest.fixture
def blocked(sessions: Path) -> Path:
    """The data folder cannot take sessions: a file is in the place of the folder."""
    sessions.parent.mkdir(parents=True)
    sessions.write_text("in the way")
    return sessions


@pytest.mark.usefixtures("blocked")
def test_a_named_session_that_has_no_place_is_told_before_anything_is_sent(
    simulator: Simulator, run: Run
) -> None:
    ran = run("ask", "hi", "--name", "talk")
    assert (ran.code, ran.stdout) == (73, b"")
    assert simulator.requests == []


@pytest.mark.usefixtures("blocked")
@pytest.mark.parametrize("command", ["ask", "stream"])
def test_a_session_that_nobody_named_is_missed_with_one_warning(
    simulator: Simulator, run: Run, command: str
) -> None:
    simulator.enqueue(text="the answer")
    ran = run(command, "hi")
    assert (ran.code, ran.text) == (0, "the answer\n")
    [line] = ran.stderr.splitlines()
    assert line.startswith("warning: this conversation is not kept: ")


@pytest.mark.usefixtures("blocked")
def test_a_session_that_nobody_named_is_missed_in_silence_when_quiet(
    simulator: Simulator, run: Run
) -> None:
    ran = run("ask", "hi", "-q")
    assert (ran.code, ran.stderr) == (0, "")


def test_a_ledger_that_cannot_be_written_is_worth_a_warning_and_no_answer(
    simulator: Simulator, run: Run, tmp_path: Path
) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "state").write_text("in the way")
    simulator.enqueue(text="the answer")
    ran = run("ask", "hi")
    assert (ran.code, ran.text) == (0, "the answer\n")
    assert ran.stderr.startswith("warning: the ledger is not kept: ")


def test_files_are_0600_in_folders_0700_whatever_the_umask(
    simulator: Simulator, spawn: Spawn, tmp_path: Path
) -> None:
    Path("notes.txt").write_text("attached")
    process = spawn(
        "ask", "hi", "--name", "talk", "-a", "notes.txt", preexec_fn=lambda: os.umask(0)
    )
    assert process.wait(timeout=30) == 0
    made = [path for path in (tmp_path / "home").rglob("*")]
    assert {"last-answered", "ledger.jsonl", "sessions"} <= {path.name for path in made}
    for path in [tmp_path / "home", *made]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_a_relative_xdg_folder_is_never_the_current_one(
    simulator: Simulator, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CLAUDE_CLI_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    for kind in ("DATA", "STATE", "CONFIG", "CACHE"):
        monkeypatch.setenv(f"XDG_{kind}_HOME", "here")
    assert run("ask", "hi").code in (0, 78)
    assert [*Path().iterdir()] == []


# The file cannot be written


@contextmanager
def size_limit(size: int) -> Iterator[None]:
    """As on a disk that is full: no file grows beyond `size` bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("room", [0, 10, 350])
@pytest.mark.parametrize("command", ["ask", "stream"])
def test_on_a_full_disk_the_answer_is_shown_and_the_session_as_it_was(
    simulator: Simulator, spawn: Spawn, run: Run, sessions: Path, command: str, room: int
) -> None:
    """With room for the prompt alone, the prompt is kept."""
    run("ask", "one", "--name", "talk", "--no-ledger")
    [file] = sessions.glob("*.jsonl")
    before = file.read_bytes()
    simulator.enqueue(text="the answer" * 100)

    def limit() -> None:
        most = len(before) + room
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

    whole = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}  # one that is cut would stay
    process = spawn(command, "two", "-r", "talk", "--no-ledger", env=whole, preexec_fn=limit)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (74, b"the answer" * 100 + b"\n")
    assert err.startswith(b"error: cannot write ") and err.count(b"\n") == 1
    after = file.read_bytes()
    assert after.startswith(before)
    assert said(file) == (["one", "two"] if room == 350 else ["one"])


def test_the_ledger_on_a_full_disk_costs_no_answer(simulator: Simulator, spawn: Spawn) -> None:
    process = spawn(
        "ask", "hi", "-n", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    )
    out, err = process.communicate(timeout=30)
    assert (process.returncode, b"hi" in out) == (0, True)
    assert err.startswith(b"warning: the ledger is not kept")


def test_a_new_session_that_cannot_be_written_is_trouble_and_the_turn_goes_on() -> None:
    made = conversation()
    with size_limit(10):
        made.asked(prompt("hi"), BODY)
        made.answered(message("there"), "complete", BODY)
    assert isinstance(made.trouble, CannotWrite)
    assert made.id is None
    assert [m["role"] for m in made.history("m")] == ["user", "assistant"]


def test_the_next_turn_needs_no_disk_any_more(sessions: Path) -> None:
    made = conversation()
    with size_limit(10):
        made.asked(prompt("hi"), BODY)
    made.answered(message("there"), "complete", BODY)
    made.asked(prompt("more"), BODY)
    assert len(made.history("m")) == 2
    assert [*sessions.glob("*.jsonl")] == []


def test_a_file_that_is_gone_is_trouble_and_the_turn_goes_on(sessions: Path) -> None:
    made = conversation(name="talk")
    made.asked(prompt("hi"), BODY)
    [file] = sessions.glob("*.jsonl")
    file.unlink()
    made.answered(message("there"), "complete", BODY)
    assert isinstance(made.trouble, CannotWrite)
    assert not file.exists()


@pytest.mark.usefixtures("blocked")
def test_a_named_conversation_raises_what_an_unnamed_one_warns_of(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(CannotCreate):
        conversation(name="talk").asked(prompt("hi"), BODY)
    unnamed = conversation()
    unnamed.asked(prompt("hi"), BODY)
    unnamed.answered(message("there"), "complete", BODY)
    assert unnamed.trouble is None
    assert capfd.readouterr().err.count("not kept") == 1


# The record is too long, and the answer counts for more


@pytest.fixture
def short_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(appendlog, "LINE_LIMIT", 2000)


@pytest.mark.usefixtures("short_lines")
@pytest.mark.parametrize("command", ["ask", "stream"])
def test_an_answer_too_long_to_be_kept_is_shown(
    simulator: Simulator, run: Run, sessions: Path, command: str
) -> None:
    simulator.enqueue(text="word " * 1000)
    ran = run(command, "hi")
    assert (ran.code, ran.text) == (65, "word " * 1000 + "\n")
    assert "too long to be kept" in ran.stderr
    [file] = sessions.glob("*.jsonl")
    assert [record["kind"] for record in records(file)] == ["header", "user"]


@pytest.mark.usefixtures("short_lines")
@pytest.mark.parametrize(("fault", "code"), [("cut=1x1", 75), ("malformedx1", 76)])
def test_what_broke_an_answer_is_told_even_where_it_is_too_long_to_be_kept(
    simulator: Simulator, run: Run, fault: str, code: int
) -> None:
    simulator.enqueue(text="word " * 1000, delta_characters=3000)
    simulator.inject(fault)
    ran = run("ask", "hi")
    warning, *lines = ran.stderr.splitlines()
    assert ran.code == code
    assert warning.startswith("warning: this turn is not kept: a record of ")
    assert [line.partition(":")[0] for line in lines if line[:4] != "hint"] == [
        "error",
        "request id",
    ]


@pytest.mark.usefixtures("short_lines")
def test_an_answer_that_fits_neither_the_schema_nor_the_file_is_told_as_both(
    simulator: Simulator, run: Run
) -> None:
    simulator.enqueue(text="word " * 1000)
    ran = run("ask", "hi", "--schema", '{"type": "object"}')
    assert (ran.code, ran.text) == (6, "word " * 1000 + "\n")
    assert "warning: this turn is not kept: " in ran.stderr


@pytest.mark.usefixtures("short_lines")
def test_a_chat_lives_on_in_memory_behind_an_answer_too_long_to_be_kept(
    simulator: Simulator, run: Run
) -> None:
    simulator.enqueue(text="word " * 1000)
    ran = run("chat", "--keep-going", stdin=b"one\ntwo\n")
    assert (ran.code, ran.stderr.count("error: ")) == (65, 1)
    assert len(simulator.requests[-1].body["messages"]) == 3


# Somebody else has the file


def test_a_partial_answer_that_went_elsewhere_is_told(
    simulator: Simulator, run: Run, sessions: Path
) -> None:
    run("ask", "one", "--name", "talk")
    [file] = sessions.glob("*.jsonl")
    simulator.inject("cut=1x1")
    with locked(file):
        ran = run("ask", "two", "-r", "talk")
    [new] = set(sessions.glob("*.jsonl")) - {file}
    assert ran.code == 75
    assert f"went into the new session {new.stem}" in ran.stderr
    assert f"the partial answer is in session {new.stem}" in ran.stderr
    assert "closed the connection" in ran.stderr.partition("error: ")[2]


def test_a_locked_session_is_waited_for_and_the_turn_goes_into_a_new_one(
    simulator: Simulator, run: Run, sessions: Path
) -> None:
    run("ask", "one", "--name", "talk")
    [file] = sessions.glob("*.jsonl")
    before = file.read_bytes()
    simulator.enqueue(text="the answer")
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with holder:
        assert holder.stdout is not None and holder.stdout.read(1) == b"!"
        ran = run("ask", "two", "-r", "talk")
        holder.communicate(b"")
    assert (ran.code, ran.text) == (75, "the answer\n")
    assert file.read_bytes() == before
    [new] = set(sessions.glob("*.jsonl")) - {file}
    assert f"went into the new session {new.stem}" in ran.stderr
    assert ran.stderr.count("error: ") == 1
    assert said(new) == ["one", "two"]
    assert records(new)[-1]["status"] == "complete"
    assert run("ask", "three", "-r", new.stem).code == 0


HOLD = """
import fcntl, sys
file = open(sys.argv[1])
fcntl.flock(file, fcntl.LOCK_EX)
print("!", end="", flush=True)
sys.stdin.read()
"""


def test_a_lock_that_is_only_in_the_way_of_the_answer_moves_question_and_answer(
    sessions: Path,
) -> None:
    made = conversation(name="talk")
    made.asked(prompt("hi"), BODY)
    [file] = sessions.glob("*.jsonl")
    with locked(file):
        made.answered(message("there"), "complete", BODY)
    assert isinstance(made.trouble, TemporaryFailure)
    [new] = set(sessions.glob("*.jsonl")) - {file}
    assert made.id == new.stem
    assert said(new) == ["hi"]
    assert records(new)[-1]["message"]["content"] == prompt("there")


def test_a_turn_that_was_to_be_replaced_stays_behind_in_the_locked_session(sessions: Path) -> None:
    made = conversation(name="talk")
    for text in ("one", "two"):
        made.asked(prompt(text), BODY)
        made.answered(message(text), "complete", BODY)
    assert made.replace_last_turn()
    [file] = sessions.glob("*.jsonl")
    with locked(file):
        made.asked(prompt("two"), BODY)
    made.keep_last_turn()
    assert [m["role"] for m in made.history("m")] == ["user", "assistant"]
    assert made.session.transcript.missing is None


def test_later_turns_stay_in_the_new_session(sessions: Path) -> None:
    made = conversation(name="talk")
    made.asked(prompt("hi"), BODY)
    [file] = sessions.glob("*.jsonl")
    with locked(file):
        made.answered(message("there"), "complete", BODY)
        made.asked(prompt("more"), BODY)
    [new] = set(sessions.glob("*.jsonl")) - {file}
    assert said(new) == ["hi", "more"]
    assert said(file) == ["hi"]


def test_two_conversations_over_one_session_keep_both_turns_and_are_told(
    sessions: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    first = conversation(name="talk")
    first.asked(prompt("one"), BODY)
    first.answered(message("1"), "complete", BODY)
    second = conversation(resume="talk")
    for turn in (first, second):
        turn.asked(prompt("next"), BODY)
    first.answered(message("2"), "complete", BODY)
    second.answered(message("2"), "complete", BODY)
    assert capfd.readouterr().err.count("it now branches") == 2
    [file] = sessions.glob("*.jsonl")
    assert said(file) == ["one", "next", "next"]
    assert len(conversation(resume="talk").history("m")) == 4


def test_branches_are_told_once_in_one_run(
    sessions: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    first = conversation(name="talk")
    first.asked(prompt("one"), BODY)
    first.answered(message("1"), "complete", BODY)
    for text in ("two", "three"):
        other = conversation(resume="talk")
        first.asked(prompt(text), BODY)
        other.asked(prompt("in between"), BODY)
        first.answered(message("1"), "complete", BODY)
    assert len(first.session.branches) == 2
    assert capfd.readouterr().err.count("it now branches") == 1 + 2  # the others are told, too


def test_eight_at_once_make_eight_turns_and_say_that_they_branch(
    spawn: Spawn, run: Run, sessions: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-x")
    with Simulator(latency=0.3) as slow:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", slow.base_url)
        assert run("ask", "first", "--name", "talk").code == 0
        processes = [spawn("ask", f"turn {n}", "-r", "talk") for n in range(8)]
        ran = [(process.communicate(timeout=30)[1], process.returncode) for process in processes]
        last = run("ask", "last", "-r", "talk")
    assert [code for _, code in ran] == [0] * 8
    assert any(b"it now branches" in err for err, _ in ran)
    [file] = sessions.glob("*.jsonl")
    assert sorted(said(file)) == sorted(["first", *(f"turn {n}" for n in range(8)), "last"])
    assert [r["status"] for r in records(file) if r["kind"] == "assistant"] == ["complete"] * 10
    assert last.code == 0


# What a session holds


def test_a_session_of_a_newer_format_is_read_only(
    simulator: Simulator, run: Run, tmp_path: Path
) -> None:
    run("ask", "one", "--name", "talk")
    [file] = (tmp_path / "home").rglob("sessions/*.jsonl")
    file.write_bytes(
        file.read_bytes().replace(b'"format":%d' % FORMAT, b'"format":%d' % (FORMAT + 1))
    )
    before = file.read_bytes()
    ran = run("ask", "two", "-r", "talk")
    assert (ran.code, ran.stdout) == (65, b"")
    assert "newer version" in ran.stderr
    assert len(simulator.requests) == 1
    assert file.read_bytes() == before


def test_a_circle_of_parents_ends_and_is_read_only(
    simulator: Simulator, run: Run, sessions: Path
) -> None:
    run("ask", "one", "--name", "talk")
    [file] = sessions.glob("*.jsonl")
    lines = records(file)
    user = next(record for record in lines if record["kind"] == "user")
    user["parent"] = next(record["id"] for record in lines if record["kind"] == "assistant")
    file.write_text("".join(json.dumps(record) + "\n" for record in lines))
    ran = run("ask", "two", "-r", "talk")
    assert (ran.code, ran.stdout) == (65, b"")
    assert len(simulator.requests) == 1


def test_a_prompt_that_was_never_answered_is_not_sent_again_by_itself(
    simulator: Simulator, run: Run, sessions: Path
) -> None:
    run("ask", "one", "--name", "talk")
    simulator.inject("400x1")
    assert run("ask", "refused", "-r", "talk").code == 65
    assert run("ask", "three", "-r", "talk").code == 0
    sent = simulator.requests[-1].body["messages"]
    assert [turn["content"][0]["text"] for turn in (sent[0], sent[-1])] == ["one", "three"]
    assert [turn["role"] for turn in sent] == ["user", "assistant", "user"]
    [file] = sessions.glob("*.jsonl")
    assert said(file) == ["one", "refused", "three"]


def test_a_partial_answer_is_on_the_chain_when_the_user_goes_on(
    simulator: Simulator, run: Run
) -> None:
    simulator.enqueue(text="as far as it went, and then some more", delta_characters=5)
    simulator.inject("cut=2x1")
    assert run("ask", "one", "--name", "talk").code == 75
    assert run("ask", "go on", "-r", "talk").code == 0
    roles = [(turn["role"], turn["content"]) for turn in simulator.requests[-1].body["messages"]]
    assert [role for role, _ in roles] == ["user", "assistant", "user"]
    assert roles[1][1][0]["text"] == "as far as "


def test_a_torn_line_is_skipped_told_with_its_number_and_kept(
    simulator: Simulator, run: Run, sessions: Path
) -> None:
    run("ask", "one", "--name", "talk")
    [file] = sessions.glob("*.jsonl")
    torn = b'{"kind":"user","id":"x\x1b[2J\n' + b"\0" * 50 + b"\n"
    file.write_bytes(file.read_bytes() + torn)
    ran = run("ask", "two", "-r", "talk")
    assert ran.code == 0
    assert ran.stderr == (
        "warning: session talk: line 5: torn, or not JSON; skipped\n"
        "warning: session talk: line 6: NUL bytes; skipped\n"
    )
    assert torn in file.read_bytes()
    assert len(simulator.requests[-1].body["messages"]) == 3


def test_an_attachment_is_put_back_on_resume(simulator: Simulator, run: Run) -> None:
    Path("dot.png").write_bytes(PNG)
    run("ask", "what is this?", "-a", "dot.png", "--name", "talk")
    first = simulator.requests[-1].body["messages"][0]["content"]
    Path("dot.png").unlink()
    run("ask", "and now?", "-r", "talk")
    assert simulator.requests[-1].body["messages"][0]["content"] == first
    assert first[0]["type"] == "image"


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360f8cf50000004810180bdd6bd0a0000000049454e44ae426082"
)


def test_flags_that_do_not_fit_are_refused_before_a_file_is_opened() -> None:
    with pytest.raises(UsageError):
        conversation(resume="", name="x")


# Without a prompt


@pytest.mark.parametrize("way", [("-c",), ("-r", "talk"), ("-r", "talk", "--prefill", "Well")])
def test_a_session_without_a_prompt_is_no_question_and_names_what_goes_on(
    simulator: Simulator, run: Run, way: tuple[str, ...]
) -> None:
    run("ask", "one", "--name", "talk")
    asked = len(simulator.requests)
    ran = run("ask", *way)
    assert (ran.code, "--go-on" in ran.stderr, len(simulator.requests)) == (2, True, asked)
    assert run("count", "-r", "talk").code == 2


def test_go_on_asks_for_the_rest_of_an_answer_that_was_cut(simulator: Simulator, run: Run) -> None:
    simulator.enqueue(text="the first half", stop_reason="max_tokens")
    simulator.enqueue(text=" and the second")
    assert run("ask", "one", "--name", "talk").code == 3
    ran = run("ask", "-r", "talk", "--go-on")
    assert (ran.code, ran.text) == (0, " and the second\n")
    roles = [m["role"] for m in simulator.requests[-1].body["messages"]]
    assert roles == ["user", "assistant", "user"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("-r", "talk", "--go-on"), "there is no answer that was cut"),
        (("-r", "talk", "--go-on", "hi"), "--go-on takes no prompt"),
        (("--go-on",), "need a session"),
    ],
)
def test_go_on_where_nothing_was_cut_is_2(
    simulator: Simulator, run: Run, arguments: tuple[str, ...], expected: str
) -> None:
    run("ask", "one", "--name", "talk")
    ran = run("ask", *arguments)
    assert (ran.code, expected in ran.stderr) == (2, True)


def test_a_chat_goes_on_with_an_answer_that_was_cut(simulator: Simulator, run: Run) -> None:
    simulator.enqueue(text="half", stop_reason="max_tokens")
    run("ask", "one", "--name", "talk")
    ran = run("chat", "-r", "talk", stdin=b"/continue\n/continue\n")
    assert (ran.code, "there is no answer that was cut" in ran.stderr) == (2, True)
    assert "Go on exactly" in simulator.requests[-1].body["messages"][-1]["content"][0]["text"]
