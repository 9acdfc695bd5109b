"""Files: uploaded in pieces, listed in both shapes, handed out or not, named by messages."""

import hashlib
import http.client
import io
import json
import time
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import pytest

from claude_cli.simulator.server.server import Simulator
from claude_cli.simulator.wire.multipart import read_parts
from claude_cli.simulator.wire.rejections import Rejection
from tests.simulator.bodies import HEADERS, message_body, png, text, tool_result, tool_use, user
from tests.simulator.bodies import assistant as assistant_message

if TYPE_CHECKING:
    import anthropic

PATH = "/v1/files"
CHART = "file_simulated_chart"
BETA = {"anthropic-beta": "files-api-2025-04-14"}
PDF = b"%PDF-1.4\n%%EOF"


@pytest.fixture
def client(simulator: Simulator) -> Iterator[httpx.Client]:
    """Without a content type of its own."""
    headers = {name: value for name, value in HEADERS.items() if name != "content-type"}
    with httpx.Client(base_url=simulator.base_url, headers=headers, timeout=10) as running:
        yield running


def send(
    client: httpx.Client, name: str, content: bytes, media_type: str, **fields: Any
) -> httpx.Response:
    return client.post(PATH, files={"file": (name, content, media_type)}, data=fields)


def upload(
    client: httpx.Client, name: str = "a.pdf", content: bytes = PDF,
    media_type: str = "application/pdf",
) -> dict[str, Any]:  # fmt: skip
    response = send(client, name, content, media_type)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


def message_of(response: httpx.Response) -> str:
    message: str = response.json()["error"]["message"]
    return message


def test_an_upload_is_described(simulator: Simulator, client: httpx.Client) -> None:
    found = upload(client, "räksmörgås.pdf")
    assert found["id"].startswith("file_")
    assert found.pop("created_at").startswith("20")
    assert found == {
        "id": found["id"],
        "type": "file",
        "filename": "räksmörgås.pdf",
        "mime_type": "application/pdf",
        "size_bytes": len(PDF),
        "downloadable": False,
    }
    assert client.get(f"{PATH}/{found['id']}").json()["filename"] == "räksmörgås.pdf"
    kept = simulator.files.find(found["id"])
    assert kept is not None
    assert kept.content == PDF
    assert kept.sha256 == hashlib.sha256(PDF).hexdigest()


def test_two_uploads_of_the_same_are_two_files(client: httpx.Client) -> None:
    assert upload(client)["id"] != upload(client)["id"]


@pytest.mark.parametrize("size", [0, 1, 999_999, 1_000_000, 3_000_001])
def test_any_size_is_measured_exactly(
    simulator: Simulator, client: httpx.Client, size: int
) -> None:
    content = (b"\r\n--" + bytes(range(251))) * (size // 255 + 1)
    content = content[:size]
    found = upload(client, "a.bin", content, "application/octet-stream")
    assert found["size_bytes"] == size
    kept = simulator.files.find(found["id"])
    assert kept is not None
    assert kept.sha256 == hashlib.sha256(content).hexdigest()
    assert kept.content == (content if size <= 1_000_000 else None)


def test_an_expiry_can_be_asked_for_but_not_in_the_beta(client: httpx.Client) -> None:
    response = send(client, "a.pdf", PDF, "application/pdf", expires_in_seconds="3600")
    found = response.json()
    assert found["expires_at"] > found["created_at"]
    client.headers.update(BETA)
    assert send(client, "a", PDF, "text/plain", expires_in_seconds="3600").status_code == 400


@pytest.mark.parametrize("seconds", ["3599", "7776001", "-1", "", "1e5", "9" * 2000])
def test_an_expiry_out_of_range_is_refused(client: httpx.Client, seconds: str) -> None:
    response = send(client, "a.pdf", PDF, "application/pdf", expires_in_seconds=seconds)
    assert response.status_code == 400
    assert "expires_in_seconds" in message_of(response)


@pytest.mark.parametrize("name", ["a\\b", "a:b", "a|b", "a?b", "a*b", "<a>", "a\tb", "a" * 256])
def test_a_bad_filename_is_refused(client: httpx.Client, name: str) -> None:
    body = part(f'name="file"; filename="{name}"')
    response = client.post(PATH, content=body + b"--B--", headers=MULTIPART)
    assert response.status_code == 400
    assert "filename" in message_of(response)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("a.txt", "a.txt"),
        ("/home/me/a.txt", "a.txt"),
        ("../..", ".."),
        ("", "unnamed.txt"),
        ("folder/", "unnamed.txt"),
    ],
)
def test_only_the_last_part_of_a_path_is_kept(client: httpx.Client, given: str, kept: str) -> None:
    body = part(f'name="file"; filename="{given}"', b"x", "Content-Type: text/plain") + END
    found = client.post(PATH, content=body, headers=MULTIPART).json()
    assert found["filename"] == kept
    nameless = part('name="file"', b"x", "Content-Type: text/plain") + END
    assert (
        client.post(PATH, content=nameless, headers=MULTIPART).json()["filename"] == "unnamed.txt"
    )


