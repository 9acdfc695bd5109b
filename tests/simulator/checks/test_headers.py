"""Credential, version, betas and content type."""

import pytest

from claude_cli.simulator.checks.headers import check_headers
from claude_cli.simulator.wire.rejections import Rejection
from tests.simulator.bodies import HEADERS, message_body, refusal_of, rejection

WITHOUT_KEY = {name: value for name, value in HEADERS.items() if name != "x-api-key"}


@pytest.mark.parametrize(
    "credential",
    [
        {},
        {"x-api-key": ""},
        {"x-api-key": "  "},
        {"authorization": "Basic abc"},
        {"authorization": "Bearer "},
    ],
)
def test_without_a_credential_it_is_a_401(credential: dict[str, str]) -> None:
    with pytest.raises(Rejection) as refused:
        check_headers({**WITHOUT_KEY, **credential})
    assert (refused.value.status, refused.value.error_type) == (401, "authentication_error")


@pytest.mark.parametrize(
    "credential",
    [
        {"x-api-key": "k"},
        {"authorization": "Bearer t"},
        {"authorization": "bearer t"},
        {"x-api-key": "k", "authorization": "Basic wrong"},
    ],
)
def test_one_credential_is_enough_and_the_key_wins(credential: dict[str, str]) -> None:
    assert check_headers({**WITHOUT_KEY, **credential}).version == "2023-06-01"


@pytest.mark.parametrize("version", ["", "2023-01-01", "tomorrow"])
def test_the_version_must_be_known(version: str) -> None:
    assert refusal_of(message_body(), anthropic_version=version).startswith("anthropic-version: ")


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/x-www-form-urlencoded"])
def test_the_body_must_be_declared_as_json(content_type: str) -> None:
    assert refusal_of(message_body(), content_type=content_type).startswith("content-type: ")


def test_a_charset_beside_the_content_type_is_fine() -> None:
    assert rejection(message_body(), content_type="Application/JSON; charset=utf-8") is None


@pytest.mark.parametrize("beta", ["make-it-good", "managed-agents-2026-04-01"])
def test_a_beta_that_nobody_knows_passes(beta: str) -> None:
    assert rejection(message_body(), anthropic_beta=beta) is None


def test_betas_are_split_at_commas_with_or_without_spaces() -> None:
    names = "files-api-2025-04-14,skills-2025-10-02 , ,context-1m-2025-08-07"
    dialect = check_headers({**HEADERS, "anthropic-beta": names})
    assert dialect.betas == {
        "files-api-2025-04-14",
        "skills-2025-10-02",
        "context-1m-2025-08-07",
    }


def test_a_get_needs_no_content_type() -> None:
    headers = {name: value for name, value in HEADERS.items() if name != "content-type"}
    assert check_headers(headers, json_body=False).version == "2023-06-01"
    with pytest.raises(Rejection):
        check_headers(headers)
