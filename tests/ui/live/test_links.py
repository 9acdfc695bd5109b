"""Which links an answer may have, and what is shown of the others."""

import pytest

from claude_cli.ui.live.frames import plain
from claude_cli.ui.live.links import may_lead
from claude_cli.ui.live.markdown import render_markdown


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("the manual", "https://docs.python.org/3/"),
        ("README.md", "https://github.com/a/b/blob/main/README.md"),
        ("asyncio.run", "https://docs.python.org/3/library/asyncio.html"),
        ("example.com", "https://www.example.com/page?x=1"),
        ("www.example.com", "http://example.com"),
        ("https://example.com/a…", "https://example.com/abc"),
        ("see https://example.com/a.", "https://example.com/a"),
        ("https://ja.wikipedia.org/wiki/日本", "https://ja.wikipedia.org/wiki/%E6%97%A5%E6%9C%AC"),
        ("münchen.de", "https://xn--mnchen-3ya.de/"),
        ("http://localhost:8080", "http://localhost:8080/x"),
        ("write to us", "mailto:a@example.com"),
        ("A@example.com", "mailto:a@example.com?subject=x"),
    ],
)
def test_a_link_that_leads_where_its_text_says_is_one(text: str, target: str) -> None:
    assert may_lead(text, target)
    assert f"\x1b]8;;{target}\x1b" in render_markdown(f"[{text}](<{target}>)", 200, True)


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("here", "ftp://example.com/"),
        ("here", "ssh://host"),
        ("here", "vscode://file/x"),
        ("here", "docs/a.md"),
        ("here", "#part"),
        ("here", "//example.com/x"),
        ("here", "http://bank.com@evil.org/"),
        ("bank.com", "https://evil.org/"),
        ("Log in at bank.com now", "https://bank.com.evil.org/"),
        ("https://bank.com/login", "https://evil.org/https://bank.com/login"),
        ("www.bank.com", "https://bank.evil.org"),
        ("bаnk.com", "https://bank.com/"),  # the a is Cyrillic
        ("bank.com", "https://xn--bnk-7cd.com/"),
        ("a@bank.com", "mailto:a@evil.org"),
        ("a@bank.com", "https://bank.com/"),
    ],
)
def test_another_link_is_text_and_its_target_is_shown(text: str, target: str) -> None:
    assert not may_lead(text, target)
    rendered = render_markdown(f"[{text}]({target})", 200, True)
    assert "\x1b]8" not in rendered
    assert plain(rendered) == f"{text} ({target})\n"


@pytest.mark.parametrize("target", ["http://[", "http://a:99999999/", "http:///x", "https://"])
def test_what_is_no_address_is_no_link(target: str) -> None:
    assert not may_lead("x.com", target)


def test_a_bare_address_of_another_scheme_is_shown_once() -> None:
    assert plain(render_markdown("<ssh://host/x>", 80, True)) == "ssh://host/x\n"
