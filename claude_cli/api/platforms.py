"""Where the model is served, and how a platform's requests and answers differ from the direct API.

Everything above knows one API: its paths, bodies, betas, stream events and errors. A platform is a
row of plain values and pure functions here, which turns that into what is sent there, and back.
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple, Protocol

from claude_cli.api import failures
from claude_cli.api.payload import Payload, json_payload
from claude_cli.errors import ClaudeCliError, InputError
from claude_cli.types import RequestBody
from claude_cli.values.sse import ServerSentEvent, SSEDecoder


class Call(NamedTuple):
    """One request: its `path` below the base URL, its body and the betas that the body needs."""

    method: str
    path: str
    body: RequestBody | Payload | None = None
    betas: Sequence[str] = ()


class Decoder(Protocol):
    """Bytes in chunks, cut anywhere → the events of a stream; raises ProtocolError."""

    def feed(self, chunk: bytes) -> list[ServerSentEvent]: ...

    def end(self) -> list[ServerSentEvent]: ...


class StreamKind(NamedTuple):
    """How answers are streamed: the content type that says so, and what reads it."""

    content_type: str
    decoder: Callable[[], Decoder]


SERVER_SENT_EVENTS = StreamKind("text/event-stream", SSEDecoder)

ReadFailure = Callable[[int, Mapping[str, str], bytes], ClaudeCliError]
"""Status, headers and body of a response without success → the error that it stands for."""


def _unchanged(body: RequestBody) -> RequestBody:
    return body


def _as_it_is(call: Call) -> Call:
    return call


def _its_name(model: str) -> Sequence[str]:
    return (model,)


def _nowhere(model: str) -> bool:
    return False


def _read_envelope(status: int, headers: Mapping[str, str], body: bytes) -> ClaudeCliError:
    return failures.from_envelope(status, body)


class Platform(NamedTuple):
    """How one platform is spoken to.

    `adapt` rewrites a call: another path, a body without `model`, betas in the body. `missing` has
    the paths that the platform does not serve, each with the way that works instead, `lacking`
    the features of a body (see cloud/features.py). `headers` go with every request. A body is at
    most `largest_body` bytes. With `sends_version` the API's version is a header line, with
    `sends_betas` the betas are one. `is_regional` says whether a model is served from one region or
    continent, which costs more, `count_ids` has the ids by which its tokens are counted: the first
    that is not refused.
    """

    name: str
    base_url: str
    adapt: Callable[[Call], Call] = _as_it_is
    missing: Mapping[str, str] = MappingProxyType({})
    stream: StreamKind = SERVER_SENT_EVENTS
    read_failure: ReadFailure = _read_envelope
    headers: tuple[tuple[str, str], ...] = ()
    largest_body: int = 32 * 1024 * 1024
    sends_version: bool = True
    sends_betas: bool = True
    lacking: Sequence[str] = ()
    is_regional: Callable[[str], bool] = _nowhere
    count_ids: Callable[[str], Sequence[str]] = _its_name

    def require(self, path: str) -> None:
        """Raise InputError for a path that the platform does not serve."""
        for missing, instead in self.missing.items():
            if path == missing or path.startswith(f"{missing}/"):
                raise InputError(f"{self.name} does not serve {missing}", hint=instead)

    def rewrite(self, call: Call) -> Call:
        """Return `call` as it is sent. Raises InputError for what the platform does not serve."""
        self.require(call.path)
        if isinstance(call.body, dict) and self.lacking:
            from claude_cli.api.cloud.features import refuse

            refuse(call.body, self.lacking, self.name)
        return self.adapt(call)

    def prepare(
        self, call: Call, complete: Callable[[RequestBody], RequestBody] = _unchanged
    ) -> Call:
        """Return `call` as it is sent, its body complete and encoded; nothing has been sent yet.

        Raises InputError for what the platform does not serve, and for a JSON body that is larger
        than it takes: it would be refused after all of it was uploaded.
        """
        call = self.rewrite(call)
        if not isinstance(call.body, dict):
            return call
        payload = json_payload(complete(call.body))
        if payload.length > self.largest_body:
            raise InputError(
                f"the request is {payload.length / 1e6:.1f} MB, and the API takes "
                f"{self.largest_body / 1e6:.1f} MB",
                hint="fewer or smaller attachments, or an https URL in place of a file",
            )
        return call._replace(body=payload)


WORKSPACE = "anthropic-workspace-id"
"""The header that names a workspace, for who may use several."""
DIRECT = Platform("direct", "https://api.anthropic.com")
