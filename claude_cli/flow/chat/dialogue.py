"""One chat as it stands: its conversation, what is attached, what it cost, what is set for it.

`say` takes a turn, slash commands change the rest. Keyboard and line editor are not known here.
"""

from collections.abc import Callable, Sequence
from typing import Literal

from claude_cli.api.client import ApiClient
from claude_cli.api.messages import count_tokens
from claude_cli.commandline.flags.asked import Asked
from claude_cli.commandline.flags.question import SessionFlags
from claude_cli.content.blocks import build_blocks
from claude_cli.content.sources import Source
from claude_cli.content.specs import Spec
from claude_cli.errors import ExitCode, UsageError
from claude_cli.flow.chat.attached import listed
from claude_cli.flow.chat.failed import Failed
from claude_cli.flow.chat.requests import ChatRequests
from claude_cli.flow.chat.settings import ChatSettings
from claude_cli.flow.chat.totals import ChatTotals
from claude_cli.flow.chat.warnings import ChatWarnings
from claude_cli.session.format import Content
from claude_cli.session.prompts import blocks_of, prompt_of, with_prompt
from claude_cli.session.transcript import Transcript
from claude_cli.turn import compose
from claude_cli.turn.compose import check
from claude_cli.turn.diagnosis import answers_diagnostics
from claude_cli.turn.exchange import Setting
from claude_cli.turn.going_on.go_on import Begun, check_was_cut, cut_answer, request_of_rest
from claude_cli.turn.guard import guard_of
from claude_cli.turn.keeping.conversation import Conversation
from claude_cli.turn.outcome import conclude, deliver_files, renderer_of
from claude_cli.turn.toolcalls import Tools
from claude_cli.turn.turn import setting_of, take_turn
from claude_cli.types import Answer, ContentBlock, Message, RequestBody
from claude_cli.ui.canvas import Renderer
from claude_cli.ui.chat_screen import ChatScreen
from claude_cli.ui.notices import Notices
from claude_cli.ui.pieces import text_of

Edit = Callable[[str], str]
"""Lets the user change a text, and returns what became of it."""

Pick = Callable[[], str | None]
"""Lets the user choose a session, and returns its id; None if they leave."""

KeySet = Literal["emacs", "vi"]

Agree = Callable[[str], bool]
"""Asks the user a question that yes or no answers."""


