"""The container in which the code of a conversation runs: named again in each request. Pure.

While code waits for a tool, a request without the container is a 400; else what it had made would
be gone (Anthropic's Messages API, "Containers").
"""

import time
from calendar import timegm
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from claude_cli.session.format import Record
from claude_cli.types import Message, RequestBody

CONTAINER_AGE = 30 * 86400
"""Seconds after which the API has forgotten a container."""


def container_of(message: Message) -> str | None:
    """The id of the container that an answer ran in."""
    container: Any = message.get("container")
    found = container.get("id") if isinstance(container, dict) else container
    return found if isinstance(found, str) and found else None


def open_container(answers: Iterable[Record]) -> str | None:
    """The container that a conversation had last, unless the API has forgotten it by now."""
    begun: dict[str, str] = {}
    last = None
    for answer in answers:
        if found := container_of(answer["message"]):
            begun.setdefault(found, answer.get("at", ""))
            last = found
    return last if last and _age(begun[last]) < CONTAINER_AGE else None


def with_container(body: RequestBody, message: Message) -> RequestBody:
    """The next request of a turn, in the container of the answer before it."""
    found, asked = container_of(message), body.get("container")
    if found is None:
        return body
    return {**body, "container": {**asked, "id": found} if isinstance(asked, dict) else found}


def in_container(body: RequestBody, container: str | None) -> RequestBody:
    """`body` in that container; the skills that it asks for stay."""
    asked = body.get("container")
    if container is None or isinstance(asked, str) or (isinstance(asked, dict) and "id" in asked):
        return body
    if isinstance(asked, dict):
        return {**body, "container": {"id": container, **asked}}
    return {**body, "container": container} if "container" not in body else body


def _age(at: Any) -> float:
    with suppress(ValueError, TypeError):
        return time.time() - timegm(time.strptime(at, "%Y-%m-%dT%H:%M:%SZ"))
    return 0.0
