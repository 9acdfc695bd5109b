"""`--max-cost`: counts first, and refuses what could cost more."""

from pathlib import Path

import pytest

from claude_cli.simulator.server.server import Simulator
from tests.conftest import Run
from tests.faulty_server import FaultyServer, Wire


def test_what_could_cost_more_is_refused_before_it_is_sent(simulator: Simulator, run: Run) -> None:
    ran = run("ask", "hi", "--max-cost", "0.01", "--max-tokens", "1000")
    assert ran.code == 7
    assert "1000 tokens out" in ran.stderr
    assert "--max-cost 0.01" in ran.stderr
    assert [request.path for request in simulator.requests] == ["/v1/messages/count_tokens"]


def test_a_small_limit_is_told_as_it_is_written(simulator: Simulator, run: Run) -> None:
    ran = run("ask", "hi", "--max-cost", "0.0000001")
    assert ran.code == 7
    assert "--max-cost 0.0000001\n" in ran.stderr


def test_what_cannot_cost_more_is_sent_and_the_sum_told(simulator: Simulator, run: Run) -> None:
    ran = run("ask", "hi", "--max-cost", "0.02", "--max-tokens", "1000")
    assert ran.code == 0
    assert "can cost $0.015" in ran.stderr


def test_a_model_without_a_price_is_refused(simulator: Simulator, run: Run) -> None:
    def count(wire: Wire) -> None:
        wire.read_request()
        body = b'{"input_tokens": 9}'
        head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
        wire.send(head % len(body) + body)

    with FaultyServer(count) as server:
        url = ["--base-url", server.base_url]
        ran = run("ask", "hi", "--max-cost", "1", "-m", "their-own-model", *url)
    assert ran.code == 7
    assert "the price of their-own-model is not known" in ran.stderr


def test_without_the_flag_nothing_is_counted(simulator: Simulator, run: Run) -> None:
    run("ask", "hi")
    assert len(simulator.requests) == 1


def test_the_limit_holds_for_a_whole_tool_loop(simulator: Simulator, run: Run) -> None:
    Path("echo.toml").write_text(
        'name = "echo"\ndescription = "Says it again."\ncommand = ["cat"]\n'
        'input_schema = {type = "object"}\n'
    )
    usage = {"input_tokens": 300, "output_tokens": 500}
    for number in range(9):
        call = {"type": "tool_use", "id": f"toolu_{number}", "name": "echo", "input": {}}
        simulator.enqueue(content=[call], stop_reason="tool_use", usage=usage)
    tools = ["-T", "echo.toml", "--approve", "always"]
    ran = run("ask", "hi", *tools, "--max-tokens", "500", "--max-cost", "0.03", "--format", "json")
    assert ran.code == 7
    assert "--max-cost" in ran.stderr
    assert 0.01 < ran.json["claude_cli"]["cost_usd"] <= 0.03


def test_what_is_cached_is_counted_at_its_price(simulator: Simulator, run: Run) -> None:
    bounds = ["--max-tokens", "20", "--max-cost", "0.016", "--allow-truncated"]
    plain = run("ask", "word " * 4000, *bounds)
    cached = run("ask", "word " * 4000, *bounds, "--cache", "1h")
    assert (plain.code, cached.code) == (0, 7)


def test_a_chat_refuses_each_request_that_could_cost_more_and_lives_on(
    simulator: Simulator, run: Run
) -> None:
    lines = ["a", "/set max_tokens=2000", "b", "/retry", "/compact", "/set max_tokens=10", "c"]
    flags = ["--max-cost", "0.02", "--max-tokens", "1000", "--keep-going"]
    ran = run("chat", *flags, stdin="\n".join(lines).encode())
    asked = [sent.body["messages"] for sent in simulator.requests if "stream" in sent.body]
    assert ran.code == 7
    assert ran.stderr.count("more than --max-cost 0.02") == 3
    assert [messages[-1]["content"][-1]["text"] for messages in asked] == ["a", "c"]
    assert len(asked[1]) == 3


def test_the_limit_holds_for_a_whole_tool_loop_of_a_chat(simulator: Simulator, run: Run) -> None:
    Path("echo.toml").write_text(
        'name = "echo"\ndescription = "Says it again."\ncommand = ["cat"]\n'
        'input_schema = {type = "object"}\n'
    )
    call = {"type": "tool_use", "id": "toolu_1", "name": "echo", "input": {}}
    usage = {"input_tokens": 300, "output_tokens": 500}
    simulator.enqueue(content=[call], stop_reason="tool_use", usage=usage)
    flags = ["-T", "echo.toml", "--approve", "always", "--max-tokens", "500", "--max-cost", "0.01"]
    ran = run("chat", *flags, stdin=b"hi\n")
    assert (ran.code, "--max-cost" in ran.stderr.splitlines()[-1]) == (7, True)
    assert len([sent for sent in simulator.requests if "stream" in sent.body]) == 1


@pytest.mark.parametrize("limit", ["nan", "inf"])
def test_a_limit_that_is_no_number_is_wrong_usage(run: Run, limit: str) -> None:
    assert run("ask", "--simulate", "hi", "--max-cost", limit).code == 2


@pytest.mark.parametrize("value", ['"x"', "1.5", "-5"])
def test_without_a_bound_there_is_no_most(simulator: Simulator, run: Run, value: str) -> None:
    ran = run("ask", "hi", "--max-cost", "1", "-o", f"max_tokens:={value}")
    assert ran.code == 65
    assert "max_tokens" in ran.stderr


def test_where_the_model_is_not_there_the_request_of_the_fallback_is_counted(
    simulator: Simulator, run: Run
) -> None:
    gone = ("-m", "claude-sonnet-4-6-gone", "--max-cost", "1")
    assert run("ask", "hi", *gone).code == 65
    ran = run("ask", "hi", *gone, "--fallback", "claude-haiku-4-5", "--format", "json")
    assert ran.code == 0, ran.stderr
    assert ran.json["claude_cli"]["fallback_from"] == gone[1]
    counts = [r.body["model"] for r in simulator.requests if r.path.endswith("count_tokens")]
    assert counts == [gone[1], gone[1], "claude-haiku-4-5"]
