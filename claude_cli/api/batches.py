"""The Message Batches API: many requests at once, answered within a day at half the price."""

from collections.abc import Iterator, Sequence
from typing import Any

from claude_cli.api.address import segment
from claude_cli.api.client import ApiClient, ApiResponse
from claude_cli.api.network.failures import ConnectionLost
from claude_cli.api.pages import list_all
from claude_cli.api.payload import Payload
from claude_cli.api.retry import CREATE_ONCE
from claude_cli.errors import (
    ClaudeCliError,
    InputError,
    InputUnreadable,
    ProtocolError,
    TemporaryFailure,
    Unreachable,
)
from claude_cli.values.strict_json import decode_json

PATH = "/v1/messages/batches"
LONGEST_LINE = 64 * 1024 * 1024
"""Bytes of one result."""
MOST_LINES = 200_000
"""Lines of the results of one batch: twice as many as it can have requests."""


def create_batch(client: ApiClient, payload: Payload, betas: Sequence[str] = ()) -> dict[str, Any]:
    """Send `{"requests": […]}` and return the batch that was made.

    `betas` are what its requests need, all together: see `betas.BatchBetas`.
    Tried again on 429 and 529 only: after any other failure `was_refused` tells whether the batch
    may exist all the same.
    """
    return _batch(client.call("POST", PATH, body=payload, betas=betas, retry=CREATE_ONCE))


def was_refused(error: ClaudeCliError) -> bool:
    """Whether a create that failed with `error` surely made nothing."""
    if error.status is None:
        return isinstance(error, Unreachable | InputError)  # both before anything was sent
    return error.status == 529 or (300 <= error.status < 500 and error.status != 408)


def show_batch(client: ApiClient, batch_id: str) -> dict[str, Any]:
    """Return a batch as it is now. Raises InputError for an unknown id."""
    return _batch(client.call("GET", f"{PATH}/{segment(batch_id)}"))


def list_batches(client: ApiClient) -> Iterator[dict[str, Any]]:
    """Yield every batch of the workspace, newest first."""
    return list_all(client, PATH)


def cancel_batch(client: ApiClient, batch_id: str) -> dict[str, Any]:
    """Ask for the end of a batch; requests that are being answered may still succeed."""
    return _batch(client.call("POST", f"{PATH}/{segment(batch_id)}/cancel"))


def delete_batch(client: ApiClient, batch_id: str) -> None:
    """Delete a batch and its results. Raises InputError for one that has not ended."""
    client.call("DELETE", f"{PATH}/{segment(batch_id)}")


def result_lines(client: ApiClient, batch: dict[str, Any]) -> Iterator[bytes]:
    """Yield the results of a batch that has ended, a JSON object each, in any order.

    Only whole lines are given. Raises InputUnreadable where the results are archived (29 days
    after the start), ProtocolError for a `results_url` elsewhere and beyond MOST_LINES,
    TemporaryFailure where the download is cut.
    """
    url = batch.get("results_url")
    if not isinstance(url, str):
        raise InputUnreadable(
            f"the results of {batch.get('id')} are archived: they can no longer be downloaded"
            if batch.get("archived_at")
            else f"the server names no results of {batch.get('id')}"
        )
    with client.open("GET", url) as response:
        yield from _lines(response)


def _lines(response: ApiResponse) -> Iterator[bytes]:
    pieces: list[bytes] = []
    size = count = 0
    for chunk in response.chunks():
        *whole, rest = chunk.split(b"\n")
        count += len(whole)
        if count > MOST_LINES:
            raise response.attribute(ProtocolError("the results do not end"))
        for line in whole:
            yield from _unless_blank(b"".join([*pieces, line]))
            pieces, size = [], 0
        pieces.append(rest)
        size += len(rest)
        if size > LONGEST_LINE:
            raise response.attribute(ProtocolError("a line of the results does not end"))
    yield from _last_line(b"".join(pieces), response)


def _last_line(line: bytes, response: ApiResponse) -> Iterator[bytes]:
    """The last line may lack its newline; one that is not whole means a cut download."""
    try:
        if line.strip():
            decode_json(line)
    except ProtocolError as error:
        cut: TemporaryFailure = ConnectionLost("the results ended in the middle of a line")
        raise response.attribute(cut) from error
    yield from _unless_blank(line)


def _unless_blank(line: bytes) -> Iterator[bytes]:
    if line.strip():
        yield line.rstrip(b"\r")


def _batch(answer: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(answer.get("id"), str) or not answer["id"]:
        raise ProtocolError("the server answered without a batch", status=200)
    return answer
