"""PDFs looked into, in a child that cannot take us with it."""

import os
import time
from pathlib import Path

import pytest

from claude_cli.content import pdf
from claude_cli.content.pdf import PdfFacts
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


def test_a_child_that_takes_too_long_is_ended() -> None:
    begin = time.monotonic()
    assert pdf.inspect(pdf_of(1), seconds=0.001) == PdfFacts()
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
