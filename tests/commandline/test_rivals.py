"""Flags that exclude each other: both typed are a mistake, else the nearer one counts."""

from itertools import count

import pytest

from claude_cli.commandline.flags.asked import Asked
from claude_cli.commandline.flags.marks import ONCE, flags_of, marks_of, names_of, rivals
from claude_cli.commandline.flags.question import ChatFlags
from claude_cli.disk.paths import config_file
from claude_cli.simulator.server.server import Simulator
from tests.conftest import Run

TYPES = {flag.name: flag.type for group in (Asked, ChatFlags) for flag in flags_of(group)}
PAIRS = [(name, rival) for name, kind in TYPES.items() for rival in rivals(kind)]
ORDERED = [*PAIRS, *((second, first) for first, second in PAIRS)]
SETTABLE = [(far, near) for far, near in ORDERED if ONCE not in marks_of(TYPES[far])]
TEXTS = {"record": "c.jsonl", "replay": "none.jsonl", "resume": "x"}
"""Values of those that are no switches, but for schemas."""


FRESH = map(str, count())


def value(flag: str) -> str | None:
    if flag == "name":
        return next(FRESH)
    return "a int, b" if flag.startswith("schema") else TEXTS.get(flag)


def typed(flag: str) -> list[str]:
    name, text = max(names_of(TYPES[flag]), key=len), value(flag)
    return [name] if text is None else [name, text]


def setting(flag: str) -> str:
    text = value(flag)
    return f"{flag.replace('_', '-')} = {'true' if text is None else repr(text)}\n"


def configure(text: str) -> None:
    config_file().parent.mkdir(parents=True, exist_ok=True)
    config_file().write_text(text)


def command(*flags: str) -> str:
    return "chat" if "pick" in flags else "ask"


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_two_that_are_typed_are_a_mistake(run: Run, first: str, second: str) -> None:
    ran = run(command(first), *typed(first), *typed(second), "hi")
    assert (ran.code, "exclude each other" in ran.stderr) == (2, True)


@pytest.mark.parametrize(("far", "near"), SETTABLE)
def test_what_is_typed_counts_and_not_the_config_file(
    run: Run, simulator: Simulator, far: str, near: str
) -> None:
    alone = run("ask", *typed(near), "hi")
    configure(setting(far))
    both = run("ask", *typed(near), "hi")
    seen = [(ran.code, ran.stdout, bool(ran.stderr)) for ran in (both, alone)]
    assert seen[0] == seen[1]
    assert "exclude" not in both.stderr


@pytest.mark.parametrize(
    ("far", "near"), [pair for pair in SETTABLE if ONCE not in marks_of(TYPES[pair[1]])]
)
def test_of_two_files_the_nearer_one_counts(
    run: Run, simulator: Simulator, far: str, near: str
) -> None:
    configure(setting(near))
    alone = run("ask", "hi")
    configure(f"{setting(far)}[profiles.p]\n{setting(near)}")
    both = run("ask", "--profile", "p", "hi")
    seen = [(ran.code, ran.stdout, bool(ran.stderr)) for ran in (both, alone)]
    assert seen[0] == seen[1]
    assert "exclude" not in both.stderr
    shown = run("config", "show", "--profile", "p", "--format", "json").json
    sources = {row["key"].replace("-", "_"): row["source"] for row in shown}
    assert (sources[near], sources[far]) == ("profile p", "default")


def test_a_template_is_nearer_than_a_profile_and_a_switch_that_is_off_excludes_nothing(
    run: Run,
) -> None:
    configure("quiet = true\n[profiles.p]\nverbose = true\n[profiles.off]\nverbose = false\n")
    template = config_file().parent / "templates" / "t.toml"
    template.parent.mkdir()
    template.write_text("prompt = 'hi'\nquiet = true\n")
    verbose = run("ask", "--simulate", "--profile", "p", "hi")
    quiet = [
        run("ask", "--simulate", "--profile", "p", "-t", "t"),
        run("ask", "--simulate", "--profile", "off", "hi"),
    ]
    assert "POST" in verbose.stderr
    assert [(ran.code, ran.stderr) for ran in quiet] == [(0, ""), (0, "")]


def test_two_of_one_config_file_are_a_mistake_that_names_the_place(run: Run) -> None:
    configure("quiet = true\nverbose = true\n")
    ran = run("ask", "--dry-run", "hi")
    assert ran.code != 0
    assert f"{config_file()}: quiet: -q and -v exclude each other" in ran.stderr


def test_a_simulator_of_the_config_file_gives_way_to_a_cassette(
    run: Run, simulator: Simulator
) -> None:
    configure("simulate = true\n")
    assert run("ask", "--record", "c.jsonl", "hi").code == 0
    assert simulator.requests
    played = run("ask", "--replay", "c.jsonl", "hi")
    assert (played.code, len(simulator.requests)) == (0, 1)
