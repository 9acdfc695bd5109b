"""Clients for the tests, all with the same key: it must never show up anywhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from claude_cli.api import messages
from claude_cli.api.authorizer import FixedCredential
from claude_cli.api.client import ApiClient, Connection
from claude_cli.api.observer import SILENT, Observer
from tests.faulty_server import FaultyServer, Script

KEY = "sk-ant-canary-0123456789"
BODY = {"model": "m", "max_tokens": 1, "messages": [{"role": "user", "content": "hi"}]}


def client(base_url: str, observer: Observer = SILENT, **options: Any) -> ApiClient:
    """A client of the API at `base_url`; it tries once unless `retries` is among the options."""
    values: dict[str, Any] = {
        "authorizer": FixedCredential("x-api-key", KEY),
        "retries": 0,
    } | options
    return ApiClient(Connection(base_url, **values), observer=observer)


@contextmanager
def talk(
    *scripts: Script, observer: Observer = SILENT, tls: bool = False, **options: Any
) -> Iterator[tuple[FaultyServer, ApiClient]]:
    """A server that runs `scripts`, and a client of it."""
    with (
        FaultyServer(*scripts, tls=tls) as server,
        client(server.base_url, observer, **options) as api,
    ):
        yield server, api


def read_all(api: ApiClient) -> list[str]:
    """Stream an answer to its end; return the types of its events."""
    with messages.stream(api, BODY) as stream:
        return [event.data["type"] for event in stream]
