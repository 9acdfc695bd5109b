"""The endpoints of Message Batches, below `/v1/messages/batches`."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from claude_cli.simulator.checks.headers import Dialect, check_headers
from claude_cli.simulator.checks.request import check_message
from claude_cli.simulator.state.account import Account
from claude_cli.simulator.state.batch_results import USUAL, Outcome, choose_outcome
from claude_cli.simulator.state.batch_rows import Rows, read_requests
from claude_cli.simulator.state.batch_store import Batch
from claude_cli.simulator.state.file_references import check_files
from claude_cli.simulator.state.skill_references import check_skills
from claude_cli.simulator.wire.exchange import Interruption, Received, Response, Step, json_response
from claude_cli.simulator.wire.faults import refuse
from claude_cli.simulator.wire.paging import page
from claude_cli.simulator.wire.rejections import Rejection, invalid

PATH = "/v1/messages/batches"


def create(account: Account, received: Received) -> Response:
    """What is wrong with a request's `params` shows in its result alone."""
    dialect = replace(check_headers(received.headers), batch=True)
    rows, outcomes = Rows(), dict[int, Outcome]()
    for request, text in read_requests(received):
        params = account.catalogued(request["params"])
        if params is not request["params"]:
            text = json.dumps({**request, "params": params})
        refusal = _refusal(account, params, dialect)
        orders = account.batches.orders
        outcome = choose_outcome(request["custom_id"], orders, refusal, received.request_id)
        if outcome is not USUAL:
            outcomes[len(rows)] = outcome
        rows.append(text)
    rows.close_block()
    fault = account.faults.next("create")
    if fault:
        refuse(fault)
    batch = account.batches.add(received.fingerprint, rows, outcomes)
    if fault and fault.kind == "lost":
        return Response(body=[Interruption.CUT])
    return _shown(account, received, batch)


def list_batches(account: Account, received: Received) -> Response:
    check_headers(received.headers, json_body=False)
    newest = reversed(list(account.batches))
    items = [batch.shown(_results_url(account, received, batch)) for batch in newest]
    return json_response(page(items, received.query))


def show(account: Account, received: Received, batch_id: str) -> Response:
    batch = _find(account, received, batch_id)
    if fault := account.faults.next("poll"):
        refuse(fault)
    return _shown(account, received, batch)


def cancel(account: Account, received: Received, batch_id: str) -> Response:
    batch = _find(account, received, batch_id)
    if batch.status == "ended":
        raise Rejection(400, f"batch {batch_id} has ended and cannot be canceled")
    batch.cancel()
    return _shown(account, received, batch)


def delete(account: Account, received: Received, batch_id: str) -> Response:
    batch = _find(account, received, batch_id)
    if batch.status != "ended":
        raise Rejection(400, f"batch {batch_id} is still being processed: cancel it first")
    account.batches.remove(batch)
    return json_response({"id": batch_id, "type": "message_batch_deleted"})


def results(account: Account, received: Received, batch_id: str) -> Response:
    """JSON Lines, made as they are sent; the last line lacks its newline, as it may."""
    batch = _find(account, received, batch_id)
    if batch.status != "ended" or batch.archived is not None:
        raise Rejection(404, f"batch {batch_id} has no results to download")
    fault = account.faults.next("results")
    if fault:
        refuse(fault)
    half = len(batch.rows) // 2
    cut_at = (half if fault.lines is None else fault.lines) if fault else None
    headers = {"content-type": "application/x-jsonl"}
    return Response(headers=headers, body=_joined(batch.lines(), cut_at))


def _joined(lines: Iterator[bytes], cut_at: int | None) -> Iterator[Step]:
    """`cut_at`: how many lines arrive whole before one that does not."""
    for number, line in enumerate(lines):
        newline = b"\n" if number else b""
        if number == cut_at:
            yield newline + line[: len(line) // 2]
            yield Interruption.CUT
        yield newline + line


def _refusal(account: Account, params: dict[str, Any], dialect: Dialect) -> Rejection | None:
    """Why these `params` end in an error."""
    try:
        for name, given in _forbidden(params):
            if given:
                raise invalid(name, "is not supported in a batch")
        check_message(params, dialect, account.script.signatures)
        check_files(params, account.files)
        check_skills(params, account.skills)
    except Rejection as rejection:
        return rejection
    except RecursionError:
        return invalid("", "the request is nested too deeply")
    return None


def _forbidden(params: dict[str, Any]) -> Iterator[tuple[str, bool]]:
    yield "stream", params.get("stream") is True
    yield "speed", "speed" in params
    yield "fallbacks", "fallbacks" in params
    yield "thread", "thread" in params
    yield "max_tokens", params.get("max_tokens") == 0


def _find(account: Account, received: Received, batch_id: str) -> Batch:
    check_headers(received.headers, json_body=False)
    batch = account.batches.find(batch_id)
    if batch is None:
        raise Rejection(404, f"batch: {batch_id}")
    return batch


def _shown(account: Account, received: Received, batch: Batch) -> Response:
    return json_response(batch.shown(_results_url(account, received, batch)))


def _results_url(account: Account, received: Received, batch: Batch) -> str:
    origin = account.batches.results_origin or received.base_url
    return f"{origin}{PATH}/{batch.id}/results"
