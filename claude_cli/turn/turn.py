"""One turn with the API: from the request to the finished answer, tool calls included."""

import time
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from claude_cli.api import messages
from claude_cli.api.accumulate import Accumulator
from claude_cli.api.client import ApiClient
from claude_cli.errors import ClaudeCliError, ProtocolError
from claude_cli.models.billing import billed_usage
from claude_cli.models.prices import add_usage
from claude_cli.session.containers import with_container
from claude_cli.session.resend import without_empty_text
from claude_cli.turn.caching import with_breakpoints
from claude_cli.turn.conversation import Conversation
from claude_cli.turn.spending import Spending, sum_known
from claude_cli.turn.toolcalls import Tools
from claude_cli.types import (
    Answer,
    ContentBlock,
    Limit,
    Message,
    MessageParam,
    RequestBody,
    ResponseFacts,
    Usage,
)
from claude_cli.ui.canvas import Renderer
from claude_cli.ui.notices import Notices

if TYPE_CHECKING:
    from claude_cli.turn.other_model import OtherModel

MOST_PAUSES = 10
"""How often an answer that the server paused is asked to go on."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What turns need beside their body: the same for all turns of a run."""

    client: ApiClient
    conversation: Conversation
    spending: Spending
    tools: Tools
    notices: Notices
    prefill: str = ""
    """How the first answer of each turn begins, by the request."""
    cache: str | None = None
    """How long the breakpoints of the prompt cache last: `--cache`."""
    fallback: "OtherModel | None" = None
    """The model that is asked instead of one that is not there, or too busy: `--fallback`."""
    max_cost: float | None = None
    """USD that a turn may cost, checked before each of its requests but the first."""


@dataclass(slots=True)
class Progress:
    """What the requests of one turn add up to."""

    started: float = field(default_factory=time.monotonic)
    first_token: float | None = None
    facts: ResponseFacts = field(default_factory=ResponseFacts)
    usage: Usage = field(default_factory=lambda: Usage())
    costs: list[Decimal | None] = field(default_factory=list)
    delta_arrived: bool = False
    """Whether a part of the answer to the last request came."""
    pauses: int = 0
    limit: Limit | None = None
    fallback_from: str | None = None
    """The model that was to answer, where another one does."""
    unanswered: bool = False
    unparsed: dict[str, str] = field(default_factory=dict)
    """Id → text, of each call of the last message whose input is no whole JSON."""

    @property
    def cost(self) -> Decimal | None:
        """USD of all requests so far; None where one of them is not known."""
        return sum_known(self.costs)

    def as_written(self, call: ContentBlock) -> ContentBlock:
        """Put the raw text in the place of an input that is no JSON: it fits no schema, so the call
        cannot run."""
        text = self.unparsed.get(call.get("id", ""))
        return call if text is None else {**call, "input": text}


def take_turn(setting: Setting, body: RequestBody, renderer: Renderer) -> Answer:
    """Send `body`, run the tools that the model calls and go on until it has finished.

    Everything is drawn and kept as it arrives. A call that nobody here can run, an unknown stop
    reason and the turn limit end it too. Raises what the client raises: what came of the answer
    is then kept as partial, and the renderer leaves what it drew in order.
    """
    progress = Progress()
    try:
        while True:
            body, message = _ask(setting, body, renderer, progress)
            following = _go_on(setting, body, message, progress)
            if following is None:
                break
            body = _next_body(body, message, following)
            if "tools" in body:
                body["tools"] = setting.tools.followed(body["tools"])
            if _is_too_dear(setting, body, progress):
                progress.limit = "cost"
                break
    except BaseException:
        renderer.abandon()
        raise
    answer = _answer(setting, message, progress)
    renderer.finish(answer)
    return answer


def _ask(
    setting: Setting, body: RequestBody, renderer: Renderer, progress: Progress
) -> tuple[RequestBody, Message]:
    """Make one request; return it with its message. It is another request where `fallback` had to
    answer."""
    try:
        return body, _send(setting, body, renderer, progress)
    except ClaudeCliError as error:
        if not _is_for_fallback(setting, body, progress, error):
            raise
        progress.fallback_from = body["model"]
        body = _instead(setting, body, error)
    return body, _send(setting, body, renderer, progress)


def _is_for_fallback(
    setting: Setting, body: RequestBody, progress: Progress, error: BaseException
) -> bool:
    """Whether the other model is to be asked; of an answer that failed, nothing has come yet."""
    if setting.fallback is None or progress.delta_arrived or not isinstance(error, ClaudeCliError):
        return False
    return setting.fallback.stands_in(error, body)


