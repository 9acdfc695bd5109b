"""What the API's own tools are made to find: a search hit with a citation, a fetched page, the
output of a command. Canned, in the wire format of the real ones.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

from claude_cli.simulator.checks.prompt import last_user_text

Block: TypeAlias = dict[str, Any]
Run: TypeAlias = Callable[[dict[str, Any], str], list[Block]]

_URL = "https://example.com/simulated"
_CITED = "This page was found by the simulator."


def run_server_tool(tool: dict[str, Any], body: dict[str, Any], call_id: str) -> list[Block]:
    """The call, its result and what the answer says of it; nothing for a tool that is not known."""
    run = _RUNS.get(tool["name"])
    return run(body, call_id) if run else []


def _search(body: dict[str, Any], call_id: str) -> list[Block]:
    query = " ".join(last_user_text(body).split())[:100]
    hit = {
        "type": "web_search_result",
        "url": _URL,
        "title": "A simulated page",
        "encrypted_content": "c2ltdWxhdGVk",
        "page_age": None,
    }
    citation = {
        "type": "web_search_result_location",
        "url": _URL,
        "title": "A simulated page",
        "encrypted_index": "c2ltdWxhdGVk",
        "cited_text": _CITED,
    }
    return [
        _call(call_id, "web_search", {"query": query}),
        {"type": "web_search_tool_result", "tool_use_id": call_id, "content": [hit]},
        {"type": "text", "text": "The search found one page.", "citations": [citation]},
        {"type": "text", "text": "\n\n"},
    ]


def _fetch(body: dict[str, Any], call_id: str) -> list[Block]:
    source = {"type": "text", "media_type": "text/plain", "data": _CITED}
    page = {
        "type": "web_fetch_result",
        "url": _URL,
        "retrieved_at": "2026-01-31T12:00:00Z",
        "content": {"type": "document", "title": "A simulated page", "source": source},
    }
    return [
        _call(call_id, "web_fetch", {"url": _URL}),
        {"type": "web_fetch_tool_result", "tool_use_id": call_id, "content": page},
    ]


def _execute(body: dict[str, Any], call_id: str) -> list[Block]:
    result = {
        "type": "bash_code_execution_result",
        "stdout": "simulated\n",
        "stderr": "",
        "return_code": 0,
        "content": [],
    }
    return [
        _call(call_id, "bash_code_execution", {"command": "echo simulated"}),
        {"type": "bash_code_execution_tool_result", "tool_use_id": call_id, "content": result},
    ]


def _call(call_id: str, name: str, arguments: dict[str, Any]) -> Block:
    return {"type": "server_tool_use", "id": call_id, "name": name, "input": arguments}


_RUNS: dict[str, Run] = {"web_search": _search, "web_fetch": _fetch, "code_execution": _execute}
