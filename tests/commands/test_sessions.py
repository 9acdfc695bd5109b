"""`sessions`: what is kept, found, changed and deleted."""

import errno
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from claude_cli.session.store import Store
from claude_cli.simulator.server.server import Simulator
from tests.conftest import Run
from tests.content.samples import PNG
from tests.controlling_terminal import ControllingTerminal


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "home/data/sessions"


def ids(run: Run) -> list[str]:
    return [row["id"] for row in run("sessions", "list", "--format", "json").json]


def blobs(folder: Path) -> list[Path]:
    """The attachments that are kept; a lock file beside them is empty."""
    files = (folder.parent / "blobs").rglob("*")
    return [path for path in files if path.is_file() and path.stat().st_size]


def age(folder: Path, name: str, days: float) -> None:
    """Make a session's file look as if it was last used so many days ago."""
    then = time.time() - days * 86400
    os.utime(folder / f"{name}.jsonl", (then, then))


def talk(run: Run, *prompts: str, name: str) -> str:
    """Hold a session and return its id."""
    first, *others = prompts
    assert run("ask", first, "--name", name).code == 0
    for prompt in others:
        assert run("ask", prompt, "-r", name).code == 0
    (row,) = [r for r in run("sessions", "list", "--format", "json").json if r["name"] == name]
    return str(row["id"])


# Listing and showing.


def test_the_list_tells_name_first_prompt_turns_and_model(
    simulator: Simulator, run: Run, folder: Path
) -> None:
    simulator.enqueue(text="x", usage={"input_tokens": 7, "output_tokens": 5}, repeat=2)
    older = talk(run, "what is\na river?", "and a lake?", name="water")
    simulator.enqueue(text="x")
    newer = talk(run, "hi", name="other")
    age(folder, older, 1)
    rows = [line.split("\t") for line in run("sessions", "list").text.splitlines()]
    assert [row[0] for row in rows] == [newer, older]
    assert rows[1][1:6] == ["water", "what is a river?", "2", "claude-sonnet-4-6", "24"]
    used = time.localtime((folder / f"{older}.jsonl").stat().st_mtime)
    assert time.strftime("%Y-%m-%d %H:%M", used) in rows[1]


def test_no_sessions_are_an_empty_list(run: Run) -> None:
    assert run("sessions", "list").stdout == b""
    assert run("sessions", "list", "--format", "json").json == []
    assert run("sessions", "check").code == 0


@pytest.mark.parametrize("arguments", [("list",), ("show", "s"), ("check",), ("search", "x")])
def test_sessions_that_cannot_be_read_are_told_as_that(
    run: Run, folder: Path, arguments: tuple[str, ...]
) -> None:
    folder.parent.mkdir(parents=True)
    folder.symlink_to(folder)
    ran = run("sessions", *arguments)
    assert (ran.code, ran.stdout) == (66, b"")
    assert ran.stderr == f"error: cannot read {folder}: {os.strerror(errno.ELOOP)}\n"


def test_a_name_that_would_break_the_table_or_the_terminal_is_shown_harmless(
    simulator: Simulator, run: Run
) -> None:
    run("ask", "a\tb\x1b[2Jc")
    (row,) = run("sessions", "list").text.splitlines()
    assert row.split("\t")[2].replace(" ", "") in ("ab␛[2Jc", "a␉b␛[2Jc")


@pytest.mark.parametrize("part", ["water", "id", "prefix", "path"])
def test_show_takes_a_name_an_id_its_start_or_a_path(
    simulator: Simulator, run: Run, folder: Path, part: str
) -> None:
    found = talk(run, "what is a river?", name="water")
    spec = {"id": found, "prefix": found[:-2], "path": str(folder / f"{found}.jsonl")}
    shown = run("sessions", "show", spec.get(part, part))
    assert shown.code == 0
    assert shown.text.count("what is a river?") == 2  # in the prompt and in the simulated answer


def test_show_prints_the_text_byte_for_byte_into_a_pipe(simulator: Simulator, run: Run) -> None:
    simulator.enqueue(text="**bold** \x1b[1m [x]")
    talk(run, "hi", name="s")
    assert "**bold** \x1b[1m [x]" in run("sessions", "show", "s").text


