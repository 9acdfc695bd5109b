"""What the API's own tools are made to find: a search hit with a citation, a fetched page, the
output of a command. Canned, in the wire format of the real ones.
"""

from typing import Any, TypeAlias

from claude_cli.simulator.checks.open_calls import CODE_TOOLS, result_type
from claude_cli.simulator.checks.prompt import asked_skills, last_user_text

Block: TypeAlias = dict[str, Any]

MADE_FILE = "file_simulated_chart"
"""The file that code makes where it has skills."""
_URL = "https://example.com/simulated"
_TITLE = "A simulated page"
_CITED = "This page was found by the simulator."
_CITATION = {
    "type": "web_search_result_location",
    "url": _URL,
    "title": _TITLE,
    "encrypted_index": "c2ltdWxhdGVk",
    "cited_text": _CITED,
}
_SAID: dict[str, list[Block]] = {
    "web_search": [
        {"type": "text", "text": "The search found one page.", "citations": [_CITATION]},
        {"type": "text", "text": "\n\n"},
    ]
}
"""What the answer says of a result, by the name of the call."""
_PAGE = {
    "type": "document",
    "title": _TITLE,
    "source": {"type": "text", "media_type": "text/plain", "data": _CITED},
}
_OUTPUT = {"stdout": "simulated\n", "stderr": "", "return_code": 0, "content": []}
_RESULTS: dict[str, Any] = {
    "web_search": [
        {
            "type": "web_search_result",
            "url": _URL,
            "title": _TITLE,
            "encrypted_content": "c2ltdWxhdGVk",
            "page_age": None,
        }
    ],
    "web_fetch": {
        "type": "web_fetch_result",
        "url": _URL,
        "retrieved_at": "2026-01-31T12:00:00Z",
        "content": _PAGE,
    },
    "code_execution": {"type": "code_execution_result", **_OUTPUT},
    "bash_code_execution": {"type": "bash_code_execution_result", **_OUTPUT},
    "text_editor_code_execution": {
        "type": "text_editor_code_execution_create_result",
        "is_file_update": False,
    },
    "advisor": {"type": "advisor_result", "text": "Simulated advice."},
    **{
        f"tool_search_tool_{way}": {
            "type": "tool_search_tool_search_result",
            "tool_references": [],
        }
        for way in ("regex", "bm25")
    },
}
"""The content of a result, by the name of the call."""


def call_server_tool(tool: dict[str, Any], body: dict[str, Any], call_id: str) -> list[Block]:
    """The call, its result and what the answer says of it; nothing for a tool that is not known."""
    if "mcp_server_name" in tool:
        return _call_connected(tool, body, call_id)
    name = _CALLED.get(tool["name"], tool["name"])
    if name not in _RESULTS:
        return []
    inputs = {"web_search": {"query": _query(body)}, "web_fetch": {"url": _URL},
              "bash_code_execution": {"command": "echo simulated"}}  # fmt: skip
    call = {"type": "server_tool_use", "id": call_id, "name": name, "input": inputs.get(name, {})}
    result, *said = end_call(call)
    if name in CODE_TOOLS and asked_skills(body):
        made = {"type": f"{name}_output", "file_id": MADE_FILE}
        result = {**result, "content": {**result["content"], "content": [made]}}
    return [call, result, *said]


def _call_connected(tool: dict[str, Any], body: dict[str, Any], call_id: str) -> list[Block]:
    called = {"name": tool["name"], "server_name": tool["mcp_server_name"]}
    number = call_id.removeprefix("srv")
    call = {
        "type": "mcp_tool_use",
        "id": f"mcp{number}",
        **called,
        "input": {"query": _query(body)},
    }
    return [call, *end_call(call)]


def _query(body: dict[str, Any]) -> str:
    return " ".join(last_user_text(body).split())[:100]


_CALLED = {"code_execution": "bash_code_execution"}
"""The name of a call, where it is not that of its tool."""


def end_call(call: Block) -> list[Block]:
    """The result of a server's call, and what the answer says of it."""
    name, mcp = call["name"], [{"type": "text", "text": "simulated"}]
    content = mcp if call["type"] == "mcp_tool_use" else _RESULTS.get(name, {})
    result = {"type": result_type(call), "tool_use_id": call["id"], "content": content}
    if call["type"] == "mcp_tool_use":
        result["is_error"] = False
    return [result, *_SAID.get(name, [])]


LISTING = "mcp-client-2026-09-15"
"""The beta with which an answer tells what MCP servers have."""


def listings(body: dict[str, Any]) -> list[Block]:
    """What each MCP server has that the conversation has no listing of yet."""
    blocks = [block for message in body["messages"] for block in _objects(message["content"])]
    known = {b.get("mcp_server_name") for b in blocks if b.get("type") == "mcp_tool_listing"}
    names = [tool.get("mcp_server_name") for tool in body.get("tools") or []]
    tools = [{"name": "look_up", "description": "Simulated.", "input_schema": {"type": "object"}}]
    return [
        {"type": "mcp_tool_listing", "mcp_server_name": name, "tools": tools}
        for name in names
        if name and name not in known
    ]


def _objects(content: Any) -> list[Block]:
    return content if isinstance(content, list) else []
