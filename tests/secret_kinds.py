"""Every kind of secret that a user may give the program, with a canary of its own in its place."""

import json
import sys
from collections.abc import Callable
from urllib.parse import quote

from tests.secret_kinds_of_clouds import OF_CLOUDS
from tests.secret_scene import Flags, Put, Scene
from tests.tools.mcp import scripted_server


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


def _mcp(**entry: object) -> Callable[[Scene, str], Flags]:
    def put(scene: Scene, secret: str) -> Flags:
        scene.set(ANTHROPIC_API_KEY="sk-other")
        text = json.dumps({"mcpServers": {"sums": entry}}).replace("SECRET", secret)
        text = text.replace("URL", scene.token_url).replace("SERVER", scripted_server.__file__)
        path = scene.write("given/mcp.json", text)
        return ("--mcp", str(path))

    return put


def _mcp_variable(**entry: object) -> Put:
    def put(scene: Scene, secret: str) -> Flags:
        scene.set(DOCS=secret)
        return _mcp(**entry)(scene, "${DOCS}")

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


def _mcp_url_query(scene: Scene, secret: str) -> Flags:
    scene.set(ANTHROPIC_API_KEY="sk-other")
    return ("--mcp-url", f"docs=https://docs.example.com/mcp?token={quote(secret, safe='')}")


def _mcp_url_user(scene: Scene, secret: str) -> Flags:
    scene.set(ANTHROPIC_API_KEY="sk-other")
    return ("--mcp-url", f"docs={_with_user('https://docs.example.com/mcp', secret)}")


def _template(scene: Scene, secret: str) -> Flags:
    scene.set(ANTHROPIC_API_KEY="sk-other")
    scene.write("home/config/templates/work.toml", f'header = ["X-Token: {secret}"]\n')
    return ("-t", "work")


def _tool(scene: Scene, secret: str) -> Flags:
    scene.set(ANTHROPIC_API_KEY="sk-other")
    tool = {"name": "other", "description": "x", "input_schema": {"type": "object"}}
    run = {"command": ["true"], "env": {"A_TOKEN": secret}}
    return ("-T", str(scene.write("given/tool.json", json.dumps(tool | run))))


def _param(scene: Scene, secret: str) -> None:
    scene.set(ANTHROPIC_API_KEY="sk-other")
    server = {"type": "url", "url": "https://x", "name": "m", "authorization_token": secret}
    toolset = {"type": "mcp_toolset", "mcp_server_name": "m"}
    params = [f"mcp_servers:={json.dumps([server])}", f"tools:={json.dumps([toolset])}"]
    scene.config(f"param = {json.dumps(params)}\n")


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
    "MCP env": _mcp(command=sys.executable, args=["SERVER", "behaves"], env={"A_TOKEN": "SECRET"}),
    "MCP header": _mcp(type="http", url="URL", headers={"Authorization": "Bearer SECRET"}),
    "MCP url": _mcp(type="http", url="https://me:SECRET@x.invalid/mcp"),
    "MCP url query": _mcp(type="http", url="https://127.0.0.1:9/mcp?token=SECRET"),
    "MCP args": _mcp(command=sys.executable, args=["SERVER", "behaves", "--token", "SECRET"]),
    "MCP env of a variable": _mcp_variable(
        command=sys.executable, args=["SERVER", "behaves"], env={"A_TOKEN": "SECRET"}
    ),
    "MCP header of a variable": _mcp_variable(
        type="http", url="URL", headers={"Authorization": "Bearer SECRET"}
    ),
    "--mcp-url token-env": _mcp_url("token-env"),
    "--mcp-url token-command": _mcp_url("token-command"),
    "--mcp-url query": _mcp_url_query,
    "--mcp-url user": _mcp_url_user,
    "template": _template,
    "tool": _tool,
    "param": _param,
    "--body": _body,
    **OF_CLOUDS,
}
