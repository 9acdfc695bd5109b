"""Markdown to try renderers on: a strategy for any, and documents that ask for trouble."""

from hypothesis import strategies as st

WORDS = [
    *["a", "the", "word", "**bold**", "*it*", "`code`", "~~gone~~", "1.", "-", "#", "|", "**", "`"],
    *["[link](http://x.y)", "![pic](http://i.j/k.png)", "<b>", "Vec<T>", "\\*", "é&amp;", "x_y_z"],
    *["$a*b*c$", "\\(x\\_y\\)", "$5", "a[^1]", "[b.com](http://c.com)", "[d](e.md)", "\\[z = 1\\]"],
    *["日本語", "한국어", "👨‍👩‍👧", "❤️", "🇩🇪", "https://example.com/not/for/forty/columns/"],
]
CODE_LINES = [
    *["def f(x):", "    return x + 1  # why", "", "/* comment", "*/ int x = 1;", '"""doc'],
    *["'it''s'", "<div class='a'>", "\tif (a) { b(); }", "cat <<EOF", "EOF", "<?php", "値 = 1"],
    "# " + "long " * 20,
]
MARKS = [
    *["-", "- ", "1. ", "2) ", "> ", ">", "  ", "    ", "\t", "#", "# ", "```", "~~~", "|", "---"],
    *["$$", "\\[", "\\begin{a}", "\\end{a}", "[^1]: ", "[ ] ", "<br>"],
    *["===", "a", "b c", "*", "`", "[", "](", "+ ", "10. ", "<", "&#10;", "\\"],
]

lines = st.lists(st.sampled_from(WORDS), min_size=1, max_size=12).map(" ".join)
paragraphs = st.lists(lines, min_size=1, max_size=4).map("\n".join)
code = st.lists(st.sampled_from(CODE_LINES), max_size=40).map("\n".join)
languages = st.sampled_from(["", "python", "c", "bash", "html", "nonsense", "php", "js title=x"])


def _item(content: str, mark: str) -> str:
    indent = " " * len(mark)
    return mark + "\n".join(indent + line if line else "" for line in content.split("\n")).lstrip()


def _numbered(items: list[str], start: int, gap: str) -> str:
    return gap.join(_item(item, f"{start + at}. ") for at, item in enumerate(items))


def _bullets(items: list[str], mark: str, gap: str) -> str:
    return gap.join(_item(item, mark) for item in items)


def _quote(content: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in content.split("\n"))


def _table(cells: list[str], columns: int, align: str) -> str:
    safe = [cell.replace("|", "/") for cell in cells]
    rows = [safe[at : at + columns] for at in range(0, len(safe), columns)]
    head, *others = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([head, "|" + align * len(rows[0]), *others])


_leaves = st.one_of(
    paragraphs,
    paragraphs,
    st.builds(lambda level, line: "#" * level + " " + line, st.integers(1, 6), lines),
    st.builds(lambda text, rule: f"{text}\n{rule}", paragraphs, st.sampled_from(["---", "==="])),
    st.builds(
        lambda language, code, end: f"```{language}\n{code}\n{end}",
        languages,
        code,
        st.sampled_from(["```", "```", "", "`````"]),
    ),
    st.builds(
        _table,
        st.lists(lines, min_size=1, max_size=24),
        st.integers(1, 8),
        st.sampled_from(["---|", ":-:|"]),
    ),
    st.builds(
        lambda begin, text, end: f"{begin}{text}{end}",
        st.sampled_from(["$$\n", "$$", "\\[", "\\begin{a}\n"]),
        paragraphs,
        st.sampled_from(["\n$$", "$$", "\n\\]", "\n\\end{a}", ""]),
    ),
    st.sampled_from(["***", "- - -", "    indented\n\n    code", "[a]: http://x.y", "&#x202e;x"]),
)


