"""Where the program begins and ends, as `claude-cli` and as `python -m claude_cli`."""

import gc
import os
import signal
from typing import NoReturn

CONTAINERS = 200_000
"""How many more containers than are freed bring a garbage collection. Loading makes 60 000, and
10 000 turns of a session more than twice as many, none of which is garbage: with Python's 700,
looking for some is a tenth of a start."""


def main() -> NoReturn:
    """Load the program, run it and end.

    Loading takes a tenth of a second, and an interrupt is no exception yet: a traceback would be
    all that it brings.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    gc.set_threshold(CONTAINERS)
    from claude_cli import app

    # Python would free each object first, a tenth of a short run. All of them go with the process.
    os._exit(app.main())


if __name__ == "__main__":
    main()
