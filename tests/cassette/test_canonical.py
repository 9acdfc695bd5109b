"""Two requests that mean the same have one form, which holds no secret and no account."""

import json
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_cli.cassette.canonical import (
    LARGEST_JSON,
    BodyReader,
    canonical_body,
    canonical_path,
)
from tests.thorough import MANY

JSON = "application/json"


def form(boundary: str, *parts: tuple[str, bytes]) -> bytes:
    body = b""
    for head, content in parts:
        body += f"--{boundary}\r\n{head}\r\n\r\n".encode() + content + b"\r\n"
    return body + f"--{boundary}--\r\n".encode()


FILE = 'Content-Disposition: form-data; name="file"; filename="ä.txt"\r\nContent-Type: text/plain'
FIELD = 'Content-Disposition: form-data; name="purpose"'


def of_form(boundary: str, body: bytes) -> object:
    return canonical_body(f"multipart/form-data; boundary={boundary}", body)


def test_a_form_is_its_parts_whatever_its_boundary() -> None:
    parts = (FILE, b"hello\r\n--not the mark"), (FIELD, b"")
    found = of_form("xyz", form("xyz", *parts))
    assert found == of_form("0123", form("0123", *parts))
    assert found == {
        "parts": [
            {
                "name": "file",
                "filename": "ä.txt",
                "sha256": sha256(b"hello\r\n--not the mark").hexdigest(),
            },
            {"name": "purpose", "sha256": sha256(b"").hexdigest()},
        ]
    }


@MANY
@given(st.binary(max_size=60), st.lists(st.integers(0, 400), max_size=6))
def test_a_form_may_come_in_any_pieces(content: bytes, cuts: list[int]) -> None:
    whole = form("b", (FILE, content.replace(b"--b", b"")), (FIELD, b"x"))
    reader = BodyReader('multipart/form-data; boundary="b"')
    at = 0
    for cut in [*sorted(cuts), len(whole)]:
        reader.feed(whole[at:cut])
        at = max(at, cut)
    assert reader.value() == of_form("b", whole)


def test_a_form_without_an_end_holds_no_more_than_its_head_may_have() -> None:
    reader = BodyReader("multipart/form-data; boundary=b")
    reader.feed(b"--b")
    for _ in range(100):
        reader.feed(b"x" * 10_000)
    assert reader.value() == {"parts": []}


def test_a_body_that_is_no_json_is_known_by_its_hash() -> None:
    assert canonical_body(JSON, b"\xff") == {"sha256": sha256(b"\xff").hexdigest()}
    assert canonical_body(JSON, b"") is None
    deep = b"[" * 100_000 + b"]" * 100_000
    assert canonical_body(JSON, deep) == {"sha256": sha256(deep).hexdigest()}


def test_a_body_that_is_too_large_to_be_kept_is_known_by_its_hash() -> None:
    assert LARGEST_JSON == 16 * 1024 * 1024
    text = "x" * (LARGEST_JSON - 2)
    assert canonical_body(JSON, f'"{text}"'.encode()) == text
    large = f'"{text}x"'.encode()
    assert canonical_body(JSON, large) == {"sha256": sha256(large).hexdigest()}


def test_keys_are_sorted_and_secrets_are_gone() -> None:
    url = "https://x/mcp?key=canary"
    server = {"url": url, "authorization_token": "canary", "name": "n"}
    raw = json.dumps({"b": 1, "a": [{"mcp_servers": [server]}], "c": "my key is canary-2"}).encode()
    body = canonical_body(JSON, raw, ["canary-2"])
    assert "canary" not in json.dumps(body)
    assert [*body] == ["a", "b", "c"]
    assert [*body["a"][0]["mcp_servers"][0]] == ["authorization_token", "name", "url"]


def test_the_query_of_a_picture_stays_for_another_is_another_picture() -> None:
    source = {"type": "url", "url": "https://x/a.png?version=2"}
    assert canonical_body(JSON, json.dumps(source).encode()) == source


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/v1/models?limit=5&after_id=x", "/v1/models?after_id=x&limit=5"),
        ("/v1/models?", "/v1/models"),
        (
            "/v1/projects/my-own/locations/global/publishers/anthropic/models/m:rawPredict",
            "/v1/projects/x/locations/global/publishers/anthropic/models/m:rawPredict",
        ),
        (
            "/model/arn%3Aaws%3Abedrock%3Aeu-west-1%3A123456789012%3Ainference-profile%2Fm/invoke",
            "/model/arn%3Aaws%3Abedrock%3Aeu-west-1%3Ax%3Ainference-profile%2Fm/invoke",
        ),
        ("/model/arn:aws:bedrock:e:123456789012:p/m", "/model/arn:aws:bedrock:e:x:p/m"),
    ],
)
def test_a_path_names_no_account_and_its_query_is_sorted(path: str, expected: str) -> None:
    assert canonical_path(path) == expected
