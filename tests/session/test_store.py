"""Where sessions are found, what they may be called, and what is left when they are deleted."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from claude_cli.disk import paths
from claude_cli.errors import CannotCreate, CannotWrite, InputError, InputUnreadable, UsageError
from claude_cli.session.journal import Session
from claude_cli.session.store import Store
from tests.session.conversations import MODEL, PNG, ask, message, said

ROOT = Path(__file__).parents[2]
SETTINGS = {"model": MODEL}


@pytest.fixture
def store() -> Store:
    return Store()


def make(
    store: Store, prompt: str = "q", *, name: str | None = None, simulated: bool = False
) -> Session:
    session = store.new(SETTINGS, name=name, simulated=simulated)
    ask(session, prompt, "a")
    return session


def id_of(session: Session) -> str:
    assert session.id
    return session.id


def test_asking_for_the_store_creates_nothing(store: Store) -> None:
    assert list(store.summaries()) == []
    with pytest.raises(InputUnreadable):
        store.last()
    with pytest.raises(InputUnreadable):
        store.find("anything")
    assert not paths.data_dir().exists()


def test_a_session_lives_below_the_data_folder_under_an_id_that_sorts_by_time(store: Store) -> None:
    session = make(store)
    assert re.fullmatch(r"\d{8}-\d{6}-[a-z0-9]{6}", id_of(session))
    assert session.path == paths.data_dir() / "sessions" / f"{session.id}.jsonl"
    assert session.path.is_file()


def test_a_session_is_found_by_its_name_its_id_the_start_of_its_id_and_its_path(
    store: Store, tmp_path: Path
) -> None:
    session = make(store, name="my work")
    make(store)
    for spec in ("my work", id_of(session), id_of(session)[:-1], str(session.path)):
        found = store.open(spec)
        assert (found.id, found.name) == (session.id, "my work")
        assert said(found) == ["q", "a"]


def test_a_session_elsewhere_is_known_by_its_path(store: Store, tmp_path: Path) -> None:
    session = make(store, name="work")
    assert session.path
    copy = tmp_path / "copy.jsonl"
    copy.write_bytes(session.path.read_bytes())
    found = store.open(str(copy))
    assert (found.id, found.name) == (str(copy), "work")


def test_the_newest_name_counts(store: Store) -> None:
    session = make(store, name="old")
    store.rename(session, "new")
    assert store.find("new") == session.path
    with pytest.raises(InputUnreadable):
        store.find("old")
    make(store, name="old")


def test_an_ambiguous_start_of_an_id_lists_the_sessions(store: Store) -> None:
    first, second = make(store), make(store)
    with pytest.raises(InputError) as raised:
        store.find("20")
    assert id_of(first) in raised.value.message and id_of(second) in raised.value.message


def test_a_missing_session_is_unreadable(store: Store) -> None:
    make(store)
    for spec in ("nothing", "./nothing", "nothing.jsonl"):
        with pytest.raises(InputUnreadable):
            store.open(spec)


@pytest.mark.parametrize("spec", ["", " ", "x" * 101, "a\0b", "\ud800"])
def test_what_can_be_no_session_is_a_wrong_usage(store: Store, spec: str) -> None:
    with pytest.raises(UsageError):
        store.open(spec)


@pytest.mark.parametrize(
    "name", ["../x", "a/b", "a\\b", "", "   ", ".x", "-x", "x.jsonl", "20261121-045503-k3f9x2"]
)
def test_names_that_could_be_something_else_are_refused(store: Store, name: str) -> None:
    with pytest.raises(UsageError):
        store.new(SETTINGS, name=name)
    assert list(store.summaries()) == []


@pytest.mark.parametrize("name", ["x" * 300, "x" * 101, "a\nb", "a\x1b[2J", "a\u202eb", "\ud800"])
def test_names_that_cannot_be_shown_are_refused(store: Store, name: str) -> None:
    session = make(store)
    with pytest.raises(UsageError):
        store.rename(session, name)
    assert session.name is None


@pytest.mark.parametrize("name", ["x" * 100, "日本語", "my work", "naïve: 2"])
def test_other_names_are_taken(store: Store, name: str) -> None:
    make(store, name=name)
    assert store.open(name).name == name


def test_a_name_that_is_taken_is_refused_with_a_hint(store: Store) -> None:
    make(store, name="work")
    other = make(store)
    with pytest.raises(UsageError) as raised:
        store.new(SETTINGS, name="work")
    assert raised.value.hint and "-r work" in raised.value.hint
    for claim in (lambda: store.rename(other, "work"), lambda: store.fork(other, name="work")):
        with pytest.raises(UsageError):
            claim()
    assert len(list(store.summaries())) == 2


def test_a_name_can_be_given_again_to_its_own_session(store: Store) -> None:
    session = make(store, name="work")
    store.rename(session, "work")
    assert store.find("work") == session.path


NAME = """
from claude_cli.errors import UsageError
from claude_cli.session.store import Store
input()
try:
    Store().new({}, name="work")
except UsageError as error:
    raise SystemExit(int(error.code))
