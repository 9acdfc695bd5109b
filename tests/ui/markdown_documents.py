"""Markdown to try renderers on: a strategy for any, and documents that were trouble to somebody."""

from hypothesis import strategies as st

WORDS = st.sampled_from(
    ["a", "the", "word", "**bold**", "*it*", "`code`", "~~gone~~", "[link](http://x.y)", "![pic](http://i.j/k.png)", "<b>", "Vec<T>", "日本語", "👨\u200d👩\u200d👧", "é&amp;", "x_y_z", "\\*", "http://very.long/address/that/does/not/fit/in/forty", "1.", "-", "#", "|", "**", "`", "❤️", "🇩🇪", "한국어"]
)
LINE = st.lists(WORDS, min_size=1, max_size=12).map(" ".join)
PARAGRAPH = st.lists(LINE, min_size=1, max_size=4).map("\n".join)
CODE = st.lists(
    st.sampled_from(
        [
            "def f(x):",
            "    return x + 1  # why",
            "",
            "/* comment",
            "*/ int x = 1;",
            '"""doc',
            "'it''s'",
            "<div class='a'>",
            "\tif (a) { b(); }",
            "# " + "long " * 20,
            "cat <<EOF",
            "EOF",
            "日本語 = '値'",
        ]
    ),
    max_size=40,
).map("\n".join)
LANGUAGES = st.sampled_from(["", "python", "c", "bash", "html", "nonsense", "php", "js title=x"])


def _indent(text: str, first: str, others: str) -> str:
    head, *tail = text.split("\n")
    return "\n".join([first + head, *(others + line if line else line for line in tail)])


def _item(content: str, mark: str) -> str:
    return _indent(content, mark, " " * len(mark))


def _bullets(items: list[str], mark: str, gap: str) -> str:
    return gap.join(_item(item, mark) for item in items)


def _numbered(items: list[str], start: int, gap: str) -> str:
    return gap.join(_item(item, f"{start + at}. ") for at, item in enumerate(items))


def _quote(content: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in content.split("\n"))


def _fence(language: str, code: str, end: str) -> str:
    return f"```{language}\n{code}\n{end}"


def _table(cells: list[str], columns: int, align: str) -> str:
    cells = [cell.replace("|", "/") for cell in cells]
    rows = [cells[at : at + columns] for at in range(0, len(cells), columns)]
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + align * len(rows[0]), *lines[1:]])


LEAVES = st.one_of(
    PARAGRAPH,
    PARAGRAPH,
    st.builds(lambda level, line: "#" * level + " " + line, st.integers(1, 6), LINE),
    st.builds(lambda text, line: f"{text}\n{line}", PARAGRAPH, st.sampled_from(["---", "==="])),
    st.builds(_fence, LANGUAGES, CODE, st.sampled_from(["```", "```", "", "`````"])),
    st.builds(
        _table, st.lists(LINE, min_size=1, max_size=24), st.integers(1, 8), st.sampled_from(["---|", ":-:|"])
    ),
    st.sampled_from(["***", "---", "- - -", "    indented\n\n    code", "[a]: http://x.y", "&#x202e;x"]),
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


BLOCKS = st.recursive(LEAVES, _nest, max_leaves=8)
WELL_FORMED = st.lists(BLOCKS, max_size=6).map("\n\n".join)
LINES_OF_MARKS = st.lists(
    st.lists(
        st.sampled_from(
            ["-", "- ", "1. ", "2) ", "> ", ">", "  ", "    ", "\t", "#", "# ", "```", "~~~", "|", "---",
             "===", "a", "b c", "*", "`", "[", "](", "+ ", "10. ", "<", "&#10;", "\\"]
        ),
        max_size=5,
    ).map("".join),
    max_size=24,
).map("\n".join)  # fmt: skip
DOCUMENTS = st.one_of(
    WELL_FORMED,
    LINES_OF_MARKS,
    st.builds("\n".join, st.lists(st.one_of(BLOCKS, LINES_OF_MARKS), max_size=4)),
    st.lists(st.one_of(BLOCKS, LINES_OF_MARKS), max_size=4).map("\r\n".join).map(lambda text: text.replace("\n", "\r\n")),
)
