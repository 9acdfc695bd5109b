"""A record without its words: what a transcript looks at, and no more. Pure.

Outlines of a whole conversation fit into memory, whatever was said in it.
"""

from claude_cli.session.records import Record, blocks_of
from claude_cli.session.resend import answer_content, open_calls
from claude_cli.types import ContentBlock, Message

_KEPT = ("kind", "id", "parent", "header", "compacts", "status")


def outline(record: Record) -> Record:
    """The record with its place, the kinds of a prompt's blocks, and of an answer whether it says
    anything and which tools it calls. Any other kind than these two is left as it is."""
    if record["kind"] not in ("user", "assistant"):
        return record
    kept: Record = {key: record[key] for key in _KEPT if key in record}  # type: ignore[literal-required, assignment]
    if record["kind"] == "user":
        kept["content"] = [ContentBlock(type=b["type"]) for b in blocks_of(record["content"])]
    else:
        kept["message"] = Message(type="message", content=_outline_answer(record))
    return kept


def _outline_answer(record: Record) -> list[ContentBlock]:
    said = record.copy()
    said.pop("prefill", None)  # these are the user's words
    blocks = answer_content(said)
    calls = [ContentBlock(type="tool_use", id=call, input={}) for call in open_calls(blocks)]
    return [ContentBlock(type="text", text="."), *calls] if blocks else []
