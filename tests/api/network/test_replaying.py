"""A cassette in place of the network: what was cut is cut again, and another try gets the next."""

from pathlib import Path

import pytest

from claude_cli.api.client import ApiClient, Connection
from claude_cli.cassette.exchange import Chunk, Place, Request, Response
from claude_cli.cassette.player import Cassette
from claude_cli.cassette.recorder import Recorder
from claude_cli.errors import InputError, TemporaryFailure

NOWHERE = "https://nowhere.example/gateway"
WHOLE = Response(200, {"content-type": "application/json"}, (Chunk(0, b'{"a": '), Chunk(9, b"1}")))
CUT = Response(200, {"content-type": "application/json"}, (Chunk(0, b'{"a": '),), cut=True)


def ask(tmp_path: Path, *answers: Response, retries: int = 0) -> dict[str, object]:
    tape = tmp_path / "tape"
    recorder = Recorder(tape, Place(base_url=NOWHERE))
    for answer in answers:
        recorder.write(Request("GET", "/v1/models?a=1&b=2"), answer)
    connection = Connection(NOWHERE, retries=retries)
    with ApiClient(connection, cassette=Cassette(tape)) as client:
        return client.call("GET", "/v1/models", query=[("b", "2"), ("a", "1")])


def test_an_answer_comes_in_its_pieces(tmp_path: Path) -> None:
    assert ask(tmp_path, WHOLE) == {"a": 1}


def test_what_was_cut_is_a_broken_connection(tmp_path: Path) -> None:
    with pytest.raises(TemporaryFailure, match="broke off"):
        ask(tmp_path, CUT)


def test_another_try_gets_the_next_answer(tmp_path: Path) -> None:
    assert ask(tmp_path, CUT, WHOLE, retries=1) == {"a": 1}


def test_a_request_that_is_not_in_it_is_not_tried_again(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no answer to GET"):
        ask(tmp_path, retries=5)
