"""A request to a server that is not the API: the token servers of clouds, MCP servers.

No credential of ours goes along, no redirect is followed, nothing is tried again. The proxy, the
certificates and the limits are those of the API's own connections.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import httpx

from claude_cli.api.address import parse
from claude_cli.api.network.proxy import choose_proxy
from claude_cli.api.network.tls import bare_context, trusting_context
from claude_cli.api.network.transport import WatchedTransport, watched
from claude_cli.api.network.watch import Watch
from claude_cli.errors import ConfigError, ProtocolError

MOST_BYTES = 1024 * 1024
"""Of a whole response."""


class Reply(NamedTuple):
    """A response, whatever its status; names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    data: bytes


@dataclass(frozen=True, slots=True)
class PlainHttp:
    """How other servers are reached."""

    proxy: str | None = None
    ca_bundle: Path | None = None

    def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, seconds: float
    ) -> Reply:
        """Send a request and return all of the response.

        Raises ConfigError for what is no URL, Unreachable, TemporaryFailure after `seconds`, and
        ProtocolError for a response over MOST_BYTES.
        """
        with self.open(method, url, headers, body, seconds) as response:
            data = bytearray()
            for chunk in response.iter_bytes():
                data += chunk
                if len(data) > MOST_BYTES:
                    raise ProtocolError(f"{url} sent more than {MOST_BYTES >> 20} MB")
            names = {name.lower(): value for name, value in response.headers.items()}
            return Reply(response.status_code, names, bytes(data))

    @contextmanager
    def open(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, seconds: float
    ) -> Iterator[httpx.Response]:
        """Send a request and give the response, its body unread; the connection ends with it.

        Raises as `send`, while the body is read too.
        """
        with httpx.Client(transport=self._transport(url)) as client:
            watch = Watch(seconds, None)
            watch.silence = seconds
            request = client.build_request(
                method, url, headers=dict(headers), content=body, extensions=watched(watch)
            )
            try:
                with closing(client.send(request, stream=True)) as response:
                    yield response
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise ProtocolError(f"no sense can be made of this exchange: {error}") from error

    def _transport(self, url: str) -> WatchedTransport:
        address = parse(url)
        if address is None:
            raise ConfigError(f"not a URL: {url}")
        if address.scheme == "http":  # a token server inside a cloud, or on this machine
            return WatchedTransport(bare_context(), None)
        proxy = choose_proxy(address, self.proxy, os.environ)
        return WatchedTransport(trusting_context(self.ca_bundle, os.environ), proxy)
