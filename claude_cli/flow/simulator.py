"""The simulator as a program of its own: says where it listens, serves until a signal ends it."""

import time
from pathlib import Path

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

    def tell(received: Received) -> None:
        notices.notice(f"{received.method} {received.path} {received.status}")

    simulator = Simulator(
        port,
        Path(script) if script else None,
        faults,
        latency,
        tokens_per_second,
        on_reply=tell,
    )
    with simulator:
        stdout.write(f"{simulator.base_url}\n")
        while True:  # on Windows Ctrl-C ends a sleep, but not a wait for a lock
            time.sleep(DAY)