def _nest(blocks: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    content = st.lists(blocks, min_size=1, max_size=3).map("\n\n".join)
    items = st.lists(content, min_size=1, max_size=5)
    gap = st.sampled_from(["\n", "\n\n", "\n"])
    return st.one_of(
        st.builds(_bullets, items, st.sampled_from(["- ", "* ", "+   ", " - "]), gap),
        st.builds(_numbered, items, st.sampled_from([0, 1, 8, 98]), gap),
        content.map(_quote),
    )


blocks = st.recursive(_leaves, _nest, max_leaves=8)
well_formed = st.lists(blocks, max_size=6).map("\n\n".join)
only_marks = st.lists(
    st.lists(st.sampled_from(MARKS), max_size=5).map("".join), max_size=24
).map("\n".join)  # fmt: skip
mixed = st.lists(st.one_of(blocks, only_marks), max_size=4).map("\n".join)
documents = st.one_of(
    well_formed, only_marks, mixed, mixed.map(lambda text: text.replace("\n", "\r\n"))
)

AWKWARD = {
    "nothing": "",
    "blank lines": "\n\n \n",
    "a list in a list in a list": "- a\n  1. b\n     - c\n\n       more\n     - d\n  2. e\n- f\n",
    "several lists begun on one line": "- - 1. a\n    2. b\n\n       more\n  - c\n- d\n",
    "items that drift": "- a\n - b\n  - c\n   - d\n    - e\n",
    "ordered from 98": "".join(f"{n}. item\n   more\n\n   - sub\n" for n in range(98, 104)),
    "all items number one": "1. a\n1. b\n\n   c\n1. d\n",
    "an item like the head of a table": "- a\n- |\n  ---\n- b | c\n  --|--\n",
    "empty items": "-\n  foo\n-\n\n  bar\n- ```\n  code\n\n  more\n  ```\n-\n1.\n2.\n",
    "a quote in a list": "- a\n  > b\n  >\n  > - c\n  >   - d\n  >\n  >     e\n  > 1. f\n- g\n",
    "a list in a quote": "> - a\n>   1. b\n>\n>      c\n>   2. d\n>\n> e\nlazy\n\nf\n",
    "a rule ends a list": "- a\n***\n- b\n- ---\n\n---\n> ***\n",
    "setext": "foo\nbar\n---\nbaz\n===\n\nfoo\n-\n",
    "a table of tall rows": "| a | b |\n|--|--|\n" + f"| x | {'y ' * 99} |\n" * 20 + "\nend\n",
    "a long table in a list": "- a\n\n  | b | c |\n  |--|--|\n" + "  | d | e |\n" * 70 + "- f\n",
    "a table that ends in text": "a | b\n--|--\nc | d\ne\n\nf\n",
    "a table too wide": f"|{'head|' * 30}\n|{'-|' * 30}\n|{'cell|' * 30}\n",
    "a long fence": "```python\n" + "x = '''\n\ny = 1  # z\n'''\n" * 40 + "```\n",
    "a long fence in a list": "1. ```c\n" + "   int x; /* y */\n" * 50 + "   ```\n2. z\n",
    "a long fence in quotes": "- > - > ```py\n" + "  >   > a = 1\n" * 50 + "  >   > ```\n\nb\n",
    "a fence that ends its list": "- a\n\n  ```\n  b\n  ```\n\nc\n",
    "a fence of blank lines": "```\n\n\n\nx\n\n\n```\n```python\n```\n~~~\nunclosed\n\n\n",
    "indented code": "a\n\n    b\n\n\n    c\n\nd\n\n- e\n\n      f\n\n      g\n",
    "HTML": "<div>\n\n**a**\n</div>\n\n<!-- b\n\nc -->\n\nd <br> e <script>f</script>\n",
    "formulas": "a $x$\n$$\n- b\n# c\n$$ d\n\n> \\[\n> e \\\\ f\n\ng\n- $$\n  h\n- i\n",
    "a formula without its end": "a\n\\begin{b}\n1. c\n\n2. d\n",
    "footnotes": "a[^1] b[^note]\n[^1]: c\n[^note]: d\n    e\n",
    "tasks": "- [ ] a\n- [x] `b`\n1. [X] c\n   - [ ]\n",
    "breaks in cells": "| a<br>b | c |\n|---|---|\n| d | e<br/>f<br />g |\n",
    "fifty levels of a list": "".join("  " * depth + f"- level{depth}\n" for depth in range(50)),
    "a hundred levels of a quote": "> " * 100 + "x\n",
    "emoji": "👨‍👩‍👧‍👦 🏳️‍🌈 👍🏽 🇩🇪🇫🇷 ❤️ 1️⃣ " * 9 + "\n\n- 👨‍👩‍👧 a\n",
    "wide characters": "日本語" * 50 + "\n\n| 漢字 | b |\n|--|--|\n| 한국어 | c |\n",
    "very long words": "x" * 500 + " https://a.b/" + "c" * 300 + "\n\n- " + "d" * 200 + "\n",
    "links and images": "[![a](b.png)](http://c) ![](d/e.png) <http://f> [g]\n\n[g]: http://h\n",
    "deep lists": "".join("  " * depth + "- x\n" for depth in range(30)),
    "deep quotes": "> " * 40 + "x\n",
    "tabs": "\ta\n\n\tb\n-\tc\n\n\td\n1.\te\n\n\tf\n>\tg\n",
    "CRLF": "# a\r\n\r\n- b\r\n\r\n  c\r\n```\r\nd\r\n```\r\n| e |\r\n|--|\r\n| f |\r\n",
    "only marks": "-\n*\n_\n#\n>\n|\n`\n```\n~~~\n===\n---\n1.\n[\n](\n",
    "Rich markup": "[bold]a[/bold] [red on blue] [/] :smile: [link=http://x]b[/link]\n",
    "character references": "&#27;[2J &#x202e; &#8203; a&#10;b &lt;&amp; `&#27;`\n",
}
