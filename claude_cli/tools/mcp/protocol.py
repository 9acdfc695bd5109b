"""The messages of the Model Context Protocol, in both of its eras. Pure.

Source: the specifications of 2024-11-05 to 2025-11-25, which begin with a handshake, and of
2026-07-28, which has none: there each request says who asks. All are JSON-RPC 2.0.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from claude_cli import __version__
from claude_cli.values.surrogates import mend_surrogates, utf8

HANDSHAKE_VERSIONS = ("2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05")
"""The newest first; it is the one that we offer."""
MODERN_VERSION = "2026-07-28"
WE_ARE = {"name": "claude-cli", "version": __version__}

_VERSION = "io.modelcontextprotocol/protocolVersion"

METHOD_NOT_FOUND = -32601
VERSION_NOT_SUPPORTED = -32022

RpcMessage: TypeAlias = dict[str, Any]
"""A JSON-RPC request (`id` and `method`), notification (`method` alone) or response (`id`)."""


class RpcError(Exception):
    """The server answered a request with an error."""

    def __init__(self, code: int, message: str, data: Any = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data


@dataclass(frozen=True, slots=True)
class Era:
    """What was agreed on with a server."""

    version: str

    @property
    def is_modern(self) -> bool:
        return self.version == MODERN_VERSION

    def params(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """The `params` of a request: in the modern era they say who asks."""
        if not self.is_modern:
            return dict(params)
        about = {
            _VERSION: self.version,
            "io.modelcontextprotocol/clientInfo": WE_ARE,
            "io.modelcontextprotocol/clientCapabilities": {},
        }
        return {**params, "_meta": {**params.get("_meta", {}), **about}}


MODERN = Era(MODERN_VERSION)


def request(number: int, method: str, params: Mapping[str, Any]) -> RpcMessage:
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": dict(params)}


def notification(method: str, params: Mapping[str, Any] | None = None) -> RpcMessage:
    about = {"params": dict(params)} if params else {}
    return {"jsonrpc": "2.0", "method": method, **about}


def version_named(message: RpcMessage) -> str | None:
    """The version that a message of the modern era names."""
    version = message.get("params", {}).get("_meta", {}).get(_VERSION)
    return version if isinstance(version, str) else None


def handshake_params() -> dict[str, Any]:
    """The `params` of `initialize`."""
    return {"protocolVersion": HANDSHAKE_VERSIONS[0], "capabilities": {}, "clientInfo": WE_ARE}


def agreed(result: Mapping[str, Any]) -> Era | None:
    """The era that an answer to `initialize` chose; None for one that we do not know."""
    version = result.get("protocolVersion")
    return Era(version) if isinstance(version, str) and version in HANDSHAKE_VERSIONS else None


def encode(message: RpcMessage) -> bytes:
    """One line of UTF-8, its newline included."""
    return utf8(json.dumps(message, ensure_ascii=False)) + b"\n"


def decode(line: bytes) -> RpcMessage | None:
    """The message in one line; None for what is none."""
    try:
        message = json.loads(mend_surrogates(line.decode("utf-8", "replace")))
    except (ValueError, RecursionError):
        return None
    return (
        message if isinstance(message, dict) and ("id" in message or "method" in message) else None
    )


def result_of(response: RpcMessage) -> dict[str, Any]:
    """What a response holds. Raises RpcError where it is an error, or no response at all."""
    result, error = response.get("result"), response.get("error")
    if isinstance(result, dict):
        return result
    if isinstance(error, dict):
        code, words = error.get("code"), error.get("message")
        raise RpcError(
            code if isinstance(code, int) else 0,
            words if isinstance(words, str) else "an error without a message",
            error.get("data"),
        )
    raise RpcError(0, "the response has neither a result nor an error")


def reply_to(message: RpcMessage) -> RpcMessage | None:
    """Our answer to a message of the server: it may ask for nothing but a sign of life."""
    if "method" not in message or "id" not in message:
        return None
    about = {"jsonrpc": "2.0", "id": message["id"]}
    if message["method"] == "ping":
        return {**about, "result": {}}
    error = {"code": METHOD_NOT_FOUND, "message": "this client does not do that"}
    return {**about, "error": error}
