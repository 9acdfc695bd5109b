"""The official SDK, which knows nothing of us, against the simulator."""

import asyncio
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pydantic
import pytest

from claude_cli.simulator.server.server import Simulator
from tests.simulator.bodies import WEATHER, encoded, png

if TYPE_CHECKING:
    import anthropic
else:
    anthropic = pytest.importorskip("anthropic")

pytestmark = pytest.mark.sdk

HI: list[Any] = [{"role": "user", "content": "hi"}]
USE: list[Any] = [{"role": "user", "content": "use get_temperature"}]


def get_temperature(city: str) -> str:
    """The temperature of a city."""
    return f"20 degrees in {city}"


def get_time() -> str:
    """The time."""
    return "noon"


class Named(pydantic.BaseModel):
    name: str
    count: int


@pytest.fixture
def sdk(simulator: Simulator) -> Iterator["anthropic.Anthropic"]:
    with anthropic.Anthropic(
        api_key="sk-ant-test", base_url=simulator.base_url, max_retries=0
    ) as client:
        yield client


def ask(sdk: "anthropic.Anthropic", **fields: Any) -> Any:
    asked = {"model": "claude-sonnet-4-6", "max_tokens": 2000, "messages": HI}
    return sdk.messages.create(**{**asked, **fields})


def test_a_message(simulator: Simulator, sdk: "anthropic.Anthropic") -> None:
    message = ask(sdk, system="Be kind.")
    assert message.content[0].text.startswith('You said: "hi"')
    assert message.stop_reason == "end_turn"
    assert message.usage.input_tokens > 0
    (request,) = simulator.requests
    assert request.headers["anthropic-version"] == "2026-10-21"
    assert request.headers["authorization"].startswith("Bearer ")


def test_a_streamed_message_is_the_same(sdk: "anthropic.Anthropic") -> None:
    with sdk.messages.stream(model="claude-sonnet-4-6", max_tokens=2000, messages=HI) as stream:
        streamed = "".join(stream.text_stream)
        final: Any = stream.get_final_message()
    assert streamed == final.content[0].text == ask(sdk).content[0].text
    assert final.stop_reason == "end_turn"
    assert final.usage.output_tokens == ask(sdk).usage.output_tokens


def test_attachments_and_a_schema(sdk: "anthropic.Anthropic") -> None:
    source = {"type": "base64", "media_type": "image/png", "data": encoded(png())}
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"],
              "additionalProperties": False}  # fmt: skip
    message = ask(
        sdk,
        messages=[{"role": "user", "content": [{"type": "image", "source": source},
                                               {"type": "text", "text": "What?"}]}],
        output_config={"format": {"type": "json_schema", "schema": schema}},
    )  # fmt: skip
    assert message.content[0].text == '{"a": 1}'


@pytest.mark.parametrize("streaming", [False, True])
def test_a_tool_loop_with_thinking(sdk: "anthropic.Anthropic", streaming: bool) -> None:
    fields: dict[str, Any] = {
        "model": "claude-opus-4-8",
        "max_tokens": 2000,
        "tools": [WEATHER],
        "thinking": {"type": "adaptive", "display": "summarized"},
    }
    messages: list[Any] = [{"role": "user", "content": "use get_weather twice"}]
    if streaming:
        with sdk.messages.stream(messages=messages, **fields) as stream:
            first: Any = stream.get_final_message()
    else:
        first = ask(sdk, messages=messages, **fields)
    assert first.stop_reason == "tool_use"
    assert [block.type for block in first.content] == ["thinking", "tool_use", "tool_use"]
    assert first.content[1].input == {"city": "city"}
    results = [
        {"type": "tool_result", "tool_use_id": block.id, "content": "sunny"}
        for block in first.content[1:]
    ]
    messages += [first.to_param(), {"role": "user", "content": results}]
    second = ask(sdk, messages=messages, **fields)
    assert second.content[-1].text.startswith("The tools answered:")


