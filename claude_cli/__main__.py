"""Where the program begins, as `claude-cli` and as `python -m claude_cli`."""

import gc
import signal
from typing import NoReturn

CONTAINERS = 20_000
"""How many more containers than are freed bring a garbage collection. Loading makes tens of
thousands, none of which is garbage: with Python's 700, looking for some is a tenth of a start."""


def main() -> NoReturn:
    """Load the program and run it.

    Loading takes a tenth of a second, and an interrupt is no exception yet: a traceback would be
    all that it brings.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    gc.set_threshold(CONTAINERS)
    from claude_cli import app

    try:
        app.main()
    finally:
        # All of it goes with the process: looking for garbage first is an eighth of a short run.
        gc.freeze()


if __name__ == "__main__":
    main()
