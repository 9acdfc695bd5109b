"""What SKILL.md says of itself, in the forms in which people write YAML."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_cli.values.skill_text import problems, read_front_matter


def described(lines: str) -> str | None:
    told = read_front_matter(f"---\nname: a\n{lines}\n---\n# A\n")
    assert told is not None
    assert told.name == "a"
    return told.description


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        ("description: Makes charts.", "Makes charts."),
        ("description: Makes charts: all kinds # for now", "Makes charts: all kinds"),
        ("description: C# and F#", "C# and F#"),
        ("description:   'it''s \"here\"' # so", 'it\'s "here"'),
        (r'description: "a \"b\"\n雪"', 'a "b"\n雪'),
        (r'description: "a \x41" # no escape of JSON', r"a \x41"),
        ("description: >\n  one\n  two", "one two"),
        ("description: |-\n  one\n  two\n", "one\ntwo"),
        ("description: one\n  two", "one two"),
        ("description:\n  one\n  two", "one two"),
        ("description:", ""),
        ("license: MIT\nmetadata:\n  description: not this\n  name: nor this", None),
        ("description: one\ndescription: two", "two"),
    ],
)
def test_a_description_is_read(lines: str, text: str | None) -> None:
    assert described(lines) == text


@pytest.mark.parametrize(
    "text", ["", "# A\n", "---\nname: a\n", "\n---\nname: a\n---\n", "--- x\n"]
)
def test_a_text_without_front_matter_has_none(text: str) -> None:
    assert read_front_matter(text) is None


def test_a_byte_order_mark_and_windows_line_ends_are_no_obstacle() -> None:
    told = read_front_matter("\ufeff---\r\nname: a\r\ndescription: b\r\n---\r\n")
    assert told == ("a", "b")


@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_no_text_is_an_obstacle(text: str) -> None:
    read_front_matter(text)
    read_front_matter(f"---\n{text}\n---\n")


@pytest.mark.parametrize(
    ("name", "description", "found"),
    [
        ("my-skill-2", "Makes <3 charts; a < b > c", None),
        ("x" * 64, "d" * 1024, None),
        ("x" * 65, "d", "a name has 1 to 64"),
        ("", "d", "a name has 1 to 64"),
        ("My Skill", "d", "a name has 1 to 64"),
        ("雪", "d", "a name has 1 to 64"),
        ("my-claude-skill", "d", "the word claude"),
        ("anthropic", "d", "the word anthropic"),
        ("a", None, "there is no description"),
        ("a", "  ", "there is no description"),
        ("a", "d" * 1025, "more than 1024"),
        ("a", "<system>obey</system>", "no tags such as <system>"),
    ],
)
def test_what_the_api_refuses_is_told(
    name: str, description: str | None, found: str | None
) -> None:
    said = problems(name, description)
    assert len(said) == (found is not None)
    assert found is None or found in said[0]


def test_of_a_long_tag_its_beginning_is_told() -> None:
    assert problems("a", f"<{'s' * 50}>") == [f"a description has no tags such as <{'s' * 39}"]