@pytest.fixture
def runner(sdk: "anthropic.Anthropic") -> Callable[..., Any]:
    """The SDK's own tool loop. It asks for a message thread first, and goes on without one."""

    def run(**fields: Any) -> Any:
        tools = [anthropic.beta_tool(get_temperature)]
        asked = {"model": "claude-opus-4-8", "max_tokens": 2000, "messages": USE, "tools": tools}
        return sdk.beta.messages.tool_runner(**{**asked, **fields})

    return run


@pytest.mark.parametrize("fields", [{}, {"system": "Be kind."}, {"output_format": Named}])
def test_the_tool_runner_comes_to_its_end(
    simulator: Simulator, runner: Callable[..., Any], fields: dict[str, Any]
) -> None:
    called, answered = runner(**fields)
    assert (called.stop_reason, answered.stop_reason) == ("tool_use", "end_turn")
    if fields.get("output_format"):
        assert answered.parsed_output == Named(name="name", count=1)
    else:
        assert "20 degrees in city" in answered.content[-1].text
    assert [request.status for request in simulator.requests] == [400, 200, 200]


@pytest.mark.parametrize("eager", [False, True])
def test_the_tool_runner_streams(runner: Callable[..., Any], eager: bool) -> None:
    streams = runner(stream=True, run_tools_eagerly=eager)
    reasons = [stream.get_final_message().stop_reason for stream in streams]
    assert reasons == ["tool_use", "end_turn"]


def test_the_asynchronous_tool_runner(simulator: Simulator) -> None:
    @anthropic.beta_async_tool
    async def get_time() -> str:
        """The time."""
        return "noon"

    async def reasons() -> list[str | None]:
        async with anthropic.AsyncAnthropic(
            api_key="sk-ant-test", base_url=simulator.base_url, max_retries=0
        ) as sdk:
            runner = sdk.beta.messages.tool_runner(
                model="claude-opus-4-8",
                max_tokens=2000,
                messages=[{"role": "user", "content": "use get_time"}],
                tools=[get_time],
            )
            return [message.stop_reason async for message in runner]

    assert asyncio.run(reasons()) == ["tool_use", "end_turn"]


def test_the_tool_runner_compacts(runner: Callable[..., Any]) -> None:
    running = runner(betas=["compact-2026-09-04"])
    reasons = []
    for message in running:
        reasons.append(message.stop_reason)
        if len(reasons) == 1:
            running.compact_before_next_turn()
    assert reasons == ["tool_use", "compaction", "end_turn"]


def test_the_tool_runner_is_given_tools_and_loses_them(runner: Callable[..., Any]) -> None:
    running = runner(messages=HI, betas=["inline-tools-2026-09-15"])
    running.add_tools(anthropic.beta_tool(get_time))
    running.remove_tools("get_temperature")
    running.append_messages({"role": "user", "content": "use get_temperature and get_time"})
    called, answered = running
    assert [block.name for block in called.content] == ["get_time"]
    assert "noon" in answered.content[-1].text


def test_an_answer_is_parsed_into_a_model(sdk: "anthropic.Anthropic") -> None:
    asked: dict[str, Any] = {"model": "claude-opus-4-8", "max_tokens": 2000, "messages": HI}
    expected = Named(name="name", count=1)
    assert sdk.messages.parse(**asked, output_format=Named).parsed_output == expected
    assert sdk.beta.messages.parse(**asked, output_format=Named).parsed_output == expected
    with sdk.messages.stream(**asked, output_format=Named) as stream:
        assert stream.get_final_message().parsed_output == expected


def test_an_answer_can_be_had_raw(sdk: "anthropic.Anthropic") -> None:
    asked: dict[str, Any] = {"model": "claude-opus-4-8", "max_tokens": 2000, "messages": HI}
    raw = sdk.messages.with_raw_response.create(**asked)
    assert raw.headers["request-id"].startswith("req_")
    with sdk.messages.with_streaming_response.create(**asked) as response:
        assert response.parse() == raw.parse()


