"""What a user record asks: its words, and whether a turn begins with it. Pure."""

from claude_cli.session.format import Content, Record
from claude_cli.types import ContentBlock


def blocks_of(content: Content) -> list[ContentBlock]:
    """The content as a list, which is what the API makes of a text too."""
    return [ContentBlock(type="text", text=content)] if isinstance(content, str) else content


def prompt_of(content: Content) -> str:
    """The words of a prompt: its last text, for they stand behind attachments and piped text."""
    texts = [block.get("text", "") for block in blocks_of(content) if block["type"] == "text"]
    return str(texts[-1]) if texts else ""


def with_prompt(content: Content, text: str) -> list[ContentBlock]:
    """The content with `text` for the words of the prompt."""
    blocks = blocks_of(content)
    words = max((n for n, block in enumerate(blocks) if block["type"] == "text"), default=None)
    kept = [block for n, block in enumerate(blocks) if n != words]
    return [*kept, ContentBlock(type="text", text=text)]


def is_prompt(record: Record) -> bool:
    """True for a user record that asks something, not only hands back results of tools."""
    content = record.get("content")
    if record["kind"] != "user" or content is None:
        return False
    return isinstance(content, str) or any(b["type"] != "tool_result" for b in content)


def opens_turn(record: Record) -> bool:
    """True for a prompt that a conversation may begin with: it answers no earlier tool call."""
    content = record.get("content")
    if record["kind"] != "user" or content is None:
        return False
    return isinstance(content, str) or "tool_result" not in [b["type"] for b in content]
