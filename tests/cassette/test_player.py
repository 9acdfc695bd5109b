"""A cassette plays what was recorded, names what it has not, and holds no secret."""

import json
import stat
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from claude_cli.cassette.canonical import canonical_body
from claude_cli.cassette.exchange import Chunk, Place, Request, Response
from claude_cli.cassette.lines import DAMAGED, read_exchange
from claude_cli.cassette.player import Cassette, first_difference
from claude_cli.cassette.recorder import Recorder
from claude_cli.errors import ClaudeCliError, InputError
from tests.thorough import MANY

PLACE = Place("bedrock", "eu-west-1", "https://x.example/v1")
ASKED = Request("POST", "/v1/messages", {"model": "m", "messages": [{"content": "hi"}]})


def answered(*pieces: bytes, status: int = 200, **headers: str) -> Response:
    chunks = tuple(Chunk(number / 8, piece) for number, piece in enumerate(pieces))
    return Response(status, {"content-type": "text/event-stream", **headers}, chunks)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "tape.jsonl"
    recorder = Recorder(path, PLACE)
    recorder.write(ASKED, answered(b"data: {}\n\n", b"\xff\x00"))
    recorder.write(ASKED, answered(b"second"))
    return path


def test_what_was_recorded_is_played_in_its_pieces(path: Path) -> None:
    cassette = Cassette(path)
    assert cassette.place == PLACE
    assert cassette.answer(ASKED) == answered(b"data: {}\n\n", b"\xff\x00")
    assert cassette.notes == []


def test_equal_requests_get_their_answers_in_order_and_the_last_one_again(path: Path) -> None:
    cassette = Cassette(path)
    bodies = [cassette.answer(ASKED).body for _ in range(4)]
    assert bodies == [b"data: {}\n\n\xff\x00", b"second", b"second", b"second"]


def test_the_order_of_keys_and_the_headers_do_not_count(path: Path) -> None:
    body = {"messages": [{"content": "hi"}], "model": "m"}
    request = Request("POST", "/v1/messages", body, {"anthropic-beta": "x"})
    assert Cassette(path).answer(request).status == 200


def test_a_request_that_is_not_in_it_shows_where_it_differs(path: Path) -> None:
    other = Request("POST", "/v1/messages", {"model": "m", "messages": [{"content": "雪"}]})
    with pytest.raises(InputError) as raised:
        Cassette(path).answer(other)
    assert raised.value.message.endswith('messages.0.content is "雪" here and "hi" there')
    with pytest.raises(InputError, match="has no answer to GET /v1/models"):
        Cassette(path).answer(Request("GET", "/v1/models"))


def test_the_nearest_request_is_the_one_that_is_compared(path: Path) -> None:
    far = Request("POST", "/v1/messages", {"something": "else" * 50})
    Recorder(path, PLACE).write(far, answered(b""))
    with pytest.raises(InputError, match="max_tokens is 9 here and null there"):
        Cassette(path).answer(Request("POST", "/v1/messages", {**ASKED.body, "max_tokens": 9}))


def test_a_later_recording_goes_on_in_the_same_file(path: Path) -> None:
    Recorder(path, PLACE).write(Request("GET", "/v1/models"), answered(b"[]"))
    assert Cassette(path).answer(Request("GET", "/v1/models")).body == b"[]"
    assert Cassette(path).answer(ASKED).status == 200


def test_a_file_that_is_no_cassette_is_not_written_to(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("mine\n")
    with pytest.raises(InputError, match="is no cassette"):
        Recorder(path, PLACE)
    assert path.read_text() == "mine\n"


def test_only_its_owner_can_read_it(path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_no_secret_and_no_account_is_in_it(tmp_path: Path) -> None:
    path = tmp_path / "tape"
    body = {"mcp_servers": [{"url": "https://x", "authorization_token": "canary"}]}
    headers = {"x-api-key": "canary", "Authorization": "canary", "X-Mine": "canary"}
    account = {"anthropic-organization-id": "canary", "set-cookie": "canary"}
    response = Response(200, {"Content-Type": "text/plain", **account}, ())
    request = Request(
        "POST",
        "/v1/messages",
        canonical_body("application/json", json.dumps(body).encode()),
        headers,
    )
    Recorder(path, PLACE).write(request, response)
    assert "canary" not in path.read_text()
    assert Cassette(path).answer(request).headers == {"content-type": "text/plain"}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"", "is no cassette"),
        (b"{}\n", "is no cassette"),
        (b'{"cassette": true}\n', "is no cassette"),
        (b'{"cassette": 2}\n', "of a newer format, 2"),
    ],
)
def test_what_is_no_cassette_is_told(tmp_path: Path, line: bytes, reason: str) -> None:
    path = tmp_path / "tape"
    path.write_bytes(line)
    with pytest.raises(InputError, match=reason):
        Cassette(path)