# Multipart

MULTIPART = {"content-type": "multipart/form-data; boundary=B"}


def part(disposition: str, content: bytes = b"x", *headers: str) -> bytes:
    lines = [f"Content-Disposition: form-data; {disposition}", *headers]
    return b"--B\r\n" + "\r\n".join(lines).encode() + b"\r\n\r\n" + content + b"\r\n"


FILE = part('name="file"; filename="a.txt"', b"hello", "Content-Type: text/plain")
END = b"--B--\r\n"


def test_a_part_may_hold_what_looks_like_a_boundary() -> None:
    content = b"\r\n--A\r\n--\r\n\r\n--"
    body = b"preamble\r\n" + part('name="file"; filename="a"', content) + part('name="b"') + END
    found = [(p.name, p.filename, p.content) for p in read_parts(MULTIPART["content-type"], body)]
    assert found == [("file", "a", content), ("b", None, b"x")]


@pytest.mark.parametrize(
    "content_type",
    ["multipart/form-data; boundary=B", 'multipart/form-data; charset=utf-8; boundary="B"',
     "multipart/form-data;boundary=B;x=y", "Multipart/Form-Data; Boundary=B"],
)  # fmt: skip
def test_how_a_boundary_may_be_told(client: httpx.Client, content_type: str) -> None:
    response = client.post(PATH, content=FILE + END, headers={"content-type": content_type})
    assert response.json()["mime_type"] == "text/plain"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", "ends in the middle"),
        (b"hello", "ends in the middle"),
        (FILE, "ends in the middle"),
        (FILE[:-8], "ends in the middle"),
        (b"--Bx\r\n" + FILE + END, "not followed by a line end"),
        (END, "file: Field required"),
        (part('name="other"') + END, "other: Extra inputs"),
        (FILE + FILE + END, "should be given once"),
        (FILE + part('name="other"') + END, "other: Extra inputs"),
        (part('filename="a"') + END, "has no name"),
        (part('name="file"; filename="a"', b"x", "X: " + "y" * 20_000) + END, "headers"),
        (b'--B\r\nContent-Disposition: form-data; name="\xff"\r\n\r\nx\r\n' + END, "UTF-8"),
    ],
)
def test_a_malformed_upload_is_refused_and_leaves_nothing(
    client: httpx.Client, body: bytes, expected: str
) -> None:
    response = client.post(PATH, content=body, headers=MULTIPART)
    assert response.status_code == 400
    assert expected in message_of(response)
    assert [file["id"] for file in client.get(PATH).json()["data"]] == [CHART]


def test_an_upload_that_is_not_multipart_is_refused(client: httpx.Client) -> None:
    assert client.post(PATH, json={}).status_code == 400
    assert client.post(PATH, content=b"", headers={"content-type": "multipart/form-data"}).is_error


def test_a_file_without_a_type_is_just_bytes(client: httpx.Client) -> None:
    body = part('name="file"; filename="a"') + END
    response = client.post(PATH, content=body, headers=MULTIPART)
    assert response.json()["mime_type"] == "application/octet-stream"


def test_a_refused_upload_does_not_disturb_the_next_request(client: httpx.Client) -> None:
    long = part('name="other"', b"x" * 5_000_000) + END
    assert client.post(PATH, content=long, headers=MULTIPART).status_code == 400
    assert client.post(PATH, content=FILE + END, headers=MULTIPART).status_code == 200


def test_uploads_reuse_their_connection(client: httpx.Client) -> None:
    for _ in range(2):
        response = client.post(PATH, content=FILE + END + b"epilogue", headers=MULTIPART)
        assert response.status_code == 200
        assert "connection" not in response.headers


def test_an_upload_in_chunks(client: httpx.Client) -> None:
    pieces = iter([FILE[:40], FILE[40:], END])
    response = client.post(PATH, content=pieces, headers=MULTIPART)
    assert response.json()["size_bytes"] == 5


def test_more_than_500_mb_is_refused_before_it_is_read(simulator: Simulator) -> None:
    connection = http.client.HTTPConnection(urlsplit(simulator.base_url).netloc, timeout=5)
    connection.putrequest("POST", PATH)
    for name, value in {**HEADERS, **MULTIPART, "content-length": "500000001"}.items():
        connection.putheader(name, value)
    connection.endheaders()
    response = connection.getresponse()
    assert (response.status, json.load(response)["error"]["type"]) == (413, "request_too_large")
    connection.close()


