"""An alias of a model resolves once a job, whatever it means by then."""

from collections.abc import Callable

import pytest

from claude_cli.disk.paths import config_file
from claude_cli.simulator.server.server import Simulator
from tests.conftest import Run
from tests.flow.batch.conftest import GREEK, Batch
from tests.jobs.simulated import prompt_of, results_of, sent, succeeded

HAIKU, SONNET, OPUS = "claude-haiku-4-5", "claude-sonnet-4-6", "claude-opus-4-8"

Mine = Callable[[str], None]


@pytest.fixture
def mine() -> Mine:
    """Says what the alias `mine` means from now on."""

    def mean(model: str) -> None:
        config_file().parent.mkdir(parents=True, exist_ok=True)
        config_file().write_text(f'[aliases]\nmine = "{model}"\n')

    return mean


def models_asked(simulator: Simulator) -> list[str]:
    return [request["params"]["model"] for request in sent(simulator)]


@pytest.mark.usefixtures("lines")
def test_a_job_goes_on_with_the_model_with_which_it_began(
    simulator: Simulator, batch: Batch, mine: Mine
) -> None:
    options = ("in.txt", "-m", "mine")
    mine(HAIKU)
    simulator.inject("401-createx1")
    assert batch(*options).code == 77
    mine(SONNET)
    ran = batch(*options)
    assert (ran.code, results_of(ran)) == (0, GREEK)
    assert models_asked(simulator) == [HAIKU] * 3
    assert f"mine was {HAIKU}" in ran.stderr
    mine(OPUS)
    assert (batch(*options).stdout, len(sent(simulator))) == (ran.stdout, 3)
    assert (batch("in.txt", "-m", OPUS).code, models_asked(simulator)[3:]) == (0, [OPUS] * 3)
    assert (batch(*options).code, len(sent(simulator))) == (0, 6)  # a job of its own by now


def test_rows_from_a_pipe_and_models_of_rows_are_found_too(
    simulator: Simulator, batch: Batch, mine: Mine
) -> None:
    rows = b'{"params": {"model": "mine", "messages": [{"role": "user", "content": "one"}]}}\n'
    mine(HAIKU)
    assert batch("-", stdin=rows).code == 0
    mine(SONNET)
    assert batch("-", stdin=rows).code == 0
    assert models_asked(simulator) == [HAIKU]
    assert batch("-", stdin=rows.replace(b"one", b"two")).code == 0
    assert models_asked(simulator) == [HAIKU, SONNET]


@pytest.mark.usefixtures("lines")
def test_a_meaning_that_no_row_takes_is_passed_over(
    simulator: Simulator, batch: Batch, mine: Mine
) -> None:
    mine("claude-haiku-4-5")
    assert batch("in.txt", "-m", "mine").code == 0
    mine(SONNET)
    ran = batch("in.txt", "-m", "mine", "--effort", "high", "--strict-model")
    assert (ran.code, models_asked(simulator)[3:]) == (0, [SONNET] * 3)


@pytest.mark.usefixtures("lines")
def test_a_retry_goes_on_with_the_model_with_which_it_began(
    simulator: Simulator, run: Run, batch: Batch, mine: Mine
) -> None:
    simulator.batches.order({"*-2": "expired"})
    ran = batch("in.txt")
    job = ran.text[len('{"custom_id":"') :][:8]
    simulator.batches.order({"*": succeeded("x")})
    mine(HAIKU)
    simulator.inject("lost-createx1")
    command = ("batch", "retry", job, "-m", "mine", "--poll", "0.01")
    assert run(*command).code == 75
    mine(OPUS)
    assert run(*command).code == 0
    assert models_asked(simulator)[3:] == [HAIKU]
    assert prompt_of(sent(simulator)[3]["params"]) == "beta"
