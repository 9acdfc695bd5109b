"""The container in which the code of a conversation runs: named again in each request; its skills,
and the files that code makes. Pure.

While code waits for a tool, a request without the container is a 400; else what it had made would
be gone (Anthropic's Messages API, "Containers").
"""

import time
from calendar import timegm
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from claude_cli.session.format import Record
from claude_cli.types import Message, RequestBody

KEPT = ("model", "system", "tools")
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
        if "container" in answer["message"] and (found := container_of(answer["message"])):
            begun.setdefault(found, answer.get("at", ""))
            last = found
    return last if last and _age(begun[last]) < CONTAINER_AGE else None


def with_container(body: RequestBody, message: Message) -> RequestBody:
    """The next request of a turn, in the container of the answer before it."""
    found, asked = container_of(message), body.get("container")
    if found is None:
        return body
    return {**body, "container": {**asked, "id": found} if isinstance(asked, dict) else found}


def container_id(body: Mapping[str, Any]) -> str | None:
    """The id of the container that a request names."""
    asked = body.get("container")
    found = asked.get("id") if isinstance(asked, dict) else asked
    return found if isinstance(found, str) and found else None


def skills_of(body: Mapping[str, Any]) -> list[Any] | None:
    """The skills that a request asks for."""
    asked = body.get("container")
    skills = asked.get("skills") if isinstance(asked, dict) else None
    return skills if isinstance(skills, list) and skills else None


def offers_code(body: Mapping[str, Any]) -> bool:
    """Whether a request has the tool that runs code."""
    tools = body.get("tools")
    kinds = (t.get("type") for t in tools if isinstance(t, dict)) if isinstance(tools, list) else ()
    return any(isinstance(kind, str) and kind.startswith("code_execution_") for kind in kinds)


def kept_settings(fields: Mapping[str, Any]) -> dict[str, Any]:
    """What of a request a session keeps: the fields in KEPT, and the skills of its container; which
    container it is changes from turn to turn. No toolset of an MCP server is kept: a request names
    its servers anew."""
    kept = {key: fields[key] for key in KEPT if key in fields}
    if isinstance(tools := kept.get("tools"), list):
        kept["tools"] = [tool for tool in tools if not _is_toolset(tool)]
    skills = skills_of(fields)
    return {**kept, "container": {"skills": skills}} if skills else kept


def _is_toolset(tool: Any) -> bool:
    return isinstance(tool, dict) and tool.get("type") == "mcp_toolset"


def made_files(message: Message) -> Iterator[str]:
    """The ids of the files that code of an answer made, as results of code execution name them."""
    for block in message.get("content", []):
        result: Any = block.get("content")
        if not str(block.get("type")).endswith("_tool_result") or not isinstance(result, dict):
            continue
        outputs = result.get("content")
        for output in outputs if isinstance(outputs, list) else ():
            found = output.get("file_id") if isinstance(output, dict) else None
            if isinstance(found, str) and found:
                yield found


def without_container(body: RequestBody) -> RequestBody:
    """`body` in a new container; the skills that it asks for stay."""
    skills = skills_of(body)
    rest = {key: value for key, value in body.items() if key != "container"}
    return {**rest, "container": {"skills": skills}} if skills else rest


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
