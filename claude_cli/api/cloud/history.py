"""What a conversation brings from another platform and this one does not serve: left out. Pure.

Client tools, thinking and its signatures go along: every platform takes them.
"""

from collections.abc import Collection, Iterable
from typing import Any

from claude_cli.api.cloud.features import FEATURES
from claude_cli.types import ContentBlock, MessageParam

NOTHING_LEFT: list[ContentBlock] = [{"type": "text", "text": "."}]
"""Stands for a turn of which nothing is left: the API refuses an empty one."""
_SEARCHED = "web_search_result_location"


def feature_of(block: Any) -> str | None:
    """The feature, one of FEATURES, that a block of an answer comes from; None for all others."""
    kind = block.get("type") if isinstance(block, dict) else None
    if not isinstance(kind, str):
        return None
    if kind.startswith("mcp_tool_"):
        return "mcp"
    tool = str(block.get("name")) if kind == "server_tool_use" else _tool_of_result(kind)
    if tool in ("web_search", "web_fetch"):
        return tool
    return "code_execution" if tool.endswith("code_execution") else None


def served_history(
    messages: Iterable[MessageParam], lacking: Collection[str]
) -> tuple[list[MessageParam], set[str]]:
    """The messages without what comes from the features in `lacking`, and those that it was."""
    kept: list[MessageParam] = []
    left_out: set[str] = set()
    for message in messages:
        content = message["content"]
        found = {feature for block in _blocks(content) if (feature := feature_of(block))}
        if gone := found & {*lacking}:
            left_out |= gone
            blocks = [block for block in _blocks(content) if feature_of(block) not in gone]
            blocks = [_on_its_own(block, gone) for block in blocks]
            message = {"role": message["role"], "content": blocks or NOTHING_LEFT}
        kept.append(message)
    return kept, left_out


def served_tools(tools: Iterable[Any], lacking: Iterable[str]) -> list[Any]:
    """The definitions of tools without those of the features in `lacking`."""
    features = [FEATURES[name] for name in lacking]
    return [tool for tool in tools if not any(one.is_used({"tools": [tool]}) for one in features)]


def _tool_of_result(kind: str) -> str:
    return kind.removesuffix("_tool_result") if kind.endswith("_tool_result") else ""


def _blocks(content: Any) -> list[Any]:
    return content if isinstance(content, list) else []


def _on_its_own(block: Any, gone: Collection[str]) -> Any:
    """The block without what points at blocks that are gone: the code that made a call, the hits
    of a search, which only the searcher can read."""
    if not isinstance(block, dict):
        return block
    if "code_execution" in gone and block.get("type") == "tool_use":
        return {key: value for key, value in block.items() if key != "caller"}
    cited = block.get("citations")
    if "web_search" in gone and isinstance(cited, list):
        kept = [c for c in cited if not (isinstance(c, dict) and c.get("type") == _SEARCHED)]
        return {**block, "citations": kept or None}
    return block