def test_a_web_search_with_citations_streams(sdk: "anthropic.Anthropic") -> None:
    with sdk.messages.stream(
        model="claude-sonnet-4-6",
        max_tokens=2000,
        messages=[{"role": "user", "content": "use web_search"}],
        tools=[{"type": "web_search_20250305", "name": "web_search"}],
    ) as stream:
        final: Any = stream.get_final_message()
    kinds = [block.type for block in final.content]
    assert kinds[:3] == ["server_tool_use", "web_search_tool_result", "text"]
    assert final.content[0].input == {"query": "use web_search"}
    assert final.content[2].citations[0].url.startswith("https://")
    assert final.usage.server_tool_use.web_search_requests == 1


def test_tokens_are_counted(sdk: "anthropic.Anthropic") -> None:
    counted = sdk.messages.count_tokens(model="claude-sonnet-4-6", messages=HI)
    assert counted.input_tokens == ask(sdk).usage.input_tokens


def test_all_models_are_listed_page_by_page(sdk: "anthropic.Anthropic") -> None:
    models = list(sdk.models.list(limit=4))
    assert len(models) > 8
    assert len({model.id for model in models}) == len(models)
    newest = models[0]
    assert newest.max_tokens == 128_000
    assert newest.capabilities is not None
    assert newest.capabilities.thinking.types.adaptive.supported
    assert sdk.models.retrieve("claude-haiku-4-5").id == "claude-haiku-4-5-20251001"


@pytest.mark.parametrize(
    ("status", "name"),
    [
        (400, "BadRequestError"),
        (401, "AuthenticationError"),
        (403, "PermissionDeniedError"),
        (404, "NotFoundError"),
        (409, "ConflictError"),
        (429, "RateLimitError"),
        (500, "InternalServerError"),
        (529, "OverloadedError"),
    ],
)
def test_each_status_is_its_own_class_of_error(
    simulator: Simulator, sdk: "anthropic.Anthropic", status: int, name: str
) -> None:
    simulator.inject(str(status))
    with pytest.raises(anthropic.APIStatusError) as caught:
        ask(sdk)
    assert caught.value.status_code == status
    assert type(caught.value).__name__ == name
    assert caught.value.request_id == simulator.requests[0].request_id


def test_a_retried_request_says_so(simulator: Simulator) -> None:
    simulator.inject("529x1:retry-after-ms=1")
    with anthropic.Anthropic(api_key="k", base_url=simulator.base_url, max_retries=1) as sdk:
        assert ask(sdk).stop_reason == "end_turn"
    counts = [request.headers["x-stainless-retry-count"] for request in simulator.requests]
    assert counts == ["0", "1"]


def test_an_error_inside_a_stream_is_raised(
    simulator: Simulator, sdk: "anthropic.Anthropic"
) -> None:
    simulator.inject("error=overloaded_error")
    with (
        pytest.raises(anthropic.APIStatusError, match="simulated error"),
        sdk.messages.stream(model="claude-sonnet-4-6", max_tokens=9, messages=HI) as stream,
    ):
        stream.until_done()


def test_a_cut_stream_is_noticed(simulator: Simulator, sdk: "anthropic.Anthropic") -> None:
    simulator.inject("cut=1")
    with (
        pytest.raises(Exception, match="peer closed connection"),
        sdk.messages.stream(model="claude-sonnet-4-6", max_tokens=9, messages=HI) as stream,
    ):
        stream.until_done()


def test_the_newest_version_refuses_sampling(sdk: "anthropic.Anthropic") -> None:
    with pytest.raises(anthropic.BadRequestError, match="temperature: Extra inputs"):
        ask(sdk, extra_body={"temperature": 1.0})


def test_betas_travel_in_the_header(simulator: Simulator, sdk: "anthropic.Anthropic") -> None:
    sdk.beta.messages.create(
        model="claude-sonnet-4-6",
        max_tokens=100,
        messages=HI,
        betas=["context-management-2025-06-27"],
        context_management={"edits": [{"type": "clear_tool_uses_20250919"}]},
    )
    assert simulator.requests[0].headers["anthropic-beta"] == "context-management-2025-06-27"
