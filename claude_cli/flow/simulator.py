"""The simulator as a program of its own: says where it listens, serves until a signal ends it."""

import time
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

from claude_cli.api.headers import redact
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
    stdout = open_stdout()
    simulator = Simulator(
        port,
        Path(script) if script else None,
        faults,
        latency,
        tokens_per_second,
        on_reply=lambda received: _tell(received, notices),
    )
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
