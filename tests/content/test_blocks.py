"""Sources as content blocks, byte for byte."""

import base64
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from claude_cli.content.blocks import build_block, build_blocks
from claude_cli.content.sources import Source
from claude_cli.values import media
from tests.content import samples


@pytest.mark.parametrize(
    ("source", "block"),
    [
        (
            Source("a.png", "image/png", "path", b"\xfb\xff"),
            {
                "type": "image",
                "source": {"type": "base64", "media_type": "image/png", "data": "+/8="},
            },
        ),
        (
            Source("a.pdf", media.PDF, "path", b"%PDF"),
            {
                "type": "document",
                "source": {"type": "base64", "media_type": media.PDF, "data": "JVBERg=="},
                "title": "a.pdf",
            },
        ),
        (
            Source("a.csv", "text/csv", "path", b"a,b\r\n"),
            {
                "type": "document",
                "source": {"type": "text", "media_type": "text/plain", "data": "a,b\r\n"},
                "title": "a.csv",
            },
        ),
        (
            Source("stdin", "text/plain", "stdin", b"x"),
            {
                "type": "document",
                "source": {"type": "text", "media_type": "text/plain", "data": "x"},
            },
        ),
        (
            Source("a.gif", "image/gif", "url", reference="https://x.org/a.gif"),
            {"type": "image", "source": {"type": "url", "url": "https://x.org/a.gif"}},
        ),
        (
            Source("a.pdf", media.PDF, "url", reference="https://x.org/a.pdf"),
            {"type": "document", "source": {"type": "url", "url": "https://x.org/a.pdf"}},
        ),
        (
            Source("file_1", media.PDF, "file", reference="file_1"),
            {"type": "document", "source": {"type": "file", "file_id": "file_1"}},
        ),
        (
            Source("file_1", "image/png", "file", reference="file_1"),
            {"type": "image", "source": {"type": "file", "file_id": "file_1"}},
        ),
    ],
    ids=lambda value: f"{value.origin} {value.media_type}" if isinstance(value, Source) else "",
)
def test_each_kind_of_source_has_its_block(source: Source, block: object) -> None:
    assert build_block(source) == block


@pytest.mark.parametrize("name", samples.IMAGES)
def test_the_bytes_survive_in_one_line_of_base64(name: str) -> None:
    media_type, data = samples.IMAGES[name]
    body = build_block(Source(name, media_type, "path", data))["source"]
    assert body["media_type"] == media_type
    assert "\n" not in body["data"]
    assert base64.b64decode(body["data"], validate=True) == data


def test_a_turn_is_attachments_then_stdin_then_prompt() -> None:
    attachments = [
        Source("b.txt", "text/plain", "path", b"b"),
        Source("a.png", "image/png", "path", samples.PNG),
    ]
    blocks = build_blocks(attachments, "\r\nfrom stdin\n", "  why?\n")
    assert [block["type"] for block in blocks] == ["document", "image", "text", "text"]
    assert [block.get("text") for block in blocks[2:]] == ["\r\nfrom stdin\n", "  why?\n"]


@pytest.mark.parametrize("blank", ["", " ", "\r\n\t", "\u3000"])
def test_blank_text_makes_no_block(blank: str) -> None:
    assert build_blocks([], blank, blank) == []
    assert build_blocks([], "x", blank) == [{"type": "text", "text": "x"}]


def test_any_name_is_a_title_that_json_can_carry() -> None:
    block = build_block(Source('two\nlines "\x1b', "text/plain", "path", b"x"))
    assert json.loads(json.dumps(block).encode("utf-8"))["title"] == 'two\nlines "\x1b'


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in kilobytes on Linux alone")
def test_a_large_pdf_is_held_about_three_times(tmp_path: Path) -> None:
    path = tmp_path / "large.pdf"
    path.write_bytes(samples.pdf_of(3).ljust(22 << 20, b" "))
    script = (
        "import resource, sys\n"
        "from claude_cli.content import blocks, reading, specs\n"
        "def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024\n"
        "before = peak()\n"
        "blocks.build_blocks(reading.read_sources([specs.parse_spec(sys.argv[1])]), '', '')\n"
        "print(peak() - before)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        stdout=subprocess.PIPE,
        check=True,
    )
    assert int(done.stdout) < 4 * 22
