"""What models are called: the user's aliases, a platform's own names, and the catalogue's."""

import pytest

from claude_cli.models.names import PLAIN, ModelNames

ARN = "arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/abc"
NAMES = ModelNames(
    aliases={
        "fast": "haiku",
        "exact": "opus-4.8",
        "theirs": "made-up",
        "opus": "claude-sonnet-4-6",
        "ours": "sonnet",
    },
    catalogued={"sonnet": "claude-opus-5", ARN: "claude-haiku-4-5"},
)


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("fast", "claude-haiku-5-5"),
        ("exact", "claude-opus-4-8"),
        ("theirs", "made-up"),
        ("opus", "claude-sonnet-4-6"),
        ("sonnet", "sonnet"),  # a deployment that is called so is no alias
        ("ours", "sonnet"),
        (ARN, ARN),
    ],
)
def test_the_users_own_names_go_before_those_of_the_catalogue(name: str, model: str) -> None:
    assert NAMES.resolve(name) == model


def test_a_name_of_the_platform_has_the_facts_of_its_model() -> None:
    assert NAMES.known_as(ARN) == "claude-haiku-4-5"
    assert NAMES.known_as("claude-opus-5") == PLAIN.known_as("claude-opus-5") == "claude-opus-5"
    assert NAMES.catalogue_body({"model": ARN, "n": 1}) == {"model": "claude-haiku-4-5", "n": 1}
    assert NAMES.catalogue_body({"model": 3}) == {"model": 3}


def test_every_name_of_the_users_own_is_told_once() -> None:
    assert NAMES.own == ["fast", "exact", "theirs", "opus", "ours", "sonnet", ARN]