def test_a_client_that_leaves_in_the_middle_leaves_no_file(simulator: Simulator) -> None:
    connection = http.client.HTTPConnection(urlsplit(simulator.base_url).netloc, timeout=5)
    connection.putrequest("POST", PATH)
    for name, value in {**HEADERS, **MULTIPART, "content-length": "1000"}.items():
        connection.putheader(name, value)
    connection.endheaders(FILE)
    connection.close()
    end = time.monotonic() + 30
    while not (simulator.requests and simulator.requests[0].ended.is_set()):
        assert time.monotonic() < end
        time.sleep(0.01)
    assert simulator.requests[0].disconnected
    assert [file.id for file in simulator.files] == [CHART]


# Lists


def test_the_list_of_the_beta(client: httpx.Client) -> None:
    made = [upload(client)["id"] for _ in range(3)]
    newest = [*reversed(made), CHART]
    first = client.get(PATH, params={"limit": 2}, headers=BETA).json()
    assert set(first) == {"data", "has_more", "first_id", "last_id"}
    assert [file["id"] for file in first["data"]] == newest[:2]
    after = client.get(PATH, params={"after_id": first["last_id"]}, headers=BETA).json()
    assert [file["id"] for file in after["data"]] == newest[2:]
    assert after["has_more"] is False
    before = client.get(PATH, params={"before_id": newest[2]}, headers=BETA).json()
    assert before["data"] == first["data"]


def test_the_list_after_the_beta(client: httpx.Client) -> None:
    made = [upload(client)["id"] for _ in range(3)]
    first = client.get(PATH, params={"limit": 2}).json()
    assert set(first) == {"data", "next_page"}
    second = client.get(PATH, params={"limit": 2, "page": first["next_page"]}).json()
    assert second["next_page"] is None
    found = [file["id"] for file in [*first["data"], *second["data"]]]
    assert found == [*reversed(made), CHART]


def test_single_files_can_be_asked_for(client: httpx.Client) -> None:
    wanted = [upload(client)["id"] for _ in range(3)][:2]
    found = client.get(PATH, params={"ids[]": wanted}).json()
    assert [file["id"] for file in found["data"]] == wanted[::-1]
    many = client.get(PATH, params={"ids[]": ["file_x"] * 101})
    assert many.status_code == 400


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "page=x", "page=page_file_none"])
def test_bad_queries_are_refused(client: httpx.Client, query: str) -> None:
    assert client.get(f"{PATH}?{query}").status_code == 400


# Content, deletion


def test_only_what_a_tool_made_can_be_downloaded(client: httpx.Client) -> None:
    uploaded = client.get(f"{PATH}/{upload(client)['id']}/content")
    assert uploaded.status_code == 400
    assert uploaded.json()["error"]["details"]["error_code"] == "file_not_downloadable"
    response = client.get(f"{PATH}/{CHART}/content")
    assert response.headers["content-type"] == "image/png"
    shown = client.get(f"{PATH}/{CHART}").json()
    assert (shown["filename"], shown["downloadable"]) == ("chart.png", True)
    assert shown["size_bytes"] == len(response.content)


def test_the_chart_is_a_whole_png(client: httpx.Client) -> None:
    stream = io.BytesIO(client.get(f"{PATH}/{CHART}/content").content)
    assert stream.read(8) == b"\x89PNG\r\n\x1a\n"
    kinds, pixels = [], b""
    while head := stream.read(8):
        length, kind = int.from_bytes(head[:4], "big"), head[4:]
        data = stream.read(length)
        assert int.from_bytes(stream.read(4), "big") == zlib.crc32(kind + data)
        kinds.append(kind)
        pixels += data if kind == b"IDAT" else b""
    assert kinds == [b"IHDR", b"IDAT", b"IEND"]
    assert len(zlib.decompress(pixels)) == 2  # a filter byte and a grey one


def test_a_deleted_file_is_gone(client: httpx.Client) -> None:
    found = upload(client)["id"]
    deleted = client.delete(f"{PATH}/{found}").json()
    assert deleted == {"id": found, "type": "file_deleted"}
    for path in (f"{PATH}/{found}", f"{PATH}/{found}/content"):
        assert client.get(path).status_code == 404
    assert client.delete(f"{PATH}/{found}").status_code == 404


