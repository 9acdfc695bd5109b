"""`shell`: words → a command line, shown, and run if the user says so."""

import os
import platform
from dataclasses import dataclass
from typing import Any

from claude_cli.child.shell import become_command, user_shell
from claude_cli.commandline.flags.asked import Asked
from claude_cli.errors import ClaudeCliError, ExitCode, Interrupted
from claude_cli.flow.shell import proposal
from claude_cli.flow.shell.proposal import Proposal, Surroundings
from claude_cli.models import catalog
from claude_cli.session.resend import without_empty_text
from claude_cli.turn.compose import Composed, compose
from claude_cli.turn.connection import connect, find_place, model_names
from claude_cli.turn.exchange import Setting
from claude_cli.turn.gather import read_system
from claude_cli.turn.guard import guard_of
from claude_cli.turn.outcome import check_flags, conclude, renderer_of
from claude_cli.turn.preview import preview
from claude_cli.turn.spending import Spending
from claude_cli.turn.toolcalls import Tools
from claude_cli.turn.turn import setting_of, take_turn
from claude_cli.types import Answer, ContentBlock, RequestBody, StreamEvent
from claude_cli.ui.canvas import Renderer
from claude_cli.ui.editor.consent import can_ask
from claude_cli.ui.notices import Notices
from claude_cli.ui.pieces import text_of
from claude_cli.ui.streams import open_stdout
from claude_cli.ui.terminal import on_terminal, pipe_reader_fd


def shell(asked: Asked) -> int:
    """Ask for a command; on a terminal let the user decide, elsewhere print it alone.

    Returns the exit code; a command that is run takes the place of this process.
    Raises InputError where the answer has no command.
    """
    check_flags(asked)
    stdout = open_stdout()
    notices = Notices(asked.verbosity.level)
    asked = _unsaved(_instructed(asked))
    with Tools(asked.tools, asked.connection, notices, asked.mcp) as tools:
        composed = _with_schema(asked, compose(asked, notices, tools))
        if asked.preview.dry_run or asked.preview.curl:
            stdout.write(preview(asked, composed.body, notices))
            return ExitCode.OK
        with connect(asked.connection, notices, reader_fd=pipe_reader_fd()) as client:
            spending = Spending(asked.connection, notices, keep=asked.keeps_ledger)
            setting = setting_of(
                asked,
                client,
                composed.conversation,
                spending,
                tools,
                notices,
                guard_of(asked, spending, notices),
            )
            talk = Talk(asked, setting, composed.body)
            code, proposed = talk.propose(composed.turn.content)
            command = None
            if proposed and on_terminal() and can_ask():
                command = _decided(talk, proposed)
            elif proposed:
                stdout.write(f"{proposed.command}\n")
            if command is None:
                talk.raise_trouble()
                return code
            if trouble := composed.conversation.trouble:
                composed.conversation.reports.trouble(trouble)
    return become_command(command)


def _decided(talk: "Talk", proposed: Proposal) -> str | None:
    from claude_cli.flow.shell.decision import Decision

    return Decision(proposed, talk.explain, talk.setting.notices).decide()


@dataclass(slots=True)
class Talk:
    """The conversation about one command. `body` is the last request of it."""

    asked: Asked
    setting: Setting
    body: RequestBody

    def propose(self, content: list[ContentBlock]) -> tuple[ExitCode, Proposal | None]:
        """The command that the model proposes; none beside the exit code of an answer that was cut
        or refused. Raises InputError where a whole answer has none."""
        done = self._answer(content, Unseen())
        code = conclude(self.asked.output, done, None, self.setting.notices)
        if code is not ExitCode.OK:
            return code, None
        try:
            return code, proposal.read_proposal(text_of(done.message, citing="none"))
        except ClaudeCliError as stop:
            self.setting.conversation.tell_rest(stop, begun=False)
            raise

    def explain(self, command: str) -> None:
        """Show what a command does, as the model says."""
        question = [proposal.explain(command)]
        asked = {"role": "user", "content": question}
        self.body = {**self.body, "messages": [*self.body["messages"], asked]}
        if config := self.body.get("output_config"):
            self.body["output_config"] = {k: v for k, v in config.items() if k != "format"}
        done = self._answer(question, renderer_of(self.asked, self.setting.notices))
        conclude(self.asked.output, done, None, self.setting.notices)
        self.raise_trouble()

    def _answer(self, content: list[ContentBlock], renderer: Renderer) -> Answer:
        conversation = self.setting.conversation
        self.setting.guard.check(self.setting.client, [self.body], conversation.id)
        base = conversation.session.transcript.base
        conversation.asked(content, self.body)
        try:
            done = take_turn(self.setting, self.body, renderer)
        except (ClaudeCliError, KeyboardInterrupt, Interrupted) as stop:
            conversation.tell_rest(stop, begun=conversation.session.transcript.base != base)
            raise
        said = {"role": "assistant", "content": without_empty_text(done.message["content"])}
        self.body = {**self.body, "messages": [*self.body["messages"], said]}
        return done

    def raise_trouble(self) -> None:
        """Raise what went wrong while an answer was kept."""
        trouble, conversation = self.setting.conversation.trouble, self.setting.conversation
        conversation.trouble = None
        if trouble:
            raise trouble


class Unseen:
    """A renderer of an answer that is shown otherwise."""

    def event(self, event: StreamEvent, *, more: bool = False) -> None: ...

    def finish(self, answer: Answer) -> None: ...

    def abandon(self) -> None: ...


def _instructed(asked: Asked) -> Asked:
    """With our system prompt, the user's own behind it."""
    more = read_system(asked.content.system) or ""
    text = proposal.instructions(_surroundings(), with_schema=_takes_schema(asked), more=more)
    content = asked.content
    content = content._replace(system=text, prefill=None, given=content.given | {"system"})
    return asked._replace(content=content)


def _unsaved(asked: Asked) -> Asked:
    return asked._replace(session=asked.session._replace(no_save=asked.session.name is None))


def _with_schema(asked: Asked, composed: Composed) -> Composed:
    if not _takes_schema(asked):
        return composed
    form = {"type": "json_schema", "schema": proposal.SCHEMA}
    config: dict[str, Any] = {**(composed.body.get("output_config") or {}), "format": form}
    return composed._replace(body={**composed.body, "output_config": config})


def _takes_schema(asked: Asked) -> bool:
    """Whether the model, where it is served, can be held to a schema; one that nobody knows can."""
    place = find_place(asked.connection, offline=True)
    model = model_names(asked.connection).resolve(asked.request.model or catalog.default_model())
    known = catalog.facts(model).structured_outputs is not False
    return known and "schema" not in place.platform.lacking


def _surroundings() -> Surroundings:
    name = os.path.basename(user_shell())
    return Surroundings(name, _system(), os.fsencode(os.getcwd()).decode("utf-8", "replace"))


def _system() -> str:
    """The operating system, as its users call it: what its programs take differs."""
    if platform.system() == "Darwin":
        return f"macOS {platform.mac_ver()[0]}"
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return f"{platform.system()} {platform.release()}"
