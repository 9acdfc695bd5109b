"""One chat as it stands: its conversation, what is attached, what it cost, what is set for it.

`say` takes a turn, slash commands change the rest. Keyboard and line editor are not known here.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from claude_cli import catalog
from claude_cli.api.client import ApiClient
from claude_cli.api.messages import count_tokens
from claude_cli.content.blocks import build_blocks
from claude_cli.content.sources import Source
from claude_cli.errors import ExitCode, UsageError
from claude_cli.flags import SessionFlags
from claude_cli.flow.answer import conclude, extraction
from claude_cli.flow.chat_settings import ChatSettings
from claude_cli.flow.chat_totals import ChatTotals
from claude_cli.flow.compaction import SUMMARISE, check_summary, write_summary
from claude_cli.flow.compose import Asked, check
from claude_cli.flow.conversation import Conversation
from claude_cli.flow.count import PLACEHOLDER
from claude_cli.flow.toolcalls import Tools
from claude_cli.flow.turn import Setting, take_turn
from claude_cli.session.records import Content, Record
from claude_cli.session.records import count_tokens as tokens_of
from claude_cli.session.transcript import Transcript
from claude_cli.types import Answer, ContentBlock, MessageParam, RequestBody
from claude_cli.ui.chat_screen import ChatScreen
from claude_cli.ui.notices import Notices
from claude_cli.ui.pieces import text_of
from claude_cli.ui.renderers import Renderer, make_renderer
from claude_cli.ui.terminal import on_terminal

Edit = Callable[[str], str]
"""Lets the user change a text, and returns what became of it."""

NEARLY_FULL = 0.8
"""Share of the context window from which on a chat warns."""


class Dialogue:
    """A chat between two lines of its user.

    `attached` goes with the next prompt. `edit` is None where nobody can edit. `unsent` is the
    prompt of a turn that failed, to be sent again. `over` says that the user left.
    """

    def __init__(
        self,
        asked: Asked,
        settings: ChatSettings,
        conversation: Conversation,
        tools: Tools,
        client: ApiClient,
        notices: Notices,
    ) -> None:
        self.settings = settings
        self.conversation = conversation
        self.attached: list[Source] = []
        self.totals = ChatTotals(notices, keep=asked.guard.ledger and not asked.connection.simulate)
        self.screen = ChatScreen()
        self.edit: Edit | None = None
        self.unsent = ""
        self.over = False
        self._asked = asked
        self._tools = tools
        self._client = client
        self._notices = notices
        self._broke_off = False
        self._told: set[str] = set()
        self._told_full = False

    # Turns

    def say(self, text: str) -> ExitCode:
        """Ask `text`, with what is attached; returns 3 or 4 for an answer that was cut or refused.

        A prompt that is sent again, unchanged, after its answer broke off takes that turn's place.
        """
        if self._broke_off and text == self.unsent:
            return self.retry()
        return self.send(build_blocks(self.attached, "", text))

    def send(self, content: list[ContentBlock]) -> ExitCode:
        """Ask `content`, of which the attachments are a part: no later turn has them again."""
        before = self.transcript.base
        try:
            return self._ask(content, self.attached)
        finally:
            if self.transcript.base != before:
                self.attached = []

    def retry(self) -> ExitCode:
        """Ask the prompt of the last turn again; the new answer stands beside the old one."""
        return self._ask(self._take_back())

    def edit_last(self) -> ExitCode:
        """Let the user change the prompt of the last turn, and ask that in its place."""
        if self.edit is None:
            raise UsageError("/edit needs a terminal")
        last = self.transcript.last_prompt()
        if last is None:
            raise _no_turn()
        text = self.edit(prompt_of(last["content"]))
        if not text.strip():
            raise UsageError("the prompt is empty: nothing was sent")
        return self._ask(_with_prompt(self._take_back(), text))

    def undo(self) -> str:
        """Go back before the last turn, and return its prompt."""
        self.unsent = ""
        return prompt_of(self._take_back())

    def compact(self) -> tuple[int, int]:
        """Put a summary, written by the model, in the place of all turns so far.

        Returns the tokens of the context before and after. Raises UsageError where there is
        nothing to sum up, InputError where the summary is not whole: nothing has changed then.
        """
        if self.transcript.base is None:
            raise UsageError("nothing was said yet: there is nothing to sum up")
        before = self.count()
        body = self.settings.plain_request(self._inherited, [SUMMARISE], self._history)
        summary = write_summary(self._client, body, self._notices)
        self.totals.charge(summary, body["model"], self.conversation.id)
        check_summary(summary)
        self.conversation.compact([SUMMARISE], summary, body["model"])
        self._raise_trouble()
        return before, self.count()

    def resume(self, spec: str) -> None:
        """Go on with another session; what was set here stays set."""
        flags = replace(self._asked.session, resume=spec, continue_=False, fork=False, name=None)
        self.conversation = open_conversation(flags, self._notices)
        self.settings.inherit_all()
        self.unsent = ""

    # What it amounts to

    @property
    def transcript(self) -> Transcript:
        return self.conversation.session.transcript

    @property
    def next_request(self) -> RequestBody:
        """What the next request has beside its messages."""
        return self.settings.without_messages(self._inherited)

    @property
    def answers(self) -> list[str]:
        """The words of each turn's answer, oldest first; a turn may take several messages."""
        return [
            "".join(text_of(r["message"], r.get("prefill", "")) for r in turn if "message" in r)
            for turn in self.transcript.turns()
        ]

    def unset(self, path: str) -> None:
        """See `ChatSettings.unset`."""
        self.settings.unset(path, self._inherited)

    def count(self) -> int:
        """Tokens of the context, with what is attached, as the API counts them."""
        content = build_blocks(self.attached, "", "") or [PLACEHOLDER]
        return count_tokens(self._client, self._request(content))

    def context_tokens(self) -> int | None:
        """Tokens of the context after the last answer; None where the API did not tell."""
        turn = self._last_turn()
        answer = next((record for record in reversed(turn) if "message" in record), None)
        if answer is None:
            return 0
        if "compacts" in turn[0]:  # what the summary was made of is no longer there
            usage: Any = answer["message"].get("usage") or {}
            return usage.get("output_tokens") if isinstance(usage, dict) else None
        return tokens_of(answer["message"]) or None

    @property
    def _inherited(self) -> dict[str, Any]:
        return self.conversation.settings

    def _history(self, model: str) -> list[MessageParam]:
        turns = self._asked.session.history
        return [*self.settings.opening, *self.conversation.session.context(model, turns)]

    def _request(self, content: list[ContentBlock]) -> RequestBody:
        return self.settings.request(self._inherited, content, self._history)

    def _last_turn(self) -> list[Record]:
        return next(self.transcript.turns(1), [])

    def _take_back(self) -> Content:
        content = self.conversation.undo()
        if content is None:
            raise _no_turn()
        return content

    def _ask(self, content: Content, attachments: Sequence[Source] = ()) -> ExitCode:
        self.unsent, self._broke_off = prompt_of(content), False
        blocks = self.conversation.with_results(_blocks(content))
        body = self._request(blocks)
        self._warn_once(check(self._asked, attachments, body))
        renderer = self._renderer()
        before = self.transcript.base
        self.conversation.asked(blocks, body)
        if self.edit and self.screen.terminal.is_terminal:  # the prompt stands right above
            self.screen.blank_line()
        setting = Setting(self._client, self.conversation, self.totals, self._tools, self._notices)
        try:
            done = take_turn(setting, body, renderer)
        finally:
            self._broke_off = self.transcript.base != before
        self.unsent = ""
        return self._conclude(done)

    def _renderer(self) -> Renderer:
        output = self._asked.output
        return make_renderer(
            output.format,
            arriving=False,
            notices=self._notices,
            prefill=self._asked.content.prefill or "",
            show_thinking=output.show_thinking,
            extract=extraction(output),
        )

    def _conclude(self, done: Answer) -> ExitCode:
        try:
            code = conclude(self._asked.output, done, self.settings.schema, self._notices)
        finally:
            self.screen.blank_line()
        self._warn_when_full()
        self._raise_trouble()
        return code

    def _warn_once(self, problems: list[str]) -> None:
        for problem in problems:
            if problem not in self._told:
                self._notices.warning(problem)
        self._told.update(problems)

    def _warn_when_full(self) -> None:
        used = self.context_tokens()
        window = catalog.facts(self.next_request["model"]).context_window
        full = bool(used and window and used >= NEARLY_FULL * window)
        if full and not self._told_full:
            self._notices.warning(
                f"the context is nearly full, {used:,} of {window:,} tokens: "
                "/compact sums it up, /clear begins anew"
            )
        self._told_full = full

    def _raise_trouble(self) -> None:
        """Tell, once, what went wrong while the conversation was kept."""
        trouble, self.conversation.trouble = self.conversation.trouble, None
        if trouble:
            raise trouble


def open_conversation(flags: SessionFlags, notices: Notices) -> Conversation:
    """Open the session; --history is the chat's own business, and counts in a new one too."""
    return Conversation(replace(flags, history=None), notices, on_terminal=on_terminal())


def prompt_of(content: Content) -> str:
    """The words of a prompt: its last text, for they stand behind attachments."""
    if isinstance(content, str):
        return content
    texts = [block.get("text", "") for block in content if block["type"] == "text"]
    return texts[-1] if texts else ""


def _with_prompt(content: Content, text: str) -> Content:
    """The content with other words."""
    blocks = _blocks(content)
    last = max((n for n, block in enumerate(blocks) if block["type"] == "text"), default=None)
    kept = [block for n, block in enumerate(blocks) if n != last]
    return [*kept, ContentBlock(type="text", text=text)]


def _blocks(content: Content) -> list[ContentBlock]:
    if isinstance(content, str):
        return [ContentBlock(type="text", text=content)]
    return content


def _no_turn() -> UsageError:
    return UsageError("there is no turn to go back to")
