"""What the API refuses in the order and the roles of `messages`: empty turns, blocks said by the
wrong side, tool calls without their results, altered thinking, prefill.
"""

from collections.abc import Iterator
from typing import Any

from claude_cli.simulator.checks.block_shapes import ASSISTANT_BLOCKS, USER_BLOCKS
from claude_cli.simulator.checks.headers import Dialect
from claude_cli.simulator.checks.models import Model
from claude_cli.simulator.checks.open_calls import check_open_calls
from claude_cli.simulator.checks.prompt import (
    blocks_of,
    output_format,
    placed_blocks,
    prefill,
    thinks,
)
from claude_cli.simulator.checks.turn_shapes import TOOL_CHANGES
from claude_cli.simulator.wire.rejections import Rejection, invalid


def check_messages(body: dict[str, Any], model: Model, dialect: Dialect) -> None:
    """Raises for what shapes cannot tell."""
    messages = body["messages"]
    if messages[0]["role"] != "user" and not _is_compacted(messages[0]):
        raise invalid("messages.0.role", 'first message must use the "user" role')
    _check_content(messages)
    _check_places(body, dialect)
    _check_system_turns(messages, model)
    _check_tool_pairs(messages)
    _check_citations(body)
    check_open_calls(body)
    _check_prefill(body, model)


def _is_compacted(message: dict[str, Any]) -> bool:
    """Whether it stands for the messages that it summarizes."""
    blocks = blocks_of(message["content"])
    return message["role"] == "assistant" and any(b["type"] == "compaction" for b in blocks)


def _check_content(messages: list[dict[str, Any]]) -> None:
    for number, message in enumerate(messages):
        blocks = blocks_of(message["content"])
        path = f"messages.{number}.content"
        if not blocks and message["role"] != "assistant" and not message.get("output_config"):
            raise invalid(path, f"{message['role']} messages must have non-empty content")
        if blocks and all(_is_blank(block) for block in blocks):
            raise invalid(path, "text content blocks must contain non-whitespace text")


def _is_blank(block: dict[str, Any]) -> bool:
    return block["type"] == "text" and not block["text"].strip()


def _check_places(body: dict[str, Any], dialect: Dialect) -> None:
    system = {"text", *TOOL_CHANGES}
    allowed = {"user": USER_BLOCKS, "assistant": ASSISTANT_BLOCKS, "system": system}
    for path, role, block in placed_blocks(body):
        kind = block["type"]
        if kind not in allowed[role]:
            raise invalid(path, f"`{kind}` blocks are not permitted in `{role}` messages")
        if dialect.strict and role == "assistant" and kind == "document":
            raise invalid(path, "`document` blocks are not permitted in `assistant` messages")
        if dialect.strict and role == "user" and block.get("citations") and kind == "text":
            raise invalid(f"{path}.citations", "citations are not permitted in `user` messages")


def _check_system_turns(messages: list[dict[str, Any]], model: Model) -> None:
    for number, message in enumerate(messages):
        if message["role"] != "system":
            continue
        path = f"messages.{number}.role"
        if not model.facts.system_turns:
            raise invalid(path, f"role 'system' is not supported by {model.id}; use `system`")
        if not _may_precede_system(messages[number - 1]):
            raise invalid(path, "a system message must follow a user message")
        if number + 1 < len(messages) and messages[number + 1]["role"] != "assistant":
            raise invalid(path, "a system message must be last or precede an assistant message")


def _may_precede_system(message: dict[str, Any]) -> bool:
    blocks = blocks_of(message["content"])
    ends_with_result = bool(blocks) and blocks[-1]["type"].endswith("_tool_result")
    return bool(message["role"] == "user" or (message["role"] == "assistant" and ends_with_result))


def _check_tool_pairs(messages: list[dict[str, Any]]) -> None:
    """Every `tool_use` is answered in the very next message, every `tool_result` was called for."""
    seen: set[str] = set()
    pending: list[str] = []
    end: dict[str, Any] = {"content": []}
    for number, message in enumerate([*messages, end]):
        blocks = blocks_of(message["content"])
        answered = set(_results(number, blocks, pending))
        if unanswered := [call for call in pending if call not in answered]:
            problem = "`tool_use` ids were found without `tool_result` blocks immediately after"
            raise invalid(f"messages.{number - 1}", f"{problem}: {', '.join(unanswered)}")
        pending = [block["id"] for block in blocks if block["type"] == "tool_use"]
        if len(seen | set(pending)) < len(seen) + len(pending):
            raise invalid(f"messages.{number}.content", "`tool_use` ids must be unique")
        seen.update(pending)


def _results(number: int, blocks: list[dict[str, Any]], pending: list[str]) -> Iterator[str]:
    """The calls that these blocks answer. Results come first in their message, each once."""
    answered: set[str] = set()
    other = False
    for index, block in enumerate(blocks):
        if block["type"] != "tool_result":
            other = True
            continue
        path, call = f"messages.{number}.content.{index}", block["tool_use_id"]
        if call not in pending:
            raise invalid(f"{path}.tool_use_id", f"unexpected `tool_use_id`: {call}")
        if call in answered:
            raise invalid(f"{path}.tool_use_id", f"a second `tool_result` for {call}")
        if other:
            raise invalid(path, "`tool_result` blocks must come first in their message")
        answered.add(call)
        yield call


def _check_citations(body: dict[str, Any]) -> None:
    switches = {
        bool((block.get("citations") or {}).get("enabled"))
        for _, _, block in placed_blocks(body, nested=True)
        if block["type"] == "document"
    }
    if len(switches) > 1:
        raise invalid("messages", "citations must be enabled on all documents or on none")
    if switches == {True} and output_format(body) is not None:
        raise invalid("output_config.format", "output formats are incompatible with citations")


def _check_prefill(body: dict[str, Any], model: Model) -> None:
    start = prefill(body)
    if start is None:
        return
    if not model.facts.prefill:
        raise Rejection(
            400,
            f"{model.id} does not support assistant message prefill: "
            "the conversation must end with a user message",
        )
    path = f"messages.{len(body['messages']) - 1}.content"
    if start != start.rstrip():
        raise invalid(path, "final assistant content cannot end with trailing whitespace")
    conflicts = {
        "thinking": thinks(body, model),
        "tool_choice": (body.get("tool_choice") or {}).get("type") in ("any", "tool"),
        "output_config.format": output_format(body) is not None,
    }
    for name, conflicting in conflicts.items():
        if conflicting:
            raise invalid(path, f"a prefill cannot be combined with `{name}`")
