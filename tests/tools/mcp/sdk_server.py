"""A server made with the official `mcp` package, for `.ci/long`: stdio, or HTTP on a port.

`python sdk_server.py [PORT json|stream]`; run in an environment that has the package.
"""

import sys
from importlib import import_module
from typing import Any

sdk: Any = import_module("mcp.server.mcpserver")
server = sdk.MCPServer("sums")


@server.tool()  # type: ignore[untyped-decorator]
def add(a: int, b: int) -> int:
    """Adds two numbers."""
    return a + b


@server.tool()  # type: ignore[untyped-decorator]
def fail() -> str:
    """Fails."""
    raise ValueError("no such luck")


async def slow(ctx: Any) -> str:
    """Reports its progress."""
    await ctx.report_progress(1, 2, "half way")
    return "done"


slow.__annotations__["ctx"] = sdk.Context
server.tool()(slow)

if __name__ == "__main__":
    if len(sys.argv) == 1:
        server.run()
    else:
        json_response = sys.argv[2] == "json"
        server.run("streamable-http", port=int(sys.argv[1]), json_response=json_response)