def test_show_renders_on_a_terminal_and_raw_does_not(simulator: Simulator, run: Run) -> None:
    simulator.enqueue(text="# Title\n\n**bold** \x1b]52;c;aGk=\x07")
    talk(run, "hi", name="s")
    shown = {}
    for flags in ([], ["--raw"]):
        with ControllingTerminal("sessions", "show", "s", *flags) as terminal:
            assert terminal.wait() == 0
            shown[len(flags)] = terminal.received
    assert "**bold**" in shown[1]
    assert "**bold**" not in shown[0]
    assert all("\x1b]52" not in text for text in shown.values())


def test_show_tells_a_conversation_as_one_json_value(
    simulator: Simulator, run: Run, folder: Path
) -> None:
    """Without the bytes of attachments, so one that is lost does not matter."""
    Path("pixel.png").write_bytes(PNG)
    simulator.enqueue(text="It is grey.")
    assert run("ask", "-a", "pixel.png", "what is it?", "-s", "Brief.", "--name", "s").code == 0
    for blob in blobs(folder):
        blob.unlink()
    shown = run("sessions", "show", "s", "--format", "json").json
    assert (shown["session"], shown["name"]) == (ids(run)[0], "s")
    assert shown["settings"]["system"] == "Brief."
    asked, answered = shown["records"]
    assert asked["content"][-1] == {"type": "text", "text": "what is it?"}
    assert answered["message"]["content"] == [{"type": "text", "text": "It is grey."}]


def test_quiet_keeps_the_notices_of_a_local_command_to_itself(
    simulator: Simulator, run: Run, folder: Path
) -> None:
    torn = folder / f"{talk(run, 'hi', name='s')}.jsonl"
    torn.write_bytes(torn.read_bytes() + b"{}")
    assert "skipped" in run("sessions", "show", "s").stderr
    assert run("sessions", "show", "s", "-q").stderr == ""
    assert run("sessions", "prune", "--older-than", "30d", "-q").stderr == ""


@pytest.mark.parametrize("command", ["show", "rename", "fork", "export", "check", "delete"])
@pytest.mark.parametrize(("spec", "code"), [("nobody", 66), ("/nowhere/x.jsonl", 66), ("", 2)])
def test_a_session_that_is_not_there_is_told(run: Run, command: str, spec: str, code: int) -> None:
    ran = run("sessions", command, spec, *(["new"] if command == "rename" else []))
    assert (ran.code, ran.stdout) == (code, b"")
    assert ran.stderr.startswith("error: ")


# Searching.


def test_search_tells_session_and_turn_role_and_words_and_show_takes_that(
    simulator: Simulator, run: Run
) -> None:
    simulator.enqueue(text="A river.")
    simulator.enqueue(text="The Tamsui flows\tthrough Taipei.")
    found = talk(run, "what flows?", "which river?", name="s")
    (line,) = run("sessions", "search", "tamsui", "flows").text.splitlines()
    place, role, words = line.split("\t")
    assert (place, role, "Tamsui flows" in words) == ("s:2", "assistant", True)
    shown = run("sessions", "show", place).text
    assert "which river?" in shown and "what flows?" not in shown
    (row,) = run("sessions", "search", "Tamsui", "--format", "json").json
    assert (row["session"], row["turn"], row["words"]) == (found, 2, "Tamsui")
    assert "path" not in row
    assert len(run("sessions", "show", "s:2", "--format", "json").json["records"]) == 2
    for wrong in ("s:0", "s:3", "s:99999999"):
        assert run("sessions", "show", wrong).code in (2, 66)


def test_search_shows_the_words_bold_on_a_terminal(simulator: Simulator, run: Run) -> None:
    talk(run, "where does the Tamsui flow?", name="s")
    with ControllingTerminal("sessions", "search", "tamsui") as terminal:
        assert terminal.wait() == 0
        assert "the \x1b[1mTamsui\x1b[m flow" in terminal.received
    assert "\x1b" not in run("sessions", "search", "tamsui").text


