"""The lines of a cassette's file: the first says where, each further one is an exchange.

`{"cassette": 1, "platform", "region", "base_url"}`, then `{"request", "response"}`, as
docs/cassettes.md has it.
"""

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from claude_cli.cassette.exchange import (
    KEPT_OF_REQUESTS,
    KEPT_OF_RESPONSES,
    Chunk,
    Place,
    Request,
    Response,
    kept,
)
from claude_cli.disk.appendlog import read_records
from claude_cli.errors import InputError

FORMAT: Final = 1
DAMAGED: Final = (KeyError, TypeError, ValueError, OverflowError)


def first_line(place: Place) -> dict[str, Any]:
    """The record that a cassette begins with."""
    return {"cassette": FORMAT, **place._asdict()}


def read_place(path: Path) -> Place:
    """Where the exchanges of a cassette took place.

    Raises InputUnreadable, and InputError for a file that is none, or that a newer version wrote.
    """
    first = next(read_records(path), None)
    header = first.value if first else None
    version = header.get("cassette") if header else None
    if header is None or type(version) is not int:
        raise InputError(f"{path} is no cassette: its first line does not say so")
    if version > FORMAT:
        raise InputError(
            f"{path} is a cassette of a newer format, {version}", hint="update claude-cli"
        )
    region = header.get("region")
    return Place(
        str(header.get("platform") or "direct"),
        None if region is None else str(region),
        str(header.get("base_url") or ""),
    )


def exchange_line(request: Request, response: Response) -> dict[str, Any]:
    """The record of an exchange."""
    asked = {
        "method": request.method,
        "path": request.path,
        "headers": kept(request.headers.items(), KEPT_OF_REQUESTS),
        "body": request.body,
    }
    answered = {
        "status": response.status,
        "headers": kept(response.headers.items(), KEPT_OF_RESPONSES),
        "chunks": [_written(chunk) for chunk in response.chunks],
        **({"cut": True} if response.cut else {}),
    }
    return {"request": asked, "response": answered}


def read_exchange(record: Mapping[str, Any]) -> tuple[Request, Response]:
    """The exchange of a record. Raises one of DAMAGED for a damaged one."""
    asked, answered = record["request"], record["response"]
    request = Request(str(asked["method"]), str(asked["path"]), asked.get("body"))
    headers = {str(name): str(value) for name, value in dict(answered["headers"]).items()}
    status = answered["status"]
    if type(status) is not int or not 100 <= status <= 599:
        raise ValueError(status)
    chunks = tuple(map(_read_chunk, answered["chunks"]))
    return request, Response(status, headers, chunks, answered.get("cut") is True)


def _written(chunk: Chunk) -> list[Any]:
    """Text as text, so that a cassette can be read; other bytes as base64."""
    seconds = round(chunk.seconds, 4)
    try:
        return [seconds, chunk.data.decode()]
    except UnicodeDecodeError:
        return [seconds, {"base64": base64.b64encode(chunk.data).decode()}]


def _read_chunk(written: Any) -> Chunk:
    seconds, data = written
    if isinstance(data, str):
        return Chunk(float(seconds), data.encode())
    return Chunk(float(seconds), base64.b64decode(data["base64"], validate=True))
