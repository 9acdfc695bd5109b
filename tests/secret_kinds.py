"""Every kind of secret that a user may give the program, with a canary of its own in its place."""

import base64
import hashlib
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import pytest

DUMP = """#!/bin/sh
{ env; echo "$@"; } >>"$SEEN/${0##*/}"
"""
"""A program that writes down its environment and its arguments."""


def canary(name: str) -> str:
    """Visible ASCII that reads otherwise in base64, in a URL and in a careful JSON."""
    digest = hashlib.sha256(name.encode()).hexdigest()
    return f"k+{digest[:17]}/{digest[17:36]}=="


def traces(secret: str) -> Iterator[bytes]:
    """What gives a secret away: a large part of it, or all of it in another form."""
    plain = secret.encode()
    yield from (plain[:16], plain[-16:])
    yield from (plain.hex().encode(), quote(secret, safe="").encode())
    yield secret.replace("/", "\\/").encode()
    for before in range(3):
        text = base64.b64encode(bytes(before) + plain)
        yield text[4:-4]


@dataclass
class Scene:
    """Where a secret is put: files, variables, the address of the API and of a server of tokens."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch
    url: str
    token_url: str = ""
    given: set[Path] = field(default_factory=set)
    """Files that hold the secret because the user put it there."""

    def set(self, **variables: str) -> None:
        for name, value in variables.items():
            self.monkeypatch.setenv(name, value)

    def write(self, path: str, text: str, mode: int = 0o600) -> Path:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.write_text(text)
        file.chmod(mode)
        self.given.add(file)
        return file

    def config(self, text: str) -> None:
        """Add to the config file."""
        path = self.folder / "home/config/config.toml"
        self.write("home/config/config.toml", (path.read_text() if path.exists() else "") + text)

    def program(self, name: str, *lines: str) -> Path:
        """A program on the PATH that prints something."""
        body = "".join(f"cat <<'END'\n{line}\nEND\n" for line in lines)
        return self.write(f"bin/{name}", DUMP + body, 0o755)


Flags = tuple[str, ...]
Put = Callable[[Scene, str], Flags | None]
"""Puts a secret where it belongs; returns the flags that go with it."""


def _variable(name: str) -> Put:
    return lambda scene, secret: scene.set(**{name: secret})


def _custom_headers(scene: Scene, secret: str) -> None:
    scene.set(ANTHROPIC_API_KEY="sk-other", ANTHROPIC_CUSTOM_HEADERS=f"X-Gateway-Token: {secret}")


def _env_file(scene: Scene, secret: str) -> Flags:
    path = scene.write("given/key.env", f"ANTHROPIC_API_KEY={secret}\n")
    return ("--env-file", str(path))


def _dotenv(scene: Scene, secret: str) -> None:
    scene.write("work/.env", f"ANTHROPIC_API_KEY={secret}\n")


def _key_file(scene: Scene, secret: str) -> None:
    scene.write("home/config/key", f"{secret}\n")


def _key_command(scene: Scene, secret: str) -> None:
    scene.config(f'key-command = ["{scene.program("give-key", secret)}"]\n')


def _keyring(scene: Scene, secret: str) -> None:
    there = "site/keyring/password"  # a file of its own: Python may keep what it makes of a module
    scene.write(there, secret)
    reads = f"open({str(scene.folder / there)!r}).read()"
    scene.write("site/keyring/__init__.py", f"def get_password(*_): return {reads}\n")
    errors = "class KeyringError(Exception): pass\nclass NoKeyringError(KeyringError): pass\n"
    scene.write("site/keyring/errors.py", errors)
    scene.write("home/config/keyring", "x")
    scene.set(PYTHONPATH=str(scene.folder / "site"))
    scene.monkeypatch.syspath_prepend(str(scene.folder / "site"))


def _profile(scene: Scene, secret: str) -> Flags:
    scene.set(ANTHROPIC_API_KEY="sk-other")
    scene.config(f'[profiles.work]\nheader = ["Authorization: Bearer {secret}"]\n')
    return ("--profile", "work")


def _header(name: str, before: str = "") -> Put:
    def put(scene: Scene, secret: str) -> Flags:
        scene.set(ANTHROPIC_API_KEY="sk-other")
        return ("-H", f"{name}: {before}{secret}")

    return put


def _with_user(url: str, secret: str) -> str:
    return url.replace("//", f"//me:{quote(secret, safe='')}@")


def _proxy(scene: Scene, secret: str) -> None:
    scene.set(ANTHROPIC_API_KEY="sk-other")
    scene.config(f'proxy = "{_with_user(scene.url, secret)}"\n')


def _proxy_variable(scene: Scene, secret: str) -> Flags:
    scene.set(ANTHROPIC_API_KEY="sk-other", HTTPS_PROXY=_with_user("http://[::1]:9", secret))
    return ("--base-url", "https://127.0.0.1:9", "--retries", "0")


def _base_url(scene: Scene, secret: str) -> None:
    scene.set(ANTHROPIC_API_KEY="sk-other")
    scene.set(ANTHROPIC_BASE_URL=_with_user(scene.url, secret))


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


def _mcp(**entry: object) -> Callable[[Scene, str], Flags]:
    def put(scene: Scene, secret: str) -> Flags:
        scene.set(ANTHROPIC_API_KEY="sk-other")
        text = json.dumps({"mcpServers": {"sums": entry}}).replace("SECRET", secret)
        path = scene.write("given/mcp.json", text.replace("URL", scene.token_url))
        return ("--mcp", str(path))

    return put


def _mcp_url(key: str) -> Put:
    def put(scene: Scene, secret: str) -> Flags:
        scene.set(ANTHROPIC_API_KEY="sk-other")
        value = '"DOCS"' if key == "token-env" else f'["{scene.program("give-token", secret)}"]'
        if key == "token-env":
            scene.set(DOCS=secret)
        scene.config(f"[mcp-url.docs]\n{key} = {value}\n")
        return ("--mcp-url", "docs=https://docs.example.com/mcp")

    return put


def _mcp_url_user(scene: Scene, secret: str) -> Flags:
    scene.set(ANTHROPIC_API_KEY="sk-other")
    return ("--mcp-url", f"docs={_with_user('https://docs.example.com/mcp', secret)}")


def _body(scene: Scene, secret: str) -> Flags:
    scene.set(ANTHROPIC_API_KEY="sk-other")
    server = {"type": "url", "url": "https://x", "name": "m", "authorization_token": secret}
    tools = [{"type": "mcp_toolset", "mcp_server_name": "m"}]
    path = scene.write("given/body.json", json.dumps({"mcp_servers": [server], "tools": tools}))
    return ("--body", str(path))


KINDS: dict[str, Put] = {
    "ANTHROPIC_API_KEY": _variable("ANTHROPIC_API_KEY"),
    "ANTHROPIC_AUTH_TOKEN": _variable("ANTHROPIC_AUTH_TOKEN"),
    "ANTHROPIC_CUSTOM_HEADERS": _custom_headers,
    "--env-file": _env_file,
    ".env": _dotenv,
    "key file": _key_file,
    "key-command": _key_command,
    "keyring": _keyring,
    "profile": _profile,
    "-H authorization": _header("Authorization", "Basic "),
    "-H secret": _header("X-Api-Token"),
    "proxy": _proxy,
    "HTTPS_PROXY": _proxy_variable,
    "ANTHROPIC_BASE_URL": _base_url,
    "AWS key": _cloud(
        "bedrock", "", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", AWS_ACCESS_KEY_ID="AKID"
    ),
    "AWS bearer": _cloud("mantle", "/anthropic", "AWS_BEARER_TOKEN_BEDROCK"),
    "AWS platform key": _cloud("aws", "", "ANTHROPIC_AWS_API_KEY"),
    "AWS file": _aws_file,
    "AWS process": _aws_process,
    "gcloud": _gcloud,
    "Google person": _google_person,
    "Foundry key": _cloud("foundry", "/anthropic", "ANTHROPIC_FOUNDRY_API_KEY"),
    "Foundry token": _cloud("foundry", "/anthropic", "ANTHROPIC_FOUNDRY_AUTH_TOKEN"),
    "az": _az,
    "MCP env": _mcp(command=sys.executable, args=["SERVER", "behaves"], env={"A_TOKEN": "SECRET"}),
    "MCP header": _mcp(type="http", url="URL", headers={"Authorization": "Bearer SECRET"}),
    "MCP url": _mcp(type="http", url="https://me:SECRET@x.invalid/mcp"),
    "MCP url query": _mcp(type="http", url="https://127.0.0.1:9/mcp?token=SECRET"),
    "--mcp-url token-env": _mcp_url("token-env"),
    "--mcp-url token-command": _mcp_url("token-command"),
    "--mcp-url user": _mcp_url_user,
    "--body": _body,
}
