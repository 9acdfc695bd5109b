"""Starts of a server with a kill at a random moment: no process may be left; a step of `.ci/long`.

`python -m tests.tools.mcp.kills NUMBER`.
"""

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.tools.mcp import scripted_server

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
LONGEST = 2.0
"""Seconds after which a run is killed at the latest; it takes less than half of that."""


def leave_a_child(folder: Path) -> None:
    """Write a server with a child; both carry the folder's name in their arguments."""
    code = (
        "import subprocess, sys\n"
        f"child = [sys.executable, '-c', 'import time; time.sleep(600)', {str(folder)!r}]\n"
        "subprocess.Popen(child, stdin=subprocess.DEVNULL)\n"
        "sys.argv = ['x', 'behaves']\n"
        f"exec(open({scripted_server.__file__!r}).read())"
    )
    entry = {"command": sys.executable, "args": ["-c", code, str(folder)]}
    (folder / "mcp.json").write_text(json.dumps({"mcpServers": {"sums": entry}}))


def still_there(folder: Path) -> list[str]:
    """The processes that carry the folder's name."""
    listed = subprocess.run(["ps", "-eo", "pid,args"], capture_output=True, text=True, check=True)
    return [line for line in listed.stdout.splitlines() if f" {folder}" in line]


def main(number: int) -> None:
    killed = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        leave_a_child(folder)
        environment = {**os.environ, "CLAUDE_CLI_HOME": str(folder / "home")}
        command = ["tools", "list", "--mcp", "mcp.json"]
        for _ in range(number):
            process = subprocess.Popen(
                [sys.executable, "-m", "claude_cli", *command],
                cwd=folder,
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            time.sleep(random.uniform(0, LONGEST) ** 2 / LONGEST)
            signum = random.choice(SIGNALS)
            process.send_signal(signum)
            killed += process.wait(60) == -signum
            deadline = time.monotonic() + 5
            while (left := still_there(folder)) and time.monotonic() < deadline:
                time.sleep(0.05)
            assert not left, (signum, left)
    print(f"{number} starts, {killed} killed on the way, no process left")


if __name__ == "__main__":
    main(int(sys.argv[1]))
