"""A session on disk: what is acknowledged stays, what is broken is told, nothing is rewritten."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from claude_cli.disk import appendlog
from claude_cli.errors import (
    CannotCreate,
    CannotWrite,
    InputError,
    InputUnreadable,
    TemporaryFailure,
)
from claude_cli.session import backwards, session_file
from claude_cli.session.blobs import Blobs
from claude_cli.session.export import to_markdown
from claude_cli.session.format import new_answer, new_user
from claude_cli.session.journal import Session
from tests.session.conversations import MODEL, PNG, ask, message, said

ROOT = Path(__file__).parents[2]


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(tmp_path / "blobs")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sessions" / "s.jsonl"


@pytest.fixture
def session(path: Path, blobs: Blobs) -> Session:
    session = Session.begin("s", path, blobs, {"model": MODEL, "system": "Be brief."})
    ask(session, "q1", "a1")
    ask(session, "q2", "a2")
    return session


@pytest.fixture
def quick_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests with thousands of appends, none of which has to outlive a power cut."""
    monkeypatch.setattr(os, "fdatasync", lambda fd: None, raising=False)
    monkeypatch.setattr(os, "fsync", lambda fd: None)


def load(path: Path, blobs: Blobs) -> Session:
    return Session.load(path, blobs, session_id="s")


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


# What is kept


def test_a_session_is_loaded_as_it_was_left(session: Session, path: Path, blobs: Blobs) -> None:
    again = load(path, blobs)
    assert again.context() == session.context()
    assert again.transcript.settings == {"model": MODEL, "system": "Be brief."}
    assert again.notices() == []


def test_nothing_is_created_before_the_first_record(path: Path, blobs: Blobs) -> None:
    session = Session.begin("s", path, blobs, {})
    assert session.undo() is None
    assert session.context() == []
    assert not path.parent.exists()


def test_the_prompt_is_on_disk_before_any_answer(path: Path, blobs: Blobs) -> None:
    session = Session.begin("s", path, blobs, {"model": MODEL})
    session.append_user([{"type": "text", "text": "q1"}], {"model": MODEL})
    assert [line["kind"] for line in lines(path)] == ["header", "user"]
    assert [r["content"] for r in load(path, blobs).transcript.waiting()] == [
        [{"type": "text", "text": "q1"}]
    ]


def test_the_answer_is_kept_byte_for_byte(path: Path, blobs: Blobs) -> None:
    answer: Any = {
        "zulu": None,
        "content": [
            {"type": "thinking", "thinking": "é\u2028", "signature": "c2ln"},
            {"type": "hologram", "b": 1, "a": {"d": 1.5, "c": [None]}},
            {"text": "done", "type": "text"},
        ],
        "model": MODEL,
        "usage": {"input_tokens": 3, "output_tokens": 4, "new_counter": 5},
    }
    session = Session.begin("s", path, blobs, {})
    session.append_user("q")
    session.append_answer(answer, model=MODEL)
    record = lines(path)[-1]
    assert json.dumps(record["message"]) == json.dumps(answer)
    assert (record["status"], record["model"], record["tokens"]) == ("complete", MODEL, 7)
    sent = load(path, blobs).context()[-1]["content"]
    assert json.dumps(sent) == json.dumps(answer["content"])


def test_every_record_begins_with_its_kind_id_parent_and_time(session: Session, path: Path) -> None:
    session.undo()
    session.rename("work")
    found = lines(path)
    assert {tuple(line)[:4] for line in found} == {("kind", "id", "parent", "at")}
    assert [line["kind"] for line in found] == [
        "header",
        "user",
        "assistant",
        "user",
        "assistant",
        "head",
        "name",
    ]
    assert len({line["id"] for line in found}) == len(found)


def test_settings_that_change_are_kept_and_follow_an_undo(
    session: Session, path: Path, blobs: Blobs
) -> None:
    session.append_user("q3", {"model": "other"})
    session.append_answer(message("a3"))
    ask(session, "q4", "a4")
    again = load(path, blobs)
    assert again.transcript.settings == {"model": "other"}
    again.undo()
    again.undo()
    assert load(path, blobs).transcript.settings == {"model": MODEL, "system": "Be brief."}


