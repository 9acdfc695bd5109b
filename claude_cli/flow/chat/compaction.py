"""A summary that takes the place of a conversation: asked for, read unseen, and judged."""

from claude_cli.api.accumulate import Accumulator
from claude_cli.api.client import ApiClient
from claude_cli.api.messages import stream
from claude_cli.errors import InputError
from claude_cli.types import ContentBlock, Message, RequestBody
from claude_cli.ui.notices import Notices
from claude_cli.ui.pieces import text_of

SUMMARISE: ContentBlock = {
    "type": "text",
    "text": "Write a summary of our conversation that will take its place: from here on you will "
    "see nothing of it but this summary. Keep what I asked for, what was decided and why, names, "
    "numbers, paths and code that are still needed, and what is left to do. Write the summary "
    "alone, without a greeting.",
}


def write_summary(client: ApiClient, body: RequestBody, notices: Notices) -> Message:
    """Send `body`, which ends with SUMMARISE, and return the answer; a spinner is all that shows.

    Raises what the client raises.
    """
    accumulator = Accumulator()
    notices.spinner.start()
    try:
        with stream(client, body) as events:
            for event in events:
                accumulator.add(event)
    finally:
        notices.spinner.stop()
    return accumulator.message


def check_summary(message: Message) -> None:
    """Raise InputError for an answer that cannot stand for a conversation."""
    if message.get("stop_reason") != "end_turn":
        why = message.get("stop_reason")
        raise InputError(f"the summary is not whole ({why}): nothing was changed")
    if not text_of(message, citing="none").strip():
        raise InputError("the model wrote no summary: nothing was changed")
