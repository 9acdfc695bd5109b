"""What Tab offers."""

import os
from pathlib import Path

import pytest

from claude_cli.ui.editor.menu import (
    LONGEST_NOTE,
    MOST_ENTRIES,
    Candidate,
    Completion,
    candidates,
    paths_from,
)

COMMANDS = {
    "/model": Completion("the model", lambda start: [("opus", "good"), ("opera", ""), ("x", "")]),
    "/more": Completion("more"),
    "/attach": Completion("a file", paths_from),
}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("/", ["/model", "/more", "/attach"]),
        ("/mo", ["/model", "/more"]),
        ("/more", ["/more"]),
        ("/more ", []),
        ("/model ", ["opus", "opera", "x"]),
        ("/model op", ["opus", "opera"]),
        ("/nothing o", []),
        ("hello /mo", []),
        ("//mo", []),
        ("", []),
    ],
)
def test_commands_and_the_words_of_their_arguments(line: str, words: list[str]) -> None:
    assert [candidate.word for candidate in candidates(line, COMMANDS)] == words


def test_a_candidate_takes_the_place_of_what_was_typed() -> None:
    assert [*candidates("/model opu", COMMANDS)] == [Candidate("opus", 3, "good")]


def test_what_could_not_be_shown_is_not_offered_and_notes_are_made_harmless() -> None:
    table = {
        "/x": Completion("", lambda start: [("a\x1b[2J", ""), ("b\u202e", ""), ("c", "\x1b]0;")])
    }
    assert [*candidates("/x ", table)] == [Candidate("c", 0, "␛]0;")]
    long = {"/x": Completion("n" * 1000)}
    assert len(next(candidates("/", long)).note) == LONGEST_NOTE


@pytest.mark.parametrize(
    ("start", "found"),
    [
        ("", ["folder/", "one.txt", "two words"]),
        ("o", ["one.txt"]),
        ("./o", ["./one.txt"]),
        ("folder/", ["folder/inner"]),
        (".", [".hidden"]),
        ("nowhere/x", []),
        ("one.txt/x", []),
        ("a\0b", []),
        ("~/", ["~/at-home"]),
    ],
)
def test_paths(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: str, found: list[str]
) -> None:
    for name in ("one.txt", "two words", ".hidden", "folder/inner", "home/at-home"):
        path = (tmp_path if name.startswith("home") else Path()) / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert [path for path, _ in paths_from(start)] == found


def test_a_huge_folder_is_not_read_to_its_end(tmp_path: Path) -> None:
    for number in range(MOST_ENTRIES + 50):
        os.mkdir(tmp_path / f"{number}")
    assert len([*paths_from(f"{tmp_path}/")]) <= MOST_ENTRIES
