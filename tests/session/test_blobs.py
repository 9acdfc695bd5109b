"""Attachments: stored once, whole, privately, and put back byte for byte or not at all."""

import base64
import hashlib
import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_cli.errors import CannotCreate, InputUnreadable
from claude_cli.session.blobs import Blobs, has_base64, is_digest
from tests.session.conversations import PNG


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(tmp_path / "data" / "blobs")


def block(data: str, **source: Any) -> Any:
    return {"type": "document", "source": {"type": "base64", "data": data, **source}}


def files(blobs: Blobs) -> list[Path]:
    return [path for path in blobs.folder.rglob("*") if path.is_file()]


def test_a_blob_is_a_private_file_under_its_digest(blobs: Blobs) -> None:
    before = os.umask(0)
    stored, digests = blobs.store([PNG])
    os.umask(before)
    raw = base64.b64decode(PNG["source"]["data"])
    assert digests == [hashlib.sha256(raw).hexdigest()]
    path = blobs.folder / digests[0][:2] / digests[0]
    assert files(blobs) == [path]
    assert path.read_bytes() == raw
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    source = {"type": "base64", "blob": digests[0], "media_type": "image/png"}
    assert json.dumps(stored) == json.dumps([PNG | {"source": source}])


KILLED = """
import os, signal, sys
from pathlib import Path
from claude_cli.session.blobs import Blobs

os.replace = lambda *paths: os.kill(os.getpid(), signal.SIGKILL)
Blobs(Path(sys.argv[1])).store([{"type": "image", "source": {"type": "base64", "data": "AAAA"}}])
"""


def test_what_was_left_of_a_blob_goes_when_any_other_is_stored(blobs: Blobs) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, str(blobs.folder)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert [path.read_bytes() for path in files(blobs)] == [bytes(3)]
    _, [digest] = blobs.store([PNG])
    assert [path.name for path in files(blobs)] == [digest]


def test_wherever_base64_stands_it_is_stored_and_put_back(blobs: Blobs) -> None:
    content: Any = [
        {"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}},
        {
            "type": "tool_result",
            "tool_use_id": "t",
            "content": [PNG, {"type": "text", "text": "b"}],
        },
        {"type": "document", "source": {"type": "content", "content": [PNG]}, "title": "c"},
        {"type": "image", "source": {"type": "url", "url": "https://example.org/a.png"}},
        {
            "type": "document",
            "source": {"type": "text", "data": "aGk="},
        },
    ]
    stored, digests = blobs.store(content)
    assert len(digests) == 2
    assert len(files(blobs)) == 1
    assert PNG["source"]["data"] not in json.dumps(stored)
    assert json.dumps(blobs.restore(stored)) == json.dumps(content)
    assert PNG["source"]["data"], "the content that was given is left as it was"


@given(st.text(alphabet="AQgw+/=\n é", max_size=12))
def test_what_would_not_come_back_the_same_stays_where_it_is(data: str) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        blobs = Blobs(Path(folder))
        stored, _ = blobs.store([block(data)])
        assert blobs.restore(stored) == [block(data)]


@pytest.mark.parametrize("data", ["aGk", "aGl=", "AAAA=", "aG\nk=", "aGk=aGk=", "é", ""])
def test_base64_that_is_not_canonical_is_kept_in_the_record(blobs: Blobs, data: str) -> None:
    assert blobs.store([block(data)]) == ([block(data)], [])
    assert files(blobs) == []


def test_plain_content_has_nothing_to_store() -> None:
    assert not has_base64("text")
    assert not has_base64([{"type": "text", "text": "x"}])
    assert has_base64([PNG])


def test_a_missing_blob_is_named(blobs: Blobs) -> None:
    stored, (digest,) = blobs.store([PNG])
    [path] = files(blobs)
    path.unlink()
    for _ in range(2):
        with pytest.raises(InputUnreadable, match=f"{digest} of this session is gone") as caught:
            blobs.restore(stored)
        assert str(path) in str(caught.value.hint)
        path.mkdir(exist_ok=True)


def test_what_is_gone_already_need_not_be_removed(blobs: Blobs) -> None:
    _, (digest,) = blobs.store([PNG])
    _, (other,) = blobs.store([block("aGk=")])
    beside = blobs.folder / digest[:2] / "beside"
    beside.touch()
    blobs.remove(["0" * 64, digest, other])
    assert files(blobs) == [beside]


def test_a_blob_that_changed_is_not_sent_and_is_healed_when_it_is_attached_again(
    blobs: Blobs,
) -> None:
    stored, (digest,) = blobs.store([PNG])
    files(blobs)[0].write_bytes(b"something else")
    with pytest.raises(InputUnreadable, match=digest):
        blobs.restore(stored)
    blobs.store([PNG])
    assert blobs.restore(stored) == [PNG]


def test_a_reference_is_never_a_path(blobs: Blobs, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"x")
    digest = "../../" + "a" * 58
    source = {"type": "base64", "media_type": "image/png", "blob": digest}
    content: Any = [{"type": "image", "source": source}]
    assert blobs.restore(content) == content
    blobs.remove(["../../secret", digest])
    assert secret.exists()
    assert not is_digest(digest) and not is_digest(None) and not is_digest("A" * 64)


def test_a_folder_that_takes_no_file_is_told(blobs: Blobs) -> None:
    blobs.folder.parent.mkdir()
    blobs.folder.write_bytes(b"in the way")
    with pytest.raises(CannotCreate):
        blobs.store([PNG])
