"""Whatever stands in the fields of a record, nothing raises but our own errors, and no byte of
the file is lost."""

import copy
import hashlib
import json
import os
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from claude_cli.errors import ClaudeCliError
from claude_cli.session import export
from claude_cli.session.check import check
from claude_cli.session.format import new_answer, new_head, new_header, new_name, new_user
from claude_cli.session.journal import Session
from claude_cli.session.search import search
from claude_cli.session.store import Store
from claude_cli.session.summary import find_name, summarise
from claude_cli.turn.export import to_html
from tests.conftest import Run
from tests.session.conversations import MODEL, PIXEL, PNG, message

Place = tuple[Any, ...]
"""The keys and indexes that lead to a field."""

DROPPED = "a field that is not there"
DIGEST = hashlib.sha256(b64decode(PIXEL)).hexdigest()
STORED = {"type": "image", "source": {"type": "base64", "blob": DIGEST, "media_type": "image/png"}}
USAGE = {"input_tokens": 3, "output_tokens": 4, "cache_read_input_tokens": None}


def conversation() -> list[Any]:
    """The records of a session that has one of everything."""
    tool = {"name": "tide", "input_schema": {"type": "object"}}
    header = new_header({"model": MODEL, "system": "Be brief.", "tools": [tool]})
    first = new_user(None, [STORED, text("What is it?")], header["id"], blobs=[DIGEST])  # type: ignore[list-item]
    dot = new_answer(first["id"], message("A dot."), model=MODEL)
    asked = new_user(dot["id"], "tide?", header["id"])
    thought = {"type": "thinking", "thinking": "Well", "signature": "c2ln"}
    searched = {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}}
    call = {"type": "tool_use", "id": "t", "name": "tide", "input": {"at": "Tamsui"}}
    used = message(thought, searched, call, stop="tool_use") | {"usage": USAGE}
    calling = new_answer(asked["id"], used, model=MODEL)
    result: Any = {"type": "tool_result", "tool_use_id": "t", "content": [text("04:12")]}
    ran = new_user(calling["id"], [result], header["id"])
    cut = new_answer(ran["id"], message("At 04:"), status="partial", prefill="Well, ", model=MODEL)
    root = new_user(None, "Sum up.", header["id"])
    root["compacts"] = cut["id"]  # type: ignore[typeddict-unknown-key]
    summed = new_answer(root["id"], message("summary") | {"usage": USAGE}, model=MODEL)
    back = new_head(cut["id"])
    last = new_user(cut["id"], "and then", header["id"])
    river = new_name("river")
    return [header, first, dot, river, asked, calling, ran, cut, root, summed, back, last]


def text(words: str) -> Any:
    return {"type": "text", "text": words}


RECORDS = conversation()


def places(value: Any, place: Place = ()) -> Iterator[Place]:
    """Where each field and element is, below `value`."""
    keys = list(value) if isinstance(value, dict) else range(len(value))
    for key in keys:
        yield (*place, key)
        if isinstance(value[key], dict | list):
            yield from places(value[key], (*place, key))


class Deep(NamedTuple):
    """Lists in lists: too deep for whoever shows a failed example."""

    levels: int

    def value(self) -> Any:
        value: Any = "deep down"
        for _ in range(self.levels):
            value = [value]
        return value


def lines(place: Place, value: Any) -> bytes:
    """The file with one field replaced or dropped."""
    changed: Any = copy.deepcopy(RECORDS)
    parent = changed
    for key in place[:-1]:
        parent = parent[key]
    if value is DROPPED:
        with suppress(KeyError):
            del parent[place[-1]]
    else:
        parent[place[-1]] = value.value() if isinstance(value, Deep) else value
    return as_lines(changed)


def as_lines(values: list[Any]) -> bytes:
    """Each value on a line, in ASCII: a lone surrogate stays one, as an escape."""
    return "".join(f"{json.dumps(one, separators=(',', ':'))}\n" for one in values).encode()


EVERYWHERE = [*places(RECORDS)]
FIELDS = sorted({place[1] for place in EVERYWHERE if len(place) == 2})
PLACES = st.one_of(
    st.sampled_from(EVERYWHERE),
    st.tuples(st.integers(0, len(RECORDS) - 1), st.sampled_from(FIELDS)),  # of another kind, too
)
VALUES = st.one_of(
    st.just(DROPPED),
    st.sampled_from([None, True, False, 0, -1, 10**4000, 1e308, float("nan"), float("inf")]),
    st.sampled_from(
        ["", "user", "assistant", "head", "partial", "text", "tool_use", "tool_result"]
    ),
    st.sampled_from(["\ud800", "\x1b[2J", "../x", [], {}, [[]], [{}], {"type": []}, [{"type": 3}]]),
    st.sampled_from([record["id"] for record in RECORDS]),
    st.builds(Deep, st.integers(1, 900)),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
        max_leaves=5,
    ),
)
WITHOUT_PARENT: list[Any] = [
    {"kind": "user", "id": "bbbbbbbbbbbb", "content": []},
    {"kind": "assistant", "id": "bbbbbbbbbbbb", "message": {"content": []}},
    {"kind": "head", "id": "x"},
    {"kind": "name", "id": "x", "name": "n"},
    {"kind": "header", "id": "x", "format": 1, "settings": {}},
]


