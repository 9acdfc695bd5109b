"""The official SDK's classes for the clouds, against the simulator and beside our own requests."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from claude_cli.simulator.server.server import Simulator
from tests.conftest import Run
from tests.simulator.bodies import WEATHER

anthropic: Any = pytest.importorskip("anthropic")
pytest.importorskip("boto3", reason="the SDK signs with boto3")
pytest.importorskip("google.auth", reason="the SDK asks for it")

pytestmark = pytest.mark.sdk

AWS = {"aws_access_key": "AKID", "aws_secret_key": "secret", "aws_region": "eu-west-1"}
CLIENTS: dict[str, Callable[[str], Any]] = {
    "bedrock": lambda url: anthropic.AnthropicBedrock(base_url=url, max_retries=0, **AWS),
    "mantle": lambda url: anthropic.AnthropicBedrockMantle(
        base_url=f"{url}/anthropic", max_retries=0, **AWS
    ),
    "aws": lambda url: anthropic.AnthropicAWS(
        base_url=url, workspace_id="wrkspc_1", max_retries=0, **AWS
    ),
    "vertex": lambda url: anthropic.AnthropicVertex(
        base_url=f"{url}/v1", access_token="T", region="global", project_id="p", max_retries=0
    ),
    "google": lambda url: anthropic.AnthropicGoogleCloud(
        base_url=f"{url}/v1/projects/p/locations/global/workspaces/wrkspc_1/invoke",
        token_provider=lambda: "T",
        project="p",
        workspace_id="wrkspc_1",
        max_retries=0,
    ),
    "foundry": lambda url: anthropic.AnthropicFoundry(
        base_url=f"{url}/anthropic", api_key="k", max_retries=0
    ),
}
MODELS = {
    "bedrock": "eu.anthropic.claude-opus-5",
    "mantle": "anthropic.claude-opus-5",
    "vertex": "claude-opus-5",
}
PREFIXES = {
    "bedrock": "",
    "mantle": "/anthropic",
    "aws": "",
    "vertex": "/v1",
    "google": "/v1/projects/p/locations/global/workspaces/wrkspc_1/invoke",
    "foundry": "/anthropic",
}
ASKED: dict[str, Any] = {"max_tokens": 100, "messages": [{"role": "user", "content": "hi"}]}


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


@pytest.mark.parametrize("name", CLIENTS)
def test_the_sdk_is_answered_whole_and_streamed(simulator: Simulator, name: str) -> None:
    client = CLIENTS[name](simulator.base_url)
    asked = {**ASKED, "model": MODELS.get(name, "claude-opus-5")}
    message = client.messages.create(**asked)
    assert message.content[-1].text.startswith('You said: "hi"')
    with client.messages.stream(**asked) as stream:
        assert stream.get_final_text() == message.content[-1].text


@pytest.mark.parametrize("name", CLIENTS)
def test_the_sdk_calls_tools(simulator: Simulator, name: str) -> None:
    client = CLIENTS[name](simulator.base_url)
    message = client.messages.create(
        **ASKED,
        model=MODELS.get(name, "claude-opus-5"),
        tools=[WEATHER],
        tool_choice={"type": "any"},
        thinking={"type": "disabled"},
    )
    assert message.stop_reason == "tool_use"


@pytest.mark.parametrize("name", [name for name in CLIENTS if name != "bedrock"])
def test_the_sdk_counts(simulator: Simulator, name: str) -> None:
    client = CLIENTS[name](simulator.base_url)
    model = MODELS.get(name, "claude-opus-5")
    assert client.messages.count_tokens(model=model, messages=ASKED["messages"]).input_tokens > 0


@pytest.mark.parametrize("name", CLIENTS)
def test_we_send_what_the_sdk_sends(
    simulator: Simulator, run: Run, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    client = CLIENTS[name](simulator.base_url)
    content = [{"type": "text", "text": "hi"}]
    asked = {"max_tokens": 100, "messages": [{"role": "user", "content": content}]}
    with client.messages.stream(**asked, model=MODELS.get(name, "claude-opus-5")) as stream:
        stream.until_done()
    for variable, value in OURS.items():
        monkeypatch.setenv(variable, value)
    url = simulator.base_url + PREFIXES[name]
    ran = run(
        *("ask", "hi", "--platform", name, "--base-url", url, "-m", "claude-opus-5"),
        *("--max-tokens", "100", "-n", "--no-ledger"),
        *(("-H", "Authorization: Bearer T") if name in ("vertex", "google") else ()),
    )
    assert ran.code == 0, ran.stderr
    theirs, ours = [*simulator.requests]
    assert (ours.method, ours.path) == (theirs.method, theirs.path)
    assert comparable(ours.body) == comparable(theirs.body)
    assert headers_that_count(ours.headers) == headers_that_count(theirs.headers)


OURS = {
    "AWS_ACCESS_KEY_ID": "AKID",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_REGION": "eu-west-1",
    "ANTHROPIC_AWS_WORKSPACE_ID": "wrkspc_1",
    "ANTHROPIC_FOUNDRY_API_KEY": "k",
    "ANTHROPIC_FOUNDRY_RESOURCE": "r",
    "ANTHROPIC_VERTEX_PROJECT_ID": "p",
    "ANTHROPIC_GOOGLE_CLOUD_PROJECT": "p",
    "ANTHROPIC_GOOGLE_CLOUD_WORKSPACE_ID": "wrkspc_1",
    "CLOUD_ML_REGION": "global",
}


def comparable(body: Any) -> Any:
    """Without what may differ: the version of the wire format, which the SDK has newer."""
    return {key: value for key, value in body.items() if key != "anthropic_version"}


def headers_that_count(headers: dict[str, str]) -> set[str]:
    """The names of the headers that decide something; the values of most differ by nature."""
    deciding = ("anthropic-", "x-amz-", "content-type", "x-api-key")
    return {
        name
        for name in headers
        if name.startswith(deciding) and name not in ("anthropic-beta", "x-api-key")
    }
