"""What a command would do that is worth a second look, from its own text alone. Pure.

A mark is a hint, not a promise: a command can hide what it does.
"""

import re
from collections.abc import Callable, Mapping, Sequence

from claude_cli.flow.shell.simple_commands import SimpleCommand, names, programs, simple_commands

LONGEST = 4096
"""Characters of a command that is looked through."""

Rule = Callable[[Sequence[str]], bool]
"""Whether a program with these arguments does it."""


def _any(*wanted: str) -> Rule:
    return lambda words: not {*wanted}.isdisjoint(words)


def _flag(letter: str, *longer: str) -> Rule:
    """Whether a flag is given: `-i`, `-pi`, `-i.bak`, `--in-place=.bak`."""
    short = re.compile(rf"-[A-Za-z]*{letter}")
    return lambda words: any(short.match(w) or w.partition("=")[0] in longer for w in words)


def _begins(start: str) -> Rule:
    return lambda words: any(word.lower().startswith(start) for word in words)


def _to_stdout(words: Sequence[str]) -> bool:
    return any(word.endswith("O-") or word == "-" for word in words)


def _extracts(words: Sequence[str]) -> bool:
    """The old way to write tar's flags: `tar xzf`."""
    return bool(words) and words[0].isalpha() and "x" in words[0]


def _all(programs: str) -> dict[str, Rule]:
    """Programs that do it whatever their arguments are."""
    return dict.fromkeys(names(programs), lambda words: True)


ROOT: Mapping[str, Rule] = _all("sudo doas su run0 pkexec")
DELETES: Mapping[str, Rule] = {
    **_all(
        "rm rmdir unlink shred srm del erase trash rimraf mkfs wipefs userdel groupdel dropdb"
    ),
    "find": _any("-delete"),
    "git": _any("clean", "--delete", "-D", "prune"),
    **dict.fromkeys(("docker", "podman"), _any("rm", "rmi", "prune", "down")),
    "kubectl": _any("delete"),
    "terraform": _any("destroy"),
    "rsync": _begins("--delete"),
    **dict.fromkeys(("apt", "apt-get", "brew", "dnf", "pip", "npm"),
                    _any("remove", "purge", "autoremove", "uninstall", "cleanup")),
    "crontab": _any("-r"),
    "aws": _any("rm", "rb", "--delete"),
    "rclone": _any("delete", "purge", "sync"),
    "redis-cli": _begins("flush"),
    "diskutil": _begins("erase"),
}  # fmt: skip
OVERWRITES: Mapping[str, Rule] = {
    **_all("mv cp dd truncate install rsync scp patch"),
    "sed": _flag("i", "--in-place"),
    "perl": _flag("i"),
    "tee": lambda words: not _flag("a", "--append")(words),
    "ln": _flag("f", "--force"),
    "git": _any("reset", "checkout", "restore", "rebase", "--force", "-f", "--force-with-lease"),
    "sort": _flag("o", "--output"),
    "curl": _flag("[oO]", "--output", "--remote-name"),
    "wget": lambda words: _flag("O", "--output-document")(words) and not _to_stdout(words),
    "tar": lambda words: _flag("x", "--extract", "--get")(words) or _extracts(words),
    "unzip": _flag("o"),
    **dict.fromkeys(("chmod", "chown", "chgrp"), _flag("R", "--recursive")),
}
RULES = {"needs root": ROOT, "deletes": DELETES, "overwrites": OVERWRITES}
"""In the order in which they are shown."""

_SQL = re.compile(r"\b(drop\s+(?:table|database|schema)|truncate\s+table|delete\s+from)\b", re.I)
_LOADS = r"\b(?P<loads>curl|wget|fetch|aria2c|https?|xh)\b"
_RUNS = (
    r"(?:(?:sudo|doas|env|nohup)\s[^|;]*?)?(?:/\S*/)?"
    r"\b(?P<runs>(?:ba|z|da|k|fi)?sh|source|eval|python[\d.]*|perl|ruby|node|php)\b(?!\s+-\w*[cemnp])"
)
_DOWNLOADS_RUN = (
    re.compile(rf"{_LOADS}[^;\n]*?\|\s*{_RUNS}"),
    re.compile(
        rf"(?P<runs>\b(?:(?:ba|z|da|k|fi)?sh|source|eval)\b|(?<!\S)\.(?=\s))[^|;\n]*?(?:[$<]\(|`|\()\s*{_LOADS}"
    ),
)


def marks(command: str) -> list[str]:
    """What to look at twice, a line each: `deletes: rm`. Empty where nothing was found."""
    if len(command) > LONGEST:
        return [f"too long to be looked through: {len(command):,} characters"]
    found: dict[str, dict[str, None]] = {}
    for simple in simple_commands(command):
        for what, by in _marks_of(simple):
            found.setdefault(what, {})[by] = None
    for what, by in [*_of_downloads(command), *_of_sql(command)]:
        found.setdefault(what, {})[by] = None
    order = (*RULES, "runs what it downloads")
    return [f"{what}: {', '.join(found[what])}" for what in order if what in found]


def _marks_of(simple: SimpleCommand) -> list[tuple[str, str]]:
    if simple.is_redirection:
        is_over = simple.operator.endswith((">", ">|", ">&")) and ">>" not in simple.operator
        return [("overwrites", ">")] if is_over and not _is_device(simple.words) else []
    return [
        (what, program)
        for program, arguments in programs(simple.words)
        for what, rules in RULES.items()
        if (rule := rules.get(program.partition(".")[0])) and rule(arguments)
    ]


def _is_device(target: Sequence[str]) -> bool:
    return bool(target) and (target[0].isdigit() or target[0] in _DEVICES)


_DEVICES = ("/dev/null", "/dev/stdout", "/dev/stderr", "/dev/tty", "-")


def _of_downloads(command: str) -> list[tuple[str, str]]:
    found = [match for pattern in _DOWNLOADS_RUN for match in pattern.finditer(command)]
    return [("runs what it downloads", f"{one['loads']}, {one['runs']}") for one in found]


def _of_sql(command: str) -> list[tuple[str, str]]:
    return [("deletes", " ".join(one[0].upper().split())) for one in _SQL.finditer(command)]
