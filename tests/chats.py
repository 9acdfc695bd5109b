"""A dialogue of its own for a test: a chat without a keyboard or a pipe."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from claude_cli.commandline.flags.asked import Asked
from claude_cli.commandline.flags.connection import ConnectionFlags
from claude_cli.commandline.flags.output import OutputFlags, SpendingFlags, VerbosityFlags
from claude_cli.commandline.flags.question import ContentFlags, SessionFlags
from claude_cli.commandline.flags.request import RequestFlags
from claude_cli.flow.chat.dialogue import Dialogue, open_conversation
from claude_cli.flow.chat.settings import ChatSettings
from claude_cli.simulator.server.server import Simulator
from claude_cli.turn.connection import connect
from claude_cli.turn.gather import gather
from claude_cli.turn.toolcalls import Tools
from claude_cli.ui.notices import Notices
from tests.conftest import MODEL


@contextmanager
def dialogue(
    simulator: Simulator, *, quiet: bool = True, budget: str | None = None, **session: Any
) -> Iterator[Dialogue]:
    """Open a dialogue with `simulator`, with these SessionFlags; without retries, and without the
    ledger but for a `budget`."""
    asked = Asked(
        content=ContentFlags(no_stdin=True),
        request=RequestFlags(model=MODEL),
        session=SessionFlags(**session),
        guard=SpendingFlags(ledger=budget is not None, budget=budget),
        output=OutputFlags(format="text"),
        verbosity=VerbosityFlags(quiet=quiet),
        connection=ConnectionFlags(base_url=simulator.base_url, retries=0),
    )
    notices = Notices(asked.verbosity.level)
    with Tools(asked.tools, asked.connection, notices, asked.mcp) as tools:
        settings = ChatSettings(
            asked, gather([], asked.content, notices, lambda base: None), tools, notices
        )
        conversation = open_conversation(asked, asked.session, notices)
        with connect(asked.connection, notices) as client:
            yield Dialogue(asked, settings, conversation, tools, client, notices)