def test_the_name_of_a_session_wins_over_a_turn(simulator: Simulator, run: Run) -> None:
    talk(run, "one", name="s")
    talk(run, "the other", name="s:1")
    assert "the other" in run("sessions", "show", "s:1").text


def test_words_on_a_branch_that_was_left_have_no_turn(simulator: Simulator, run: Run) -> None:
    run("chat", "--name", "s", stdin=b"lost words\n/undo\nfound words\n")
    places = [line.split("\t")[0] for line in run("sessions", "search", "words").text.splitlines()]
    assert places.count("s") == places.count("s:1") > 0


def test_branches_of_processes_that_ran_at_once_are_told_and_shown(
    simulator: Simulator, run: Run
) -> None:
    talk(run, "first", name="s")
    ours, theirs = Store().open("s"), Store().open("s")
    for session in (ours, theirs):
        session.context()
    for session, words in ((ours, "ours"), (theirs, "theirs")):
        session.append_user(words)
    for session in (ours, theirs):
        text: Any = {"type": "text", "text": "fine"}
        session.append_answer({"type": "message", "content": [text]})
    ran = run("sessions", "show", "s")
    assert ran.stderr == "this session has another branch, shown last\n"
    main, branch = ran.text.split("# Branch 1 of 1")
    assert ("theirs" in main, "ours" in branch, "first" in branch) == (True, True, False)
    run("chat", "-r", "s", stdin=b"/retry\n/undo\nmore\n")
    assert "another branch" in run("sessions", "show", "s").stderr
    assert run("sessions", "show", "s:1").stderr == ""


def test_what_was_asked_in_vain_is_out_of_the_way(
    simulator: Simulator, run: Run, folder: Path
) -> None:
    answered = talk(run, "hi", name="s")
    assert run("ask", "in vain", "-m", "no-such-model").code == 65
    assert ids(run) == [answered]
    everything = run("sessions", "list", "--all", "--format", "json").json
    assert [row["answered"] for row in everything] == [False, True]
    assert "in vain" in run("sessions", "show", f"{everything[0]['id']}:1").text
    run("sessions", "prune", "--older-than", "30d", "--yes")
    assert len(run("sessions", "list", "--all", "--format", "json").json) == 2  # it may be asking
    age(folder, everything[0]["id"], 1)
    assert run("sessions", "prune", "--older-than", "30d", "--yes").stderr == "1 session deleted\n"
    assert ids(run) == [answered]


def test_the_list_can_be_narrowed(simulator: Simulator, run: Run, folder: Path) -> None:
    old = talk(run, "one", name="s")
    age(folder, old, 3)
    run("ask", "two")
    assert len(ids(run)) == 2
    for narrow, left in (
        (("--named",), 1), (("--last", "1"), 1), (("--since", "2d"), 1), (("--since", "4d"), 2),
        (("--since", "2020-01-01"), 2), (("--since", "2999-01-01"), 0), (("--all",), 2),
    ):  # fmt: skip
        rows = run("sessions", "list", *narrow, "--format", "json").json
        assert (narrow, len(rows)) == (narrow, left)
    for wrong in ("yesterday", "2026-13-01", "0000-00-00"):
        assert run("sessions", "list", "--since", wrong).code == 2


def test_a_terminal_gets_the_last_twenty_and_is_told_of_more(folder: Path) -> None:
    for _ in range(25):
        session = Store().new({})
        session.append_user("q")
        session.append_answer({"type": "message", "content": [{"type": "text", "text": "fine"}]})
    for flags, lines, is_cut in (
        ((), 20, True),
        (("--all",), 25, False),
        (("--last", "3"), 3, False),
    ):
        with ControllingTerminal("sessions", "list", *flags) as terminal:
            assert terminal.wait() == 0
            assert len(re.findall(r"\d{8}-\d{6}-", terminal.received)) == lines
            assert ("shows more" in terminal.received) is is_cut


def test_a_terminal_is_told_once_that_there_are_no_sessions(folder: Path, run: Run) -> None:
    with ControllingTerminal("sessions", "list") as terminal:
        assert terminal.wait() == 0
        assert terminal.received.split("\r\n") == ["there are no sessions yet", ""]
    assert run("sessions", "list").stderr == ""


