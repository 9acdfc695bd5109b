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
    name = _CALLED.get(tool["name"], tool["name"])
    if name not in _RESULTS:
        return []
    query = " ".join(last_user_text(body).split())[:100]
    inputs = {"web_search": {"query": query}, "web_fetch": {"url": _URL},
              "bash_code_execution": {"command": "echo simulated"}}  # fmt: skip
    call = {"type": "server_tool_use", "id": call_id, "name": name, "input": inputs.get(name, {})}
    result, *said = end_call(call)
    if name in CODE_TOOLS and asked_skills(body):
        made = {"type": f"{name}_output", "file_id": MADE_FILE}
        result = {**result, "content": {**result["content"], "content": [made]}}
    return [call, result, *said]


_CALLED = {"code_execution": "bash_code_execution"}
"""The name of a call, where it is not that of its tool."""


def end_call(call: Block) -> list[Block]:
    """The result of a server's call, and what the answer says of it."""
    name, mcp = call["name"], [{"type": "text", "text": "simulated"}]
    content = mcp if call["type"] == "mcp_tool_use" else _RESULTS.get(name, {})
    result = {"type": result_type(call), "tool_use_id": call["id"], "content": content}
    return [result, *_SAID.get(name, [])]
