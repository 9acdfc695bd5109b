"""Where an answer ends: `max_tokens`, the context window and the stop sequences."""

import json
from dataclasses import dataclass, field
from typing import Any

from claude_cli.simulator.checks.tokens import CHARACTERS, block_tokens, text_tokens


@dataclass(slots=True)
class Ending:
    """The blocks that were said, and why no more: `stop_reason` is None if all were."""

    content: list[dict[str, Any]] = field(default_factory=list)
    stop_reason: str | None = None
    stop_sequence: str | None = None
    cut_input: str | None = None
    """The JSON, cut short, of a tool call that the last block is."""


def end_answer(blocks: list[dict[str, Any]], limit: int, stop_sequences: list[str]) -> Ending:
    """As much of `blocks` as fits into `limit` tokens and precedes the first stop sequence."""
    ending = Ending()
    for block in blocks:
        if block["type"] == "text":
            _end_text(ending, block, limit, stop_sequences)
        elif block["type"] == "thinking":
            _end_string(ending, block, "thinking", limit)
        else:
            _end_whole(ending, block, limit)
        if ending.stop_reason:
            break
        limit -= block_tokens(block)
    return ending


def _end_text(ending: Ending, block: dict[str, Any], limit: int, sequences: list[str]) -> None:
    text = block["text"]
    found = [(text.find(sequence), sequence) for sequence in sequences if sequence in text]
    if not found:
        _end_string(ending, block, "text", limit)
        return
    position, sequence = min(found)
    _end_string(ending, {**block, "text": text[:position]}, "text", limit)
    if ending.stop_reason is None:
        ending.stop_reason, ending.stop_sequence = "stop_sequence", sequence


def _end_string(ending: Ending, block: dict[str, Any], name: str, limit: int) -> None:
    said = block[name]
    if len(said) > limit * CHARACTERS:
        ending.stop_reason = "max_tokens"
        said = said[: limit * CHARACTERS]
    if said:
        ending.content.append({**block, name: said})


def _end_whole(ending: Ending, block: dict[str, Any], limit: int) -> None:
    """A block that is there or not; only the input of a client's tool can be cut inside."""
    if block_tokens(block) <= limit:
        ending.content.append(block)
        return
    ending.stop_reason = "max_tokens"
    room = (limit - text_tokens(block.get("name", ""))) * CHARACTERS
    if block["type"] == "tool_use" and room > 0:
        ending.cut_input = json.dumps(block["input"], ensure_ascii=False)[:room]
        ending.content.append({**block, "input": {}})
