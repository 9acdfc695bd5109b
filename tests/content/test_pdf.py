"""PDFs looked into, in a child that cannot take us with it."""

import io
import os
import time
from pathlib import Path

import pypdf
import pytest
from pypdf.annotations import Link
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, StreamObject

from claude_cli.content import pdf
from claude_cli.content.pdf import PdfFacts
from claude_cli.content.specs import Range
from claude_cli.errors import InputError
from tests.content.samples import pdf_of

ENCRYPTED = b"/ID [<00> <00>] /Encrypt << /Filter /Standard /V %d /R %d /Length 128 /P -4 %s >>"
PASSWORDS = b"/O <" + b"41" * 32 + b"> /U <" + b"42" * 32 + b">"
AES_256 = (
    b"/O <" + b"41" * 48 + b"> /U <" + b"42" * 48 + b"> /OE <" + b"43" * 32 + b"> /UE <"
    b"" + b"44" * 32 + b"> /Perms <" + b"45" * 16 + b">"
    b" /CF << /StdCF << /CFM /AESV3 /Length 32 >> >> /StmF /StdCF /StrF /StdCF"
)


@pytest.mark.parametrize("pages", [0, 1, 3, 700])
def test_pages_are_counted(pages: int) -> None:
    assert pdf.inspect(pdf_of(pages)) == PdfFacts(pages, False)


@pytest.mark.parametrize(
    "trailer",
    [ENCRYPTED % (2, 3, PASSWORDS), ENCRYPTED % (5, 6, AES_256)],
    ids=["RC4", "AES-256"],
)
def test_encryption_is_told(trailer: bytes) -> None:
    assert pdf.inspect(pdf_of(1, trailer)) == PdfFacts(None, True)


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7\n", b"%PDF-1.7\n" + bytes(1000), pdf_of(2)[:200]])
def test_a_damaged_pdf_is_unknown(data: bytes) -> None:
    assert pdf.inspect(data) == PdfFacts()


def test_a_page_tree_that_bites_its_tail_is_unknown_or_counted() -> None:
    data = pdf_of(1).replace(b"/Kids [3 0 R]", b"/Kids [2 0 R]")
    facts = pdf.inspect(data)
    assert facts.encrypted in (None, False)


def test_a_child_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    begin = time.monotonic()
    monkeypatch.setattr(pdf, "SECONDS", 0.001)
    assert pdf.inspect(pdf_of(1)) == PdfFacts()
    assert time.monotonic() - begin < 8


def test_nothing_in_the_current_folder_is_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for module in ("pypdf", "json", "io"):
        Path(f"{module}.py").write_text("open('trapped', 'w').close()", encoding="utf-8")
    assert pdf.inspect(pdf_of(2)) == PdfFacts(2, False)
    assert not Path("trapped").exists()


def test_the_key_does_not_reach_the_child(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    fake = tmp_path / "python"
    fake.write_text(f"#!/bin/sh\nenv > {seen}\n", encoding="utf-8")
    fake.chmod(0o700)
    if os.name == "nt":
        pytest.skip("needs a shell script as a program")
    monkeypatch.setattr("sys.executable", str(fake))
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-canary")
    assert pdf.inspect(pdf_of(1)) == PdfFacts()
    assert "PATH=" in seen.read_text()
    assert "canary" not in seen.read_text()


def text_pdf(pages: int, *, links: bool = False) -> bytes:
    """A PDF whose pages have words, an image each, and perhaps a link to the last page."""
    writer = pypdf.PdfWriter()
    for number in range(1, pages + 1):
        page = writer.add_blank_page(200, 200)
        words = StreamObject()
        words.set_data(b"BT /F1 12 Tf 9 9 Td (page %d) Tj ET" % number)
        padding = StreamObject()
        padding.set_data(os.urandom(20_000))
        font = DictionaryObject(
            {NameObject("/Type"): NameObject("/Font"), NameObject("/Subtype"): NameObject("/Type1"),
             NameObject("/BaseFont"): NameObject("/Helvetica")}
        )  # fmt: skip
        fonts = DictionaryObject({NameObject("/F1"): font})
        images = DictionaryObject({NameObject("/I"): writer._add_object(padding)})
        page[NameObject("/Contents")] = writer._add_object(words)
        page[NameObject("/Resources")] = DictionaryObject(
            {NameObject("/Font"): fonts, NameObject("/XObject"): images}
        )
        writer.add_outline_item(title=f"chapter {number}", page_number=number - 1)
    if links:
        for number in range(pages):
            link = Link(rect=(0, 0, 9, 9), target_page_index=0)
            target = writer.pages[pages - 1].indirect_reference
            assert target is not None
            link[NameObject("/Dest")] = ArrayObject([target, NameObject("/Fit")])
            writer.add_annotation(page_number=number, annotation=link)
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def words_of(data: bytes) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages]


@pytest.mark.parametrize(
    ("ranges", "pages"),
    [
        ([(2, 2)], [2]),
        ([(4, 5), (1, 1)], [4, 5, 1]),
        ([(3, None)], [3, 4, 5]),
        ([(2, 4), (3, None), (2, 2)], [2, 3, 4, 5]),
    ],
)
def test_pages_are_taken_in_the_order_written_each_once(
    ranges: list[Range], pages: list[int]
) -> None:
    taken = pdf.take_pages(text_pdf(5), ranges, "a.pdf")
    assert words_of(taken) == [f"page {number}" for number in pages]


def test_pages_of_a_pdf_of_megabytes_are_taken() -> None:
    assert len(pdf.take_pages(text_pdf(100), [(1, None)], "a.pdf")) > 2_000_000


def test_pages_that_are_not_taken_leave_nothing_behind() -> None:
    whole = text_pdf(10, links=True)
    taken = pdf.take_pages(whole, [(1, 1)], "a.pdf")
    assert len(taken) < len(whole) / 8  # a page is a tenth; its link leads to another
    assert b"chapter" not in taken


@pytest.mark.parametrize("ranges", [[(6, 6)], [(1, 6)], [(6, None)], [(1, 999_999)]])
def test_pages_that_are_not_there_are_refused_with_their_number(ranges: list[Range]) -> None:
    with pytest.raises(InputError, match=r"a\.pdf has 5 pages, not all of"):
        pdf.take_pages(text_pdf(5), ranges, "a.pdf")


def test_pages_of_an_encrypted_or_damaged_pdf_are_refused() -> None:
    with pytest.raises(InputError, match="encrypted") as refused:
        pdf.take_pages(pdf_of(1, ENCRYPTED % (2, 3, PASSWORDS)), [(1, 1)], "a.pdf")
    assert "qpdf" in str(refused.value.hint)
    with pytest.raises(InputError, match="may be damaged"):
        pdf.take_pages(b"%PDF-1.7\n", [(1, 1)], "a.pdf")
