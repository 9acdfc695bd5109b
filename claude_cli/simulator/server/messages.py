"""The endpoints `POST /v1/messages` and `POST /v1/messages/count_tokens`."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from claude_cli.models.platform_ids import catalogue_id
from claude_cli.simulator.answers.replies import Reply, make_reply
from claude_cli.simulator.answers.scripted import Scripted
from claude_cli.simulator.answers.server_tools import LISTING, listings
from claude_cli.simulator.checks.binding import CONTROLS
from claude_cli.simulator.checks.headers import Dialect, check_headers
from claude_cli.simulator.checks.open_calls import named_container
from claude_cli.simulator.checks.request import Checked, check_count, check_message
from claude_cli.simulator.checks.tokens import CHARACTERS, count_input
from claude_cli.simulator.state.account import Account
from claude_cli.simulator.state.file_references import check_files
from claude_cli.simulator.state.skill_references import check_skills, used_skills
from claude_cli.simulator.wire.exchange import Received, Response, Step, json_response
from claude_cli.simulator.wire.faults import SPOILED, Fault, refuse, spoil_json, spoil_stream
from claude_cli.simulator.wire.rejections import Rejection
from claude_cli.simulator.wire.stream import is_delta, stream_events

_STREAM_HEADERS = {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-cache",
}


@dataclass(frozen=True, slots=True)
class _Asked:
    """A checked request."""

    checked: Checked
    dialect: Dialect
    received: Received


def create(account: Account, received: Received) -> Response:
    """Checks, then the fault whose turn it is, then the script's reply or one of our own."""
    dialect = check_headers(received.headers)
    checked = check_message(_body(account, received), dialect, account.script.signatures)
    check_files(checked.body, account.files)
    check_skills(checked.body, account.skills)
    _check_container(account, checked.body)
    fault = account.faults.next()
    if fault:
        refuse(fault)
    response = _response(account, _Asked(checked, dialect, received), fault)
    response.delay += account.latency
    if fault and fault.kind == "slow":
        response.byte_pause = fault.seconds
    return response


def count_tokens(account: Account, received: Received) -> Response:
    dialect = check_headers(received.headers)
    checked = check_count(_body(account, received), dialect, account.script.signatures)
    check_files(checked.body, account.files)
    return json_response({"input_tokens": count_input(checked.body)})


def _body(account: Account, received: Received) -> Any:
    """The body with the catalogue's name of its model; below `/anthropic`, as on Mantle, that is
    without `anthropic.`."""
    body = received.json()
    if not isinstance(body, dict):
        return body
    model = body.get("model")
    if received.base_url.endswith("/anthropic") and isinstance(model, str):
        body = {**body, "model": catalogue_id(model)}
    return account.catalogued(body)


def _check_container(account: Account, body: dict[str, Any]) -> None:
    """A container expires when a fault says so."""
    named = named_container(body)
    fault = account.faults.next("container") if named else None
    if fault:
        refuse(fault)
        raise Rejection(400, f"container: Container {named} has expired or was not found")


def _response(account: Account, asked: _Asked, fault: Fault | None) -> Response:
    scripted = account.script.next()
    if scripted:
        if (response := scripted.response()) is not None:
            return response
        if scripted.sse is not None:
            return _stream(account, asked.received, scripted.sse, 1, fault)
    reply = _reply(account, asked, scripted)
    if not asked.checked.body.get("stream"):
        return _whole(account, reply, fault)
    characters = reply.delta_characters
    events = list(stream_events(reply.message, reply.events, reply.cut_input, characters))
    return _stream(account, asked.received, events, characters / CHARACTERS, fault)


def _reply(account: Account, asked: _Asked, scripted: Scripted | None) -> Reply:
    body, model, transformations = asked.checked
    make = scripted.reply if scripted else make_reply
    reply = make(body, model, asked.received.fingerprint, account.cache.use(body, model))
    message = reply.message
    if not scripted and message.get("container") and (skills := used_skills(body, account.skills)):
        message["container"]["skills"] = skills
    if asked.dialect.has_beta(LISTING) and not scripted:
        message["content"][:0] = listings(body)
    if asked.dialect.has_beta(CONTROLS):
        message.setdefault("input_transformations", transformations)
    if body.get("diagnostics"):
        found = account.diagnostics.compare(body, asked.dialect, message["id"])
        message.setdefault("diagnostics", found)
    return reply


def _stream(
    account: Account,
    received: Received,
    events: list[bytes],
    delta_tokens: float,
    fault: Fault | None,
) -> Response:
    steps: Iterable[Step] = events
    if fault:
        steps = spoil_stream(fault, events, received.request_id)
        if fault.kind == "error":
            received.error_type, received.error = fault.error_type, SPOILED
    if account.tokens_per_second:
        steps = _paced(steps, delta_tokens / account.tokens_per_second)
    return Response(headers=dict(_STREAM_HEADERS), body=steps)


def _paced(steps: Iterable[Step], seconds: float) -> Iterator[Step]:
    for step in steps:
        if isinstance(step, bytes) and is_delta(step):
            yield seconds
        yield step


def _whole(account: Account, reply: Reply, fault: Fault | None) -> Response:
    response = json_response(reply.message)
    if fault and isinstance(response.body, bytes):
        response.body = spoil_json(fault, response.body)
    if account.tokens_per_second:
        response.delay = reply.message["usage"]["output_tokens"] / account.tokens_per_second
    return response
