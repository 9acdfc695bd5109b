"""`python -m tests.bench`: every figure beside what is allowed, all from one run on this machine.

`--short` takes fewer runs of the first two modules; modules can be named. The figures are printed,
never judged: a busy machine proves nothing. `--peers` measures other programs beside this one.
"""

import sys
from importlib import import_module

from tests.bench import peers

MODULES = ("commands", "live_view", "stream_decode", "session_load", "batch")
SHORT = MODULES[:2]


def main() -> None:
    if "--peers" in sys.argv:
        peers.run([argument for argument in sys.argv[1:] if argument != "--peers"])
        return
    short = "--short" in sys.argv
    named = [argument for argument in sys.argv[1:] if argument in MODULES]
    print(f"{'':55}  measured          allowed")
    for name in named or (SHORT if short else MODULES):
        module = import_module(f"tests.bench.{name}")
        for figure in module.figures(3) if name == "commands" and short else module.figures():
            print(figure, flush=True)


if __name__ == "__main__":
    main()
