"""The smallest and the largest number that each flag takes, tried from both sides."""

from typing import Any

import pytest

from claude_cli.errors import ExitCode
from tests.command_tree import every_command, flags_of, spelled
from tests.conftest import Run

TINY = 1e-6
LEAST: dict[str, tuple[float, float]] = {
    "--timeout": (0.001, TINY),
    "--max-time": (0.001, TINY),
    "--retries": (0, 1),
    "--poll": (0.01, TINY),
    "--max-cost": (0, TINY),
    "--concurrency": (1, 1),
    "--max-tokens": (0, 1),
    "--temperature": (0, TINY),
    "--top-p": (0, TINY),
    "--top-k": (0, 1),
    "--max-turns": (1, 1),
    "--history": (0, 1),
    "--latency": (0, TINY),
    "--tokens-per-second": (0.001, TINY),
    "--last": (1, 1),
    "--at": (1, 1),
}
"""Flag → its smallest number, and the step to one that is too small."""
MOST: dict[str, tuple[float, float]] = {
    "--poll": (86_400, TINY),
    "--concurrency": (256, 1),
    "--temperature": (1, TINY),
    "--top-p": (1, TINY),
}


def bounded() -> dict[str, Any]:
    """Every flag of any command that has a bound."""
    params = [param for command in every_command().values() for param in flags_of(command)]
    found = {spelled(p): p for p in params if hasattr(p.type, "min")}
    return {name: p for name, p in found.items() if (p.type.min, p.type.max) != (None, None)}


def takes(flag: str, number: float) -> bool:
    param = bounded()[flag]
    try:
        param.type.convert(str(number), param, None)
    except Exception as error:
        assert str(error).startswith(f"{number} is not in the range")
        return False
    return True


def test_every_bound_is_in_the_tables() -> None:
    found = bounded()
    assert {name for name, p in found.items() if p.type.min is not None} == set(LEAST)
    assert {name for name, p in found.items() if p.type.max is not None} == set(MOST)


@pytest.mark.parametrize("flag", LEAST)
def test_a_number_may_be_as_small_as_its_bound_and_no_smaller(flag: str) -> None:
    least, step = LEAST[flag]
    assert takes(flag, least) and not takes(flag, least - step)


@pytest.mark.parametrize("flag", MOST)
def test_a_number_may_be_as_large_as_its_bound_and_no_larger(flag: str) -> None:
    most, step = MOST[flag]
    assert takes(flag, most) and not takes(flag, most + step)


def test_a_number_beyond_its_bound_is_wrong_usage(run: Run) -> None:
    ran = run("ask", "hi", "--dry-run", "--max-turns", "0")
    assert (ran.code, "--max-turns" in ran.stderr) == (ExitCode.USAGE, True)
    assert run("ask", "hi", "--dry-run", "--max-turns", "1").code == 0
