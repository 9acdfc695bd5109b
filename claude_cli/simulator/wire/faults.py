"""Faults to order: what `--fault` and `Simulator.inject` take, and what they do to a response.

    429  529x2  503:retry-after=1    that status; headers after a colon
    cut=3                            the connection breaks after 3 deltas
    end=3                            the body ends cleanly after 3 deltas, without a stop reason
    stall=3                          3 deltas, then nothing
    error=overloaded_error           an error event in the middle
    malformed                        a data line in the middle that is no JSON
    slow=0.25                        a byte each 0.25 seconds, headers too

These meet requests to `/v1/messages` that are valid. Others meet a batch, at the place they name:

    529-create  429-createx2:retry-after=1   that status for its creation, or that of a skill
    503-poll  404-results                    for a look at one batch, for a download of results
    lost-create                              it is created, the connection closed in silence
    cut-results  cut-results=3               the download breaks inside a line: in the middle, or
                                             after 3 whole ones

And a request that goes on in a container, by its id, meets

    expired-container  500-container         a container that is there no more

`x2` (or `×2`) after any of them: that many requests, then the next fault of the list for the same
place, or none. Without it a fault never ends.
"""

import math
import re
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from claude_cli.errors import UsageError
from claude_cli.simulator.wire.exchange import Interruption, Step
from claude_cli.simulator.wire.rejections import Rejection, error_type_of, status_of
from claude_cli.simulator.wire.stream import encode_event, is_delta

PLACES = ("messages", "create", "poll", "results", "container")
_SPEC = re.compile(
    rf"(?P<kind>[a-z]+|[3-5]\d\d)(-(?P<place>{'|'.join(PLACES[1:])}))?"
    r"(=(?P<value>[\w.]+?))?([x×](?P<times>\d+))?"
)
_BROKEN_EVENT = b'event: content_block_delta\ndata: {"type":"content_block_delta","ind\n\n'
SPOILED = "simulated error"
"""The message of an error event that was ordered."""
_OPTION = re.compile(r":(?=[A-Za-z][A-Za-z0-9-]*=)")


@dataclass(frozen=True, slots=True)
class Fault:
    """`kind` is one of KINDS at its `place`, or `status`, which every place has; `times` is None
    for ever."""

    kind: str
    place: str = "messages"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    deltas: int = 2
    seconds: float = 0.25
    error_type: str = "overloaded_error"
    lines: int | None = None
    """Whole lines of a download before it breaks; None is half of them."""
    times: int | None = None


def parse_fault(spec: str) -> Fault:
    """A fault as it is written on the command line; UsageError names the kinds that exist."""
    text, *options = _OPTION.split(spec.strip())
    found = _SPEC.fullmatch(text)
    if not found:
        raise _unknown(spec)
    headers = dict(option.split("=", 1) for option in options)
    place = found["place"] or "messages"
    times = int(found["times"]) if found["times"] else None
    fault = Fault(found["kind"], place=place, headers=headers, times=times)
    return _with_value(fault, found["value"], spec)


def _with_value(fault: Fault, value: str | None, spec: str) -> Fault:
    """The fault with what stands behind its `=`. Raises UsageError for what it does not take."""
    if fault.kind.isdigit() and value is None:
        return replace(fault, kind="status", status=int(fault.kind))
    row = KINDS.get((fault.place, fault.kind))
    if row is None or (value is not None and row.value is None):
        raise _unknown(spec)
    if value is None or row.value is None:
        return fault
    name, convert = row.value
    try:
        return replace(fault, **{name: convert(value)})
    except ValueError as error:
        raise _unknown(spec) from error


def _seconds(text: str) -> float:
    seconds = float(text)
    if not math.isfinite(seconds):
        raise ValueError(text)
    return seconds


def _unknown(spec: str) -> UsageError:
    examples = ", ".join(row.example for row in KINDS.values())
    return UsageError(
        f"unknown fault: {spec!r}",
        hint=f"a status such as 429, 529x2, 503:retry-after=1 or 529-create, or one of {examples}; "
        "x2 after it means two requests",
    )


class FaultQueue:
    """The faults still to come, in order. Thread safe."""

    def __init__(self, specs: Iterable[str] = ()) -> None:
        self._faults: deque[Fault] = deque()
        self._lock = threading.Lock()
        self.add(specs)

    def add(self, specs: Iterable[str]) -> None:
        """Raises UsageError for the first that is not known, and adds none then."""
        faults = [parse_fault(spec) for spec in specs]
        with self._lock:
            self._faults.extend(faults)

    def next(self, place: str = "messages") -> Fault | None:
        """The fault that the next request at this place meets, if any."""
        with self._lock:
            for index, fault in enumerate(self._faults):
                if fault.place == place and fault.times != 0:
                    if fault.times is not None:
                        self._faults[index] = replace(fault, times=fault.times - 1)
                    return fault
        return None


