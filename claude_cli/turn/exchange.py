"""One exchange: a request, and its answer, drawn and kept as it arrives."""

import time
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from claude_cli.api import messages
from claude_cli.api.accumulate import Accumulator
from claude_cli.api.client import ApiClient
from claude_cli.api.failures import is_container_gone
from claude_cli.disk.unbroken import unbroken
from claude_cli.errors import ClaudeCliError, ProtocolError
from claude_cli.models.billing import billed_usage
from claude_cli.models.prices import add_usage
from claude_cli.session.containers import container_id
from claude_cli.session.format import Status
from claude_cli.turn.caching import with_breakpoints
from claude_cli.turn.guard import Guard
from claude_cli.turn.keeping.conversation import Conversation
from claude_cli.turn.spending import Spending, cache_ttl, sum_known
from claude_cli.turn.toolcalls import Tools
from claude_cli.types import (
    CacheUse,
    ContentBlock,
    Limit,
    Message,
    RequestBody,
    ResponseFacts,
    Usage,
)
from claude_cli.ui.canvas import Renderer
from claude_cli.ui.notices import Notices

if TYPE_CHECKING:
    from claude_cli.turn.going_on.go_on import Begun
    from claude_cli.turn.other_model import OtherModel


class Setting(NamedTuple):
    """What turns need beside their body: the same for all turns of a run."""

    client: ApiClient
    conversation: Conversation
    spending: Spending
    tools: Tools
    notices: Notices
    guard: Guard
    """Asked before each request of a turn but the first."""
    prefill: str = ""
    """How the first answer of each turn begins, by the request."""
    cache: str | None = None
    """How long the breakpoints of the prompt cache last: `--cache`."""
    diagnoses: bool = False
    """Whether the server answers `diagnostics` of the cache."""
    fallback: "OtherModel | None" = None
    """The model that is asked instead of one that is not there, or too busy: `--fallback`."""
    until_done: bool = False
    """Whether an answer that is cut at max_tokens is gone on with."""


@dataclass(slots=True, eq=False, repr=False)
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
    cache: CacheUse | None = None
    unanswered: bool = False
    files: dict[str, None] = field(default_factory=dict)
    """Ids of what code made, each once, in its order."""
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


def exchange(
    setting: Setting,
    body: RequestBody,
    renderer: Renderer,
    progress: Progress,
    begun: "Begun | None" = None,
) -> tuple[RequestBody, Message]:
    """Make one request; return it with its message. It is another request where its container was
    gone, or `fallback` had to answer. The rest of what was `begun` is asked for by the same model,
    and the message is the whole answer."""
    if begun:
        setting = setting._replace(fallback=None)
    return _ask(setting, body, renderer, progress, begun)


def exchange_aside(setting: Setting, body: RequestBody) -> tuple[RequestBody, Message]:
    """See `exchange`; the message is paid for, and neither drawn nor kept."""
    return _ask(setting._replace(cache=None, diagnoses=False), body, None, Progress(), None)


def _ask(
    setting: Setting,
    body: RequestBody,
    renderer: Renderer | None,
    progress: Progress,
    begun: "Begun | None",
) -> tuple[RequestBody, Message]:
    while True:
        body = setting.conversation.without_gone(body)
        try:
            return body, _send(setting, body, renderer, progress, begun)
        except ClaudeCliError as error:
            if _lacks_container(body, progress, error):
                _forget_container(setting, body, error)
            elif _is_for_fallback(setting, body, progress, error):
                progress.fallback_from = body["model"]
                body = _instead(setting, body, error)
            else:
                raise


def _is_asked_again(
    setting: Setting, body: RequestBody, progress: Progress, error: BaseException
) -> bool:
    return _lacks_container(body, progress, error) or _is_for_fallback(
        setting, body, progress, error
    )


def _lacks_container(body: RequestBody, progress: Progress, error: BaseException) -> bool:
    """Whether the request failed for its container, before anything of an answer came.

    A 500 may be for a container of an earlier turn; one that this turn has used is there.
    """
    if progress.delta_arrived or not isinstance(error, ClaudeCliError):
        return False
    if error.status == 500 and progress.costs:
        return False
    return container_id(body) is not None and is_container_gone(error)


def _forget_container(setting: Setting, body: RequestBody, error: ClaudeCliError) -> None:
    """Name the container of a request no longer; what happened is told."""
    gone = container_id(body) or ""
    setting.notices.warning(
        f"{error.message}; asked once more in a new container, without the files of {gone}"
    )
    setting.conversation.forget_container(gone)


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


