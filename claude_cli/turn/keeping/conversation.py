"""The session of a turn: the flags open it, and each turn is appended.

An answer that was paid for is shown whatever happens to the file: what goes wrong while keeping
it is remembered in `trouble`, for the exit code.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from claude_cli.api.platforms import DIRECT, Platform
from claude_cli.commandline.flags.question import SessionFlags
from claude_cli.content.sources import Source, originals_of
from claude_cli.disk.unbroken import unbroken
from claude_cli.errors import (
    CannotCreate,
    CannotWrite,
    ClaudeCliError,
    TemporaryFailure,
    UsageError,
)
from claude_cli.models import catalog
from claude_cli.models.names import PLAIN, ModelNames
from claude_cli.session.binding import digest_of, has_thinking
from claude_cli.session.containers import container_id, kept_settings, without_container
from claude_cli.session.format import Content, Status
from claude_cli.session.journal import Session
from claude_cli.session.store import Store, check_name
from claude_cli.turn.keeping.reports import Reports
from claude_cli.types import ContentBlock, Message, MessageParam, RequestBody
from claude_cli.ui.notices import Notices


class Conversation:
    """One session and the policy for keeping it; `trouble` is what went wrong with that, `reports`
    tell of it."""

    def __init__(
        self,
        flags: SessionFlags,
        notices: Notices,
        *,
        simulated: bool = False,
        names: ModelNames = PLAIN,
        platform: Platform = DIRECT,
    ) -> None:
        self.trouble: ClaudeCliError | None = None
        self._flags = flags
        self.reports = Reports(notices)
        self._simulated = simulated
        self.names = names
        self._platform = platform
        self._store = Store()
        self._gone: set[str] = set()
        """Containers that the API does not have any more."""
        self._spec: str | None = None
        """What the session that was opened is called on the command line."""
        self._explicit = bool(flags.name or flags.resume or flags.continue_)
        self._keeps = not flags.no_save
        self._to_be_forked = False
        """Whether --fork still waits for something to keep: a dry run leaves no file."""
        self.session = self._open()

    @property
    def id(self) -> str | None:
        """The session's id; None where nothing is kept."""
        return self.session.id

    @property
    def label(self) -> str:
        """What to call the session: its name, else its id, else why it has neither."""
        if self._to_be_forked or (self.session.path is None and self._keeps):
            return self._flags.name or "new session"
        if self.session.path is None:
            return "not kept"
        return self.session.name or str(self.id)

    @property
    def settings(self) -> dict[str, Any]:
        """Model, system and tools of the session so far; no tools that the platform lacks."""
        kept = dict(self.session.transcript.settings)
        if isinstance(kept.get("tools"), list) and self._platform.lacking:
            from claude_cli.api.cloud.history import served_tools

            kept["tools"] = served_tools(kept["tools"], self._platform.lacking)
        kept = kept_settings(kept)
        if "skills" in self._platform.lacking:
            kept.pop("container", None)
        return kept

    def history(self, model: str, turns: int | None = None) -> list[MessageParam]:
        """The messages before this turn: the last `turns`, else as many as --history says. Damage
        is reported. The messages do not depend on the model; see `sendable`."""
        messages = self.session.context(self._flags.history if turns is None else turns)
        self.reports.damage(self.session, self._spec)
        self.reports.refused(self.session.transcript.refused)
        return self._served(messages) if self._platform.lacking else messages

    def sendable(self, body: RequestBody) -> RequestBody:
        """A request with the history in it, as the API takes it; see `Session.sendable`."""
        sent = self.session.sendable(body, self._binds_thinking)
        if "container" not in body and "code_execution" in self._platform.lacking:
            sent.pop("container", None)
        return self.without_gone(sent)

    def without_gone(self, body: RequestBody) -> RequestBody:
        """A request that names no container that the API does not have any more."""
        return without_container(body) if container_id(body) in self._gone else body

    def forget_container(self, container: str) -> None:
        """Name a container no longer, although the answers before this one ran in it."""
        self._gone.add(container)

    def with_results(self, content: list[ContentBlock]) -> list[ContentBlock]:
        """The user's content behind a result for each tool call that still waits for one."""
        completed = self.session.transcript.complete_calls(content)
        return completed if isinstance(completed, list) else content

    @property
    def is_resumed(self) -> bool:
        """Whether the flags named a session to go on with."""
        return self._spec is not None

    def asked(
        self, content: Content, body: RequestBody, attachments: Iterable[Source] = ()
    ) -> None:
        """Keep what is about to be sent, of which `attachments` are a part.

        Raises CannotCreate where a named session has no place, InputError where it is read only;
        other failures become `trouble`, and the turn goes on.
        """
        settings = kept_settings(body)
        originals = originals_of(attachments)
        self._keep(lambda session: session.append_user(content, settings, originals), settings)

    def answered(
        self,
        message: Message,
        status: Status,
        body: RequestBody,
        prefill: str = "",
        sent: dict[str, Any] | None = None,
    ) -> None:
        """Keep the answer to `body`, whole or as far as it came, behind the `prefill` that it
        continues. Raises nothing: a full disk must hide neither the answer nor what ended it."""
        bound_to = digest_of(body) if has_thinking(message) else None
        kept = {"model": body["model"], "prefill": prefill, "bound_to": bound_to, "sent": sent}
        self._keep_answer(lambda session: session.append_answer(message, status=status, **kept))

    def completed(self, whole: Message, rest: Message, status: Status, model: str) -> None:
        """Keep the last answer as it is now, with its `rest`, in the place of what was cut; see
        `answered`."""
        self._keep_answer(
            lambda session: session.complete_answer(whole, rest, status=status, model=model)
        )

    def _keep_answer(self, append: Callable[[Session], object]) -> None:
        def change(session: Session) -> None:
            append(session)
            if session.transcript.base == session.transcript.head:
                self._store.set_last(session, simulated=self._simulated)

        try:
            self._keep(change)
        except ClaudeCliError as error:
            self._keep_nothing(error)
            change(self.session)

    def tell_rest(self, stop: BaseException, *, begun: bool) -> None:
        """After `stop` ended a turn, report why the turn was not kept and, if an answer had
        `begun`, which session has it. A failure of stdout needs no report."""
        if isinstance(stop, CannotWrite):
            return
        if isinstance(stop, KeyboardInterrupt):
            self.reports.interrupted()
        if self.trouble:
            self.reports.trouble(self.trouble)
        if begun:
            self.reports.place_of_answer(self.session, self.label)

    def undo(self) -> Content | None:
        """Go back before the last turn and return its prompt; None where there is no turn."""
        taken: list[Content | None] = []
        self._keep(lambda session: taken.append(session.undo()))
        return taken[-1]

    def replace_last_turn(self) -> Content | None:
        """Let the next prompt replace the last turn, once it has an answer. Returns the prompt of
        that turn; None if there is no turn."""
        taken: list[Content | None] = []
        self._keep(lambda session: taken.append(session.replace_last_turn()))
        return taken[-1]

    def keep_last_turn(self) -> None:
        """The turn that was to be replaced stays the last one, unless the other has an answer.

        A session that had to begin anew since then has no such turn, and stays as it is.
        """
        self.session.keep_last_turn()

    def clear(self) -> None:
        """Go on with an empty context; what was said stays in the session."""
        self._keep(lambda session: session.clear())

    def compact(self, prompt: Content, summary: Message, model: str) -> None:
        """Let a prompt and its answer stand for all turns so far."""
        self._keep(lambda session: session.compact(prompt, summary, model=model))

    @unbroken()
    def rename(self, name: str) -> None:
        """Name the session, or the one that the next turn begins.

        Raises UsageError for a name that is none or taken, and where nothing is kept.
        """
        self._fork_if_due()
        if self.session.path is not None:
            self._store.rename(self.session, name)
        elif not self._keeps:
            raise UsageError("nothing of this conversation is kept: there is nothing to name")
        else:
            check_name(name)
            if self._store.named(name):
                raise UsageError(
                    f"a session is called {name} already", hint="/resume goes on with it"
                )
            self._flags = self._flags._replace(name=name)
        self._explicit = True

    @unbroken()
    def fork(self, name: str | None = None) -> None:
        """Go on in a new session with a copy of the conversation. Raises UsageError where nothing
        is kept, or for a name that is none or taken."""
        if self.session.path is None:
            raise UsageError("nothing of this conversation is kept yet: there is nothing to fork")
        self.session, self._to_be_forked = self._forked(name), False
        self._explicit = self._explicit or name is not None
        self.reports.branches_told = False
        self.reports.branches(self.session)

    def _open(self) -> Session:
        flags = self._flags
        if not flags.continue_ and flags.resume is None:
            if flags.fork or flags.go_on or flags.history is not None:
                what = "--fork, --go-on and --history need a session"
                raise UsageError(what, hint="-c or -r NAME")
            return Session()
        if flags.name and not flags.fork:
            raise UsageError("--name is for a new session", hint="add --fork to make one of this")
        self._spec = flags.resume
        if self._spec is None:
            self._spec = self._store.last(simulated=self._simulated)
        session = self._store.open(self._spec)
        if flags.continue_:
            self.reports.continuing(session)
        self.reports.damage(session, self._spec)
        if flags.no_save:
            session.detach()
        self._to_be_forked = flags.fork and not flags.no_save
        return session

    @unbroken()
    def _keep(
        self, change: Callable[[Session], object], new: Mapping[str, Any] | None = None
    ) -> None:
        """Make a change, in the session's file if that can be. `new`: settings of a session that
        this change begins; None once the request was sent."""
        try:
            if new is not None and self.session.path is None and self._keeps:
                self.session = self._begin(new)
            self._fork_if_due()
            change(self.session)
        except TemporaryFailure as error:
            self.session = self._forked()
            change(self.session)
            self.trouble = TemporaryFailure(
                f"{error.message}: this turn went into the new session {self.session.id}"
            )
        except (CannotCreate, CannotWrite) as error:
            if isinstance(error, CannotCreate) and self._explicit and new is not None:
                raise
            self._keep_nothing(error)
            change(self.session)
        self.reports.branches(self.session)

    def _fork_if_due(self) -> None:
        if self._to_be_forked:
            self._to_be_forked = False
            self.session = self._forked(self._flags.name)

    def _forked(self, name: str | None = None) -> Session:
        return self._store.fork(self.session, name=name, simulated=self._simulated)

    def _begin(self, settings: Mapping[str, Any]) -> Session:
        session = self._store.new(settings, name=self._flags.name, simulated=self._simulated)
        self._keeps = False  # from now on the session has its file, or has lost it
        return session

    def _keep_nothing(self, error: ClaudeCliError) -> None:
        """Go on in memory. A folder that nobody named and that cannot be written is worth one
        warning; all else is a failure of this run."""
        self.session.detach()
        self._keeps = False
        if isinstance(error, CannotCreate):
            self.reports.not_kept(error)
        else:
            self.trouble = error

    def _served(self, messages: list[MessageParam]) -> list[MessageParam]:
        """The messages without what another platform's tools left in them."""
        from claude_cli.api.cloud.history import served_history

        served, left_out = served_history(messages, self._platform.lacking)
        self.reports.left_out(left_out, self._platform)
        return served

    def _binds_thinking(self, model: str) -> bool:
        """True for a model that nobody knows, too: it may be newer than the table."""
        return catalog.facts(self.names.known_as(model)).binds_thinking is not False
