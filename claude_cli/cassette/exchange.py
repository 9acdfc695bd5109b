"""What a cassette holds: exchanges with the API, and where they took place. Knows no HTTP library.

No credential and no account is in it: of the headers it keeps those that are listed here.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

KEPT_OF_REQUESTS: Final = ("accept", "anthropic-beta", "anthropic-version", "content-type")
KEPT_OF_RESPONSES: Final = (
    *("content-type", "request-id", "retry-after", "retry-after-ms", "x-should-retry"),
    *("x-amzn-bedrock-content-type", "x-amzn-errortype", "x-amzn-requestid"),
)


class Place(NamedTuple):
    """Where the exchanges took place: enough to be played without a flag or a variable."""

    platform: str = "direct"
    region: str | None = None
    base_url: str = ""


class Chunk(NamedTuple):
    """A piece of a body, and the seconds from the request to its arrival."""

    seconds: float
    data: bytes


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked. `path` begins behind the base URL and has its query; see `canonical`."""

    method: str
    path: str
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def key(self) -> str:
        """Two requests with the same key are the same; headers do not count."""
        return as_key([self.method, self.path, self.body])


@dataclass(frozen=True, slots=True)
class Response:
    """What was answered; `cut`: the connection ended before the body did."""

    status: int
    headers: Mapping[str, str]
    chunks: tuple[Chunk, ...]
    cut: bool = False

    @property
    def body(self) -> bytes:
        return b"".join(chunk.data for chunk in self.chunks)


def kept(headers: Iterable[tuple[str, str]], names: Iterable[str]) -> dict[str, str]:
    """The headers of these names, in lower case."""
    wanted = frozenset(names)
    return {name.lower(): value for name, value in headers if name.lower() in wanted}


def as_key(value: Any) -> str:
    """A JSON value as text, the same whatever the order of its keys."""
    return json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