def test_simulated_sessions_are_marked(simulator: Simulator, run: Run) -> None:
    run("ask", "hi", "--simulate")
    assert "(simulated)" in run("sessions", "list").text
    with ControllingTerminal("sessions", "list") as terminal:
        assert terminal.wait() == 0
        assert "(simulated)" in terminal.received
    assert run("sessions", "list", "--format", "json").json[0]["simulated"] is True


def test_delete_and_export_tell_what_they_did(simulator: Simulator, run: Run) -> None:
    found = talk(run, "hi there", name="s")
    assert run("sessions", "export", "s", "out.md").stderr == "written: out.md\n"
    assert run("sessions", "export", "s", "-").text == Path("out.md").read_text()
    ran = run("sessions", "export", "s", "out.docx")
    assert (ran.code, ".docx is no format" in ran.stderr, "--format" in ran.stderr) == (
        2,
        True,
        True,
    )
    assert run("sessions", "export", "s", "out.docx", "--format", "json").code == 0
    ran = run("sessions", "delete", "s")
    assert ran.stderr == f"deleted: s ({found}), 1 turn, hi there\n"


def test_nothing_found_prints_nothing(simulator: Simulator, run: Run) -> None:
    talk(run, "hi", name="s")
    ran = run("sessions", "search", "absent words")
    assert (ran.code, ran.stdout) == (0, b"")
    assert run("sessions", "search", "absent", "--format", "json").json == []


# Changing.


def test_rename_and_fork_give_names_that_are_free(simulator: Simulator, run: Run) -> None:
    first = talk(run, "hi", name="one")
    assert run("sessions", "rename", "one", "uno").code == 0
    assert run("sessions", "show", "one").code == 66
    second = run("sessions", "fork", "uno", "--name", "due").text.strip()
    assert sorted(ids(run)) == sorted([first, second])
    assert run("sessions", "rename", "due", "uno").code == 2
    assert run("sessions", "fork", "uno", "--name", "due").code == 2
    assert run("sessions", "rename", "due", "../x").code == 2
    run("ask", "-r", "due", "and?")
    assert len(simulator.requests[-1].body["messages"]) == 3
    assert "and?" not in run("sessions", "show", "uno").text


# Exporting.


@pytest.mark.parametrize(
    ("suffix", "start"), [(".md", "# s"), (".html", "<!"), (".json", "{"), ("", "# s")]
)
def test_the_suffix_says_the_format_of_an_export(
    simulator: Simulator, run: Run, suffix: str, start: str
) -> None:
    talk(run, "hi <b>", name="s")
    assert run("sessions", "export", "s", f"out{suffix}").code == 0
    text = Path(f"out{suffix}").read_text()
    assert text.lower().startswith(start)
    assert Path(f"out{suffix}").stat().st_mode & 0o777 == 0o600
    if suffix == ".html":
        assert "<b>" not in text
    if suffix == ".json":
        assert json.loads(text)


def test_an_export_never_replaces_a_file(simulator: Simulator, run: Run) -> None:
    talk(run, "hi", name="s")
    Path("out.md").write_text("mine")
    Path("link.md").symlink_to("nowhere")
    assert run("sessions", "export", "s", "out.md").code == 2
    assert run("sessions", "export", "s", "link.md").code == 2
    assert Path("out.md").read_text() == "mine"
    assert not Path("nowhere").exists()


def test_an_export_to_stdout_has_the_format_that_was_asked_for(
    simulator: Simulator, run: Run
) -> None:
    talk(run, "hi", name="s")
    assert run("sessions", "export", "s").text == run("sessions", "show", "s").text
    assert run("sessions", "export", "s", "--format", "json").json
    assert run("sessions", "export", "s", "-").text == run("sessions", "show", "s").text
    assert not Path("-").exists()
    assert "<html" in run("sessions", "export", "s", "--format", "html").text