def _send(
    setting: Setting,
    body: RequestBody,
    renderer: Renderer | None,
    progress: Progress,
    begun: "Begun | None",
) -> Message:
    """Make one request; return its message, drawn but for the end, and kept: neither of them
    without a renderer. The message of a rest is the whole answer, with what was `begun`."""
    accumulator = Accumulator()
    progress.delta_arrived = False
    paid = len(progress.costs)
    setting.notices.spinner.start()
    try:
        with messages.stream(setting.client, _as_sent(setting, body)) as stream:
            progress.facts = stream.facts
            for event in begun.rest_in(stream, body) if begun else stream:
                accumulator.add(event)  # first: what was shown is sure to be kept
                if accumulator.delta_arrived:
                    progress.delta_arrived = True
                if progress.first_token is None and accumulator.delta_arrived:
                    progress.first_token = time.monotonic() - progress.started
                if renderer:
                    renderer.event(event, more=stream.more_is_here)
        setting.notices.spinner.stop()
        progress.unparsed = _unparsed(accumulator)
        return _keep(setting, accumulator.message, "complete", body, renderer, progress, begun)
    except BaseException as error:
        if _is_asked_again(setting, body, progress, error):
            raise
        if renderer:
            renderer.abandon()  # first: what follows may have something to say on stderr
        if accumulator.started and len(progress.costs) == paid:  # it is billed, as far as it came
            _keep(setting, accumulator.message, "partial", body, renderer, progress, begun)
        if isinstance(error, ProtocolError) and error.request_id is None:
            error.request_id = progress.facts.request_id
        raise
    finally:
        setting.notices.spinner.stop()


def _unparsed(accumulator: Accumulator) -> dict[str, str]:
    """Id → text, of each call whose input is no whole JSON."""
    content = accumulator.message["content"]
    inputs = accumulator.unparsed_inputs.items()
    return {content[index].get("id", ""): text for index, text in inputs}


def _as_sent(setting: Setting, body: RequestBody) -> RequestBody:
    """The request with breakpoints of the cache; where the API is to tell of misses, with the id of
    the answer before."""
    sent = with_breakpoints(body, setting.cache)
    if not (setting.diagnoses and cache_ttl(body)) or "diagnostics" in sent:
        return sent
    last = setting.conversation.session.transcript.last_answer
    previous = last["message"].get("id") if last and last.get("sent") else None
    return {**sent, "diagnostics": {"previous_message_id": previous}}


@unbroken()
def _keep(
    setting: Setting,
    message: Message,
    status: Status,
    body: RequestBody,
    renderer: Renderer | None,
    progress: Progress,
    begun: "Begun | None",
) -> Message:
    """Note the cost of an answer, and keep it where it is drawn. Returns what was kept."""
    model, whole = body["model"], message
    if renderer:
        whole = _keep_in_session(setting, message, status, body, progress, begun)
    cost = setting.spending.charge(message, model, setting.conversation.id)
    if status == "complete":
        progress.costs.append(cost)
        progress.usage = add_usage(progress.usage, billed_usage(message, model))
    return whole


def _keep_in_session(
    setting: Setting,
    message: Message,
    status: Status,
    body: RequestBody,
    progress: Progress,
    begun: "Begun | None",
) -> Message:
    """Keep an answer in the place of what was `begun` of it; return the whole of it."""
    conversation = setting.conversation
    if begun:
        whole = begun.joined(message, body["model"])
        conversation.completed(whole, message, status, body["model"])
        return whole
    prefill = "" if progress.costs else setting.prefill
    sent = None
    if setting.cache not in (None, "off") and cache_ttl(body):
        sent = _look_at_cache(setting, body, message, progress)
    conversation.answered(message, status, body, prefill, sent)
    return message


def _look_at_cache(
    setting: Setting, body: RequestBody, message: Message, progress: Progress
) -> dict[str, Any]:
    """See what the prompt cache did; return the fingerprint that the next request is compared
    with."""
    from claude_cli.session.fingerprint import fingerprint
    from claude_cli.turn.diagnosis import diagnose

    known_as = setting.conversation.names.known_as(body["model"])
    last = setting.conversation.session.transcript.last_answer
    used = diagnose(body, known_as, message, last)
    progress.cache = progress.cache.plus(used) if progress.cache else used
    return fingerprint(body, cache_ttl(body) or "", used.read + used.written)


def is_too_dear(setting: Setting, body: RequestBody, progress: Progress) -> bool:
    """Whether a guard forbids another request of the turn; `progress.limit` then says which."""
    session = setting.conversation.id
    progress.limit = setting.guard.limit(setting.client, body, progress.cost, session)
    return progress.limit is not None
