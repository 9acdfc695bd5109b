"""Run the program and kill it, as `kill -9` does, when it enters a function for the Nth time.

    python -m tests.jobs.killed_at N ARGUMENT...

Counted are the functions of batches, of jobs and of the API, in all threads. With 0 it is not
killed, and at the end the file `steps` holds how many there were.
"""

import os
import signal
import sys
import threading
from itertools import count
from pathlib import Path
from types import FrameType
from typing import Any

from claude_cli import app

COUNTED = tuple(f"{os.sep}claude_cli{os.sep}{part}{os.sep}" for part in ("jobs", "flow", "api"))


def main() -> int:
    deadly, arguments = int(sys.argv[1]), sys.argv[2:]
    steps = count(1)
    last = 0

    def note(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal last
        if event == "call" and any(part in frame.f_code.co_filename for part in COUNTED):
            last = next(steps)
            if last == deadly:
                os.kill(os.getpid(), signal.SIGKILL)

    threading.setprofile(note)
    sys.setprofile(note)
    code = app.run(arguments)
    sys.setprofile(None)
    if not deadly:
        Path("steps").write_text(str(last))
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
