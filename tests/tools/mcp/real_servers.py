"""Servers that people use, and the official package's, against our client; a step of `.ci/long`.

`python -m tests.tools.mcp.real_servers FOLDER`: FOLDER has `theirs`, an environment with mcp,
mcp-server-git and mcp-server-fetch, and `node`, with the npm package of the file system's server.
"""

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from claude_cli.api.network.plain import PlainHttp
from claude_cli.tools.mcp.channel import Channel, Heard
from claude_cli.tools.mcp.config import Remote
from claude_cli.tools.mcp.http import HttpChannel
from claude_cli.tools.mcp.servers import McpServers
from claude_cli.tools.tool import Status

SDK_SERVER = Path(__file__).with_name("sdk_server.py")
SUMS = [
    ("add", {"a": 2, "b": 3}, "5"),
    ("fail", {}, "Error executing tool fail"),
    ("slow", {}, "done"),
]
"""Tool, input, and what its result holds."""


def connect(place: Remote, heard: Heard) -> Channel:
    return HttpChannel(place, PlainHttp().open, heard)


def check(
    folder: Path,
    name: str,
    entry: dict[str, Any],
    calls: list[tuple[str, dict[str, Any], str]],
    *,
    progresses: bool = False,
) -> None:
    """Start one server and call its tools; every result holds what it should. `progresses`: a call
    reports its progress, for which one JSON reply has no room."""
    spec = folder / "mcp.json"
    spec.write_text(json.dumps({"mcpServers": {name: entry}}))
    progress: list[str] = []
    servers = McpServers(connect, on_progress=progress.append)
    try:
        servers.read([str(spec)])
        notes = servers.start()
        tools = {tool.name: tool for tool in servers.tools}
        assert tools, notes
        for called, tool_input, expected in calls:
            runner = tools[f"mcp__{name}__{called}"].runner
            assert runner
            output = runner.run(tool_input, threading.Event())
            assert expected in str(output.content), (called, output)
            assert (output.status is Status.FAILED) is (called == "fail"), (called, output)
        assert progress == ([f"{name}: half way"] if progresses else []), progress
    finally:
        servers.close()
    print(f"{name}: {len(tools)} tools, {len(calls)} calls")


@contextmanager
def sdk_over_http(python: Path, kind: str) -> Iterator[str]:
    """The official package's server over HTTP, once it listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen([python, SDK_SERVER, str(port), kind], stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                assert process.poll() is None and time.monotonic() < deadline
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def web_site(folder: Path) -> Iterator[str]:
    """The files of a folder over HTTP."""
    files = partial(SimpleHTTPRequestHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), files) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def main(folder: Path) -> None:
    theirs, node = folder / "theirs" / "bin", folder / "node" / "node_modules" / ".bin"
    files = folder / "files"
    files.mkdir(exist_ok=True)
    (files / "note.txt").write_text("the tide comes at four")
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run(["git", "init", "-q", files], check=True)
    commit = [*identity, "commit", "-q", "--allow-empty", "-m", "first light"]
    subprocess.run(["git", "-C", files, *commit], check=True)

    over_stdio = {"command": str(theirs / "python"), "args": [str(SDK_SERVER)]}
    check(folder, "sums", over_stdio, SUMS, progresses=True)
    for kind in ("json", "stream"):
        with sdk_over_http(theirs / "python", kind) as url:
            check(folder, "sums", {"type": "http", "url": url}, SUMS, progresses=kind == "stream")
    git = {"command": str(theirs / "mcp-server-git"), "args": ["--repository", str(files)]}
    check(folder, "git", git, [("git_log", {"repo_path": str(files)}, "first light")])
    with web_site(files) as url:
        fetch = {"command": str(theirs / "mcp-server-fetch"), "args": ["--allow-private-ips"]}
        check(folder, "fetch", fetch, [("fetch", {"url": f"{url}/note.txt"}, "the tide comes")])
    filesystem = {"command": str(node / "mcp-server-filesystem"), "args": [str(files)]}
    read = ("read_text_file", {"path": str(files / "note.txt")}, "the tide comes")
    check(folder, "files", filesystem, [read])


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute())