@pytest.mark.parametrize(
    "damaged",
    [
        "{",
        "{}",
        "[]",
        '{"request": {}, "response": {}}',
        '{"request": {"method": "GET", "path": "/"}, "response": {"status": 99, "headers": {}}}',
        '{"request": {"method": "GET", "path": "/"}, "response": '
        '{"status": 200, "headers": {}, "chunks": [[0, {"base64": "?"}]]}}',
    ],
)
def test_a_damaged_line_is_named_and_the_others_play(path: Path, damaged: str) -> None:
    first, *rest = path.read_text().splitlines()
    path.write_text("\n".join([first, damaged, *rest]) + "\n")
    cassette = Cassette(path)
    [note] = cassette.notes
    assert note.startswith(f"{path}, line 2: ")
    assert cassette.answer(ASKED).status == 200


def test_cut_at_any_byte_it_plays_what_is_whole_or_says_what_is_wrong(path: Path) -> None:
    whole = path.read_bytes()
    for end in range(len(whole)):
        path.write_bytes(whole[:end])
        try:
            body = Cassette(path).answer(ASKED).body
        except ClaudeCliError:
            continue
        assert body in (b"data: {}\n\n\xff\x00", b"second")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=3),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner),
        max_leaves=8,
    ),
    st.lists(st.binary(max_size=20), max_size=4),
)
def test_any_exchange_comes_back(tmp_path: Path, body: Any, pieces: list[bytes]) -> None:
    path = tmp_path / "any"
    path.unlink(missing_ok=True)
    request, response = Request("POST", "/x?a=b", body), answered(*pieces, status=529)
    Recorder(path, PLACE).write(request, response)
    assert Cassette(path).answer(request) == response


VALUES: Any = st.sampled_from(
    [None, True, -1, 99, 200, 10**400, 0.5, float("nan"), "", "x", "eHg=", [], [1], {}, {"a": "b"}]
)
CHUNKS = st.tuples(VALUES, VALUES | st.fixed_dictionaries({"base64": VALUES}))
RECORDS = st.fixed_dictionaries(
    {
        "request": st.fixed_dictionaries({"method": VALUES, "path": VALUES, "body": VALUES}),
        "response": st.fixed_dictionaries(
            {
                "status": st.just(200) | VALUES,
                "headers": st.just({}) | VALUES,
                "chunks": st.lists(CHUNKS, max_size=2) | VALUES,
            }
        ),
    }
)


@MANY
@given(RECORDS)
def test_any_record_is_an_exchange_or_a_damaged_one(record: Any) -> None:
    with suppress(*DAMAGED):
        request, answer = read_exchange(record)
        assert 100 <= answer.status <= 599 and isinstance(answer.body, bytes)
        assert json.loads(request.key)


def test_a_time_beyond_all_numbers_damages_its_line_alone(path: Path) -> None:
    first, *rest = path.read_text().splitlines(keepends=True)
    path.write_text(first + rest[0].replace("[[0.0,", f"[[{10**400},") + rest[1])
    cassette = Cassette(path)
    assert cassette.answer(ASKED).body == b"second"
    assert [note.partition(", ")[2] for note in cassette.notes] == ["line 2: damaged"]


def test_the_first_difference_is_found() -> None:
    assert first_difference({"a": [1, {"b": 2}]}, {"a": [1, {"b": 3}]}) == ("a.1.b", 2, 3)
    assert first_difference({"a": 1}, {"a": 1, "b": None}) == ("b", None, None)
    assert first_difference([1], {}) == ("the body", [1], {})
