"""What of our environment a child process gets to see."""

import pytest

from claude_cli.child.environment import without_credentials


@pytest.mark.parametrize(
    "name",
    [
        "ANTHROPIC_API_KEY",
        "ANTHROPIC_AUTH_TOKEN",
        "ANTHROPIC_CUSTOM_HEADERS",
        "anthropic_api_key",
        "OLD_ANTHROPIC_API_KEY_2",
        "CLAUDE_CODE_OAUTH_TOKEN",
    ],
)
def test_no_credential_of_the_api_is_passed_on(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "secret")
    assert "secret" not in without_credentials().values()


def test_a_key_is_recognised_by_its_look_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_OWN_NAME", "sk-ant-api03-canary")
    assert "MY_OWN_NAME" not in without_credentials()


def test_all_else_stays_and_what_the_manifest_adds_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "mine")
    monkeypatch.setenv("UNITS", "imperial")
    environment = without_credentials({"UNITS": "metric"})
    assert (environment["GITHUB_TOKEN"], environment["UNITS"]) == ("mine", "metric")