def test_a_session_in_memory_needs_no_store() -> None:
    session = Session()
    session.append_user([PNG, {"type": "text", "text": "What is it?"}], {"model": MODEL})
    session.append_answer(message("A dot."), model=MODEL)
    assert session.context()[0]["content"] == [PNG, {"type": "text", "text": "What is it?"}]
    assert session.transcript.settings == {"model": MODEL}


def test_a_session_that_cannot_be_kept_goes_on_in_memory(
    path: Path, blobs: Blobs, tmp_path: Path
) -> None:
    path.parent.write_bytes(b"in the way")
    session = Session.begin("s", path, blobs, {"model": MODEL})
    with pytest.raises(CannotCreate):
        session.append_user("q1")
    assert session.context() == []
    session.detach()
    assert session.id is None
    ask(session, "q1", "a1")
    assert said(session) == ["q1", "a1"]


# Attachments


def test_an_attachment_is_stored_once_and_put_back_into_the_request(
    session: Session, path: Path, blobs: Blobs
) -> None:
    content = [PNG, {"type": "text", "text": "What is it?"}]
    for _ in range(2):
        session.append_user(content)
        session.append_answer(message("A dot."))
    assert PNG["source"]["data"] not in path.read_text()
    stored = [p for p in blobs.folder.rglob("*") if p.is_file() and p.name != ".lock"]
    assert len(stored) == 1
    again = load(path, blobs)
    assert json.dumps(again.context()[4]["content"]) == json.dumps(content)
    assert again.undo() == content


def test_a_missing_attachment_is_named(session: Session, path: Path, blobs: Blobs) -> None:
    session.append_user([PNG])
    session.append_answer(message("A dot."))
    digest = lines(path)[-2]["blobs"][0]
    blobs.remove([digest])
    with pytest.raises(InputUnreadable, match=digest):
        load(path, blobs).context()
    again = load(path, blobs)
    assert again.undo() is not None
    assert said(again) == ["q1", "a1", "q2", "a2"]


# Damage


def test_a_session_cut_at_every_byte_keeps_its_whole_turns_and_takes_a_new_one(
    path: Path, blobs: Blobs, quick_disk: None
) -> None:
    ask(Session.begin("s", path, blobs, {}), "q1", "a1")
    whole = path.read_bytes()
    ends = [i for i in range(len(whole)) if whole[i : i + 1] == b"\n"]
    for cut in range(len(whole) + 1):
        path.write_bytes(whole[:cut])
        cut_session = load(path, blobs)
        ask(cut_session, "new", "answer")
        complete = sum(end <= cut for end in ends)  # without its newline a record is whole too
        kept = ["q1", "a1"] if complete == 3 else []
        assert said(load(path, blobs)) == [*kept, "new", "answer"]
        assert path.read_bytes().startswith(whole[:cut])


@pytest.mark.parametrize(
    ("junk", "expected"),
    [
        (b'{"kind":"user","id":"x","parent":null,"at":"2026', "line 3: torn, or not JSON; skipped"),
        (b"\0" * 5000, "line 3: NUL bytes; skipped"),
        (b'"not an object"', "line 3: not a JSON object; skipped"),
        (b'{"foreign": true}', "line 3: not a record of a session; skipped"),
    ],
)
def test_a_damaged_line_is_told_with_its_number_and_its_bytes_are_kept(
    session: Session, path: Path, blobs: Blobs, junk: bytes, expected: str
) -> None:
    before = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*before[:2], junk, b"\n", *before[2:]]))
    again = load(path, blobs)
    assert said(again) == ["q1", "a1", "q2", "a2"]
    assert again.notices() == [expected]
    ask(again, "q3", "a3")
    assert junk in path.read_bytes()


def test_damage_before_the_first_turn_is_told_too(
    session: Session, path: Path, blobs: Blobs
) -> None:
    before = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([before[0], b"{torn\n", *before[1:]]))
    again = load(path, blobs)
    assert said(again) == ["q1", "a1", "q2", "a2"]
    assert again.notices() == ["line 2: torn, or not JSON; skipped"]


def test_a_record_that_lost_its_end_costs_its_turn_alone(
    session: Session, path: Path, blobs: Blobs
) -> None:
    ask(session, "q3", "a3")
    before = path.read_bytes().splitlines()
    before[3] = before[3][:-20]
    path.write_bytes(b"\n".join(before) + b"\n")
    again = load(path, blobs)
    assert said(again) == ["q1", "a1", "q3", "a3"]
    assert again.notices() == ["line 4: torn, or not JSON; skipped"]


