"""Lists and tables whose values are of any type: shown as they are or as nothing, never a bug."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import CANARY, Run
from tests.faulty_server import FaultyServer, Wire, json_response

ODD = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([10**30, -1, 1.5, "5", "", "2026-11-30T00:00:00Z", "ended", "\x1b[31m", "/x"])
    | st.lists(st.integers(), max_size=2)
    | st.dictionaries(st.sampled_from(["a", "supported", "types"]), st.integers(), max_size=2)
)
FILE = ["id", "filename", "mime_type", "size_bytes", "created_at", "downloadable"]
MODEL = [
    *("id", "display_name", "created_at", "line", "lifecycle", "deprecated_at", "retires_at"),
    *("max_input_tokens", "max_tokens", "capabilities"),
]
BATCH = [
    *("id", "processing_status", "request_counts", "created_at", "expires_at", "ended_at"),
    *("archived_at", "results_url", "cancel_initiated_at"),
]
COUNTS = ["processing", "succeeded", "errored", "canceled", "expired"]


def record(fields: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    """All fields, or some; an id is most often one, for without it nothing else is looked at."""
    values = {name: ODD for name in fields}
    if "id" in values:
        values["id"] = st.sampled_from(["x_1", "x_2", "x_3"]) | ODD
    if "request_counts" in values:
        values["request_counts"] = ODD | _members(COUNTS)
    if "capabilities" in values:
        values["capabilities"] = ODD | _members(
            ["thinking", "effort", "batch", "structured_outputs"]
        )
    return st.fixed_dictionaries(values) | st.fixed_dictionaries({}, optional=values)


def _members(names: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from(names), ODD, min_size=1)


@pytest.mark.parametrize(
    ("command", "fields", "is_list"),
    [
        (("files", "list"), FILE, True),
        (("files", "show", "file_1"), FILE, False),
        (("files", "upload", "notes.txt"), FILE, False),
        (("models", "list"), MODEL, True),
        (("models", "show", "claude-x"), MODEL, False),
        (("batch", "list"), BATCH, True),
        (("batch", "status", "msgbatch_1"), BATCH, False),
        (("batch", "cancel", "msgbatch_1"), BATCH, False),
        (("batch", "results", "msgbatch_1"), BATCH, False),
        (("count", "hi"), ["input_tokens"], False),
    ],
)
@pytest.mark.parametrize("format", ["table", "json"])
def test_values_of_any_type_are_no_bug(
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    command: tuple[str, ...],
    fields: list[str],
    is_list: bool,
    format: str,
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", CANARY)
    with open("notes.txt", "w") as file:
        file.write("notes")
    answer: Any = None

    def script(wire: Wire) -> None:
        while wire.read_request():
            wire.send(json_response(answer))

    flags = (
        []
        if command[0] == "count" or "upload" in command or "results" in command
        else ["--format", format]
    )

    @settings(
        max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(record(fields), st.booleans())
    def check(odd: dict[str, Any], wrapped: bool) -> None:
        nonlocal answer
        paging = {"has_more": False, "first_id": None, "last_id": None}
        answer = {"data": [odd, {}], **paging} if is_list else odd
        ran = run(*command, *flags, "--base-url", server.base_url, "--retries", "0")
        assert ran.code != 70, (json.dumps(answer), ran.stderr)
        assert "\x1b" not in ran.stderr

    with FaultyServer(script) as server:
        check()
