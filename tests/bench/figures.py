"""What a benchmark finds, and how it is printed."""

import os
import subprocess
import time
from collections.abc import Sequence
from typing import NamedTuple


class Figure(NamedTuple):
    """What was measured: `value` over its reference where there is one; None is not limited."""

    name: str
    value: float
    unit: str
    allowed: float | None

    def __str__(self) -> str:
        allowed = "" if self.allowed is None else f"{self.allowed:9.2f}"
        return f"{self.name:55} {self.value:9.2f} {self.unit:6} {allowed}".rstrip()


class Cost(NamedTuple):
    """Seconds on the wall and of the processor, and the peak of memory in MB."""

    wall: float
    cpu: float
    megabytes: float


def measure(command: Sequence[str], environment: dict[str, str], stdin: bytes = b"") -> Cost:
    """Run a command once, its output into a pipe that is read and thrown away."""
    started = time.perf_counter()
    process = subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdin and process.stdout
    process.stdin.write(stdin)
    process.stdin.close()
    while process.stdout.read(1 << 16):
        pass
    process.stdout.close()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{command} ended with {process.returncode}")
    return Cost(time.perf_counter() - started, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
