"""Cassettes: exchanges with the API, recorded in a file and played back. Knows no HTTP library.

The first line of the file says what it is: `{"cassette": 1, "platform", "region", "base_url"}`.
Each further line is an exchange: the request (method, path after the base URL, headers that are no
secret, body in a canonical form) and the response (status, headers that are nobody's, the body in
the pieces in which it came, each with its time). No credential and no account is ever in it.
"""

import base64
import binascii
import hashlib
import json
import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias

from claude_cli.disk.appendlog import append, read_records
from claude_cli.errors import InputError

FORMAT: Final = 1
KEPT_OF_REQUESTS: Final = ("accept", "anthropic-beta", "anthropic-version", "content-type")
KEPT_OF_RESPONSES: Final = (
    *("content-type", "request-id", "retry-after", "retry-after-ms", "x-should-retry"),
    *("x-amzn-bedrock-content-type", "x-amzn-errortype", "x-amzn-requestid"),
)
SECRET_FIELDS: Final = frozenset({"authorization_token"})
"""Fields of a body whose value is a secret, wherever they stand."""
REDACTED: Final = "REDACTED"
COMPARED: Final = 10_000
"""Characters of a body by which the nearest request is found."""

Headers: TypeAlias = Iterable[tuple[str, str]]
Body: TypeAlias = Any
"""A JSON value with its keys sorted; of a multipart form, name, file name and SHA-256 of each
part; of anything else its SHA-256."""


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
    """What was asked. `path` begins behind the base URL and has its query."""

    method: str
    path: str
    body: Body = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Two requests with the same key are the same; headers do not count."""
        return _canonical([self.method, self.path, self.body])


@dataclass(frozen=True, slots=True)
class Response:
    """What was answered."""

    status: int
    headers: Mapping[str, str]
    chunks: tuple[Chunk, ...]

    @property
    def body(self) -> bytes:
        return b"".join(chunk.data for chunk in self.chunks)


def json_body(raw: bytes) -> Body:
    """The canonical form of a body that is JSON; of another one its hash."""
    try:
        return _without_secrets(json.loads(raw)) if raw else None
    except (ValueError, RecursionError):
        return {"sha256": hashlib.sha256(raw).hexdigest()}


def kept(headers: Headers, names: Iterable[str]) -> dict[str, str]:
    """The headers of these names, in lower case."""
    wanted = frozenset(names)
    return {name.lower(): value for name, value in headers if name.lower() in wanted}


class Recorder:
    """Writes a cassette, an exchange as soon as it is over. Thread-safe.

    Raises CannotCreate where the path takes no file, CannotWrite where the disk refuses.
    """

    def __init__(self, path: Path, place: Place) -> None:
        self._path = path
        if not path.exists() or not path.stat().st_size:
            append(path, [{"cassette": FORMAT, **place._asdict()}])
        else:
            read_place(path)

    def write(self, request: Request, response: Response) -> None:
        """Add one exchange."""
        asked = {
            "method": request.method,
            "path": request.path,
            "headers": kept(request.headers.items(), KEPT_OF_REQUESTS),
            "body": request.body,
        }
        answered = {
            "status": response.status,
            "headers": kept(response.headers.items(), KEPT_OF_RESPONSES),
            "chunks": [_written(chunk) for chunk in response.chunks],
        }
        append(self._path, [{"request": asked, "response": answered}])


class Cassette:
    """A cassette that is played: each request gets the answers that it got, in their order, and
    the last of them again when they are used up. Thread-safe."""

    def __init__(self, path: Path) -> None:
        """Raises InputUnreadable, and InputError for what is no cassette or of a newer format.

        `notes` names the lines that are damaged: the others play.
        """
        self.path = path
        self.place = read_place(path)
        self.notes: list[str] = []
        self._requests: dict[str, Request] = {}
        self._answers: dict[str, list[Response]] = defaultdict(list)
        self._played: dict[str, int] = defaultdict(int)
        self._lock = threading.Lock()
        self._read()

    def answer(self, request: Request) -> Response:
        """Raises InputError for a request that is not in it: it shows where the nearest differs."""
        with self._lock:
            answers = self._answers.get(request.key)
            if answers is None:
                raise self._unknown(request)
            number = min(self._played[request.key], len(answers) - 1)
            self._played[request.key] += 1
            return answers[number]

    def _read(self) -> None:
        for line in read_records(self.path):
            if line.number == 1:
                continue
            try:
                request, response = _exchange(line.value or {})
            except (KeyError, TypeError, ValueError):
                self.notes.append(f"{self.path}, line {line.number}: {line.damage or 'damaged'}")
                continue
            self._requests[request.key] = request
            self._answers[request.key].append(response)

    def _unknown(self, request: Request) -> InputError:
        asked = f"{request.method} {request.path}"
        near = _nearest(request, self._requests.values())
        if near is None:
            return InputError(f"{self.path} has no answer to {asked}", hint="record it anew")
        where, recorded, now = first_difference(near.body, request.body)
        difference = f"{where} is {_short(now)} here and {_short(recorded)} there"
        return InputError(f"{self.path} has no answer to this {asked}: {difference}")


def read_place(path: Path) -> Place:
    """The first line. Raises InputUnreadable, and InputError where it is not that of a cassette,
    or of one that a newer version wrote."""
    first = next(read_records(path), None)
    header = first.value if first else None
    version = header.get("cassette") if header else None
    if header is None or type(version) is not int:
        raise InputError(f"{path} is no cassette: its first line does not say so")
    if version > FORMAT:
        raise InputError(f"{path} is a cassette of a newer format, {version}")
    region = header.get("region")
    return Place(
        str(header.get("platform") or "direct"),
        None if region is None else str(region),
        str(header.get("base_url") or ""),
    )


def first_difference(old: Any, new: Any, place: str = "") -> tuple[str, Any, Any]:
    """Where two JSON values differ first, as a dotted path, and what stands there in each."""
    before, after = _members(old), _members(new)
    if before and after:
        for key in dict.fromkeys([*before, *after]):
            if before.get(key) != after.get(key) or (key in before) != (key in after):
                inside = f"{place}.{key}" if place else str(key)
                return first_difference(before.get(key), after.get(key), inside)
    return place or "the body", old, new


def _members(value: Any) -> dict[Any, Any]:
    if isinstance(value, list):
        return dict(enumerate(value))
    return value if isinstance(value, dict) else {}


def _nearest(request: Request, known: Iterable[Request]) -> Request | None:
    """The recorded request for the same method and path whose body is most like this one's."""
    same = [one for one in known if (one.method, one.path) == (request.method, request.path)]
    text = _canonical(request.body)[:10_000]

    def likeness(one: Request) -> float:
        return SequenceMatcher(
            None, text, _canonical(one.body)[:10_000], autojunk=True
        ).quick_ratio()

    return max(same, key=likeness, default=None)


