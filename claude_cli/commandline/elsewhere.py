"""What a template may set that somebody else wrote: enough to shape an answer, no door to anything.

No address, no key, no file, nothing that runs, nothing that is paid for: an allow-list.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from claude_cli.commandline.flags.asked import Asked
from claude_cli.commandline.flags.marks import HARMLESS, Raw, flags_of, marks_of


def doors(written: Mapping[str, Any]) -> Iterator[str]:
    """The keys, of flag values by parameter name, that such a template may not set."""
    marks = {flag.name: marks_of(flag.type) for flag in flags_of(Asked)}
    for name, value in written.items():
        of_flag = marks.get(name, ())
        names_file = any(isinstance(mark, Raw) and mark.when(str(value)) for mark in of_flag)
        if HARMLESS not in of_flag or names_file:
            yield name.replace("_", "-")
