"""One turn with the API: from the request to the finished answer, tool calls included."""

import time
from typing import TYPE_CHECKING

from claude_cli.api.client import ApiClient
from claude_cli.commandline.flags.asked import Asked
from claude_cli.errors import InputError
from claude_cli.session.containers import made_files, with_container
from claude_cli.session.resend import without_empty_text
from claude_cli.turn.compose import other_model
from claude_cli.turn.exchange import Progress, Setting, exchange, is_too_dear
from claude_cli.turn.guard import Guard
from claude_cli.turn.keeping.conversation import Conversation
from claude_cli.turn.parameters import auto_tool_choice
from claude_cli.turn.spending import Spending
from claude_cli.turn.toolcalls import Tools
from claude_cli.types import Answer, Message, MessageParam, RequestBody
from claude_cli.ui.canvas import Renderer
from claude_cli.ui.notices import Notices

if TYPE_CHECKING:
    from claude_cli.turn.going_on.go_on import Begun

MOST_PAUSES = 10
"""How often an answer that the server paused is asked to go on."""


def setting_of(
    asked: Asked,
    client: ApiClient,
    conversation: Conversation,
    spending: Spending,
    tools: Tools,
    notices: Notices,
    guard: Guard,
) -> Setting:
    """What the turns of a command line need."""
    return Setting(
        client,
        conversation,
        spending,
        tools,
        notices,
        guard,
        prefill=asked.content.prefill or "",
        cache=asked.request.cache,
        fallback=other_model(asked.request, asked.connection),
        until_done=asked.guard.until_done,
    )


def take_turn(
    setting: Setting, body: RequestBody, renderer: Renderer, begun: "Begun | None" = None
) -> Answer:
    """Send `body`, run the tools that the model calls and go on until it has finished; `begun`: the
    answer whose rest `body` asks for.

    Everything is drawn and kept as it arrives. A call that nobody here can run, an unknown stop
    reason and the turn limit end it too. Raises what the client raises: what came of the answer
    is then kept as partial, and the renderer leaves what it drew in order.
    """
    progress = Progress()
    try:
        while True:
            if begun or setting.until_done:
                from claude_cli.turn.going_on.until_done import whole_answer

                body, message = whole_answer(setting, body, renderer, progress, begun)
                begun = None
            else:
                body, message = exchange(setting, body, renderer, progress)
            progress.files.update(dict.fromkeys(made_files(message)))
            following = _go_on(setting, body, message, progress)
            if following is None:
                break
            body = _next_body(body, message, following)
            if "tools" in body:
                body["tools"] = setting.tools.followed(body["tools"])
            if is_too_dear(setting, body, progress):
                break
    except BaseException:
        renderer.abandon()
        raise
    answer = _answer(setting, message, progress)
    try:
        renderer.finish(answer)
    except InputError as error:
        return answer._replace(unshown=error)
    return answer


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
    return auto_tool_choice(body) if len(following) > 1 else body


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
        cache=progress.cache,
        budget=setting.guard.left(setting.conversation.id),
        limit=progress.limit,
        fallback_from=progress.fallback_from,
        unanswered=progress.unanswered,
        unparsed=progress.unparsed,
        files=tuple(progress.files),
    )