@pytest.fixture
def path(monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the session goes; its attachment is there."""
    for sync in ("fsync", "fdatasync"):
        monkeypatch.setattr(os, sync, lambda fd: None, raising=False)
    store = Store()
    store.blobs.store([PNG])
    store.folder.mkdir(parents=True)
    return store.folder / "s.jsonl"


def read(session: Session) -> None:
    """Everything that reads a conversation."""
    session.context()
    session.context(1)
    session.notices()
    transcript = session.transcript
    assert isinstance(transcript.settings, dict)
    assert isinstance(transcript.context_tokens(), int | None)
    transcript.last_prompt()
    transcript.waiting()


WRITES: list[Callable[[Session], object]] = [
    lambda session: session.append_user("q"),
    lambda session: session.append_answer(message("a")),
    lambda session: session.undo(),
    lambda session: session.replace_last_turn(),
    lambda session: session.append_user([text("instead")]),
    lambda session: session.fork("f", Store().folder / "f.jsonl"),
    lambda session: session.compact("Sum up.", message("in short")),
]


READS: list[Callable[[Path], object]] = [
    lambda path: check(path, Store().blobs),
    lambda path: [*search([path], "a")],
    lambda path: find_name(path),
    lambda path: summarise(path),
    lambda path: [*export.to_markdown(Store().open("s"))],
    lambda path: [*to_html(Store().open("s"))],
    lambda path: [*export.to_json(Store().open("s"))],
    lambda path: Store().delete([path.with_name("f.jsonl")]),
]

fuzzed = settings(
    max_examples=500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@fuzzed
@given(PLACES, VALUES)
@example((1, "content", 0, "source", "type"), [])
@example((2, "blobs"), 3)
@example((2, "message", "content"), [{"type": "tool_use", "input": {}}])
@example((5, "message", "content", 2, "input"), Deep(600))
@example((6, "message"), 3)
@example((7, "prefill"), 3)
@example((11, "header"), "\ud800")
def test_whatever_a_field_holds_the_session_can_be_used_or_is_refused(
    path: Path, place: Place, value: Any
) -> None:
    written = lines(place, value)
    path.write_bytes(written)
    for look in READS:
        with suppress(ClaudeCliError):
            look(path)
    with suppress(ClaudeCliError):
        session = Store().open("s")
        with suppress(ClaudeCliError):
            read(session)
        for write in WRITES:
            with suppress(ClaudeCliError):
                write(session)
    assert path.read_bytes().startswith(written)


@settings(fuzzed, max_examples=60)
@given(PLACES, VALUES)
def test_no_field_makes_a_command_fail_as_a_bug(
    run: Run, path: Path, place: Place, value: Any
) -> None:
    path.write_bytes(lines(place, value))
    for arguments in (
        ("ask", "-r", "s", "hi", "--dry-run"),
        ("ask", "-r", "s", "hi", "-n", "--simulate"),
        ("sessions", "list"),
        ("sessions", "show", "s"),
        ("sessions", "show", "s", "--format", "json"),
        ("sessions", "search", "dot", "--format", "json"),
        ("sessions", "export", "s", "--format", "html"),
        ("sessions", "check"),
    ):
        ran = run(*arguments)
        assert ran.code != 70, (arguments, ran)
        assert "\x1b" not in ran.stderr


@pytest.mark.parametrize("record", WITHOUT_PARENT, ids=lambda record: str(record["kind"]))
def test_a_record_without_a_parent_is_skipped_told_and_kept(
    run: Run, path: Path, record: dict[str, Any]
) -> None:
    written = as_lines([*RECORDS[:3], record])
    path.write_bytes(written)
    problem = f"line 4: not a whole record of its kind, {record['kind']}"
    ran = run("ask", "-r", "s", "hi", "--simulate")
    assert (ran.code, f"warning: session s: {problem}; skipped\n" in ran.stderr) == (0, True)
    assert path.read_bytes().startswith(written)
    ran = run("sessions", "check", "s")
    assert (ran.code, ran.text) == (65, f"{path}:4: {problem[8:]}\n")
    for command in ("list", "show", "search", "export"):
        arguments = {"list": [], "search": ["dot"]}.get(command, ["s"])
        ran = run("sessions", command, *arguments)
        assert (ran.code, b"dot" in ran.stdout or command == "list") == (0, True)


@pytest.mark.parametrize(
    "arguments",
    [
        ("ask", "-r", "s", "hi", "--simulate"),
        ("ask", "-r", "s", "hi", "--simulate", "-n"),
        ("chat", "-r", "s", "--simulate"),
        ("sessions", "show", "s"),
        ("sessions", "export", "s"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("target", ["nobody", "\ud800"])
def test_a_head_that_leads_nowhere_is_told_once(
    run: Run, path: Path, arguments: tuple[str, ...], target: str
) -> None:
    path.write_bytes(as_lines([*RECORDS[:3], new_head(target)]))
    ran = run(*arguments)
    assert (ran.code, ran.stderr.count("warning: ")) == (0, 1)
    assert "warning: session s: record " in ran.stderr
    assert "is missing, and so is all before it" in ran.stderr


@pytest.mark.parametrize("kind", ["user", "assistant"])
def test_a_foreign_record_behind_nothing_does_not_hide_the_conversation(
    run: Run, path: Path, kind: str
) -> None:
    orphan = new_user("nobody", "lost", "h")
    if kind == "assistant":
        orphan = new_answer("nobody", message("lost"))
    path.write_bytes(as_lines([*RECORDS[:3], orphan]))
    ran = run("ask", "-r", "s", "hi", "--simulate", "--dry-run")
    assert (ran.code, len(ran.json["messages"])) == (0, 3)
    assert "line 4: it follows a record that is not here; skipped" in ran.stderr
    assert run("sessions", "check", "s").code == 65
