"""Faults: how they are written, in which order they come, what they leave of a stream."""

import pytest

from claude_cli.errors import UsageError
from claude_cli.simulator.wire.exchange import Interruption
from claude_cli.simulator.wire.faults import (
    KINDS,
    Fault,
    FaultQueue,
    parse_fault,
    spoil_json,
    spoil_stream,
)
from claude_cli.simulator.wire.rejections import Rejection, error_type_of
from claude_cli.simulator.wire.stream import encode_event


@pytest.mark.parametrize(
    ("spec", "fault"),
    [
        ("429", Fault("status", status=429)),
        (" 529x2 ", Fault("status", status=529, times=2)),
        ("529×2", Fault("status", status=529, times=2)),
        ("429:retry-after=1", Fault("status", status=429, headers={"retry-after": "1"})),
        ("302:location=http://127.0.0.1:9/x:y=z",
         Fault("status", status=302, headers={"location": "http://127.0.0.1:9/x", "y": "z"})),
        ("429:retry-after=Wed, 21 Oct 2026 07:28:00 GMT",
         Fault("status", status=429, headers={"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"})),
        ("cut", Fault("cut")),
        ("cut=0", Fault("cut", deltas=0)),
        ("cut=3x2", Fault("cut", deltas=3, times=2)),
        ("end=1", Fault("end", deltas=1)),
        ("stall=4×1", Fault("stall", deltas=4, times=1)),
        ("error=api_error", Fault("error", error_type="api_error")),
        ("error=api_errorx3", Fault("error", error_type="api_error", times=3)),
        ("malformed", Fault("malformed")),
        ("malformedx1", Fault("malformed", times=1)),
        ("slow=0.25", Fault("slow", seconds=0.25)),
    ],
)  # fmt: skip
def test_how_faults_are_written(spec: str, fault: Fault) -> None:
    assert parse_fault(spec) == fault


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "invalid_request_error"), (401, "authentication_error"), (402, "billing_error"),
        (403, "permission_error"), (404, "not_found_error"), (408, "timeout_error"),
        (409, "conflict_error"), (413, "request_too_large"), (429, "rate_limit_error"),
        (500, "api_error"), (504, "timeout_error"), (529, "overloaded_error"),
    ],
)  # fmt: skip
def test_every_status_has_the_error_type_of_the_api(status: int, kind: str) -> None:
    assert error_type_of(status) == kind


@pytest.mark.parametrize(
    "spec", ["", "200", "42", "4290", "boom", "cut=x", "cut=1.5", "slow=a", "slow=inf", "slow=nan",
             "429=1", "malformed=1",
             "x2", "529x", "cut=-1"],
)  # fmt: skip
def test_an_unknown_fault_is_a_wrong_usage_that_names_the_kinds(spec: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_fault(spec)
    assert caught.value.hint is not None
    assert all(kind.example in caught.value.hint for kind in KINDS.values())


@pytest.mark.parametrize(("place", "name"), KINDS)
def test_every_kind_is_understood_as_its_example_is_written(place: str, name: str) -> None:
    fault = parse_fault(KINDS[place, name].example)
    assert (fault.place, fault.kind) == (place, name)


def test_faults_come_in_order_each_as_often_as_it_says() -> None:
    queue = FaultQueue(["529x2", "cutx1"])
    kinds = [fault and fault.kind for fault in (queue.next() for _ in range(4))]
    assert kinds == ["status", "status", "cut", None]


def test_a_fault_without_a_number_never_ends() -> None:
    queue = FaultQueue(["429", "cut"])
    assert {fault.kind for fault in (queue.next() for _ in range(5)) if fault} == {"status"}


def test_no_fault_is_added_when_one_of_them_is_unknown() -> None:
    queue = FaultQueue()
    with pytest.raises(UsageError):
        queue.add(["429", "boom"])
    assert queue.next() is None


EVENTS = [
    encode_event({"type": kind})
    for kind in ("message_start", "content_block_start", *["content_block_delta"] * 4,
                 "content_block_stop", "message_delta", "message_stop")
]  # fmt: skip


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("cut=2", [*EVENTS[:4], Interruption.CUT]),
        ("cut=0", [*EVENTS[:2], Interruption.CUT]),
        ("end=2", EVENTS[:4]),
        ("stall=1", [*EVENTS[:3], Interruption.STALL]),
        ("slow", EVENTS),
    ],
)
def test_what_is_left_of_a_stream(spec: str, expected: list[object]) -> None:
    assert spoil_stream(parse_fault(spec), EVENTS, "req_1") == expected


def test_a_cut_never_shows_a_stop_reason_even_where_there_are_few_deltas() -> None:
    left = spoil_stream(parse_fault("end=99"), EVENTS, "req_1")
    assert not any(b"message_delta" in step for step in left if isinstance(step, bytes))


def test_an_error_event_ends_the_stream() -> None:
    left = spoil_stream(parse_fault("error=rate_limit_error"), EVENTS, "req_1")
    assert left[:-1] == EVENTS[:4]
    assert left[-1] == (
        b"event: error\n"
        b'data: {"type":"error","error":{"type":"rate_limit_error","message":"simulated error"},'
        b'"request_id":"req_1"}\n\n'
    )


def test_a_malformed_line_stands_among_good_ones() -> None:
    left = spoil_stream(parse_fault("malformed"), EVENTS, "req_1")
    assert left[:4] + left[5:] == EVENTS
    assert isinstance(left[4], bytes)
    assert left[4].endswith(b'"ind\n\n')


def test_what_is_left_of_a_message() -> None:
    body = b'{"type":"message"}'
    assert spoil_json(parse_fault("cut"), body) == [body[:9], Interruption.CUT]
    assert spoil_json(parse_fault("stall"), body) == [body[:9], Interruption.STALL]
    assert spoil_json(parse_fault("malformed"), body) == body[:9]
    assert spoil_json(parse_fault("slow"), body) == body
    with pytest.raises(Rejection) as caught:
        spoil_json(parse_fault("error=overloaded_error"), body)
    assert caught.value.status == 529