def test_a_record_that_is_wholly_lost_is_told(session: Session, path: Path, blobs: Blobs) -> None:
    before = path.read_bytes().splitlines()
    before[2] = b"\0" * len(before[2])
    path.write_bytes(b"\n".join(before) + b"\n")
    again = load(path, blobs)
    assert said(again) == ["q2", "a2"]
    assert len(again.notices()) == 2
    ask(again, "q3", "a3")
    assert said(load(path, blobs)) == ["q2", "a2", "q3", "a3"]


def test_a_kind_of_record_that_is_not_known_is_passed_over(
    session: Session, path: Path, blobs: Blobs
) -> None:
    base = session.transcript.base
    appendlog.append(path, [{"kind": "mood", "id": "m", "parent": base, "at": "", "mood": "good"}])
    ask(load(path, blobs), "q3", "a3")
    assert said(load(path, blobs)) == ["q1", "a1", "q2", "a2", "q3", "a3"]


@pytest.mark.parametrize(
    "content", [b"", b'{"kind":"hea', b'{"kind":"header","id":"x', b"\0\0\0\n"]
)
def test_what_a_crash_left_of_the_first_record_is_a_session(
    path: Path, blobs: Blobs, content: bytes
) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    ask(load(path, blobs), "q1", "a1")
    assert said(load(path, blobs)) == ["q1", "a1"]


