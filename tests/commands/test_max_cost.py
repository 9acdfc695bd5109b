"""`--max-cost`: counts first, and refuses what could cost more."""

from claude_cli.simulator.server import Simulator
from tests.conftest import Run


def test_what_could_cost_more_is_refused_before_it_is_sent(simulator: Simulator, run: Run) -> None:
    ran = run("ask", "hi", "--max-cost", "0.01", "--max-tokens", "1000")
    assert ran.code == 65
    assert "1000 out" in ran.stderr
    assert "--max-cost 0.01" in ran.stderr
    assert [request.path for request in simulator.requests] == ["/v1/messages/count_tokens"]


def test_what_cannot_cost_more_is_sent_and_the_sum_told(simulator: Simulator, run: Run) -> None:
    ran = run("ask", "hi", "--max-cost", "0.02", "--max-tokens", "1000")
    assert ran.code == 0
    assert "cost up to $0.015" in ran.stderr


def test_a_model_without_a_price_is_refused(simulator: Simulator, run: Run) -> None:
    ran = run("ask", "hi", "--max-cost", "1", "-m", "claude-mythos-5-2")
    assert ran.code == 65
    assert "the price of claude-mythos-5-2 is not known" in ran.stderr


def test_without_the_flag_nothing_is_counted(simulator: Simulator, run: Run) -> None:
    run("ask", "hi")
    assert len(simulator.requests) == 1
