"""Which function answers which method and path. A new resource is a module of endpoints and its
lines in ROUTES.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeAlias
from urllib.parse import unquote

from claude_cli.simulator.server import (
    batches,
    bedrock,
    files,
    messages,
    model_list,
    skills,
    vertex,
)
from claude_cli.simulator.wire.exchange import Response
from claude_cli.simulator.wire.rejections import Rejection

MESSAGE_LIMIT = 32_000_000
"""Bytes of a body, unless a route says otherwise; beyond it a 413."""
SKILL_LIMIT = 40_000_000
"""The files of a skill, and the headers of their parts."""

Endpoint: TypeAlias = Callable[..., Response]
"""Takes the Account, the Received request and, as strings, what the `{…}` of the path stand for.
Raises a Rejection for what the API would refuse.
"""


class Route(NamedTuple):
    method: str
    path: str
    endpoint: Endpoint
    body_limit: int = MESSAGE_LIMIT


class Match(NamedTuple):
    route: Route
    arguments: list[str]


ROUTES = (
    Route("POST", "/v1/messages", messages.create),
    Route("POST", "/v1/messages/count_tokens", messages.count_tokens),
    Route("POST", "/v1/messages/batches", batches.create, body_limit=256_000_000),
    Route("GET", "/v1/messages/batches", batches.list_batches),
    Route("GET", "/v1/messages/batches/{id}", batches.show),
    Route("DELETE", "/v1/messages/batches/{id}", batches.delete),
    Route("POST", "/v1/messages/batches/{id}/cancel", batches.cancel),
    Route("GET", "/v1/messages/batches/{id}/results", batches.results),
    Route("GET", "/v1/models", model_list.list_models),
    Route("GET", "/v1/models/{name}", model_list.show_model),
    Route("POST", "/v1/files", files.upload, body_limit=500_000_000),
    Route("GET", "/v1/files", files.list_files),
    Route("GET", "/v1/files/{id}", files.show),
    Route("DELETE", "/v1/files/{id}", files.delete),
    Route("GET", "/v1/files/{id}/content", files.download),
    Route("POST", "/v1/skills", skills.create, body_limit=SKILL_LIMIT),
    Route("GET", "/v1/skills", skills.list_skills),
    Route("GET", "/v1/skills/{id}", skills.show),
    Route("DELETE", "/v1/skills/{id}", skills.delete),
    Route("POST", "/v1/skills/{id}/versions", skills.create_version, body_limit=SKILL_LIMIT),
    Route("GET", "/v1/skills/{id}/versions", skills.list_versions),
    Route("GET", "/v1/skills/{id}/versions/{version}", skills.show_version),
    Route("DELETE", "/v1/skills/{id}/versions/{version}", skills.delete_version),
    Route("GET", "/v1/skills/{id}/versions/{version}/content", skills.download),
    Route("POST", "/model/{model}/invoke", bedrock.invoke),
    Route("POST", "/model/{model}/invoke-with-response-stream", bedrock.invoke_streaming),
    Route("POST", "/model/{model}/count-tokens", bedrock.count_tokens),
    Route(
        "POST",
        "/v1/projects/{project}/locations/{location}/publishers/anthropic/models/{target}",
        vertex.predict,
    ),
)


def find_route(method: str, path: str) -> Match:
    """The first route that fits; raises the 404 or 405."""
    matches = list(_matches(path))
    for match in matches:
        if match.route.method == method:
            return match
    if not matches:
        raise Rejection(404, f"Not found: {path}")
    allowed = ", ".join(match.route.method for match in matches)
    raise Rejection(405, f"Method not allowed: {method}", headers={"allow": allowed})


def _matches(path: str) -> Iterator[Match]:
    parts = path.rstrip("/").split("/")
    for route in ROUTES:
        pattern = route.path.split("/")
        if len(pattern) == len(parts) and all(
            wanted == part or (wanted.startswith("{") and part)
            for wanted, part in zip(pattern, parts, strict=True)
        ):
            arguments = [
                unquote(part)
                for wanted, part in zip(pattern, parts, strict=True)
                if wanted.startswith("{")
            ]
            yield Match(route, arguments)
