"""Short conversations that the tests of sessions share."""

from typing import Any

from claude_cli.session.journal import Session

MODEL = "claude-sonnet-4-6"

PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABAQAAAAA3bvkkAAAACklEQVR42mNgAAAAAgAB5Sfe/AAAAABJRU5ErkJggg=="
)

PNG: Any = {
    "type": "image",
    "source": {
        "type": "base64",
        "data": PIXEL,
        "media_type": "image/png",
    },
}
"""An image block of one pixel; its keys are not in the usual order."""


def message(*content: Any, stop: str = "end_turn") -> Any:
    """An answer of the API; a string becomes a text block."""
    blocks = [{"type": "text", "text": c} if isinstance(c, str) else c for c in content]
    return {"model": MODEL, "role": "assistant", "content": blocks, "stop_reason": stop}


def ask(session: Session, prompt: Any, answer: str) -> None:
    session.append_user(prompt)
    session.append_answer(message(answer), model=MODEL)


def said(session: Session, turns: int | None = None) -> list[str]:
    """The texts of the context; other blocks by their type."""
    texts = []
    for m in session.context(turns):
        blocks = [m["content"]] if isinstance(m["content"], str) else m["content"]
        texts += [b if isinstance(b, str) else b.get("text", b["type"]) for b in blocks]
    return texts
