"""Names that a server chose: never a path, never hidden, never an option."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_cli.disk.safe_name import LONGEST, safe_name


@pytest.mark.parametrize(
    ("chosen", "name"),
    [
        ("chart.png", "chart.png"),
        ("日本語 v2.pdf", "日本語 v2.pdf"),
        ("../../evil.png", "evil.png"),
        ("/etc/passwd", "passwd"),
        ("C:\\Windows\\a.exe", "a.exe"),
        (".bashrc", "_.bashrc"),
        ("..", "id"),
        ("-rf", "_-rf"),
        ("", "id"),
        (" . ", "id"),
        ("a/", "id"),
        (None, "id"),
        (3, "id"),
        ("a\nb\x1b[2J\u202e.txt", "a_b_[2J_.txt"),
        ("what?*.txt", "what__.txt"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("x" * 300 + ".json", "x" * 195 + ".json"),
        ("é" * 300, "é" * 100),
    ],
)
def test_a_chosen_name_becomes_a_harmless_one(chosen: object, name: str) -> None:
    assert safe_name(chosen, "id") == name


def test_a_fallback_is_made_harmless_too() -> None:
    assert safe_name(None, "../x") == "x"
    assert safe_name(None, "..") == "file"


@given(st.text(st.characters(exclude_categories=())))
def test_any_name_is_one_part_of_a_path(chosen: str) -> None:
    name = safe_name(chosen, "id")
    assert name.isprintable() and name and not set(name) & set('/\\<>:"|?*')
    assert name[0] not in ".-" and name[-1] not in ". "
    assert len(name.encode()) <= LONGEST + 1
