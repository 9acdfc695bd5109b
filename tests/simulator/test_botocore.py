"""botocore's own client of Amazon Bedrock, against the simulator: InvokeModel, streams, counts."""

import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from claude_cli.simulator.server.server import Simulator

session: Any = pytest.importorskip("botocore.session")
config: Any = pytest.importorskip("botocore.config")
exceptions: Any = pytest.importorskip("botocore.exceptions")

MODEL = "eu.anthropic.claude-opus-5"
ASKED = {
    "anthropic_version": "bedrock-2023-05-31",
    "max_tokens": 100,
    "messages": [{"role": "user", "content": "hi"}],
}


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


@pytest.fixture(scope="module")
def sessions() -> Any:
    """One session for all: it reads the models of the services, which takes a while."""
    return session.Session()


@pytest.fixture
def client(simulator: Simulator, sessions: Any) -> Iterator[Any]:
    client = sessions.create_client(
        "bedrock-runtime",
        region_name="eu-west-1",
        endpoint_url=simulator.base_url,
        aws_access_key_id="AKID",
        aws_secret_access_key="secret",
        config=config.Config(retries={"total_max_attempts": 1}),
    )
    yield client
    client.close()


def encoded(**fields: Any) -> bytes:
    return json.dumps({**ASKED, **fields}).encode()


def test_a_model_is_invoked(client: Any) -> None:
    reply = client.invoke_model(modelId=MODEL, body=encoded())
    with closing(reply["body"]) as body:
        message = json.loads(body.read())
    assert message["content"][-1]["text"].startswith('You said: "hi"')
    assert reply["contentType"] == "application/json"


def test_an_answer_is_streamed_in_frames(client: Any) -> None:
    reply = client.invoke_model_with_response_stream(modelId=MODEL, body=encoded())
    assert reply["contentType"] == "application/json", "that of the events inside"
    with closing(reply["body"]) as frames:
        events = [json.loads(event["chunk"]["bytes"]) for event in frames]
    texts = [
        event["delta"]["text"]
        for event in events
        if event.get("delta", {}).get("type") == "text_delta"
    ]
    assert "".join(texts).startswith('You said: "hi"')
    assert events[-1]["amazon-bedrock-invocationMetrics"]["inputTokenCount"] > 0


def test_tokens_are_counted(client: Any) -> None:
    body = {"invokeModel": {"body": encoded()}}
    counted = client.count_tokens(modelId="anthropic.claude-opus-5", input=body)
    assert counted["inputTokens"] > 0


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"anthropic_version": None}, "ValidationException"),
        ({"model": "claude-opus-5"}, "ValidationException"),
        ({"top_k": "many"}, "ValidationException"),
    ],
)
def test_a_refusal_has_the_name_that_the_client_knows(
    client: Any, fields: dict[str, Any], name: str
) -> None:
    with pytest.raises(exceptions.ClientError) as raised:
        client.invoke_model(modelId=MODEL, body=encoded(**fields))
    assert raised.value.response["Error"]["Code"] == name


@pytest.mark.parametrize(
    ("fault", "name"),
    [
        ("403:x-amzn-errortype=ExpiredTokenException", "ExpiredTokenException"),
        ("429", "ThrottlingException"),
        ("503", "ServiceUnavailableException"),
    ],
)
def test_a_fault_has_the_name_that_the_client_knows(
    simulator: Simulator, client: Any, fault: str, name: str
) -> None:
    simulator.inject(fault)
    with pytest.raises(exceptions.ClientError) as raised:
        client.invoke_model(modelId=MODEL, body=encoded())
    assert raised.value.response["Error"]["Code"] == name


def test_an_exception_in_the_stream_is_one_for_the_client(
    simulator: Simulator, client: Any
) -> None:
    simulator.inject("error=throttlingException")
    reply = client.invoke_model_with_response_stream(modelId=MODEL, body=encoded())
    with closing(reply["body"]), pytest.raises(exceptions.EventStreamError) as raised:
        list(reply["body"])
    assert raised.value.response["Error"]["Code"] == "throttlingException"


def test_a_tool_is_called(client: Any) -> None:
    tool = {"name": "weather", "input_schema": {"type": "object", "properties": {}}}
    body = encoded(
        tools=[tool], tool_choice={"type": "any"}, thinking={"type": "disabled"}, max_tokens=500
    )
    with closing(client.invoke_model(modelId=MODEL, body=body)["body"]) as answered:
        message = json.loads(answered.read())
    assert message["stop_reason"] == "tool_use"