def refuse(fault: Fault) -> None:
    """Raises what a fault answers instead of a message, if it does."""
    if fault.kind == "status":
        message = f"simulated: {error_type_of(fault.status)}"
        raise Rejection(fault.status, message, headers=fault.headers)


def spoil_stream(fault: Fault, events: list[bytes], request_id: str) -> list[Step]:
    """The events of an answer as the fault lets them through."""
    row = KINDS.get((fault.place, fault.kind), UNSPOILED)
    return row.stream(fault, events, request_id)


def spoil_json(fault: Fault, body: bytes) -> bytes | list[Step]:
    """The same for an answer that is no stream; raises a Rejection for an error."""
    return KINDS.get((fault.place, fault.kind), UNSPOILED).body(fault, body)


# What each kind does to a stream, and to a body


def _every_event(fault: Fault, events: list[bytes], request_id: str) -> list[Step]:
    return [*events]


def _cut_stream(fault: Fault, events: list[bytes], request_id: str) -> list[Step]:
    return [*_first(events, fault.deltas), Interruption.CUT]


def _stall_stream(fault: Fault, events: list[bytes], request_id: str) -> list[Step]:
    return [*_first(events, fault.deltas), Interruption.STALL]


def _end_stream(fault: Fault, events: list[bytes], request_id: str) -> list[Step]:
    return [*_first(events, fault.deltas)]


def _error_in_stream(fault: Fault, events: list[bytes], request_id: str) -> list[Step]:
    error = Rejection(200, SPOILED, error_type=fault.error_type)
    return [*_first_half(events), encode_event(error.envelope(request_id))]


def _malformed_stream(fault: Fault, events: list[bytes], request_id: str) -> list[Step]:
    half = _first_half(events)
    return [*half, _BROKEN_EVENT, *events[len(half) :]]


def _whole_body(fault: Fault, body: bytes) -> bytes:
    return body


def _half_body(fault: Fault, body: bytes) -> bytes:
    return body[: len(body) // 2]


def _cut_body(fault: Fault, body: bytes) -> list[Step]:
    return [_half_body(fault, body), Interruption.CUT]


def _stall_body(fault: Fault, body: bytes) -> list[Step]:
    return [_half_body(fault, body), Interruption.STALL]


def _error_body(fault: Fault, body: bytes) -> bytes:
    raise Rejection(status_of(fault.error_type), SPOILED, error_type=fault.error_type)


def _first(events: list[bytes], deltas: int) -> Iterator[bytes]:
    """The events up to and with that many deltas, in no case with a stop reason."""
    for event in events:
        deltas -= is_delta(event)
        if deltas < 0 or event.startswith(b"event: message_delta\n"):
            return
        yield event


def _first_half(events: list[bytes]) -> list[bytes]:
    return events[: max(1, len(events) // 2)]


class Kind(NamedTuple):
    """How a fault is written, which field a value after `=` sets and how it is read, and what
    becomes of an answer, as events and as one body. `slow` and the kinds of batches change no
    answer: a route of the server asks for them."""

    example: str
    value: tuple[str, Callable[[str], Any]] | None = None
    stream: Callable[[Fault, list[bytes], str], list[Step]] = _every_event
    body: Callable[[Fault, bytes], bytes | list[Step]] = _whole_body


UNSPOILED = Kind("")
KINDS: dict[tuple[str, str], Kind] = {
    ("messages", "cut"): Kind("cut=3", ("deltas", int), _cut_stream, _cut_body),
    ("messages", "end"): Kind("end=3", ("deltas", int), _end_stream, _half_body),
    ("messages", "stall"): Kind("stall=3", ("deltas", int), _stall_stream, _stall_body),
    ("messages", "error"): Kind(
        "error=overloaded_error", ("error_type", str), _error_in_stream, _error_body
    ),
    ("messages", "malformed"): Kind("malformed", None, _malformed_stream, _half_body),
    ("messages", "slow"): Kind("slow=0.25", ("seconds", _seconds)),
    ("create", "lost"): Kind("lost-create"),
    ("results", "cut"): Kind("cut-results=3", ("lines", int)),
    ("container", "expired"): Kind("expired-container"),
}
"""By place and name; every place has a status, too."""
