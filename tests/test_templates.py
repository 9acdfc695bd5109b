"""Saved prompts: found, read and filled."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_cli.errors import InputError, InputUnreadable, UsageError
from claude_cli.templates import (
    Template,
    load_template,
    parse_template_file,
    template_names,
    template_path,
    templates_folder,
)
from claude_cli.turn.templating import Texts, fill, read_fields
from tests.thorough import MANY


def template(prompt: str | None) -> Template:
    return Template(Path("x.toml"), prompt, {})


def save(name: str, text: str) -> None:
    templates_folder().mkdir(parents=True, exist_ok=True)
    (templates_folder() / f"{name}.toml").write_text(text)


@pytest.mark.parametrize(
    ("prompt", "given", "words", "stdin", "expected"),
    [
        ("Say {a} {{b}}", {"a": "{x}"}, "", "", Texts("", "Say {x} {b}")),
        ("Sum up: {input}!", {}, "", "text\n", Texts("", "Sum up: text\n!")),
        ("Sum up.", {}, "", "text", Texts("text", "Sum up.")),
        ("Sum up.", {}, "In French.", "text", Texts("text", "Sum up.", "In French.")),
        ("Q: {prompt}", {}, "why?", "text", Texts("text", "Q: why?")),
        ("{input}{input}", {}, "", "a", Texts("", "aa")),
        ("{input}", {"input": "given"}, "", "piped", Texts("piped", "given")),
        (None, {}, "why?", "text", Texts("text", "why?")),
    ],
)
def test_each_text_goes_where_its_field_stands_or_stays_a_text_of_its_own(
    prompt: str | None, given: dict[str, str], words: str, stdin: str, expected: Texts
) -> None:
    assert fill(template(prompt), given, words, stdin) == expected


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("{input} {a}", r"needs \{input\}: type it, or pipe it in"),
        ("{prompt} {a}", r"needs \{prompt\}: add prompt words"),
        ("{a} {input}", r"needs \{a\}: -p a=VALUE"),
    ],
)
def test_a_missing_field_is_named_with_all_others(prompt: str, expected: str) -> None:
    with pytest.raises(UsageError, match=expected) as caught:
        fill(template(prompt), {}, "", "")
    assert "{a}" in str(caught.value.hint)


@pytest.mark.parametrize("prompt", ["{a}", None])
def test_a_field_that_the_template_does_not_have_is_refused(prompt: str | None) -> None:
    with pytest.raises(UsageError, match=r"no field \{b\}"):
        fill(template(prompt), {"b": "1"}, "", "")


def test_a_field_is_written_name_and_value() -> None:
    assert read_fields(["a=1=2", "b="]) == {"a": "1=2", "b": ""}
    for wrong in ("a", "=1"):
        with pytest.raises(UsageError, match="NAME=VALUE"):
            read_fields([wrong])


def test_a_template_is_a_prompt_and_flags() -> None:
    save("sum", "\ufeffprompt = 'Sum up'\nmax-tokens = 5\nstop = ['a']\n")
    found = load_template("sum")
    assert (found.prompt, found.flags) == ("Sum up", {"max_tokens": 5, "stop": ["a"]})
    assert template_names() == ["sum"]


def test_a_name_is_looked_up_and_a_path_is_taken_as_it_is(tmp_path: Path) -> None:
    assert template_path("sum") == templates_folder() / "sum.toml"
    for file in ("./sum", "sum.toml", str(tmp_path / "sum")):
        assert template_path(file) == Path(file)


@pytest.mark.parametrize("name", ["", "  ", ".", "..", "-x", "a\0b", "a\x1b[2J"])
def test_what_can_be_no_name_is_refused(name: str) -> None:
    with pytest.raises(UsageError):
        load_template(name)


def test_an_unknown_name_is_told_with_those_that_are_there() -> None:
    save("sum", "")
    with pytest.raises(InputUnreadable, match="no template sam") as caught:
        load_template("sam")
    assert "sum" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a = 1\nb = \n", "line 2"),
        ("prompt = 1", "prompt is no text"),
        ("profile = 'x'", "cannot set --profile"),
        ("template = 'x'", "cannot set --template"),
    ],
)
def test_a_file_that_is_no_template_is_told_with_its_name(text: str, expected: str) -> None:
    with pytest.raises(InputError, match=rf"x\.toml: .*{expected}"):
        parse_template_file(Path("x.toml"), text)


LINES = st.sampled_from(
    ["prompt", "fields", "model", "[fields]", "[", "]", "=", '"', '"""', "{a}", "{", "}", "\n", "é"]
)


@MANY
@given(st.lists(LINES, max_size=14).map("".join) | st.text(max_size=30))
def test_any_text_is_a_template_or_refused_in_words(text: str) -> None:
    with contextlib.suppress(InputError):
        found = parse_template_file(Path("x.toml"), text)
        assert "prompt" not in found.flags


@MANY
@given(st.lists(LINES, max_size=8).map("".join), st.dictionaries(st.text(max_size=2), st.text()))
def test_any_prompt_is_filled_or_refused_in_words(prompt: str, given: dict[str, str]) -> None:
    with contextlib.suppress(InputError, UsageError):
        texts = fill(template(prompt), given, "typed", "piped")
        assert "typed" in "".join(texts) and "piped" in "".join(texts)