class Dialogue:
    """A chat between two lines of its user.

    `attached` goes with the next prompt, `tools` are offered, `client` is asked. `edit` is None
    where nobody can edit, and `pick` where nobody can choose; `agree` says yes where nobody can be
    asked. `keys` edit a line. `failed` is the last prompt, if it got no whole answer. `over` says
    that the user left.
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
        self.requests = ChatRequests(asked, settings, conversation, notices)
        self.attached = self.requests.attached
        self.totals = ChatTotals(asked.connection, notices, keep=asked.keeps_ledger)
        self.totals.begin(conversation.session.answers())
        self.guard = guard_of(asked, self.totals, notices)
        self.screen = ChatScreen(theme=asked.output.theme)
        self.edit: Edit | None = None
        self.agree: Agree = lambda question: True
        self.keys: KeySet = "emacs"
        self.pick: Pick | None = None
        self.failed: Failed | None = None
        self.over = False
        self.tools = tools
        self.client = client
        self.notices = notices
        self._asked = asked
        self._warnings = ChatWarnings(notices)

    # Turns

    def say(self, text: str, mentioned: Sequence[Spec] = ()) -> ExitCode:
        """Ask `text`, with what is attached and the files that are `mentioned` in it; returns 3 or
        4 for an answer that was cut or refused.

        A prompt that is sent again, unchanged, after its answer broke off takes that turn's place.
        """
        if self.failed == Failed(text, "say", cut=True):
            return self.retry()
        self.failed = Failed(text, "say")
        if named := self.attached.named(mentioned):
            self.screen.tell([f"attached: {listed(named)}"])
        sources = [*self.attached.sources, *named]
        return self._ask(build_blocks(sources, "", text), self.failed, sources)

    def send(self, content: list[ContentBlock]) -> ExitCode:
        """Ask `content`, of which what is attached is a part."""
        words = "\n\n".join(block["text"] for block in content if block["type"] == "text")
        return self._ask(content, Failed(words, "say"), self.attached.sources)

    def go_on(self) -> ExitCode:
        """Ask for the rest of an answer that was cut; the two become one."""
        check_was_cut(self.transcript)
        body = self.requests.going_on()
        begun = cut_answer(self.transcript, body)
        body = request_of_rest(body)
        self.check_cost(body)
        renderer = renderer_of(self._asked, self.notices, numbered=True, begun=begun)
        return self._conclude(self._answer_to(body, renderer, begun))

    def retry(self) -> ExitCode:
        """Ask the prompt of the last turn again; the new answer stands beside the old one."""
        return self._ask_instead("retry")

    def edit_last(self, text: str = "") -> ExitCode:
        """Ask `text` for the prompt of the last turn; without it the user edits that prompt."""
        last = self.transcript.last_prompt()
        prompt = prompt_of(_there(last and last["content"]))
        return self._ask_instead("edit", text or self._edited(prompt))

    def undo(self) -> str:
        """Go back before the last turn, and return its prompt."""
        self.failed = None
        return prompt_of(_there(self.conversation.undo()))

    def clear(self) -> None:
        """Go on with an empty context."""
        self.conversation.clear()
        self._forget_last_turn()

    def sum_up(self, prompt: list[ContentBlock], summary: Message, model: str) -> None:
        """Let a summary, the answer to `prompt`, stand for all turns so far; `raise_trouble` tells
        whether it is kept."""
        self.conversation.compact(prompt, summary, model)
        self._forget_last_turn()

    def resume(self, spec: str) -> None:
        """Go on with another session; what was set here stays set."""
        flags = self._asked.session._replace(resume=spec, continue_=False, fork=False, name=None)
        self.requests.conversation = open_conversation(self._asked, flags, self.notices)
        self.totals.begin(self.conversation.session.answers())
        self.settings.inherit_all()
        self.failed = None

    # What it amounts to

    @property
    def conversation(self) -> Conversation:
        return self.requests.conversation

    @property
    def transcript(self) -> Transcript:
        return self.conversation.session.transcript

    @property
    def answers(self) -> list[str]:
        """The words of each turn's answer, oldest first; a turn may take several messages."""
        return [
            "".join(
                text_of(record["message"], record.get("prefill") or "")
                for record in turn
                if record["kind"] == "assistant"
            )
            for turn in self.transcript.turns()
            if turn[0]["kind"] != "summary"
        ]

    def count(self) -> int:
        """Tokens of the context, with what is attached, as the API counts them."""
        return count_tokens(self.client, self.requests.without_prompt())

    def setting(self) -> Setting:
        """What the next exchange needs, as the chat stands now."""
        asked = self._asked._replace(request=self.settings.flags)
        setting = setting_of(
            asked,
            self.client,
            self.conversation,
            self.totals,
            self.tools,
            self.notices,
            self.guard,
        )
        diagnoses = answers_diagnostics(
            self.client.connection, is_simulated=asked.connection.simulate
        )
        return setting._replace(cache=self.settings.cache, diagnoses=diagnoses)

    def _edited(self, prompt: str) -> str:
        """What the user makes of a prompt, or of the edited one where that got no answer."""
        if self.edit is None:
            raise UsageError("/edit needs a terminal", hint="/edit TEXT needs none")
        if self.failed and self.failed.way == "edit":
            prompt = self.failed.prompt
        text = self.edit(prompt)
        if not text.strip():
            raise UsageError("the prompt is empty: nothing was sent")
        return text

    def _forget_last_turn(self) -> None:
        """What failed has no turn any more in whose place it could be asked."""
        self.failed = self.failed and Failed(self.failed.prompt, "say")

    def _ask_instead(self, way: Literal["retry", "edit"], text: str | None = None) -> ExitCode:
        """Ask the prompt of the last turn again, or `text` for it, as its sibling. Where no
        answer comes, that turn stays the last one."""
        try:
            content = _there(self.conversation.replace_last_turn())
            if text is not None:
                content = with_prompt(content, text)
            return self._ask(blocks_of(content), Failed(prompt_of(content), way))
        finally:
            self.conversation.keep_last_turn()

    def _ask(
        self, content: list[ContentBlock], failed: Failed, attachments: Sequence[Source] = ()
    ) -> ExitCode:
        """Ask `content`; `failed` is what it counts as until it has a whole answer."""
        self.failed = failed
        blocks = self.conversation.with_results(content)
        body = self.requests.asking(blocks)
        known = self.settings.names.catalogue_body(body)
        asked = self._asked._replace(request=self.settings.flags)
        self._warnings.problems(check(asked, attachments, known), known)
        self.check_cost(body)
        renderer = renderer_of(self._asked, self.notices, numbered=True)
        before = self.transcript.base
        self.conversation.asked(blocks, body, attachments)
        try:
            done = self._answer_to(body, renderer)
        finally:
            if self.transcript.base != before:
                self.attached.forget_sent(content)
                self.failed = Failed(failed.prompt, "say", cut=True)
        self.failed = None
        return self._conclude(done)

    def _answer_to(
        self, body: RequestBody, renderer: Renderer, begun: Begun | None = None
    ) -> Answer:
        if self.edit and self.screen.terminal.is_terminal:  # the prompt stands right above
            self.screen.blank_line()
        return take_turn(self.setting(), body, renderer, begun)

    def check_cost(self, body: RequestBody) -> None:
        """Raises TooExpensive for a request that could cost more than it may."""
        self.guard.check(self.client, [body], self.conversation.id)

    def _conclude(self, done: Answer) -> ExitCode:
        unsaved = deliver_files(self.client, done, self._asked.output.save_files, self.notices)
        try:
            code = conclude(self._asked.output, done, self.settings.schema, self.notices)
        finally:
            self.screen.blank_line()
        self._warnings.cache(done, is_shown=self._asked.output.usage)
        self._warnings.context(self.transcript.context_tokens(), self.requests.known_model)
        self.raise_trouble()
        if unsaved:
            raise unsaved
        return ExitCode.OK if self._asked.guard.allow_truncated else code

    def tell_refusals(self) -> None:
        """Tell what the model is known to refuse of what is set now, rather than on each turn."""
        known = self.settings.names.catalogue_body(self.requests.parameters)
        self._warnings.refusals(known, self.settings.flags)

    def raise_trouble(self) -> None:
        """Tell, once, what went wrong while the conversation was kept."""
        trouble, self.conversation.trouble = self.conversation.trouble, None
        if trouble:
            raise trouble


def open_conversation(asked: Asked, flags: SessionFlags, notices: Notices) -> Conversation:
    """Open the session that `flags` name; --history is the chat's own business, and counts in a
    new one too."""
    return compose.open_conversation(asked.connection, flags._replace(history=None), notices)


def _there(prompt: Content | None) -> Content:
    if prompt is None:
        raise UsageError("there is no turn to go back to")
    return prompt