@pytest.mark.parametrize("content", [b"Dear diary,\n", b'{"custom_id": "1"}\n', b"{}", b"\xff\xfe"])
def test_a_file_that_is_no_session_is_refused(path: Path, blobs: Blobs, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(InputError):
        load(path, blobs)


def test_a_newer_format_can_be_read_but_not_appended_to(
    session: Session, path: Path, blobs: Blobs
) -> None:
    before = path.read_bytes().replace(b'"format":1', b'"format":2')
    path.write_bytes(before)
    again = load(path, blobs)
    assert said(again) == ["q1", "a1", "q2", "a2"]
    for append in (lambda: again.append_user("q3"), again.undo, again.clear):
        with pytest.raises(InputError):
            append()
    assert path.read_bytes() == before


@pytest.mark.parametrize("target", [1, 2, 3, 4])
def test_a_cycle_of_parents_can_be_read_but_not_appended_to(
    session: Session, path: Path, blobs: Blobs, target: int
) -> None:
    made = lines(path)
    made[1]["parent"] = made[target]["id"]
    path.write_bytes(b"".join(map(appendlog.encode_line, made)))
    before = path.read_bytes()
    again = load(path, blobs)
    assert said(again) == ["q1", "a1", "q2", "a2"]
    with pytest.raises(InputError):
        again.append_user("q3")
    assert path.read_bytes() == before
    assert any("circle" in notice for notice in again.notices())


@pytest.mark.parametrize("kind", ["folder", "fifo", "link"])
def test_a_folder_a_fifo_and_a_link_are_refused_at_once(
    path: Path, blobs: Blobs, kind: str
) -> None:
    path.parent.mkdir()
    match kind:
        case "folder":
            path.mkdir()
        case "fifo":
            os.mkfifo(path)
        case "link":
            path.symlink_to("/etc/hosts")
    with pytest.raises(CannotCreate):
        load(path, blobs)


def test_a_missing_session_is_unreadable(path: Path, blobs: Blobs) -> None:
    with pytest.raises(InputUnreadable):
        load(path, blobs)


# Long sessions


def test_only_the_turns_that_are_asked_for_are_read(
    session: Session, path: Path, blobs: Blobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backwards, "CHAIN_LIMIT", 3000)
    for n in range(3, 30):
        ask(session, f"q{n}", f"a{n}")
    with pytest.raises(InputError) as raised:
        load(path, blobs).context()
    assert raised.value.hint == "claude-cli ask --history N sends its last turns"
    again = load(path, blobs)
    assert said(again, 2) == ["q28", "a28", "q29", "a29"]
    ask(again, "q30", "a30")


def calls_of_a_resumed_turn(path: Path, blobs: Blobs) -> int:
    """How many functions are called until a conversation is ready to be sent."""
    calls = 0

    def note(frame: FrameType, event: str, argument: object) -> None:
        nonlocal calls
        calls += event == "call"

    loaded = load(path, blobs)
    before = sys.getprofile()
    sys.setprofile(note)
    try:
        body = {"model": MODEL, "messages": loaded.context()}
        loaded.sendable(body, lambda model: False)
    finally:
        sys.setprofile(before)
    return calls


@pytest.mark.usefixtures("quick_disk")
def test_a_turn_of_a_long_conversation_costs_few_calls(
    session: Session, path: Path, blobs: Blobs
) -> None:
    for n in range(400):
        ask(session, [{"type": "text", "text": f"q{n}"}], "a" * 300)
    few = calls_of_a_resumed_turn(path, blobs)
    for n in range(800):
        ask(session, [{"type": "text", "text": f"q{n}"}], "a" * 300)
    assert (calls_of_a_resumed_turn(path, blobs) - few) / 800 < 40


@pytest.mark.parametrize("block", [1, 7, 64, 1000])
def test_the_size_of_the_blocks_that_are_read_does_not_matter(
    session: Session, path: Path, blobs: Blobs, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr(backwards, "_BLOCK", block)
    assert said(load(path, blobs)) == ["q1", "a1", "q2", "a2"]


def test_a_chain_is_found_behind_a_compaction_and_many_other_branches(
    session: Session, path: Path, blobs: Blobs
) -> None:
    for n in range(20):
        session.undo()
        ask(session, "q2", f"branch {n}")
    session.compact("Sum up.", message("summary"))
    again = load(path, blobs)
    assert said(again) == ["Sum up.", "summary"]
    again.undo()
    assert said(again) == ["q1", "a1"]
    assert said(load(path, blobs)) == ["q1", "a1"]


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of memory from /proc")
def test_a_file_of_500_mb_is_read_in_bounded_memory(tmp_path: Path, blobs: Blobs) -> None:
    """Sparse: 500 MB of NUL in the middle, as one line without end."""
    path = tmp_path / "s.jsonl"
    session = Session.begin("s", path, blobs, {})
    ask(session, "q1", "a1")
    os.truncate(path, 500_000_000)
    ask(session, "q2", "a2")
    code = (
        "import sys; from pathlib import Path;"
        "from claude_cli.session.journal import Session;"
        "from claude_cli.session.blobs import Blobs;"
        "s = Session.load(Path(sys.argv[1]), Blobs(Path('/')), session_id='s');"
        "n = len(s.context());"
        "peak = Path('/proc/self/status').read_text().partition('VmHWM:')[2].split()[0];"
        "print(n, int(peak) // 1024)"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code, str(path)]
    out = subprocess.run(command, capture_output=True, check=True, env=environment).stdout
    messages, megabytes = map(int, out.split())
    assert messages == 4
    assert megabytes < 150


# Several processes


def test_a_session_whose_lock_is_held_is_gone_on_with_in_a_new_one(
    session: Session, path: Path, blobs: Blobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl

    monkeypatch.setattr(session_file, "LOCK_WAIT", 0.1)
    again = load(path, blobs)
    again.append_user("q3")
    before = path.read_bytes()
    with path.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        started = time.monotonic()
        with pytest.raises(TemporaryFailure):
            again.append_answer(message("a3"), model=MODEL)
        assert time.monotonic() - started < 8
        diverted = again.fork("new", path.with_name("new.jsonl"))
        diverted.append_answer(message("a3"), model=MODEL)
    assert path.read_bytes() == before
    kept = load(path.with_name("new.jsonl"), blobs)
    assert said(kept) == ["q1", "a1", "q2", "a2", "q3", "a3"]
    assert lines(path.with_name("new.jsonl"))[0]["forked_from"] == "s"


def test_a_fork_behind_a_compaction_has_what_was_replaced(
    session: Session, path: Path, blobs: Blobs
) -> None:
    session.compact("Sum up.", message("summary"))
    session.fork("new", path.with_name("new.jsonl"))
    forked = load(path.with_name("new.jsonl"), blobs)
    assert said(forked) == ["Sum up.", "summary"]
    forked.undo()
    assert (said(forked), forked.notices()) == (["q1", "a1"], [])


def test_branches_of_other_processes_are_told(session: Session, path: Path, blobs: Blobs) -> None:
    ours, theirs = load(path, blobs), load(path, blobs)
    for other in (ours, theirs):
        other.context()
    ours.append_user("ours")
    theirs.append_user("theirs")
    ours.append_answer(message("to us"))
    theirs.append_answer(message("to them"))
    assert len(ours.branches) == len(theirs.branches) == 1
    assert said(ours)[4:] == ["ours", "to us"]
    assert said(load(path, blobs))[4:] == ["theirs", "to them"]
    ask(ours, "again", "fine")
    assert len(ours.branches) == 1


def test_branches_that_cannot_be_looked_for_are_not_missed(
    session: Session, path: Path, blobs: Blobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The record is on disk by then: the file may have gone since."""

    def gone(path: Path, end: int) -> Any:
        raise InputUnreadable("gone")

    load(path, blobs).append_user("theirs")
    monkeypatch.setattr(session_file, "lines_back", gone)
    session.append_user("ours")
    assert [record["content"] for record in session.transcript.waiting()] == ["ours"]


ONE_TURN = """
import sys
from pathlib import Path
from claude_cli.session.blobs import Blobs
from claude_cli.session import session_file
from claude_cli.session.journal import Session
session_file.LOCK_WAIT = 60
who = sys.argv[2]
session = Session.load(Path(sys.argv[1]), Blobs(Path("/")), session_id="s")
session.context()
print("loaded", flush=True)
sys.stdin.read()
session.append_user("from " + who)
session.append_answer({"type": "message", "content": [{"type": "text", "text": "to " + who}]})
print(len(session.branches))
"""


def test_eight_processes_at_once_make_eight_turns(
    session: Session, path: Path, blobs: Blobs
) -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    pipes: Any = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "env": environment}
    command = [sys.executable, "-c", ONE_TURN, str(path)]
    started = [subprocess.Popen([*command, str(n)], **pipes) for n in range(8)]
    for process in started:
        assert process.stdout and process.stdout.readline() == b"loaded\n"
    counts = [int(process.communicate()[0]) for process in started]
    assert [process.returncode for process in started] == [0] * 8
    prompts = [line for line in lines(path) if line["kind"] == "user"][2:]
    assert {line["content"] for line in prompts} == {f"from {n}" for n in range(8)}
    assert {line["parent"] for line in prompts} == {session.transcript.base}
    assert sum(counts) >= 7  # each but the first finds at least one before it
    assert said(load(path, blobs))[:4] == ["q1", "a1", "q2", "a2"]


def test_a_session_that_was_deleted_meanwhile_is_not_made_again(
    session: Session, path: Path
) -> None:
    path.unlink()
    with pytest.raises(CannotWrite):
        session.append_user("q3")
    assert not path.exists()


# Against a model: a plain list of turns


class Said(NamedTuple):
    """What the model knows of a turn, or of a summary, whose prompt nobody typed."""

    prompt: str
    answer: str
    kind: str = "turn"
    """turn, refused, tools or summary."""

    @property
    def texts(self) -> list[str]:
        between = ["tool_use", "tool_result"] if self.kind == "tools" else []
        return [self.prompt, *between, self.answer]


class Conversation(RuleBasedStateMachine):
    """A session on disk, loaded again at any time, compared with a list."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(os, "fdatasync", lambda fd: None, raising=False)
        self.blobs = Blobs(self.folder / "blobs")
        self.session = Session.begin("s0", self.folder / "s0.jsonl", self.blobs, {})
        self.said: list[Said] = []
        self.waiting: str | None = None
        self.count = 0

    def _new(self) -> str:
        self.count += 1
        return f"t{self.count}."

    def _ask(self, prompt: str, kind: str) -> None:
        turn = Said(prompt, self._new(), kind)
        self.session.append_user(prompt)
        if kind == "tools":
            call = {"type": "tool_use", "id": f"toolu_{self.count}", "name": "n", "input": {}}
            self.session.append_answer(message(call, stop="tool_use"))
            result: Any = {"type": "tool_result", "tool_use_id": call["id"], "content": "1"}
            self.session.append_user([result])
        stop = "refusal" if kind == "refused" else "end_turn"
        self.session.append_answer(message(turn.answer, stop=stop))
        self.said.append(turn)
        self.waiting = None

    @rule(kind=st.sampled_from(["turn", "turn", "refused", "tools"]))
    def turn(self, kind: str) -> None:
        self._ask(self._new(), kind)

    @rule()
    def crash(self) -> None:
        self.waiting = self._new()
        self.session.append_user(self.waiting)

    @rule(keep=st.booleans())
    def cut(self, keep: bool) -> None:
        prompt, answer = self._new(), self._new() if keep else ""
        self.session.append_user(prompt)
        self.session.append_answer(message(answer), status="partial")
        self.waiting = None if keep else prompt
        self.said += [Said(prompt, answer)] if keep else []

    @rule()
    def undo(self) -> None:
        self._take_back(self.session.undo())

    @rule(edited=st.booleans())
    def retry(self, edited: bool) -> None:
        prompt = self.session.replace_last_turn()
        self._take_back(prompt)
        if isinstance(prompt, str):
            self._ask(self._new() if edited else prompt, "turn")

    @rule(cut=st.booleans(), killed=st.booleans())
    def retry_in_vain(self, cut: bool, killed: bool) -> None:
        prompt = self.session.replace_last_turn()
        if prompt is not None:
            self.session.append_user(prompt)
            if cut:
                self.session.append_answer(message(), status="partial")
            if killed:
                self.reload()
            else:
                self.session.keep_last_turn()

    def _take_back(self, prompt: Any) -> None:
        """A summary of the turn that is taken back goes with it."""
        if self.waiting:
            assert prompt == self.waiting
            self.waiting = None
            return
        while self.said and self.said[-1].kind == "summary":
            self.said.pop()
        assert prompt == (self.said.pop().prompt if self.said else None)

    @precondition(lambda self: self.said and not self.waiting)
    @rule()
    def compact(self) -> None:
        self.said.append(Said(self._new(), self._new(), "summary"))
        self.session.compact(self.said[-1].prompt, message(self.said[-1].answer))

    @precondition(lambda self: self.said and not self.waiting)
    @rule()
    def compact_as_version_0_1_0(self) -> None:
        self.said.append(Said(self._new(), self._new(), "summary"))
        root: Any = new_user(None, self.said[-1].prompt, "h")
        root["compacts"] = self.session.transcript.base
        assert self.session.path
        summary = new_answer(root["id"], message(self.said[-1].answer))
        appendlog.append(self.session.path, [root, summary])
        self.reload()

    @rule()
    def clear(self) -> None:
        self.session.clear()
        self.said, self.waiting = [], None

    @precondition(lambda self: self.count)
    @rule()
    def reload(self) -> None:
        path = self.session.path
        assert path
        self.session = Session.load(path, self.blobs, session_id="again")
        assert self.session.notices() == []

    @rule()
    def fork(self) -> None:
        self.session = self.session.fork("fork", self.folder / f"{self._new()}.jsonl")

    def _sent(self, limit: int | None = None) -> list[str]:
        """The last summary, and behind it the last turns that were not refused."""
        summaries = [n for n, one in enumerate(self.said) if one.kind == "summary"]
        start = summaries[-1] if summaries else 0
        front, rest = self.said[start : start + bool(summaries)], self.said[start:]
        rest = [one for one in rest if one.kind not in ("refused", "summary")]
        rest = rest if limit is None else rest[len(rest) - min(limit, len(rest)) :]
        return [text for one in [*front, *rest] for text in one.texts]

    @invariant()
    def the_context_is_that_of_the_model(self) -> None:
        assert said(self.session) == self._sent()
        asked = [r["content"] for r in self.session.transcript.waiting() if r["kind"] == "user"]
        assert asked == ([self.waiting] if self.waiting else [])

    @invariant()
    def a_history_is_its_end_behind_the_summary(self) -> None:
        assert said(self.session, 2) == self._sent(2)

    @invariant()
    def all_that_was_said_can_be_read_and_no_instruction_of_ours(self) -> None:
        page = "".join(to_markdown(self.session))
        for one in self.said:
            assert (one.prompt in page) is (one.kind != "summary")
            assert one.answer in page

    def teardown(self) -> None:
        self.patch.undo()
        shutil.rmtree(self.folder)


TestConversation = Conversation.TestCase
TestConversation.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
