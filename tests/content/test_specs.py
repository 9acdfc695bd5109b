"""SPECs taken apart, from the command line and from a line of a chat."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_cli.content.specs import (
    CONTAINER,
    Spec,
    parse_spec,
    refuse_unfolded,
    typed_path,
    typed_specs,
    typed_words,
)
from claude_cli.errors import UsageError
from claude_cli.values import media


@pytest.mark.parametrize("option", ["page=1", "pages=1;pages=2", ""])
def test_an_option_that_a_file_does_not_take_is_told(tmp_path: Path, option: str) -> None:
    (tmp_path / "a.pdf").touch()
    with pytest.raises(UsageError, match=r"a\.pdf takes no option ;"):
        parse_spec(f"{tmp_path}/a.pdf;{option}")


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("a.png", Spec("path", "a.png", None)),
        ("a;b.txt", Spec("path", "a;b.txt", None)),
        ("a.pdf;pages", Spec("path", "a.pdf;pages", None)),
        ("x;type=y;type=text/csv", Spec("path", "x;type=y", "text/csv")),
        ("a.bin;type=IMAGE/JPG", Spec("path", "a.bin", "image/jpeg")),
        ("a;type=text/plain;charset=utf-8", Spec("path", "a", "text/plain")),
        ("notes:2024.txt", Spec("path", "notes:2024.txt", None)),
        ("C:\\a.png", Spec("path", "C:\\a.png", None)),
        ("c://a.png", Spec("path", "c://a.png", None)),
        ("./https://x", Spec("path", "./https://x", None)),
        ("./file_011CNha8", Spec("path", "./file_011CNha8", None)),
        ("file_list.txt", Spec("path", "file_list.txt", None)),
        ("-", Spec("stdin", "-", None)),
        ("clip:", Spec("clip", "clip:", None)),
        ("./clip:", Spec("path", "./clip:", None)),
        ("-;type=image/png", Spec("stdin", "-", "image/png")),
        ("file_011CNha8", Spec("file", "file_011CNha8", media.PDF)),
        ("file_011CNha8;type=text/plain", Spec("file", "file_011CNha8", media.PDF)),
        ("file_011CNha8;as=container", Spec("file", "file_011CNha8", CONTAINER)),
        ("file_011CNha8;type=image/png", Spec("file", "file_011CNha8", "image/png")),
        ("https://x.org/a.PNG?s=1#f", Spec("url", "https://x.org/a.PNG?s=1#f", "image/png")),
        ("HTTPS://x.org/a.pdf", Spec("url", "HTTPS://x.org/a.pdf", media.PDF)),
        ("https://x/a;type=image/webp", Spec("url", "https://x/a", "image/webp")),
        ("https://x/a.png;type=application/pdf", Spec("url", "https://x/a.png", media.PDF)),
    ],
)
def test_a_spec_is_taken_apart(text: str, spec: Spec) -> None:
    assert parse_spec(text) == spec


@pytest.mark.parametrize(
    "text",
    [
        "",
        ";type=image/png",
        "a.png;type=",
        "a.png;type=png",
        "a.zip;type=application/zip",
        "a.heic;type=image/heic",
        "http://x.org/a.png",
        "file:///etc/passwd",
        "file:a.png",
        "data:image/png;base64,AAAA",
        "ftp://x/a.pdf",
        "s3://bucket/a.pdf",
        "https:a.png",
        "https:///a.png",
        "https://x y/a.png",
        "https://x/a\n.png",
        "https://x.png",
        "https://x.org/page",
        "https://x.org/a.txt",
        "https://x.org/a.html;type=text/html",
    ],
)
def test_a_spec_that_nothing_can_be_made_of_is_wrong_usage(text: str) -> None:
    with pytest.raises(UsageError):
        parse_spec(text)


def test_a_url_without_a_known_suffix_asks_for_its_type() -> None:
    with pytest.raises(UsageError) as refused:
        parse_spec("https://x.org/picture")
    assert ";type=" in str(refused.value.hint) and "web_fetch" in str(refused.value.hint)
    with pytest.raises(UsageError) as refused:
        parse_spec("https://x.org/page;type=text/html")
    assert "-T web_fetch" in str(refused.value.hint)


@given(st.text(st.characters(exclude_categories=())))
def test_any_spec_is_understood_or_wrong_usage(text: str) -> None:
    for spec in (text, f"https://{text}", f"{text};type=image/png", f"a;type={text}"):
        try:
            assert parse_spec(spec).target
        except UsageError as err:
            assert err.message


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("a.pdf;pages=3", Spec("path", "a.pdf", None, ((3, 3),))),
        ("a.pdf;pages=3-9, 12,20-", Spec("path", "a.pdf", None, ((3, 9), (12, 12), (20, None)))),
        ("-;pages=1;type=application/pdf", Spec("stdin", "-", media.PDF, ((1, 1),))),
    ],
)
def test_pages_are_numbers_and_ranges(text: str, spec: Spec) -> None:
    assert parse_spec(text) == spec


@pytest.mark.parametrize(
    "text",
    [f"a.pdf;pages={pages}" for pages in ("", "0", "a", "3-2", "-3", "1,,2", "1-2-3", "9999999")]
    + ["https://x.org/a.pdf;pages=1", "file_1;pages=1"],
)
def test_pages_that_make_no_sense_are_wrong_usage(text: str) -> None:
    with pytest.raises(UsageError):
        parse_spec(text)


posix = pytest.mark.skipif(os.name == "nt", reason="a backslash is part of a path there")


def test_a_file_of_the_whole_name_wins_over_an_option(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a;type=image").touch()
    assert parse_spec("a;type=image") == Spec("path", "a;type=image")


# What a terminal types for a file that is dropped on it, with and without a blank behind it.
@posix
@pytest.mark.parametrize(
    "line",
    [
        "'/x/my file.txt'",
        '"/x/my file.txt"',
        "/x/my\\ file.txt",
        "/x/'my file.txt'",
    ],
)
def test_a_path_is_understood_as_a_terminal_types_it(line: str) -> None:
    assert typed_specs(line) == [Spec("path", "/x/my file.txt")]


@posix
def test_several_files_may_be_dropped_at_once() -> None:
    assert typed_specs("'/x/it'\\''s (1).png' /x/b.png;type=image/png '*.pdf'") == [
        Spec("path", "/x/it's (1).png"),
        Spec("path", "/x/b.png", "image/png"),
        Spec("path", "*.pdf"),
    ]


def test_a_file_of_the_whole_line_needs_no_quotes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("it's here.txt", "a\\ b"):
        Path(name).touch()
        assert typed_words(name) == [name]
        assert typed_words(f"~/{name}") == [str(tmp_path / name)]


@posix
def test_a_quote_that_is_not_closed_is_told() -> None:
    with pytest.raises(UsageError, match="a quote is not closed"):
        typed_words("it's")


@posix
def test_a_new_file_may_be_quoted_or_not() -> None:
    assert typed_path("'my notes.md'") == typed_path("my notes.md") == "my notes.md"


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["scans/2.pdf", "who signed?"], "-a 'scans/*.pdf'"),
        (["notes"], "-a '*'"),
    ],
)
def test_a_pattern_that_the_shell_unfolded_is_refused_with_its_quoted_form(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], hint: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("scans").mkdir()
    for name in ("scans/2.pdf", "notes", "two words"):
        Path(name).touch()
    with pytest.raises(UsageError) as refused:
        refuse_unfolded(words, ["scans/1.pdf"])
    assert hint in str(refused.value.hint)
    refuse_unfolded(words, [])
    refuse_unfolded(["two words"], ["scans/1.pdf"])
    refuse_unfolded(["scans", "nothing"], ["scans/1.pdf"])


@pytest.mark.parametrize(
    "text",
    [
        "a.csv;as=container",
        "-;as=container",
        "https://x.org/a.pdf;as=container",
        "file_1;as=image",
        "file_1;type=text/csv;as=container",
        "file_1;as=container;pages=1",
    ],
)
def test_only_an_uploaded_file_goes_into_the_container(text: str) -> None:
    with pytest.raises(UsageError, match="container"):
        parse_spec(text)
