"""Words that an `@` begins, and what Tab offers there."""

import time
from pathlib import Path

import pytest

from claude_cli.ui.editor.mentions import complete_mention, mentions


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("@a.txt", ["a.txt"]),
        ("see @a.txt, then", ["a.txt,", "a.txt"]),
        ("is it @a.txt?)", ["a.txt?)", "a.txt?", "a.txt"]),
        ("@'a b.txt'.", ["'a b.txt'.", "'a b.txt'"]),
        ('\t@"a b"', ['"a b"']),
        (r"@a\ b c", [r"a\ b"]),
        ("@it's", ["it's"]),
        ("@雪/山.md", ["雪/山.md"]),
        ("two\n@a", ["a"]),
        ("mail@host (@a) @", None),
        ("", None),
    ],
)
def test_words_begin_with_an_at_sign_and_end_as_in_a_shell(
    line: str, words: list[str] | None
) -> None:
    found = list(mentions(line))
    assert [mention.words for mention in found] == ([words] if words else [])
    assert all(line[mention.start] == "@" for mention in found)


@pytest.mark.parametrize("line", ["@" * 200_000, "@" + "\\'\"" * 100_000, "@a" + "?" * 200_000])
def test_a_long_line_is_read_in_time(line: str) -> None:
    began = time.process_time()
    assert len(list(mentions(line))) <= 1
    assert list(complete_mention(line)) == []
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    ("before", "offered"),
    [
        ("look at @no", ["notes.txt"]),
        ("@a", [r"a\ b.txt", "an/"]),
        (r"@a\ ", [r"a\ b.txt"]),
        ("@'a ", ["'a b.txt'"]),
        ('@"an', ['"an/']),
        ("@an/", ["an/inner.md"]),
        ("@雪", ["雪.md"]),
        ("x@no", []),
        ("@no more", []),
        ("@none", []),
        ("no", []),
    ],
)
def test_tab_offers_paths_behind_an_at_sign(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: str, offered: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("notes.txt", "a b.txt", "雪.md", "no\x1bname", ".hidden"):
        Path(name).write_text("x")
    Path("an").mkdir()
    Path("an/inner.md").write_text("x")
    found = list(complete_mention(before))
    assert [candidate.word for candidate in found] == offered
    begun = before.rpartition("@")[2]
    assert all(candidate.replaces == len(begun) for candidate in found)
