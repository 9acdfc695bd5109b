"""Continues an answer that was cut: `--go-on`, and `/continue` in a chat. Pure."""

from claude_cli.errors import UsageError
from claude_cli.session.format import Record
from claude_cli.session.transcript import Transcript
from claude_cli.turn.stop_reasons import CUTS
from claude_cli.types import ContentBlock

GO_ON: ContentBlock = {
    "type": "text",
    "text": "Your answer was cut off. Go on exactly where it stopped, and repeat nothing of it.",
}
"""No prefill: newer models refuse that, and thinking does everywhere."""


def going_on(transcript: Transcript) -> ContentBlock:
    """The prompt that asks for the rest of the last answer. Raises UsageError if it was not cut."""
    last = transcript.last_answer
    if last is None or last["kind"] != "assistant" or not _is_cut(last):
        raise UsageError("there is no answer that was cut", hint="ask with a prompt instead")
    return GO_ON


def _is_cut(answer: Record) -> bool:
    reason = answer["message"].get("stop_reason")
    return answer.get("status") == "partial" or (reason in CUTS and reason != "refusal")
