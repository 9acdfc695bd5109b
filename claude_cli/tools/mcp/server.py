"""One MCP server: connected to, asked for its tools, called, started again once if it dies."""

import itertools
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from claude_cli.child.replies import NoReply
from claude_cli.tools.mcp.channel import Channel, Heard, ServerGone, SessionEnded
from claude_cli.tools.mcp.protocol import (
    MODERN,
    VERSION_NOT_SUPPORTED,
    Era,
    RpcError,
    RpcMessage,
    agreed,
    handshake_params,
    notification,
    request,
    result_of,
)

START_SECONDS: Final = 30.0
MOST_PAGES: Final = 100
MOST_TOOLS: Final = 1000
"""Tools of one server that are offered; a request with more would be refused or unaffordable."""

Connect: TypeAlias = Callable[[Heard], Channel]
"""Opens a channel. Raises ServerGone."""


class McpServer:
    """A server by the name that its file gives it. Thread-safe once it has started."""

    def __init__(
        self,
        name: str,
        connect: Connect,
        *,
        seconds: float,
        on_progress: Callable[[str], None] = lambda text: None,
    ) -> None:
        """`seconds` is the limit of one call; `on_progress` is told what a call reports."""
        self.name = name
        self.tools_changed = False
        self._connect = connect
        self._seconds = seconds
        self._on_progress = on_progress
        self._numbers = itertools.count(1)
        self._starting = threading.Lock()
        self._channel: Channel | None = None
        self._era = MODERN
        self._lives = 2
        self._closed = False

    def start(self, stop: threading.Event) -> None:
        """Connect, and agree on a version. Raises ServerGone, Unreached, NoReply and RpcError."""
        with self._starting:
            if self._closed:
                raise ServerGone("it was ended")
            if self._channel is not None:
                return
            if not self._lives:
                raise ServerGone("it ended twice, and is not started again")
            self._lives -= 1
            channel = self._channel = self._connect(self._heard)
            try:
                self._era = self._agree(stop)
            except BaseException:
                self._drop(channel)
                raise

    def tools(self, stop: threading.Event) -> list[dict[str, Any]]:
        """The tools as the server describes them, up to one more than MOST_TOOLS; entries that are
        no objects are left out. Raises as `start`."""
        self.tools_changed = False
        found = itertools.chain.from_iterable(self._pages(stop))
        tools = (tool for tool in found if isinstance(tool, dict))
        return [*itertools.islice(tools, MOST_TOOLS + 1)]

    def call(
        self, tool: str, arguments: Mapping[str, Any], stop: threading.Event
    ) -> dict[str, Any]:
        """The result of one call. Raises as `start`."""
        about = {"progressToken": next(self._numbers)}
        params = {"name": tool, "arguments": dict(arguments), "_meta": about}
        return self._ask("tools/call", params, self._seconds, stop)

    def close(self) -> None:
        """End the server, and whatever it started."""
        self._closed = True
        if self._channel is not None:
            self._drop(self._channel)

    def _agree(self, stop: threading.Event) -> Era:
        """Servers of today know the handshake; one that refuses it is of the modern era."""
        try:
            era = agreed(self._exchange("initialize", handshake_params(), START_SECONDS, stop))
        except RpcError as refusal:
            found = self._discover(refusal, stop)
            if found is None:
                raise
            return found
        if era is None:
            raise RpcError(VERSION_NOT_SUPPORTED, "it speaks a version of MCP that is not known")
        assert self._channel is not None
        self._channel.tell(notification("notifications/initialized"))
        return era

    def _discover(self, refusal: RpcError, stop: threading.Event) -> Era | None:
        try:
            self._exchange("server/discover", MODERN.params({}), START_SECONDS, stop)
        except RpcError:
            return None
        return MODERN

    def _pages(self, stop: threading.Event) -> Iterator[list[Any]]:
        cursor: Any = None
        for _ in range(MOST_PAGES):
            params = {"cursor": cursor} if cursor else {}
            result = self._ask("tools/list", params, START_SECONDS, stop)
            tools = result.get("tools")
            yield tools if isinstance(tools, list) else []
            before, cursor = cursor, result.get("nextCursor")
            if not isinstance(cursor, str) or not cursor or cursor == before:
                return

    def _ask(
        self, method: str, params: Mapping[str, Any], seconds: float, stop: threading.Event
    ) -> dict[str, Any]:
        self.start(stop)
        try:
            return self._exchange(method, self._era.params(params), seconds, stop)
        except SessionEnded:
            self.start(stop)
            return self._exchange(method, self._era.params(params), seconds, stop)

    def _exchange(
        self, method: str, params: Mapping[str, Any], seconds: float, stop: threading.Event
    ) -> dict[str, Any]:
        channel = self._channel
        if channel is None:
            raise ServerGone("it ended meanwhile")
        message = request(next(self._numbers), method, params)
        try:
            return result_of(channel.ask(message, seconds, stop))
        except NoReply:
            params = {"requestId": message["id"]}
            channel.tell(notification("notifications/cancelled", params))
            raise
        except ServerGone as error:
            self._lives += isinstance(error, SessionEnded)  # the server itself lives on
            self._drop(channel)
            raise

    def _drop(self, channel: Channel) -> None:
        if self._channel is channel:
            self._channel = None
        channel.close()

    def _heard(self, message: RpcMessage) -> None:
        params = message.get("params")
        if message["method"] == "notifications/tools/list_changed":
            self.tools_changed = True
        elif message["method"] == "notifications/progress" and isinstance(params, dict):
            self._on_progress(f"{self.name}: {_progress_words(params)}")


def _progress_words(params: Mapping[str, Any]) -> str:
    """What the server says of it, else how much of it is done."""
    words = params.get("message")
    if isinstance(words, str) and words:
        return words
    done, total = params.get("progress"), params.get("total")
    return f"{done}" if total is None else f"{done} of {total}"
