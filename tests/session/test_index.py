"""The index is a cache: right whatever happens to it, and no file is read twice in vain."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random

import pytest

from claude_cli.disk import paths
from claude_cli.errors import InputUnreadable
from claude_cli.session import index
from claude_cli.session.store import Store
from claude_cli.session.summary import Summary, summarise
from tests.session.conversations import ask


@pytest.fixture
def store() -> Store:
    for n in range(5):
        session = Store().new({}, name=f"n{n}" if n % 2 else None)
        ask(session, f"q{n}", "a")
    return Store()


@pytest.fixture
def cache(store: Store) -> Path:
    list(store.summaries())
    (file,) = paths.cache_dir().glob("sessions-*.sqlite3")
    return file


def true(store: Store) -> list[Summary]:
    """What the files themselves say."""
    return list(map(summarise, store.files()))


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that are read whole, from an empty cache on."""
    for file in paths.cache_dir().iterdir():
        file.unlink()
    read: list[Path] = []

    def note(path: Path) -> Summary:
        read.append(path)
        return summarise(path)

    monkeypatch.setattr(index, "summarise", note)
    return read


def test_a_file_that_did_not_change_is_not_read_again(store: Store, read: list[Path]) -> None:
    assert list(store.summaries()) == true(store)
    assert len(read) == 5
    assert list(store.summaries()) == true(store)
    assert store.find("n3").stem and store.named("n1") and not store.named("n0")
    assert len(read) == 5
    changed = store.open("n1")
    ask(changed, "more", "fine")
    assert list(store.summaries()) == true(store)
    assert read[5:] == [changed.path]


def test_names_are_true_whatever_the_cache_remembers(store: Store, cache: Path) -> None:
    store.rename(store.open("n1"), "new")
    assert store.find("new").is_file()
    with pytest.raises(InputUnreadable):
        store.find("n1")
    store.find("n3").unlink()
    with pytest.raises(InputUnreadable):
        store.find("n3")


def test_a_session_that_another_program_removed_leaves_the_cache(store: Store, cache: Path) -> None:
    gone = store.find("n3")
    gone.unlink()
    assert store.named("n3") == []
    with closing(sqlite3.connect(cache)) as db:
        kept = {file for [file] in db.execute("SELECT file FROM sessions")}
    assert kept == {file.name for file in store.files()}


def test_only_as_many_files_are_read_as_are_asked_for(store: Store, read: list[Path]) -> None:
    next(store.summaries())
    assert len(read) == 1


def test_a_cache_of_another_version_is_begun_anew(store: Store, cache: Path) -> None:
    with closing(sqlite3.connect(cache)) as db, db:
        db.execute("PRAGMA user_version = 99")
        db.execute("DROP TABLE sessions")
    assert list(store.summaries()) == true(store)


@pytest.mark.parametrize("kind", ["file", "folder", "link"])
def test_where_there_is_no_place_for_the_cache_the_files_are_read(
    store: Store, cache: Path, kind: str
) -> None:
    for file in paths.cache_dir().iterdir():
        file.unlink()
    if kind == "folder":
        cache.mkdir()
    elif kind == "link":
        cache.symlink_to("/dev/full")
    else:
        paths.cache_dir().rmdir()
        paths.cache_dir().write_bytes(b"in the way")
    assert list(store.summaries()) == true(store)
    assert store.find("n1").is_file()


def test_a_damaged_cache_never_tells_anything_wrong(store: Store, cache: Path) -> None:
    random, sound = Random(1), cache.read_bytes()
    for _ in range(400):
        damaged = bytearray(sound)
        for _ in range(random.choice([1, 1, 20])):
            damaged[random.randrange(len(damaged))] = random.randrange(256)
        cut = random.choice([len(damaged), len(damaged), random.randrange(len(damaged))])
        cache.write_bytes(damaged[:cut])
        assert list(store.summaries()) == true(store)
        assert store.find("n1") == store.find("n1") and store.find("n3").is_file()
        assert not store.named("n0")


def test_files_that_go_while_they_are_listed_are_left_out(store: Store) -> None:
    for file in paths.cache_dir().iterdir():
        file.unlink()
    _, second, *others = store.files()
    summaries = store.summaries()
    next(summaries)
    second.unlink()
    assert [summary.path for summary in summaries] == others


def test_files_that_go_while_the_folder_is_read_are_left_out(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan, [first, *others] = os.scandir, store.files()

    @contextmanager
    def scan_and_lose(folder: Path) -> Iterator[list[os.DirEntry[str]]]:
        with scan(folder) as found:
            entries = list(found)
        first.unlink()
        yield entries

    monkeypatch.setattr(os, "scandir", scan_and_lose)
    assert store.files() == others


def test_a_damaged_cache_that_another_process_removes_first_does_no_harm(
    store: Store, cache: Path
) -> None:
    with store.index._open() as rows:
        cache.write_bytes(b"x" * cache.stat().st_size)
        cache.unlink()
        assert rows.files_named("n1") == []
    assert list(store.summaries()) == true(store)


def test_the_cache_is_readable_by_nobody_else(store: Store, cache: Path) -> None:
    assert os.stat(cache).st_mode & 0o077 == 0
