"""A request read as the API reads it: its blocks in order, what was said last, whether the model
thinks. Takes checked bodies; the string shorthand for one text block is resolved here.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from claude_cli.simulator.checks.models import Model


class Placed(NamedTuple):
    """A content block and the dotted path at which the request holds it."""

    path: str
    role: str
    block: dict[str, Any]


def blocks_of(content: Any) -> list[dict[str, Any]]:
    """The blocks of a message's, a system prompt's or a tool result's content."""
    if isinstance(content, str):
        return [{"type": "text", "text": content}] if content else []
    return content or []


def placed_blocks(body: dict[str, Any], *, nested: bool = False) -> Iterator[Placed]:
    """Every content block of the messages, and with `nested` those inside tool results too."""
    for number, message in enumerate(body["messages"]):
        for index, block in enumerate(blocks_of(message["content"])):
            path = f"messages.{number}.content.{index}"
            yield Placed(path, message["role"], block)
            if nested and block["type"] == "tool_result":
                for inner, part in enumerate(blocks_of(block.get("content"))):
                    yield Placed(f"{path}.content.{inner}", message["role"], part)


def asked_skills(body: dict[str, Any]) -> list[dict[str, Any]]:
    """The skills that the container is to have."""
    container = body.get("container")
    return (container.get("skills") or []) if isinstance(container, dict) else []


def compaction_edit(body: dict[str, Any]) -> dict[str, Any] | None:
    """The edit of `context_management` that compacts the conversation, if there is one."""
    edits = (body.get("context_management") or {}).get("edits", [])
    return next((edit for edit in edits if edit.get("type") == "compact_20260112"), None)


def since_compaction(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The messages that a model is given: from the last summary on, if there is one."""
    for number in range(len(messages) - 1, -1, -1):
        blocks = blocks_of(messages[number]["content"])
        for index in range(len(blocks) - 1, -1, -1):
            if blocks[index]["type"] == "compaction" and blocks[index]["content"]:
                first = {**messages[number], "content": blocks[index:]}
                return [first, *messages[number + 1 :]]
    return messages


def unmarked(value: Any) -> Any:
    """A JSON value without its cache breakpoints, which may move."""
    if isinstance(value, dict):
        return {key: unmarked(item) for key, item in value.items() if key != "cache_control"}
    if isinstance(value, list | tuple):
        return [unmarked(item) for item in value]
    return value


def offered_tools(body: dict[str, Any]) -> list[dict[str, Any]]:
    """The tools with a name that the model has at the end: those declared, as system turns changed
    them.
    """
    known = {tool["name"]: tool for tool in body.get("tools", []) if "name" in tool}
    offered = dict(known)
    for _, _, block in placed_blocks(body):
        tool = block["tool"] if block["type"] in ("tool_addition", "tool_removal") else {}
        match tool.get("type"):
            case "tool_reference" if block["type"] == "tool_removal":
                offered.pop(tool["name"], None)
            case "tool_reference" if tool["name"] in known:
                offered[tool["name"]] = known[tool["name"]]
            case "tool_definition" if "name" in tool["definition"]:
                known[tool["definition"]["name"]] = tool["definition"]
                offered[tool["definition"]["name"]] = tool["definition"]
    return list(offered.values())


def last_user_blocks(body: dict[str, Any]) -> list[dict[str, Any]]:
    """The content of the last user message; a prefill and system turns may follow it."""
    users = [message for message in body["messages"] if message["role"] == "user"]
    return blocks_of(users[-1]["content"]) if users else []


def last_user_text(body: dict[str, Any]) -> str:
    """The text that the user typed last: earlier blocks are attachments and context."""
    texts = [block["text"] for block in last_user_blocks(body) if block["type"] == "text"]
    return texts[-1] if texts else ""


def prefill(body: dict[str, Any]) -> str | None:
    """The start of the answer, if the request ends with one.

    A turn that paused is no prefill: it ends with a block of a server tool and is resumed.
    """
    final = body["messages"][-1]
    if final["role"] != "assistant":
        return None
    blocks = blocks_of(final["content"])
    if not blocks:
        return ""
    return blocks[-1]["text"] if blocks[-1]["type"] == "text" else None


def output_format(body: dict[str, Any]) -> dict[str, Any] | None:
    """The JSON schema that the answer has to fit; `output_format` is the older name."""
    wanted = (body.get("output_config") or {}).get("format") or body.get("output_format")
    return wanted["schema"] if wanted else None


def thinks(body: dict[str, Any], model: Model) -> bool:
    """Whether thinking is switched on, by the request or by the model."""
    thinking = body.get("thinking")
    if thinking is None:
        return bool(model.facts.thinks)
    return thinking["type"] in ("adaptive", "enabled")


def thinks_manually(body: dict[str, Any]) -> bool:
    """Thinking with a budget set by the caller."""
    return bool((body.get("thinking") or {}).get("type") == "enabled")


def skips_thinking(body: dict[str, Any]) -> bool:
    """Where the API leaves thinking out though it is switched on: before a forced tool call, and
    with manual thinking in a tool loop whose own thinking was not handed back.
    """
    if (body.get("tool_choice") or {}).get("type") in ("any", "tool"):
        return True
    if not thinks_manually(body) or len(body["messages"]) < 2:
        return False
    calling, answering = (blocks_of(message["content"]) for message in body["messages"][-2:])
    in_loop = any(block["type"] == "tool_result" for block in answering)
    return in_loop and calling[0]["type"] not in ("thinking", "redacted_thinking")