"""


def test_of_eight_processes_one_gets_the_name(store: Store) -> None:
    started = [
        subprocess.Popen(
            [sys.executable, "-c", NAME],
            stdin=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )
        for _ in range(8)
    ]
    for process in started:
        assert process.stdin
        process.stdin.write(b"\n")
        process.stdin.flush()
    for process in started:
        process.communicate()
    assert sorted(process.returncode for process in started) == [0] + [2] * 7


# Fork


def test_a_fork_is_a_session_of_its_own(store: Store) -> None:
    session = make(store, name="work")
    forked = store.fork(session, name="other")
    ask(forked, "q2", "a2")
    assert forked.id != session.id
    assert said(store.open("other")) == ["q", "a", "q2", "a2"]
    assert said(store.open("work")) == ["q", "a"]
    assert store.fork(session).name is None


# The last one


def test_the_last_session_is_the_one_that_was_set(store: Store) -> None:
    first, second = make(store), make(store, name="work")
    make(store)
    store.set_last(second)
    assert store.last() == second.id
    store.set_last(first)
    assert store.last() == first.id
    assert said(store.open(store.last())) == ["q", "a"]


def test_where_the_last_session_is_gone_the_newest_of_its_kind_is_the_last(store: Store) -> None:
    simulated, answered, gone = make(store, simulated=True), make(store), make(store)
    in_vain = store.new(SETTINGS)
    in_vain.append_user("q")
    store.set_last(gone)
    for age, session in enumerate([gone, in_vain, simulated, answered]):
        assert session.path
        os.utime(session.path, (time.time() - age,) * 2)
    assert gone.path
    store.delete([gone.path])
    assert store.last() == answered.id
    assert store.last(simulated=True) == simulated.id


def test_a_session_elsewhere_can_be_the_last_from_any_folder(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = make(store)
    assert session.path
    Path("here.jsonl").write_bytes(session.path.read_bytes())
    store.set_last(store.open("./here.jsonl"))
    monkeypatch.chdir(tmp_path)
    assert said(store.open(store.last())) == ["q", "a"]


@pytest.mark.parametrize("junk", [b"", b"\xff\0\n", b"../../x", b"x" * 5000])
def test_a_state_file_with_anything_else_is_no_session(store: Store, junk: bytes) -> None:
    paths.state_dir().mkdir(parents=True)
    (paths.state_dir() / "last-answered").write_bytes(junk)
    with pytest.raises(InputUnreadable):
        store.last()


def test_a_state_that_cannot_be_written_does_no_harm(store: Store) -> None:
    session = make(store)
    paths.state_dir().write_bytes(b"in the way")
    store.set_last(session)
    assert store.last() == session.id


# Delete


def test_deleting_takes_the_attachments_that_no_other_session_has(store: Store) -> None:
    document = {"type": "document", "source": {"type": "base64", "data": "aGk="}}
    first, second = store.new(SETTINGS), store.new(SETTINGS)
    ask(first, [PNG, document], "a")
    ask(second, [PNG], "a")
    assert first.path and second.path
    store.delete([first.path])
    assert not first.path.exists()
    assert store.open(id_of(second)).context()[0]["content"] == [PNG]
    assert len([p for p in store.blobs.folder.rglob("*") if len(p.name) == 64]) == 1
    store.delete([second.path])
    assert [p.name for p in store.blobs.folder.rglob("*")] == [".lock"]


def test_a_file_that_is_elsewhere_is_never_deleted(store: Store, tmp_path: Path) -> None:
    session = make(store)
    mine = tmp_path / "mine.jsonl"
    mine.write_bytes(b"")
    assert session.path
    with pytest.raises(UsageError):
        store.delete([session.path, mine])
    assert mine.exists() and session.path.exists()


def test_a_file_that_cannot_be_deleted_is_told(store: Store) -> None:
    make(store)
    (store.folder / "folder.jsonl").mkdir()
    with pytest.raises(CannotWrite):
        store.delete([store.folder / "folder.jsonl"])


# The list


def test_the_session_that_was_used_last_comes_first(store: Store) -> None:
    sessions = [make(store, f"q{n}") for n in range(3)]
    for age, session in enumerate(sessions):
        assert session.path
        os.utime(session.path, (1_000_000 - age,) * 2)
    assert [s.title for s in store.summaries()] == ["q0", "q1", "q2"]
    assert [s.modified for s in store.summaries()] == [1_000_000, 999_999, 999_998]


def test_what_is_no_session_file_is_not_listed(store: Store) -> None:
    session = make(store)
    (store.folder / "link.jsonl").symlink_to(store.folder / f"{session.id}.jsonl")
    os.mkfifo(store.folder / "fifo.jsonl")
    (store.folder / "folder.jsonl").mkdir()
    (store.folder / "notes.txt").write_bytes(b"")
    assert [s.id for s in store.summaries()] == [session.id]
    with pytest.raises(CannotCreate):
        store.open("fifo")


def test_a_partial_answer_and_an_unanswered_prompt_are_listed_too(store: Store) -> None:
    session = store.new(SETTINGS)
    session.append_user("first\n line")
    session.append_answer(message("cut"), status="partial")
    session.append_user("second")
    assert [(s.title, s.turns) for s in store.summaries()] == [("first line", 2)]
