"""Each platform: its address, what it refuses before anything is sent, what it leaves as it is."""

import json
from typing import Any

import pytest

from claude_cli.api.cloud import rows
from claude_cli.api.payload import Payload
from claude_cli.api.platforms import Call, Platform
from claude_cli.errors import InputError

PLATFORMS = {
    "foundry": rows.foundry("res"),
    "aws": rows.aws("eu-west-1", "wrkspc_1"),
    "mantle": rows.mantle("eu-west-1"),
    "google": rows.google("global", "p", "wrkspc_1"),
    "vertex": rows.vertex("global", "p"),
    "bedrock": rows.bedrock("eu-west-1"),
}
BODY: Any = {"model": "claude-opus-5", "max_tokens": 1, "messages": []}
URL_SOURCE = {"type": "image", "source": {"type": "url", "url": "https://x.org/a.png"}}
FEATURES: dict[str, Any] = {
    "url": {"messages": [{"role": "user", "content": [URL_SOURCE]}]},
    "url in a result": {
        "messages": [
            {"role": "user", "content": [{"type": "tool_result", "content": [URL_SOURCE]}]}
        ]
    },
    "files": {"messages": [{"content": [{"type": "document", "source": {"type": "file"}}]}]},
    "uploads": {"messages": [{"content": [{"type": "container_upload", "file_id": "f"}]}]},
    "web_search": {"tools": [{"type": "web_search_20250305", "name": "web_search"}]},
    "web_fetch": {"tools": [{"type": "web_fetch_20250910", "name": "web_fetch"}]},
    "code_execution": {"tools": [{"type": "code_execution_20250825", "name": "code_execution"}]},
    "mcp": {"mcp_servers": [{"name": "x"}]},
    "skills": {"container": {"skills": []}},
    "fallbacks": {"fallbacks": "default"},
    "schema": {"output_config": {"format": {"type": "json_schema"}}},
    "fast": {"speed": "fast"},
}
HOSTED = {"url", "url in a result", "files", "uploads", "web_fetch", "code_execution", "mcp"}
HOSTED |= {"skills", "fallbacks"}
REFUSED = {
    "foundry": {"fallbacks"},
    "aws": {"fallbacks", "fast"},
    "mantle": HOSTED | {"web_search", "schema"},
    "google": set(),
    "vertex": HOSTED,
    "bedrock": HOSTED | {"web_search"},
}


@pytest.mark.parametrize("feature", FEATURES)
@pytest.mark.parametrize("name", PLATFORMS)
def test_what_a_platform_does_not_serve_is_refused_with_what_works(name: str, feature: str) -> None:
    call = Call("POST", "/v1/messages", {**BODY, **FEATURES[feature]})
    if feature not in REFUSED[name]:
        assert PLATFORMS[name].prepare(call).body
        return
    with pytest.raises(InputError) as raised:
        PLATFORMS[name].prepare(call)
    assert raised.value.message.startswith(f"{name} does not serve ") and raised.value.hint


@pytest.mark.parametrize("path", ["/v1/messages/batches", "/v1/models", "/v1/files/file_1"])
def test_resources_that_are_not_there_are_refused(path: str) -> None:
    def is_served(platform: Platform) -> bool:
        try:
            platform.prepare(Call("GET", path))
        except InputError as error:
            assert error.hint
            return False
        return True

    served = {name for name, platform in PLATFORMS.items() if is_served(platform)}
    assert served - {"foundry"} == {"aws", "google"}
    assert ("foundry" in served) is path.startswith("/v1/files")


@pytest.mark.parametrize(
    ("name", "base_url", "path"),
    [
        ("foundry", "https://res.services.ai.azure.com/anthropic", "/v1/messages"),
        ("aws", "https://aws-external-anthropic.eu-west-1.api.aws", "/v1/messages"),
        ("mantle", "https://bedrock-mantle.eu-west-1.api.aws/anthropic", "/v1/messages"),
        (
            "google",
            "https://claude.googleapis.com/v1/projects/p/locations/global/workspaces/wrkspc_1/invoke",
            "/v1/messages",
        ),
        (
            "vertex",
            "https://aiplatform.googleapis.com/v1",
            "/projects/p/locations/global/publishers/anthropic/models/claude-opus-5:rawPredict",
        ),
        (
            "bedrock",
            "https://bedrock-runtime.eu-west-1.amazonaws.com",
            "/model/eu.anthropic.claude-opus-5/invoke",
        ),
    ],
)
def test_a_message_goes_to_the_address_of_the_platform(name: str, base_url: str, path: str) -> None:
    platform = PLATFORMS[name]
    assert (platform.name, platform.base_url) == (name, base_url)
    assert platform.prepare(Call("POST", "/v1/messages", BODY)).path == path


@pytest.mark.parametrize(
    ("name", "model"),
    [("mantle", "anthropic.claude-opus-5"), ("aws", "claude-opus-5"), ("foundry", "claude-opus-5")],
)
def test_the_model_is_called_as_there(name: str, model: str) -> None:
    body: Any = PLATFORMS[name].rewrite(Call("POST", "/v1/messages", BODY)).body
    assert body["model"] == model


def padded(name: str, size: int) -> Call:
    """A call whose body has `size` bytes as the platform gets it."""
    body = {**BODY, "system": ""}
    written = PLATFORMS[name].prepare(Call("POST", "/v1/messages", body)).body
    assert isinstance(written, Payload)
    return Call("POST", "/v1/messages", {**body, "system": "x" * (size - written.length)})


@pytest.mark.parametrize(
    ("name", "most", "told"),
    [
        ("foundry", 32 * 1024 * 1024, "33.6 MB"),
        ("bedrock", 20_000_000, "20.0 MB"),
        ("vertex", 30_000_000, "30.0 MB"),
    ],
)
def test_a_body_may_be_as_large_as_the_platform_says_and_no_byte_larger(
    name: str, most: int, told: str
) -> None:
    assert PLATFORMS[name].prepare(padded(name, most)).body
    with pytest.raises(InputError, match=f"the API takes {told}"):
        PLATFORMS[name].prepare(padded(name, most + 1))


@pytest.mark.parametrize("name", ["bedrock", "vertex"])
def test_a_model_that_is_no_text_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="model is no text"):
        PLATFORMS[name].prepare(Call("POST", "/v1/messages", {"model": 3}))


@pytest.mark.parametrize(
    ("platform", "model", "regional"),
    [
        (rows.bedrock("eu-west-1"), "claude-opus-5", True),
        (rows.bedrock("sa-east-1"), "claude-opus-5", False),
        (rows.bedrock("ap-south-1"), "claude-opus-4-5", False),
        (rows.bedrock("eu-west-1"), "global.anthropic.claude-opus-5", False),
        (rows.bedrock("eu-west-1"), "arn:aws:bedrock:eu-west-1:1:inference-profile/x", False),
        (rows.vertex("global", "p"), "claude-opus-5", False),
        (rows.vertex("europe-west1", "p"), "claude-opus-5", True),
        (rows.aws("eu-west-1", "wrkspc_1"), "claude-opus-5", False),
    ],
)
def test_an_answer_from_one_region_is_known_for_its_price(
    platform: Platform, model: str, regional: bool
) -> None:
    assert platform.is_regional(model) is regional


def test_what_the_user_made_of_the_model_is_left_to_the_platform() -> None:
    for odd in (5, None):
        body = {**BODY, "model": odd}
        prepared = PLATFORMS["mantle"].prepare(Call("POST", "/v1/messages", body))
        assert isinstance(prepared.body, Payload)
        assert json.loads(prepared.body.shown or b"") == body
