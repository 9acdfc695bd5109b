"""How messages reach an MCP server and come back, whatever carries them."""

import threading
from collections.abc import Callable
from typing import Protocol, TypeAlias

from claude_cli.tools.mcp.protocol import RpcMessage

Heard: TypeAlias = Callable[[RpcMessage], None]
"""Is given each notification of the server, on whatever thread it arrives."""


class ServerGone(Exception):
    """The server ended or cannot be reached. The text says how, then what it wrote to stderr."""


class SessionEnded(ServerGone):
    """The server lives, and has forgotten us: it can be connected to again at once."""


class Unreached(Exception):
    """This message or its response was lost; the next one may come through. The text says how."""


class Channel(Protocol):
    """A line to one server that is running."""

    def ask(self, request: RpcMessage, seconds: float, stop: threading.Event) -> RpcMessage:
        """The response to a request; several threads may ask at once.

        Raises NoReply after `seconds` or when `stop` is set, ServerGone and Unreached.
        """

    def tell(self, notification: RpcMessage) -> None:
        """Send a notification; whether it arrives nobody says."""

    def close(self) -> None:
        """End the server, or the session with it. Never raises."""
