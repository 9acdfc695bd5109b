"""The page shows what was said as Markdown means it, and nothing in it can act."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_cli.ui.html_page import markdown_to_html, page

EVIL = '</pre><script>alert(1)</script><img src=x onerror="alert(1)"> & \x1b[2J\x00\u202e'
PIXEL = "data:image/png;base64,iVBORw0KGgo="
HARMLESS = {"html", "head", "meta", "title", "style", "body", "article", "p", "a", "em", "strong"}
HARMLESS |= {"s", "code", "pre", "span", "div", "ul", "ol", "li", "blockquote", "hr", "br", "img"}
HARMLESS |= {"table", "thead", "tbody", "tr", "th", "td", "details", "summary"}
HARMLESS |= {f"h{level}" for level in range(1, 7)}


class Tags(HTMLParser):
    """The tags of a page with their attributes, and its text."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_markdown_is_drawn() -> None:
    drawn = markdown_to_html("# Head\n\n**bold** `x`\n\n|a|b|\n|-|-|\n|1|2|\n\n- one\n- two\n")
    for part in ("<h1>Head</h1>", "<strong>bold</strong>", "<td>1</td>", "<li>two</li>"):
        assert part in drawn


def test_code_has_the_classes_of_its_tokens() -> None:
    drawn = markdown_to_html('```python\nprint("<b>")\n```\n')
    assert '<span class="nb">print</span>' in drawn
    assert "&lt;b&gt;" in drawn
    styled = "".join(page("t", []))
    assert ".code .nb" in styled and "prefers-color-scheme: dark" in styled


def test_the_page_loads_and_runs_nothing() -> None:
    parts = [("text", "", "![a](https://x.org/a.png)"), ("attachment", "image", PIXEL)]
    source = "".join(page("t", [("user", "User", parts)]))
    tags = Tags(source).tags
    assert {tag for tag, _ in tags} <= HARMLESS
    assert [a["src"] for tag, a in tags if tag == "img"] == [PIXEL]
    assert [a["href"] for tag, a in tags if tag == "a"] == ["https://x.org/a.png"]
    assert "default-src 'none'" in source
    assert not re.search(r"@import|url\(", source)


def test_what_looks_like_html_is_text_everywhere() -> None:
    kinds = ("text", "thinking", "code")
    parts = [(kind, EVIL, EVIL) for kind in kinds] + [("attachment", EVIL, "")]
    source = "".join(page(EVIL, [("assistant", EVIL, parts)]))
    parsed = Tags(source)
    assert "script" not in {tag for tag, _ in parsed.tags}
    assert all("onerror" not in attributes for _, attributes in parsed.tags)
    assert parsed.text.count("<script>alert(1)</script>") >= 7
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202e]", source)


@pytest.mark.parametrize(
    "target",
    [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "data:text/html,x",
        "file:///etc",
        "//x",
        "vscode://x.org/a",
    ],
)
def test_a_link_that_could_act_is_text(target: str) -> None:
    parsed = Tags(markdown_to_html(f"[a]({target}) <{target}>"))
    assert all("href" not in attributes for _, attributes in parsed.tags)
    assert "a" in parsed.text


def test_links_to_the_web_and_to_mailboxes_stay() -> None:
    parsed = Tags(markdown_to_html('[a](https://x.org/?q="&b=1) <mailto:a@x.org>'))
    assert [a["href"] for tag, a in parsed.tags if tag == "a"] == [
        "https://x.org/?q=%22&b=1",
        "mailto:a@x.org",
    ]


@given(st.text(st.sampled_from("<>\"'&`[](){}!#*_-|\n\t \\:/ajs=\u202e\x1b"), max_size=60))
def test_no_text_makes_a_tag_or_an_attribute_that_is_not_ours(text: str) -> None:
    for tag, attributes in Tags(markdown_to_html(text)).tags:
        assert tag in HARMLESS
        assert attributes.keys() <= {"href", "rel", "class", "start", "style"}
        assert (attributes.get("href") or "https://").startswith(("https://", "http://", "mailto:"))