@pytest.mark.parametrize("path", [PATH, f"{PATH}/{CHART}", f"{PATH}/{CHART}/content"])
def test_a_credential_is_needed(client: httpx.Client, path: str) -> None:
    assert client.get(path, headers={"x-api-key": ""}).status_code == 401


# In messages


CODE_EXECUTION = {"type": "code_execution_20250825", "name": "code_execution"}


def block(kind: str, file_id: str) -> dict[str, Any]:
    if kind == "container_upload":
        return {"type": kind, "file_id": file_id}
    return {"type": kind, "source": {"type": "file", "file_id": file_id}}


@pytest.mark.parametrize("path", ["/v1/messages", "/v1/messages/count_tokens"])
def test_a_message_may_name_a_file(client: httpx.Client, path: str) -> None:
    found = upload(client)["id"]
    body = message_body(user([block("document", found), block("image", CHART), text("What?")]))
    if path.endswith("count_tokens"):
        del body["max_tokens"]
    assert client.post(path, json=body).status_code == 200


@pytest.mark.parametrize(
    ("content", "path"),
    [
        ([block("image", "file_no")], "messages.0.content.0.source.file_id"),
        ([block("document", "file_no")], "messages.0.content.0.source.file_id"),
        ([block("container_upload", "file_no")], "messages.0.content.0.file_id"),
        ([text("a"), {"type": "document", "source": {
            "type": "content", "content": [block("image", "file_no")]}}],
         "messages.0.content.1.source.content.0.source.file_id"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_there_is_not_found(
    client: httpx.Client, content: list[dict[str, Any]], path: str
) -> None:
    body = message_body(user([*content, text("What?")]), tools=[CODE_EXECUTION])
    response = client.post("/v1/messages", json=body)
    assert (response.status_code, response.json()["error"]["type"]) == (404, "not_found_error")
    assert message_of(response).startswith(f"{path}: ")


def test_a_file_in_a_tool_result_is_looked_up(client: httpx.Client) -> None:
    tools = [{"name": "get_weather", "input_schema": {"type": "object"}}]
    messages = [
        user("hi"),
        assistant_message([tool_use()]),
        user([tool_result(content=[block("image", "file_no")])]),
    ]
    response = client.post("/v1/messages", json=message_body(*messages, tools=tools))
    assert response.status_code == 404


@pytest.mark.parametrize(
    ("kind", "media_type", "status"),
    [
        ("image", "application/pdf", 400),
        ("image", "text/plain", 400),
        ("image", "image/png", 200),
        ("document", "image/png", 400),
        ("document", "application/octet-stream", 400),
        ("document", "text/plain; charset=utf-8", 200),
        ("container_upload", "text/csv", 200),
    ],
)
def test_a_block_takes_certain_types_of_file(
    client: httpx.Client, kind: str, media_type: str, status: int
) -> None:
    found = upload(client, "a", png(), media_type)["id"]
    body = message_body(user([block(kind, found), text("?")]), tools=[CODE_EXECUTION])
    response = client.post("/v1/messages", json=body)
    assert response.status_code == status, response.text
    if status == 400:
        assert media_type in message_of(response)


def test_in_a_batch_an_unknown_file_is_an_errored_result(client: httpx.Client) -> None:
    body = message_body(user([block("image", "file_no")]))
    request = {"custom_id": "a", "params": body}
    batch = client.post("/v1/messages/batches", json={"requests": [request]}).json()
    time.sleep(0.1)
    line = client.get(f"/v1/messages/batches/{batch['id']}/results").json()
    assert line["result"]["error"]["error"]["type"] == "not_found_error"


def test_parts_are_read_of_multipart_alone() -> None:
    with pytest.raises(Rejection):
        read_parts("text/plain", END)


def test_a_body_may_begin_with_a_line_end() -> None:
    """RFC 2046: what stands before the first boundary, such as an empty line, is ignored."""
    body = b'\r\n--B\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n' + END
    assert [part.content for part in read_parts("multipart/form-data; boundary=B", body)] == [b"x"]


# The official SDK


@pytest.mark.sdk
def test_the_sdk_uploads_lists_downloads_and_deletes(simulator: Simulator) -> None:
    sdk = pytest.importorskip("anthropic")
    client: anthropic.Anthropic
    with sdk.Anthropic(api_key="sk-ant-test", base_url=simulator.base_url, max_retries=0) as client:
        found = client.files.upload(file=("a.pdf", PDF, "application/pdf"))
        assert (found.filename, found.size_bytes) == ("a.pdf", len(PDF))
        assert [file.id for file in client.files.list(limit=1)] == [found.id, CHART]
        assert client.files.download(CHART).read().startswith(b"\x89PNG")
        assert client.files.delete(found.id).type == "file_deleted"
