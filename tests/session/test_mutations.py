"""A thousand damaged sessions and attachments: each is right, or told, and none is a bug."""

import os
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from claude_cli.errors import ClaudeCliError
from claude_cli.session import export
from claude_cli.session.check import check
from claude_cli.session.journal import Session
from claude_cli.session.store import Store
from claude_cli.session.summary import summarise
from tests.session.conversations import MODEL, PNG, ask, message

MUTATIONS = 1000


@pytest.fixture
def path(monkeypatch: pytest.MonkeyPatch) -> Path:
    """A session with one of everything."""
    for sync in ("fsync", "fdatasync"):
        monkeypatch.setattr(os, sync, lambda fd: None, raising=False)
    session = Store().new({"model": MODEL, "system": "Be brief."}, name="river")
    ask(session, "q1", "a1")
    ask(session, [PNG, {"type": "text", "text": "What is it?"}], "A dot.")
    session.compact("Sum up.", message("in short"), model=MODEL)
    session.append_user("tide?")
    call = {"type": "tool_use", "id": "toolu_1", "name": "tide", "input": {"at": "Tamsui"}}
    session.append_answer(message(call, stop="tool_use"), model=MODEL)
    session.append_user([{"type": "tool_result", "tool_use_id": "toolu_1", "content": "1"}])
    session.append_answer(message("At 04:12."), model=MODEL)
    ask(session, "lost", "a")
    session.undo()
    session.append_user("cut")
    session.append_answer(message("half"), status="partial", model=MODEL)
    ask(session, "q9", "a9")
    assert session.path
    return session.path


def mutations(sound: bytes, random: Random) -> Iterator[bytes]:
    """Flipped, overwritten, zeroed, put in, dropped; cut anywhere but behind a whole line, which
    nobody could tell from a session that was never longer."""
    while True:
        start = random.randrange(len(sound))
        end = min(len(sound), start + random.choice([1, 1, 4, 30, 300]))
        junk = random.randbytes(end - start)
        match random.randrange(6):
            case 0:
                flipped = bytes([sound[start] ^ (1 << random.randrange(8))])
                damaged = sound[:start] + flipped + sound[start + 1 :]
            case 1:
                damaged = sound[:start] + junk + sound[end:]
            case 2:
                damaged = sound[:start] + bytes(end - start) + sound[end:]
            case 3:
                damaged = sound[:start] + junk + sound[start:]
            case 4:
                damaged = sound[:start] + sound[end:]
            case _:
                damaged = sound[:start]
        if not set(damaged.splitlines()) < set(sound.splitlines()):
            yield damaged


def read_whole(path: Path) -> tuple[Any, bool]:
    """All that a session says, and whether anything was said to be wrong with it."""
    try:
        session = Store().open(str(path))
        document = "".join(export.to_markdown(session))
        settings = session.transcript.settings
        says = [session.context(), said_of(path), settings, document]
        return says, bool(session.notices())
    except ClaudeCliError:
        return None, True


def said_of(path: Path) -> list[Any]:
    summary = summarise(path)
    return [summary.name, summary.title, summary.turns, summary.model, summary.tokens]


def with_short_history(path: Path) -> tuple[Any, bool]:
    try:
        session = Store().open(str(path))
        return session.context(1), bool(session.notices())
    except ClaudeCliError:
        return None, True


def test_a_damaged_session_is_right_or_told(path: Path) -> None:
    sound, random = path.read_bytes(), Random(7)
    right = read_whole(path)[0], with_short_history(path)[0]
    for _, damaged in zip(range(MUTATIONS), mutations(sound, random), strict=False):
        path.write_bytes(damaged)
        for says, wrong in (read_whole(path), with_short_history(path)):
            assert wrong or says in right, damaged
        with_findings = check(path, Store().blobs)
        assert with_findings or read_whole(path)[0] == right[0]
        used(Store().open(str(path)) if with_findings else None)
        assert path.read_bytes().startswith(damaged)


def used(session: Session | None) -> None:
    try:
        if session:
            session.append_user("and now")
    except ClaudeCliError:
        pass


def test_a_damaged_attachment_is_right_or_told(path: Path) -> None:
    (blob,) = (p for p in (Store().blobs.folder).rglob("*") if len(p.name) == 64)
    sound, random = blob.read_bytes(), Random(7)
    right = read_whole(path)[0]
    for _, damaged in zip(range(MUTATIONS), mutations(sound, random), strict=False):
        blob.write_bytes(damaged)
        says, wrong = read_whole(path)
        assert wrong or says == right
