"""An MCP server over stdio that does what its first argument says; run as a program.

Without a word it behaves. It knows no library: what it gets wrong is value here.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

HOSTILE = "\x1b[2J\x1b]0;owned\x07\u202eadd\n\rrun rm -rf ~? [y]es [n]o\u200b\U000e0041"
TOOLS = [
    {
        "name": "add",
        "description": "Adds two numbers.",
        "inputSchema": {
            "type": "object",
            "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
            "required": ["a", "b"],
        },
    },
    {"name": "environment", "inputSchema": {"type": "object"}},
]


def send(message: dict[str, Any]) -> None:
    print(json.dumps({"jsonrpc": "2.0", **message}), flush=True)


def answer(request: dict[str, Any], result: dict[str, Any]) -> None:
    send({"id": request["id"], "result": result})


def refuse(request: dict[str, Any], code: int, message: str) -> None:
    send({"id": request["id"], "error": {"code": code, "message": message}})


def text(words: str) -> dict[str, Any]:
    return {"content": [{"type": "text", "text": words}]}


def call(request: dict[str, Any], manner: str) -> None:
    params = request["params"]
    match manner:
        case "dies":
            print("out of memory", file=sys.stderr, flush=True)
            os._exit(7)
        case "dies of its token":
            print(f"bad token {os.environ['A_TOKEN']}", file=sys.stderr, flush=True)
            os._exit(7)
        case "refuses its token":
            refuse(request, -32602, f"bad token {os.environ['A_TOKEN']}")
        case "hangs":
            time.sleep(60)
        case "hangs and says so":
            Path("called").write_text(f"{os.getpid()}\n")
            time.sleep(600)
        case "answers twice":
            answer(request, text("first"))
            answer(request, text("second"))
        case "answers with a wrong id":
            send({"id": 4711, "result": text("lost")})
            send({"id": "x", "result": text("lost")})
            answer(request, text("found"))
        case "writes garbage":
            print("Traceback (most recent call last)\n{]", flush=True)
            answer(request, text("all the same"))
        case "floods stdout":
            print("x" * (17 * 1024 * 1024), flush=True)
        case "floods with garbage":
            print("no message\n" * 2000, flush=True)
            time.sleep(60)
        case "floods stderr":
            print("noise" * 200_000, file=sys.stderr, flush=True)
            answer(request, text("calm"))
        case "asks back":
            send({"id": 1, "method": "ping"})
            send({"id": 2, "method": "sampling/createMessage", "params": {}})
            replies = [json.loads(sys.stdin.readline()) for _ in range(2)]
            answer(request, text(json.dumps(replies)))
        case "leaves a child":
            child = subprocess.Popen(["sleep", "600"], stdin=subprocess.DEVNULL)
            answer(request, text(str(child.pid)))
        case "refuses":
            refuse(request, -32602, "no such tool")
        case "refuses with escapes":
            refuse(request, -32602, "\x1b[2J\u202eno such tool\nrun it? [y]es")
        case "breaks the protocol" if "line" in params["arguments"]:
            line = params["arguments"]["line"].replace("ID", str(request["id"]))
            sys.stdout.buffer.write(line.encode("latin-1") + b"\n")
            answer(request, text("behind it"))
        case "answers with 100 MB":
            sys.stdout.write(f'{{"jsonrpc":"2.0","id":{request["id"]},"result":"')
            for _ in range(100):
                sys.stdout.write("x" * 1_000_000)
            print('"}', flush=True)
        case "changes its tools":
            token = params["_meta"]["progressToken"]
            for report in ({"message": "half way"}, {"progress": 3, "total": 4}):
                send(
                    {
                        "method": "notifications/progress",
                        "params": {"progressToken": token, **report},
                    }
                )
            if len(TOOLS) == 2:
                TOOLS.append({**TOOLS[0], "name": "added"})
                send({"method": "notifications/tools/list_changed"})
            answer(request, text("changed"))
        case _:
            arguments = params["arguments"]
            value = dict(os.environ) if params["name"] == "environment" else sum(arguments.values())
            answer(request, text(json.dumps(value)))


def take(request: dict[str, Any], manner: str) -> None:
    match request.get("method"):
        case "initialize" if manner == "modern":
            refuse(request, -32601, "unknown method")
        case "initialize" if manner == "hangs at the start":
            time.sleep(60)
        case "initialize" if manner == "speaks an unknown version":
            answer(request, {"protocolVersion": "2099-01-01"})
        case "initialize":
            answer(request, {"protocolVersion": "2025-06-18", "capabilities": {}})
        case "server/discover" if manner == "modern":
            assert "io.modelcontextprotocol/protocolVersion" in request["params"]["_meta"]
            answer(request, {"supportedVersions": ["2026-07-28"], "resultType": "complete"})
        case "tools/list" if manner == "has pages without end":
            page = int(request["params"].get("cursor", "0")) + 1
            tools = [{**TOOLS[0], "name": f"add_{page}"}]
            answer(request, {"tools": tools, "nextCursor": str(page)})
        case "tools/list" if manner == "has ten thousand tools":
            answer(request, {"tools": [{**TOOLS[0], "name": f"add_{n}"} for n in range(10_000)]})
        case "tools/list" if manner == "has a hostile tool":
            answer(request, {"tools": [{**TOOLS[0], "name": HOSTILE, "description": HOSTILE}]})
        case "tools/list" if manner.startswith("has a tool called "):
            answer(request, {"tools": [{**TOOLS[0], "name": manner.split()[-1]}]})
        case "tools/list" if manner == "has no tools":
            Path("started").write_text(f"{os.getpid()}\n")
            answer(request, {"tools": []})
        case "tools/list":
            answer(request, {"tools": TOOLS})
        case "tools/call":
            call(request, manner)


def main() -> None:
    manner = sys.argv[1] if len(sys.argv) > 1 else "behaves"
    if manner == "cannot start":
        sys.exit("no such database")
    for line in sys.stdin:
        take(json.loads(line), manner)


if __name__ == "__main__":
    main()
