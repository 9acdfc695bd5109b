"""The secrets with which a cloud is asked, each with a canary in its place."""

import json
import sys
from collections.abc import Callable
from typing import Any

import pytest

from tests.secret_scene import Flags, Put, Scene


def _on(platform: str, path: str = "") -> Callable[[Scene], Flags]:
    where = ("--region", "eu-west-1", "--project", "p", "--resource", "r", "--workspace-id", "w")
    return lambda scene: ("--platform", platform, *where, "--base-url", scene.url + path)


def _cloud(platform: str, path: str, *names: str, **others: str) -> Put:
    def put(scene: Scene, secret: str) -> Flags:
        scene.set(**dict.fromkeys(names, secret), **others)
        return _on(platform, path)(scene)

    return put


def _aws_file(scene: Scene, secret: str) -> Flags:
    pytest.importorskip("botocore")
    text = f"[work]\naws_access_key_id=AKID\naws_secret_access_key={secret}\n"
    path = scene.write("given/aws", f"{text}aws_session_token={secret}\n")
    scene.set(AWS_SHARED_CREDENTIALS_FILE=str(path), AWS_EC2_METADATA_DISABLED="true")
    return ("--aws-profile", "work", *_on("bedrock")(scene))


def _aws_process(scene: Scene, secret: str) -> Flags:
    pytest.importorskip("botocore")
    key = {"Version": 1, "AccessKeyId": "AKID", "SecretAccessKey": secret, "SessionToken": secret}
    process = scene.program("give-aws-key", json.dumps(key))
    path = scene.write("given/aws", f"[default]\ncredential_process = {process}\n")
    scene.set(AWS_CONFIG_FILE=str(path), AWS_EC2_METADATA_DISABLED="true")
    return _on("bedrock")(scene)


def _gcloud(scene: Scene, secret: str) -> Flags:
    scene.monkeypatch.setitem(sys.modules, "google.auth", None)
    scene.program("gcloud", secret)
    return _on("vertex", "/v1")(scene)


def _az(scene: Scene, secret: str) -> Flags:
    scene.program("az", json.dumps({"accessToken": secret, "expires_on": 2**31}))
    return _on("foundry", "/anthropic")(scene)


def _google_person(scene: Scene, secret: str) -> Flags:
    endpoint = "google.oauth2.credentials._GOOGLE_OAUTH2_TOKEN_ENDPOINT"
    pytest.importorskip("google.oauth2.credentials")
    scene.monkeypatch.setattr(endpoint, scene.token_url)
    person = {"type": "authorized_user", "client_id": "me", "client_secret": secret}
    path = scene.write("given/login.json", json.dumps({**person, "refresh_token": secret}))
    scene.set(GOOGLE_APPLICATION_CREDENTIALS=str(path))
    return _on("vertex", "/v1")(scene)


def _service_account(scene: Scene, secret: str) -> Flags:
    """A key as Google makes one; its lines are the secret."""
    rsa: Any = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.rsa")
    forms: Any = pytest.importorskip("cryptography.hazmat.primitives.serialization")
    pytest.importorskip("google.oauth2.service_account")
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(forms.Encoding.PEM, forms.PrivateFormat.PKCS8, forms.NoEncryption())
    scene.also += pem.decode().splitlines()[2:-2:8]
    account = {"type": "service_account", "private_key": pem.decode(), "private_key_id": "1"}
    address = {"client_email": "me@p.iam.gserviceaccount.com", "token_uri": scene.token_url}
    path = scene.write("given/account.json", json.dumps(account | address))
    scene.set(GOOGLE_APPLICATION_CREDENTIALS=str(path))
    return _on("vertex", "/v1")(scene)


def _aws_container(scene: Scene, secret: str) -> Flags:
    pytest.importorskip("botocore")
    scene.set(AWS_CONTAINER_CREDENTIALS_FULL_URI=f"{scene.token_url}/key")
    scene.set(AWS_CONTAINER_AUTHORIZATION_TOKEN=secret, AWS_EC2_METADATA_DISABLED="true")
    return _on("bedrock")(scene)


def _azure_machine(scene: Scene, secret: str) -> Flags:
    pytest.importorskip("azure.identity")
    scene.set(IDENTITY_ENDPOINT=f"{scene.token_url}/msi", IDENTITY_HEADER=secret)
    return _on("foundry", "/anthropic")(scene)


OF_CLOUDS: dict[str, Put] = {
    "AWS key": _cloud(
        "bedrock", "", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", AWS_ACCESS_KEY_ID="AKID"
    ),
    "AWS bearer": _cloud("mantle", "/anthropic", "AWS_BEARER_TOKEN_BEDROCK"),
    "AWS platform key": _cloud("aws", "", "ANTHROPIC_AWS_API_KEY"),
    "AWS file": _aws_file,
    "AWS process": _aws_process,
    "AWS container": _aws_container,
    "gcloud": _gcloud,
    "Google person": _google_person,
    "Google service account": _service_account,
    "Foundry key": _cloud("foundry", "/anthropic", "ANTHROPIC_FOUNDRY_API_KEY"),
    "Foundry token": _cloud("foundry", "/anthropic", "ANTHROPIC_FOUNDRY_AUTH_TOKEN"),
    "az": _az,
    "Azure machine": _azure_machine,
}
