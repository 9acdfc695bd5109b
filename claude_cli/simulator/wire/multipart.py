"""`multipart/form-data` (RFC 7578): a body that was read whole → its parts."""

import re
from typing import NamedTuple

from claude_cli.simulator.wire.rejections import Rejection, invalid

HEADER_LIMIT = 16_384
"""Bytes of the headers of a part."""
_BOUNDARY = re.compile(
    r"""multipart/form-data\s*;.*?boundary=("?)([0-9A-Za-z'()+_,./:=? -]{1,70})\1\s*(;|$)""",
    re.IGNORECASE,
)
_PARAMETER = re.compile(r'[;\s](name|filename)="([^"]*)"')


class Part(NamedTuple):
    name: str
    filename: str | None
    media_type: str | None
    content: bytes


def read_parts(content_type: str, body: bytes) -> list[Part]:
    """A Rejection where the body is malformed or ends too early."""
    found = _BOUNDARY.match(content_type)
    if not found:
        raise invalid("content-type", "the body should be sent as multipart/form-data")
    mark = b"\r\n--" + found[2].encode()
    first = mark.removeprefix(b"\r\n")
    place = len(first) if body.startswith(first) else _end_of(mark, body, 0)
    parts = []
    while body[place : place + 2] == b"\r\n":
        end = _end_of(mark, body, place)
        blank = body.find(b"\r\n\r\n", place, min(end, place + HEADER_LIMIT))
        if blank < 0:
            raise _malformed(
                f"the headers of a part have no end, or more than {HEADER_LIMIT} bytes"
            )
        parts.append(_part(body[place:blank], body[blank + 4 : end - len(mark)]))
        place = end
    if body[place : place + 2] != b"--":
        raise _malformed("a boundary is not followed by a line end")
    return parts


def _end_of(mark: bytes, body: bytes, start: int) -> int:
    place = body.find(mark, start)
    if place < 0:
        raise _malformed("the body ends in the middle")
    return place + len(mark)


def _part(head: bytes, content: bytes) -> Part:
    try:
        headers = head.decode()
    except UnicodeDecodeError as error:
        raise invalid("headers", "is not UTF-8") from error
    values: dict[str, str] = {}
    for line in headers.split("\r\n"):
        name, _, value = line.partition(":")
        values[name.strip().lower()] = value.strip()
    parameters = dict(_PARAMETER.findall(values.get("content-disposition", "")))
    if "name" not in parameters:
        raise _malformed("a part has no name")
    return Part(parameters["name"], parameters.get("filename"), values.get("content-type"), content)


def _malformed(reason: str) -> Rejection:
    return invalid("", f"malformed multipart body: {reason}")
