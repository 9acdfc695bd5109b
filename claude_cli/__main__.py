"""Where the program begins, as `claude-cli` and as `python -m claude_cli`."""

import signal
from typing import NoReturn


def main() -> NoReturn:
    """Load the program and run it.

    Loading takes a tenth of a second, and an interrupt is no exception yet: a traceback would be
    all that it brings.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from claude_cli import app

    app.main()


if __name__ == "__main__":
    main()
