"""A request that goes on with a stored conversation, made so that the API takes it. Pure."""

from collections.abc import Callable
from functools import cache

from claude_cli.session.binding import bindings, without_unbound
from claude_cli.session.containers import in_container, open_container
from claude_cli.session.format import Record
from claude_cli.session.legal_ids import with_legal_ids
from claude_cli.types import RequestBody


def settled(body: RequestBody, chain: list[Record], binds: Callable[[str], bool]) -> RequestBody:
    """`body`, whose messages begin with those of `chain`: in the container of the conversation,
    with legal ids, without thinking whose preceding messages have changed.

    `binds` says of a model whether its thinking is bound to what was sent before it.
    """
    answers = [record for record in chain if record["kind"] == "assistant"]
    if not answers:
        return body
    body = in_container(with_legal_ids(body), open_container(answers))
    binds = cache(binds)  # a session names few models, thousands of times
    if not binds(body["model"]):
        return body
    made = [a for a in answers if binds(str(a["message"].get("model") or a.get("model")))]
    return without_unbound(body, bindings(made))
