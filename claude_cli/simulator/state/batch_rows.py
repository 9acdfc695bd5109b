"""The requests of a batch: read out of a body one by one and kept compressed, so that a hundred
thousand of them need little memory.
"""

import json
import random
import re
import zlib
from collections.abc import Iterator
from typing import Any

from claude_cli.simulator.wire.exchange import Received, check_text, decoder
from claude_cli.simulator.wire.rejections import Rejection, invalid
from claude_cli.simulator.wire.shapes import any_object, array, record, string

ROW_LIMIT = 100_000
_BLOCK_ROWS = 500
_BLOCK_CHARACTERS = 1_000_000
"""A block is closed as soon as it reaches one of the two."""
_SEED = 1
"""Gives another order than that of the requests from two of them on."""

_REQUEST = record({"custom_id": string(pattern="[a-zA-Z0-9_-]{1,64}"), "params": any_object})
_BODY = record({"requests": array(_REQUEST, least=1)})
_OPENING = re.compile(r'\s*\{\s*"requests"\s*:\s*\[\s*')
_FOLLOWING = re.compile(r"\s*(?:(,)\s*|\]\s*\}\s*\Z)")


class Rows:
    """Requests in their order, each `{"custom_id", "params"}`."""

    def __init__(self) -> None:
        self._blocks: list[tuple[int, bytes]] = []
        self._open: list[str] = []
        self._open_characters = 0
        self._count = 0

    def append(self, text: str) -> None:
        """Takes the JSON of a request."""
        self._open.append(text)
        self._open_characters += len(text)
        self._count += 1
        if len(self._open) >= _BLOCK_ROWS or self._open_characters >= _BLOCK_CHARACTERS:
            self.close_block()

    def close_block(self) -> None:
        """Compresses what was appended since the last block; to be called after the last."""
        if self._open:
            packed = zlib.compress(f"[{','.join(self._open)}]".encode(), 1)
            self._blocks.append((self._count - len(self._open), packed))
            self._open, self._open_characters = [], 0

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for _, block in self._blocks:
            yield from json.loads(zlib.decompress(block))

    def shuffled(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """The requests and their places, in another order, the same each time."""
        chance = random.Random(_SEED)
        for first, block in chance.sample(self._blocks, len(self._blocks)):
            requests = list(enumerate(json.loads(zlib.decompress(block)), first))
            chance.shuffle(requests)
            yield from requests


def read_requests(received: Received) -> Iterator[tuple[dict[str, Any], str]]:
    """Each request of a batch to be created, and its JSON; a Rejection where the body is none.

    Their `params` are checked later, as the API does it.
    """
    seen: set[str] = set()
    try:
        for request, text in _items(received):
            _check(request, seen)
            yield request, text
    except (ValueError, RecursionError) as error:
        _BODY("", received.json())
        raise invalid("requests", "should be given once, under its plain name") from error


def _items(received: Received) -> Iterator[tuple[Any, str]]:
    """The items of the one list; ValueError where the body is not that and nothing else."""
    text = received.raw.decode()
    found = _OPENING.match(text)
    while found:
        request, end = decoder.raw_decode(text, found.end())
        written = text[found.end() : end]
        check_text(written, request)
        yield request, written
        found = _FOLLOWING.match(text, end)
        if found and found[1] is None:
            return
    raise ValueError


def _check(request: Any, seen: set[str]) -> None:
    path = f"requests.{len(seen)}"
    if len(seen) == ROW_LIMIT:
        raise Rejection(413, f"requests: a batch has at most {ROW_LIMIT:,} requests")
    _REQUEST(path, request)
    if request["custom_id"] in seen:
        raise invalid(f"{path}.custom_id", f"{request['custom_id']!r} is not unique in the batch")
    seen.add(request["custom_id"])
