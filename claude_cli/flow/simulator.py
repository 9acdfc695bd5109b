"""The simulator as a program of its own: says where it listens, serves until a signal ends it."""

import time
from collections.abc import Iterator
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import NoReturn

from claude_cli.api.headers import redact
from claude_cli.cassette.player import Cassette, file_of
from claude_cli.errors import UsageError
from claude_cli.simulator.checks.betas import KNOWN, named_betas
from claude_cli.simulator.server.server import Simulator
from claude_cli.simulator.wire.exchange import Received
from claude_cli.ui.notices import Notices
from claude_cli.ui.streams import open_stdout

DAY = 86400.0


def serve(
    port: int,
    script: str | None,
    faults: list[str],
    latency: float,
    tokens_per_second: float | None,
    notices: Notices,
) -> None:
    """Print the base URL on stdout, then a line for each request on stderr."""
    tell = partial(_tell, notices=notices)
    path = Path(script) if script else None
    _serve(Simulator(port, path, faults, latency, tokens_per_second, on_reply=tell))


def serve_cassette(port: int, path: str, others: list[str], notices: Notices) -> None:
    """The same of a simulator that plays a cassette; `others` are flags that it does not have."""
    if others:
        raise UsageError(f"--replay and {others[0]} exclude each other", hint="leave one out")
    cassette = Cassette(file_of(path))
    for note in cassette.notes:
        notices.warning(f"{note}: left out")
    _serve(Simulator(port, on_reply=partial(_tell, notices=notices), cassette=cassette))


def _serve(simulator: Simulator) -> NoReturn:
    stdout = open_stdout()
    with simulator:
        stdout.write(f"{simulator.base_url}\n")
        while True:  # on Windows Ctrl-C ends a sleep, but not a wait for a lock
            time.sleep(DAY)


def _tell(received: Received, notices: Notices) -> None:
    for line in _lines(received):
        notices.notice(line)
    sent = redact(received.headers.items())
    notices.request_sent(received.method, received.path, sent, received.raw or None)
    notices.response_received(received.status or 0, _phrase(received), received.sent_headers)
    notices.response_chunk(bytes(received.sent))


def _lines(received: Received) -> Iterator[str]:
    line = f"{received.method} {received.path} {received.status}"
    yield f"{line} {received.error_type}: {received.error}" if received.error else line
    for beta in sorted(named_betas(received.headers) - KNOWN):
        yield f"the beta {beta} is not known here: it changes nothing"


def _phrase(received: Received) -> str:
    try:
        return HTTPStatus(received.status or 0).phrase
    except ValueError:
        return ""