PEAK = """
import sys
from pathlib import Path
from claude_cli.app import run
code = run(sys.argv[1:])
sys.stdout.flush()
peak = Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]
print(code, int(peak) // 1024, file=sys.stderr)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of memory from /proc")
def test_a_conversation_that_is_too_long_to_be_held_is_refused_in_bounded_memory() -> None:
    session = Store().new({}, name="s")
    for _ in range(70):
        session.append_user("x" * 1_000_000)
        session.append_answer({"type": "message", "content": [{"type": "text", "text": "fine"}]})
    command = [sys.executable, "-c", PEAK, "sessions", "show", "s"]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    *problems, peak = ran.stderr.splitlines()
    assert "is longer than 64 MB" in problems[0]
    code, megabytes = map(int, peak.split())
    assert (code, ran.stdout) == (65, "")
    assert megabytes < 180


# Checking.


def test_check_names_file_and_line_and_ends_with_65(
    simulator: Simulator, run: Run, folder: Path
) -> None:
    sound = talk(run, "hi", name="sound")
    torn = talk(run, "hi", name="torn")
    path = folder / f"{torn}.jsonl"
    path.write_bytes(path.read_bytes() + b'{"kind":"user","id')
    lines = len(path.read_bytes().splitlines())
    ran = run("sessions", "check")
    assert ran.code == 65
    assert ran.text.startswith(f"{path}:{lines}: ")
    assert len(ran.text.splitlines()) == 1
    assert run("sessions", "check", "sound").code == 0
    assert run("sessions", "check", sound, torn).code == 65


def test_check_finds_an_attachment_that_is_lost(
    simulator: Simulator, run: Run, folder: Path
) -> None:
    Path("pixel.png").write_bytes(PNG)
    run("ask", "-a", "pixel.png", "hi")
    assert run("sessions", "check").code == 0
    (blob,) = blobs(folder)
    blob.unlink()
    assert run("sessions", "check").code == 65


# Deleting.


def test_delete_takes_several_all_or_none_and_their_attachments(
    simulator: Simulator, run: Run, folder: Path
) -> None:
    Path("pixel.png").write_bytes(PNG)
    run("ask", "-a", "pixel.png", "hi", "--name", "a")
    run("ask", "-a", "pixel.png", "hi", "--name", "b")
    talk(run, "hi", name="c")
    assert run("sessions", "delete", "a", "nobody").code == 66
    assert len(ids(run)) == 3
    assert run("sessions", "delete", "a", "c").code == 0
    assert (len(ids(run)), len(blobs(folder))) == (1, 1)
    assert run("sessions", "delete", "b").code == 0
    assert (ids(run), blobs(folder)) == ([], [])


def test_a_file_elsewhere_is_not_deleted(simulator: Simulator, run: Run, folder: Path) -> None:
    found = talk(run, "hi", name="s")
    copy = Path("copy.jsonl")
    copy.write_bytes((folder / f"{found}.jsonl").read_bytes())
    assert run("sessions", "delete", "copy.jsonl").code == 2
    assert copy.exists()


@pytest.fixture
def aged(simulator: Simulator, run: Run, folder: Path) -> Any:
    """A session of today, and two that were not used for 40 days."""
    kept, *old = [talk(run, f"prompt {name}", name=name) for name in ("new", "old", "older")]
    for session in old:
        age(folder, session, 40)
    return kept


def test_prune_with_yes_deletes_what_was_not_used(run: Run, aged: str) -> None:
    ran = run("sessions", "prune", "--older-than", "30d", "--yes")
    assert (ran.code, ran.stdout, ran.stderr) == (0, b"", "2 sessions deleted\n")
    assert ids(run) == [aged]


@pytest.mark.parametrize(("limit", "left"), [("6w", 3), ("5w", 1), ("961h", 3), ("959h", 1)])
def test_prune_takes_hours_days_and_weeks(run: Run, aged: str, limit: str, left: int) -> None:
    run("sessions", "prune", "--older-than", limit, "--yes")
    assert len(ids(run)) == left


def test_prune_where_nobody_can_be_asked_deletes_nothing(run: Run, aged: str) -> None:
    ran = run("sessions", "prune", "--older-than", "30d", stdin=b"y\n")
    assert ran.code == 2
    assert "--yes" in ran.stderr
    assert len(ids(run)) == 3


def test_prune_with_nothing_to_delete_does_not_ask(run: Run, aged: str) -> None:
    ran = run("sessions", "prune", "--older-than", "60d")
    assert (ran.code, ran.stderr) == (0, "0 sessions deleted\n")


@pytest.mark.parametrize(("key", "left"), [("y", 1), ("Yes", 1), ("n", 3), ("", 3), ("\x04", 3)])
def test_prune_asks_on_a_terminal_and_shows_what_would_go(
    run: Run, aged: str, key: str, left: int
) -> None:
    with ControllingTerminal("sessions", "prune", "--older-than", "30d") as terminal:
        terminal.wait_for("[y/N]")
        assert "prompt old" in terminal.received
        assert "prompt new" not in terminal.received
        terminal.type(key if key == "\x04" else f"{key}\n")
        assert terminal.wait() == 0
    assert len(ids(run)) == left


def test_prune_asks_the_same_in_a_narrow_window(
    run: Run, aged: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS")
    with ControllingTerminal("sessions", "prune", "--older-than", "30d") as terminal:
        terminal.resize(5, 20)
        terminal.wait_for("[y/N]")
        assert "prompt old" in terminal.received.replace("\r\n", " ")
        terminal.type("y\n")
        assert terminal.wait() == 0
    assert len(ids(run)) == 1


def test_prune_asks_even_where_it_is_to_be_quiet(run: Run, aged: str) -> None:
    with ControllingTerminal("sessions", "prune", "--older-than", "30d", "-q") as terminal:
        terminal.wait_for("[y/N]")
        terminal.type("y\n")
        assert terminal.wait() == 0
        assert "deleted" not in terminal.received
    assert len(ids(run)) == 1


def test_prune_spares_a_session_that_was_used_while_it_asked(
    run: Run, aged: str, folder: Path
) -> None:
    with ControllingTerminal("sessions", "prune", "--older-than", "30d") as terminal:
        terminal.wait_for("[y/N]")
        run("ask", "-r", "old", "are you there?")
        terminal.type("y\n")
        assert terminal.wait() == 0
        assert "1 session deleted" in terminal.received
    assert len(ids(run)) == 2


def test_ctrl_c_at_the_question_deletes_nothing(run: Run, aged: str) -> None:
    with ControllingTerminal("sessions", "prune", "--older-than", "30d") as terminal:
        terminal.wait_for("[y/N]")
        terminal.type("\x03")
        assert terminal.wait() == -2
        assert "Traceback" not in terminal.received
    assert len(ids(run)) == 3


@pytest.mark.parametrize("limit", ["", "30", "d", "-1d", "1.5d", "1y", "²d", "9999999d"])
def test_an_age_that_is_none_is_wrong_usage(run: Run, limit: str) -> None:
    ran = run("sessions", "prune", "--older-than", limit, "--yes")
    assert ran.code == 2
    assert "30d" in ran.stderr


def test_a_fork_at_a_turn_has_what_was_said_up_to_it(simulator: Simulator, run: Run) -> None:
    for prompt in ("one", "two", "three"):
        simulator.enqueue(text=f"answer to {prompt}")
        run("ask", prompt, *(["--name", "talk"] if prompt == "one" else ["-r", "talk"]))
    ran = run("sessions", "fork", "talk", "--at", "2", "--name", "other")
    assert ran.code == 0
    shown = run("sessions", "show", "other").text
    assert ("answer to two" in shown, "three" in shown) == (True, False)
    assert "answer to three" in run("sessions", "show", "talk").text
    run("ask", "-r", "other", "four")
    said = [m["content"] for m in simulator.requests[-1].body["messages"] if m["role"] == "user"]
    assert [blocks[0]["text"] for blocks in said] == ["one", "two", "four"]


def test_a_fork_at_a_turn_that_is_not_there_is_2_and_makes_nothing(
    simulator: Simulator, run: Run
) -> None:
    run("ask", "one", "--name", "talk")
    ran = run("sessions", "fork", "talk", "--at", "2")
    assert (ran.code, "has 1 turn, there is no 2" in ran.stderr) == (2, True)
    assert len(run("sessions", "list", "--format", "json").json) == 1
