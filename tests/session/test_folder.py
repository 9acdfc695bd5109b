"""The newest sessions are known without a look at all files, whoever changes the folder."""

import os
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest

from claude_cli.disk.appendlog import encode_line
from claude_cli.errors import UsageError
from claude_cli.session import folder as sessions
from claude_cli.session.format import new_answer, new_header, new_user, sealed
from claude_cli.session.store import Store
from claude_cli.session.summary import find_name
from tests.session.conversations import ask, message

ROOT = Path(__file__).parents[2]
FEW = 3
"""Sessions that are the newest here."""


def write_session(file: Path, **origin: bool) -> None:
    """A session of one turn, written by another program than ours."""
    header = new_header({}, **origin)
    prompt = new_user(None, f"q {file.stem}", header["id"])
    records = [header, prompt, new_answer(prompt["id"], message("a"))]
    file.write_bytes(b"".join(map(encode_line, map(sealed, records))))


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the store, with six sessions, from long ago on."""
    monkeypatch.setattr(sessions, "NEWEST", FEW)
    monkeypatch.setattr(sessions, "TICK", 0)  # the tests wait for it themselves
    folder = Store().folder
    folder.mkdir(parents=True)
    for n in range(6):
        write_session(folder / f"s{n}.jsonl")
        os.utime(folder / f"s{n}.jsonl", (1_000_000 + n,) * 2)
    return folder


@pytest.fixture
def looks(folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Each look at all files is noted here."""
    looks, scandir = [], os.scandir

    def noted(path: Path) -> object:
        if path == folder:
            looks.append(str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", noted)
    return looks


def wait_for_the_clock(folder: Path) -> None:
    """Until whatever changes next gets another time than the folder has."""
    probe, then = folder.parent / "probe", folder.stat().st_ctime_ns
    while not probe.exists() or probe.stat().st_ctime_ns <= then:
        probe.write_bytes(b"")


def newest(folder: Path) -> list[str]:
    return [summary.id for summary in Store().newest()]


def truly_newest(folder: Path) -> list[str]:
    files = [folder / name for name in os.listdir(folder) if name.endswith(".jsonl")]
    files.sort(key=lambda file: (file.stat().st_mtime_ns, file.name))
    return [file.stem for file in files[: -FEW - 1 : -1]]


def test_what_we_write_is_known_without_a_look_at_all_files(folder: Path, looks: list[str]) -> None:
    wait_for_the_clock(folder)
    assert newest(folder) == ["s5", "s4", "s3"] and looks == [str(folder)]
    session = Store().new({}, name="new")
    ask(session, "q", "a")
    looks.clear()
    ask(Store().open("s0"), "again", "a")
    assert newest(folder) == truly_newest(folder) == ["s0", session.id, "s5"]
    Store().rename(Store().open("s1"), "named")
    looks.clear()
    assert newest(folder) == truly_newest(folder) == ["s1", "s0", session.id]
    assert Store().last() == "s1"
    assert looks == []


def test_a_name_is_given_without_a_look_at_all_files(folder: Path, looks: list[str]) -> None:
    Store().rename(Store().open("s2"), "before")
    wait_for_the_clock(folder)
    assert Store().named("new") == [] and looks
    looks.clear()
    session = Store().new({}, name="new")
    Store().rename(Store().open("s0"), "renamed")
    for name, file in (("before", "s2"), ("new", session.id), ("renamed", "s0")):
        assert [path.stem for path in Store().named(name)] == [file]
        with pytest.raises(UsageError):
            Store().new({}, name=name)
    Store().rename(Store().open("s2"), "after")
    Store().new({}, name="before")
    assert looks == []


def test_a_name_is_known_where_the_index_was_removed(folder: Path) -> None:
    Store().rename(Store().open("s0"), "old")
    os.utime(folder / "s0.jsonl", (1_000_000,) * 2)
    sessions.cache_of(folder, "recent").unlink()
    wait_for_the_clock(folder)
    assert Store().named("new") == []
    notes = sessions.noted_files(folder)
    assert notes and "s0.jsonl" not in notes.files
    sessions.cache_of(folder, "sqlite3").unlink()
    assert Store().named("old") == [folder / "s0.jsonl"]


def test_whoever_changes_the_folder_the_newest_and_the_named_are_right(folder: Path) -> None:
    random = Random(1)
    for number in range(150):
        files = sorted(folder.glob("*.jsonl"))
        file = random.choice(files)
        match random.choice(["new", "append", "append", "copy", "remove", "delete", "edit"]):
            case "new":
                with suppress(UsageError):
                    ask(Store().new({}, name=random.choice(["a", "b", None])), "q", "a")
            case "append":
                Store().open(str(file)).append_user("and?")
            case "copy":
                wait_for_the_clock(folder)
                shutil.copy2(file, folder / f"copy{number}.jsonl")
            case "remove" if len(files) > FEW:
                wait_for_the_clock(folder)
                file.unlink()
            case "delete" if len(files) > FEW:
                Store().delete([file])
            case "edit":
                wait_for_the_clock(folder)
                file.rename(file.with_suffix(".tmp"))
                shutil.copy(file.with_suffix(".tmp"), file)
        wait_for_the_clock(folder)
        if random.random() < 0.5:
            assert newest(folder) == truly_newest(folder), number
        if random.random() < 0.5:
            named = sorted(file for file in folder.glob("*.jsonl") if find_name(file) == "a")
            assert sorted(Store().named("a")) == named, number


def test_a_file_that_another_program_appends_to_is_seen_where_it_was_noted(folder: Path) -> None:
    wait_for_the_clock(folder)
    newest(folder)
    for name, expected in (("s3", ["s3", "s5", "s4"]), ("s0", ["s3", "s5", "s4"])):
        with (folder / f"{name}.jsonl").open("ab") as file:
            file.write(b"\n")
        assert newest(folder) == expected
    assert next(Store().summaries()).id == "s0"
    assert newest(folder) == ["s0", "s3", "s5"]


def test_writers_at_once_are_all_noted(folder: Path, looks: list[str]) -> None:
    wait_for_the_clock(folder)
    newest(folder)
    looks.clear()
    with sessions.noted(folder / "s0.jsonl"):
        with sessions.noted(folder / "s1.jsonl"):
            write_session(folder / "s1.jsonl")
        write_session(folder / "s0.jsonl")
    wait_for_the_clock(folder)
    ask(Store().open("s2"), "q", "a")
    notes = sessions.cache_of(folder, "recent")
    first, *rest = notes.read_bytes().splitlines(keepends=True)
    for lines in (rest, rest[::-1]):  # who wrote first may note it last
        notes.write_bytes(b"".join([first, *lines]))
        assert newest(folder) == truly_newest(folder) == ["s2", "s0", "s1"]
    assert looks == []


def test_damaged_notes_lead_to_a_look_at_all_files(folder: Path) -> None:
    wait_for_the_clock(folder)
    newest(folder)
    for name in ("s0", "s1"):
        ask(Store().open(name), "q", "a")
        wait_for_the_clock(folder)
    notes = sessions.cache_of(folder, "recent")
    sound, right, random = notes.read_bytes(), truly_newest(folder), Random(1)
    assert sound.count(b"\n") == 5
    ends = [at + 1 for at, byte in enumerate(sound) if byte == ord("\n")]
    for at in [*ends, sound.index(b"s5") + 1, *random.choices(range(len(sound)), k=50)]:
        changed = sound[:at] + bytes([random.randrange(256)]) + sound[at + 1 :]
        for damaged in (changed, sound[:at], sound[at:], sound[:at] + sound):
            notes.write_bytes(damaged)
            assert newest(folder) == right


def test_notes_are_not_begun_in_the_moment_in_which_the_folder_changes(
    folder: Path, monkeypatch: pytest.MonkeyPatch, looks: list[str]
) -> None:
    monkeypatch.setattr(sessions, "TICK", 10**18)
    assert newest(folder) == newest(folder) == truly_newest(folder)
    assert len(looks) == 2


COUNT = """
import sys
from claude_cli.flow.completion import WORDS
from claude_cli.session.folder import cache_of
from claude_cli.session.store import Store

def offered_and_last():
    assert len([*WORDS["sessions"]()]) == 200
    return Store().last(simulated=True)

def note_call(*_):
    global calls
    calls += 1

def steps(event, arguments):
    if event == "sqlite3.connect/handle":
        arguments[0].set_progress_handler(lambda: None, 1)

while not cache_of(Store().folder, "recent").exists():
    offered_and_last()  # until the folder has been quiet for long enough
sys.addaudithook(steps)
for _ in range(2):
    calls = 0
    sys.setprofile(note_call)
    last = offered_and_last()
    sys.setprofile(None)
    print(calls)
    session = Store().new({}, simulated=True)
    session.append_user("q")
    session.append_answer({"type": "message", "content": [{"type": "text", "text": "a"}]})
assert last == session.id or Store().last(simulated=True) == session.id
"""
"""Every call of Python, of the system and in SQLite that Tab and `-c` without its state make."""


def calls(home: Path, sessions: int) -> list[int]:
    folder = home / "data" / "sessions"
    folder.mkdir(parents=True)
    for n in range(sessions):
        write_session(folder / f"s{n}.jsonl", simulated=True)
    environment = os.environ | {"PYTHONPATH": str(ROOT), "CLAUDE_CLI_HOME": str(home)}
    ran = subprocess.run(
        [sys.executable, "-c", COUNT], env=environment, check=True, stdout=subprocess.PIPE
    )
    return list(map(int, ran.stdout.split()))


def test_tab_and_continue_do_no_more_where_there_are_more_sessions(tmp_path: Path) -> None:
    few, many = calls(tmp_path / "few", 250), calls(tmp_path / "many", 1000)
    assert all(more <= 1.02 * less for less, more in zip(few, many, strict=True)), (few, many)
