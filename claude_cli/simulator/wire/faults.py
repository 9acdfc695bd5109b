"""Faults to order: what `--fault` and `Simulator.inject` take, and what they do to a response.

    429  529x2  503:retry-after=1    that status; headers after a colon
    cut=3                            the connection breaks after 3 deltas
    end=3                            the body ends cleanly after 3 deltas, without a stop reason
    stall=3                          3 deltas, then nothing
    error=overloaded_error           an error event in the middle
    malformed                        a data line in the middle that is no JSON
    slow=0.25                        a byte each 0.25 seconds, headers too

These meet requests to `/v1/messages` that are valid. Others meet a batch, at the place they name:

    529-create  429-createx2:retry-after=1   that status for the creation of a batch
    503-poll  404-results                    for a look at one batch, for a download of results
    lost-create                              the batch is created, the connection closed in silence
    cut-results  cut-results=3               the download breaks inside a line: in the middle, or
                                             after 3 whole ones

`x2` (or `×2`) after any of them: that many requests, then the next fault of the list for the same
place, or none. Without it a fault never ends.
"""

import math
import re
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from claude_cli.errors import UsageError
from claude_cli.simulator.wire.exchange import Interruption, Step
from claude_cli.simulator.wire.rejections import Rejection, error_type_of, status_of
from claude_cli.simulator.wire.stream import encode_event, is_delta

KINDS = ("cut", "end", "stall", "error", "malformed", "slow")
BATCH_KINDS: dict[str, tuple[str, ...]] = {"create": ("lost",), "poll": (), "results": ("cut",)}
"""By place, what there is besides a status."""
_SPEC = re.compile(
    r"(?P<kind>[a-z]+|[3-5]\d\d)(-(?P<place>create|poll|results))?"
    r"(=(?P<value>[\w.]+?))?([x×](?P<times>\d+))?"
)
_BROKEN_EVENT = b'event: content_block_delta\ndata: {"type":"content_block_delta","ind\n\n'
SPOILED = "simulated error"
"""The message of an error event that was ordered."""
_OPTION = re.compile(r":(?=[A-Za-z][A-Za-z0-9-]*=)")


@dataclass(frozen=True, slots=True)
class Fault:
    """`kind` is one of KINDS, or of BATCH_KINDS at its `place`, or `status`; `times` is None for
    ever.
    """

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
    if not found or not _exists(found["kind"], found["place"]):
        raise _unknown(spec)
    headers = dict(option.split("=", 1) for option in options)
    place = found["place"] or "messages"
    fault = _with_value(found["kind"], place, found["value"], spec)
    times = int(found["times"]) if found["times"] else None
    return replace(fault, place=place, headers=headers, times=times)


def _exists(kind: str, place: str | None) -> bool:
    return kind.isdigit() or kind in (BATCH_KINDS[place] if place else KINDS)


def _with_value(kind: str, place: str, value: str | None, spec: str) -> Fault:
    if value is None:
        return Fault("status", status=int(kind)) if kind.isdigit() else Fault(kind)
    if (place, kind) not in _VALUES:
        raise _unknown(spec)
    name, convert = _VALUES[place, kind]
    try:
        return replace(Fault(kind), **{name: convert(value)})
    except ValueError as error:
        raise _unknown(spec) from error


def _seconds(text: str) -> float:
    seconds = float(text)
    if not math.isfinite(seconds):
        raise ValueError(text)
    return seconds


_VALUES: dict[tuple[str, str], tuple[str, Callable[[str], Any]]] = {
    ("messages", "cut"): ("deltas", int),
    ("messages", "end"): ("deltas", int),
    ("messages", "stall"): ("deltas", int),
    ("messages", "error"): ("error_type", str),
    ("messages", "slow"): ("seconds", _seconds),
    ("results", "cut"): ("lines", int),
}
"""What a value after `=` sets."""


def _unknown(spec: str) -> UsageError:
    return UsageError(
        f"unknown fault: {spec!r}",
        hint="a status such as 429, 529x2 or 503:retry-after=1, or one of cut=3, end=3, stall=3, "
        "error=overloaded_error, malformed, slow=0.25; for batches 529-create, 503-poll, "
        "404-results, lost-create, cut-results; x2 after it means two requests",
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
    match fault.kind:
        case "cut":
            return [*_first(events, fault.deltas), Interruption.CUT]
        case "end":
            return [*_first(events, fault.deltas)]
        case "stall":
            return [*_first(events, fault.deltas), Interruption.STALL]
        case "error":
            error = Rejection(200, SPOILED, error_type=fault.error_type)
            return [*_first_half(events), encode_event(error.envelope(request_id))]
        case "malformed":
            half = _first_half(events)
            return [*half, _BROKEN_EVENT, *events[len(half) :]]
    return [*events]


def spoil_json(fault: Fault, body: bytes) -> bytes | list[Step]:
    """The same for an answer that is no stream; raises a Rejection for an error."""
    half = body[: len(body) // 2]
    match fault.kind:
        case "cut":
            return [half, Interruption.CUT]
        case "stall":
            return [half, Interruption.STALL]
        case "end" | "malformed":
            return half
        case "error":
            status = status_of(fault.error_type)
            raise Rejection(status, SPOILED, error_type=fault.error_type)
    return body


def _first(events: list[bytes], deltas: int) -> Iterator[bytes]:
    """The events up to and with that many deltas, in no case with a stop reason."""
    for event in events:
        deltas -= is_delta(event)
        if deltas < 0 or event.startswith(b"event: message_delta\n"):
            return
        yield event


def _first_half(events: list[bytes]) -> list[bytes]:
    return events[: max(1, len(events) // 2)]
