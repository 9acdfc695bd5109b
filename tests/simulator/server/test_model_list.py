"""The endpoints of models."""

import httpx
import pytest


def test_the_list_holds_what_can_be_used_newest_first(client: httpx.Client) -> None:
    found = client.get("/v1/models?limit=1000").json()
    assert found["has_more"] is False
    assert {model["lifecycle"] for model in found["data"]} == {"active", "deprecated"}
    days = [model["created_at"] for model in found["data"]]
    assert days == sorted(days, reverse=True)


def test_a_lifecycle_can_be_asked_for(client: httpx.Client) -> None:
    found = client.get("/v1/models", params={"lifecycle[]": ["retired"]}).json()
    assert {model["lifecycle"] for model in found["data"]} == {"retired"}
    assert client.get("/v1/models?lifecycle[]=ancient").status_code == 400


def test_pages_follow_each_other(client: httpx.Client) -> None:
    first = client.get("/v1/models?limit=5").json()
    second = client.get("/v1/models", params={"limit": 5, "after_id": first["last_id"]}).json()
    back = client.get("/v1/models", params={"limit": 5, "before_id": second["first_id"]}).json()
    assert back["data"] == first["data"]
    assert first["data"][-1] != second["data"][0]


@pytest.mark.parametrize("name", ["claude-opus-4-5", "claude-opus-4-5-20251101"])
def test_a_model_is_found_by_id_and_alias(client: httpx.Client, name: str) -> None:
    assert client.get(f"/v1/models/{name}").json()["id"] == "claude-opus-4-5-20251101"


@pytest.mark.parametrize("path", ["/v1/models", "/v1/models/claude-opus-5"])
def test_a_credential_is_needed(client: httpx.Client, path: str) -> None:
    assert client.get(path, headers={"x-api-key": ""}).status_code == 401
    assert client.get(path, headers={"anthropic-version": ""}).status_code == 400
