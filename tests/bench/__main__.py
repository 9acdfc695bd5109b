"""`python -m tests.bench`: every figure beside what is allowed, all from one run on this machine.

`--short` takes fewer runs of the first two modules. The figures are printed, never judged: a busy
machine proves nothing.
"""

import sys
from importlib import import_module

MODULES = ("commands", "live_view", "stream_decode", "session_load", "batch")
SHORT = MODULES[:2]


def main() -> None:
    short = "--short" in sys.argv
    print(f"{'':50}  measured   allowed")
    for name in SHORT if short else MODULES:
        try:
            module = import_module(f"tests.bench.{name}")
        except ModuleNotFoundError:
            continue
        rows = module.rows(3) if name == "commands" and short else module.rows()
        for row in rows:
            label, value, *rest = row
            unit, allowed = rest if len(rest) == 2 else ("", rest[0])
            print(f"{label:50}  {value:7.2f} {unit:2}  {allowed:7.2f}", flush=True)


if __name__ == "__main__":
    main()
