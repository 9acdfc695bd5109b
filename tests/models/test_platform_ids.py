"""Names of models: the catalogue's and each platform's, in both directions."""

import pytest

from claude_cli.models import catalog
from claude_cli.models.platform_ids import bedrock_base_id, catalogue_id, platform_id

SONNET = "claude-sonnet-4-5"


@pytest.mark.parametrize(
    ("model", "platform", "region", "there"),
    [
        (SONNET, "bedrock", "us-east-1", "us.anthropic.claude-sonnet-4-5-20250929-v1:0"),
        (SONNET, "bedrock", "ap-northeast-1", "global.anthropic.claude-sonnet-4-5-20250929-v1:0"),
        ("claude-opus-5", "bedrock", "ap-northeast-1", "apac.anthropic.claude-opus-5"),
        ("claude-opus-5", "bedrock", "us-gov-west-1", "us-gov.anthropic.claude-opus-5"),
        ("claude-opus-5", "bedrock", "ca-central-1", "global.anthropic.claude-opus-5"),
        ("claude-opus-4-6", "bedrock", "eu-west-1", "eu.anthropic.claude-opus-4-6-v1"),
        ("claude-sonnet-4-6", "bedrock", "eu-west-1", "eu.anthropic.claude-sonnet-4-6"),
        ("claude-haiku-4-5-20251001", "mantle", None, "anthropic.claude-haiku-4-5"),
        ("claude-opus-5", "mantle", None, "anthropic.claude-opus-5"),
        (SONNET, "vertex", None, "claude-sonnet-4-5@20250929"),
        ("claude-sonnet-4-5-20250929", "vertex", None, "claude-sonnet-4-5@20250929"),
        ("claude-opus-5", "vertex", None, "claude-opus-5"),
        (SONNET, "aws", None, SONNET),
        (SONNET, "foundry", None, SONNET),
        ("my-deployment", "foundry", None, "my-deployment"),
        ("us.anthropic.claude-opus-5", "bedrock", "eu-west-1", "us.anthropic.claude-opus-5"),
        ("arn:aws:bedrock:x:1:y/z", "bedrock", "eu-west-1", "arn:aws:bedrock:x:1:y/z"),
    ],
)
def test_a_name_becomes_the_id_of_the_platform(
    model: str, platform: str, region: str | None, there: str
) -> None:
    assert platform_id(model, platform, region) == there


@pytest.mark.parametrize("platform", ["bedrock", "mantle", "vertex", "aws", "google", "foundry"])
def test_every_model_of_the_catalogue_comes_back(platform: str) -> None:
    for model in catalog.packaged():
        back = catalogue_id(platform_id(model, platform, "eu-west-1"))
        assert back in (model, catalog.whole_id(model))
        assert catalog.facts(back) == catalog.facts(model)


@pytest.mark.parametrize("name", ["arn:aws:bedrock:x:1:y/z", "my-deployment", "gpt-5", ""])
def test_a_name_that_says_nothing_stays(name: str) -> None:
    assert catalogue_id(name) == name


def test_what_is_counted_has_no_profile() -> None:
    assert bedrock_base_id("eu.anthropic.claude-opus-5") == "anthropic.claude-opus-5"
    assert bedrock_base_id("anthropic.claude-opus-5") == "anthropic.claude-opus-5"
    assert bedrock_base_id(SONNET) == "anthropic.claude-sonnet-4-5-20250929-v1:0"
