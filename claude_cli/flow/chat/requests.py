"""The requests of a chat: what is set, the conversation and what is attached → bodies."""

from collections.abc import Sequence
from typing import Any

from claude_cli.commandline.flags.asked import Asked
from claude_cli.content.blocks import build_blocks
from claude_cli.content.limits import images_in
from claude_cli.content.reading import read_sources
from claude_cli.content.sources import Source
from claude_cli.content.specs import Spec
from claude_cli.flow.chat.attached import Attached
from claude_cli.flow.chat.settings import ChatSettings
from claude_cli.turn.gather import fitting_of, reading_of
from claude_cli.turn.keeping.conversation import Conversation
from claude_cli.turn.request import PLACEHOLDER
from claude_cli.types import ContentBlock, MessageParam, RequestBody
from claude_cli.ui.notices import Notices


class ChatRequests:
    """Makes the body of each request as the chat stands then; `conversation` may be another one
    later on. `attached` goes with the next prompt."""

    def __init__(
        self, asked: Asked, settings: ChatSettings, conversation: Conversation, notices: Notices
    ) -> None:
        self.conversation = conversation
        self.attached = Attached(self._read)
        self._settings = settings
        self._asked = asked
        self._notices = notices

    @property
    def parameters(self) -> RequestBody:
        """What the next request has beside its messages."""
        return self._settings.without_messages(self._inherited)

    @property
    def known_model(self) -> str:
        """The next request's model, as it is called in the catalogue."""
        return self._settings.names.known_as(self.parameters["model"])

    def unset(self, path: str) -> None:
        """See `ChatSettings.unset`."""
        self._settings.unset(path, self._inherited)

    def asking(self, content: list[ContentBlock]) -> RequestBody:
        """The request that asks `content`."""
        body = self._settings.request(self._inherited, content, self._history)
        return self.conversation.sendable(body)

    def without_prompt(self) -> RequestBody:
        """The request that the next one will be, its prompt apart."""
        return self.asking(build_blocks(self.attached.sources, "", "") or [PLACEHOLDER])

    def going_on(self) -> RequestBody:
        """The request that goes on with the last answer, once that is put at its end."""
        content = self.conversation.with_results([])
        body = self._settings.open_request(self._inherited, content, self._history)
        return self.conversation.sendable(body)

    def behind_all_turns(self, content: list[ContentBlock]) -> RequestBody:
        """The request that asks `content` behind all turns, whatever --history says, for an answer
        that is not shown."""

        def whole(model: str) -> list[MessageParam]:
            return [*self._settings.opening, *self.conversation.history(model)]

        content = self.conversation.with_results(content)
        body = self._settings.plain_request(self._inherited, content, whole)
        return self.conversation.sendable(body)

    @property
    def _inherited(self) -> dict[str, Any]:
        return self.conversation.settings

    def _history(self, model: str) -> list[MessageParam]:
        turns = self._asked.session.history
        return [*self._settings.opening, *self.conversation.history(model, turns)]

    def _read(self, specs: Sequence[Spec]) -> list[Source]:
        """What `specs` name, pictures as the next request's model sees them."""
        model, names = self._settings.model(self._inherited), self._settings.names
        fitting = fitting_of(self._settings.flags, [model], names, self._images)
        return read_sources(specs, reading_of(self._asked.content, self._notices, fitting))

    def _images(self) -> int:
        """How many the next request has already."""
        return len(images_in(self.without_prompt()["messages"]))