def _exchange(record: Mapping[str, Any]) -> tuple[Request, Response]:
    asked, answered = record["request"], record["response"]
    request = Request(str(asked["method"]), str(asked["path"]), asked.get("body"))
    headers = {str(name): str(value) for name, value in answered["headers"].items()}
    status = answered["status"]
    if type(status) is not int or not 100 <= status <= 599:
        raise ValueError(status)
    return request, Response(status, headers, tuple(map(_read_chunk, answered["chunks"])))


def _written(chunk: Chunk) -> list[Any]:
    """Text as text, so that a cassette can be read; other bytes as base64."""
    seconds = round(chunk.seconds, 4)
    try:
        return [seconds, chunk.data.decode()]
    except UnicodeDecodeError:
        return [seconds, {"base64": base64.b64encode(chunk.data).decode()}]


def _read_chunk(written: Any) -> Chunk:
    seconds, data = written
    if isinstance(data, str):
        return Chunk(float(seconds), data.encode())
    try:
        return Chunk(float(seconds), base64.b64decode(data["base64"], validate=True))
    except binascii.Error as error:
        raise ValueError(data) from error


def _without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: REDACTED if key in SECRET_FIELDS else _without_secrets(item)
            for key, item in value.items()
        }
    return [_without_secrets(item) for item in value] if isinstance(value, list) else value


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"))


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:79]}…"