def _instead(setting: Setting, body: RequestBody, error: ClaudeCliError) -> RequestBody:
    """The request to the other model; what happened is told."""
    assert setting.fallback
    instead, left_out = setting.fallback.asked(body)
    without = f", without {' and '.join(left_out)}" if left_out else ""
    setting.notices.warning(f"{error.message}; {instead['model']} is asked instead{without}")
    return instead


def _send(setting: Setting, body: RequestBody, renderer: Renderer, progress: Progress) -> Message:
    """Make one request; return its message, drawn but for the end, and kept."""
    accumulator = Accumulator()
    prefill = "" if progress.costs else setting.prefill
    progress.delta_arrived = False
    setting.notices.spinner.start()
    try:
        with messages.stream(setting.client, with_breakpoints(body, setting.cache)) as stream:
            progress.facts = stream.facts
            for event in stream:
                accumulator.add(event)  # first: what was shown is sure to be kept
                if accumulator.delta_arrived:
                    progress.delta_arrived = True
                if progress.first_token is None and accumulator.delta_arrived:
                    progress.first_token = time.monotonic() - progress.started
                renderer.event(event, more=stream.more_is_here)
    except BaseException as error:
        if _is_for_fallback(setting, body, progress, error):
            raise
        renderer.abandon()  # first: what follows may have something to say on stderr
        if accumulator.started:  # it is billed, as far as it came
            partial = accumulator.message
            setting.conversation.answered(partial, "partial", body, prefill)
            setting.spending.charge(partial, body["model"], setting.conversation.id)
        if isinstance(error, ProtocolError) and error.request_id is None:
            error.request_id = progress.facts.request_id
        raise
    finally:
        setting.notices.spinner.stop()
    message = accumulator.message
    progress.unparsed = {
        message["content"][index].get("id", ""): text
        for index, text in accumulator.unparsed_inputs.items()
    }
    setting.conversation.answered(message, "complete", body, prefill)
    progress.costs.append(setting.spending.charge(message, body["model"], setting.conversation.id))
    progress.usage = add_usage(progress.usage, billed_usage(message, body["model"]))
    return message


def _go_on(
    setting: Setting, body: RequestBody, message: Message, progress: Progress
) -> list[MessageParam] | None:
    """Return the messages that the next request of this turn adds; None when it is over."""
    said = without_empty_text(message["content"])
    if _is_paused(body, message) and progress.pauses < MOST_PAUSES:
        progress.pauses += 1
        return [{"role": "assistant", "content": said}]
    if message.get("stop_reason") != "tool_use":
        return None
    if not any(block["type"] == "tool_use" for block in message["content"]):
        return None
    calls = setting.tools.runnable_calls(message)
    if not calls:
        progress.unanswered = True
        return None
    if len(progress.costs) >= setting.tools.max_turns:
        progress.limit = "turns"
        return None
    results, enough = setting.tools.answer([progress.as_written(call) for call in calls])
    asked = {**body, "model": progress.fallback_from or body["model"]}  # whom the next turn asks
    setting.conversation.asked(results, asked)
    if enough:
        progress.limit = "user"
        return None
    return [{"role": "assistant", "content": said}, {"role": "user", "content": results}]


def _is_paused(body: RequestBody, message: Message) -> bool:
    """Whether the server goes on with its answer once it gets that back."""
    if message.get("stop_reason") != "compaction":
        return message.get("stop_reason") == "pause_turn"
    edits = (body.get("context_management") or {}).get("edits") or []
    return any(edit.get("pause_after_compaction") for edit in edits)


def _next_body(body: RequestBody, message: Message, following: list[MessageParam]) -> RequestBody:
    """The body that goes on; a call that was forced once is not forced again, or it never ends."""
    body = {**with_container(body, message), "messages": [*body["messages"], *following]}
    choice = body.get("tool_choice")
    if len(following) > 1 and isinstance(choice, dict) and choice.get("type") in ("any", "tool"):
        free = {key: value for key, value in choice.items() if key != "name"}
        body["tool_choice"] = {**free, "type": "auto"}
    return body


def _is_too_dear(setting: Setting, body: RequestBody, progress: Progress) -> bool:
    if setting.max_cost is None:
        return False
    counted = messages.count_tokens(setting.client, body)
    cost = sum_known([progress.cost, setting.spending.most(body, counted)])
    return cost is None or cost > Decimal(str(setting.max_cost))


def _answer(setting: Setting, message: Message, progress: Progress) -> Answer:
    return Answer(
        message=message,
        usage=progress.usage,
        session=setting.conversation.id,
        cost_usd=progress.cost,
        seconds=time.monotonic() - progress.started,
        first_token_seconds=progress.first_token,
        facts=progress.facts,
        turns=len(progress.costs),
        limit=progress.limit,
        fallback_from=progress.fallback_from,
        unanswered=progress.unanswered,
        unparsed=progress.unparsed,
    )
