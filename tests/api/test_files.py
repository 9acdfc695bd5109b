"""The Files API, as the simulator plays it."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from claude_cli.api import files, pages
from claude_cli.api.authorizer import FixedCredential
from claude_cli.api.client import ApiClient, Connection
from claude_cli.errors import InputError
from claude_cli.simulator.server.server import Simulator


@pytest.fixture(params=[(), ("files-api-2025-04-14",)], ids=["list with pages", "list of the beta"])
def client(request: pytest.FixtureRequest, simulator: Simulator) -> Iterator[ApiClient]:
    connection = Connection(
        base_url=simulator.base_url,
        authorizer=FixedCredential("x-api-key", "k"),
        betas=request.param,
    )
    with ApiClient(connection) as made:
        yield made


def upload(client: ApiClient, content: bytes, name: str = "notes.txt") -> str:
    sent: list[int] = []
    file = io.BytesIO(content)
    uploaded = files.upload(client, file, name, len(content), "text/plain", sent.append)
    assert sent[-1] == len(content)
    return str(uploaded["id"])


def test_what_was_uploaded_is_there_byte_for_byte(client: ApiClient, simulator: Simulator) -> None:
    content = bytes(range(256)) * 3000
    stored = simulator.files.find(upload(client, content, "it's 雪 (1).txt"))
    assert stored is not None
    assert (stored.content, stored.filename) == (content, "it's 雪 (1).txt")
    assert stored.media_type == "text/plain"


def test_a_file_may_be_as_large_and_its_name_as_long_as_the_api_takes(
    client: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (files.LARGEST_FILE, files.LONGEST_NAME) == (500_000_000, 255)
    monkeypatch.setattr(files, "LARGEST_FILE", 10)
    assert upload(client, b"x" * 10, "n" * 255)
    with pytest.raises(InputError, match="larger than 500 MB"):
        upload(client, b"x" * 11)
    with pytest.raises(InputError, match="takes no file called"):
        upload(client, b"x", "n" * 256)


def test_every_page_of_the_list_is_read(client: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "PAGE", 2)
    ids = {upload(client, b"x") for _ in range(5)}
    assert ids < {found["id"] for found in files.list_files(client)}


def test_a_file_is_shown_and_deleted(client: ApiClient) -> None:
    file_id = upload(client, b"abc")
    assert files.show_file(client, file_id)["size_bytes"] == 3
    files.delete_file(client, file_id)
    with pytest.raises(InputError):
        files.show_file(client, file_id)


def test_only_what_tools_made_can_be_downloaded(client: ApiClient) -> None:
    with files.open_content(client, "file_simulated_chart") as response:
        assert b"".join(response.chunks()).startswith(b"\x89PNG")
    with pytest.raises(InputError):
        files.open_content(client, upload(client, b"abc"))


@pytest.mark.parametrize("name", ["", "a/b", "a\nb", 'a"b', "x" * 256])
def test_a_name_that_the_api_refuses_is_refused_here(client: ApiClient, name: str) -> None:
    with pytest.raises(InputError, match="no file called"):
        upload(client, b"x", name)


def test_a_file_that_shrinks_while_it_is_sent_is_told(client: ApiClient) -> None:
    with pytest.raises(InputError, match="shorter"):
        files.upload(client, io.BytesIO(b"abc"), "a", 10, "text/plain", lambda sent: None)


def test_ids_cannot_leave_their_place_in_the_path(client: ApiClient) -> None:
    for odd in ("", ".", ".."):
        with pytest.raises(InputError):
            files.show_file(client, odd)


@pytest.mark.parametrize(
    ("path", "name"), [("a/b.txt", "b.txt"), ("we:ird?.txt", "we_ird_.txt"), ("n\nl", "n_l")]
)
def test_a_path_becomes_a_name_that_the_api_takes(path: str, name: str) -> None:
    assert files.file_name(Path(path)) == name
