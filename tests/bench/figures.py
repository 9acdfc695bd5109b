"""What a benchmark finds, and how it is printed."""

import os
import subprocess
import sys
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


_LAUNCHER = """
import os, sys, time
started = time.perf_counter()
process = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
_, status, used = os.wait4(process, 0)
told = (time.perf_counter() - started, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
os.write(int(sys.argv[1]), " ".join(map(str, told)).encode())
sys.exit(os.waitstatus_to_exitcode(status))
"""
"""A small process, for on Linux a program inherits the peak of memory of the one that starts it."""


def measure(command: Sequence[str], environment: dict[str, str], stdin: bytes = b"") -> Cost:
    """Run a command once, its output into a pipe that is read and thrown away."""
    read, write = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", _LAUNCHER, str(write), *command],
        env=environment,
        pass_fds=[write],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    process.communicate(stdin)
    with open(read) as told:
        figures = told.read()
    if process.returncode:
        raise RuntimeError(f"{command} ended with {process.returncode}")
    return Cost(*map(float, figures.split()))
