"""The shapes of content blocks in a request, and what each may hold: the real media type of an
image, its size, the plain base64 that the API insists on. Which message may hold which block is
told in `messages`.
"""

from typing import Any

from claude_cli.simulator.checks import media
from claude_cli.simulator.wire.rejections import invalid
from claude_cli.simulator.wire.shapes import (
    Shape,
    any_object,
    anything,
    array,
    boolean,
    nullable,
    one_of,
    record,
    string,
    string_or,
    tagged,
)
from claude_cli.values.media import IMAGES, PDF, detect

IMAGE_LIMIT = 10_000_000
"""Characters of base64 in one image."""
CACHE_CONTROL = nullable(
    record(
        {"type": one_of("ephemeral")}, {"ttl": one_of("5m", "1h"), "scope": one_of("global", "org")}
    )
)
ID = string(pattern="[a-zA-Z0-9_-]+")


def _block(
    kind: str, required: dict[str, Shape], optional: dict[str, Shape] | None = None
) -> Shape:
    cached = {"cache_control": CACHE_CONTROL, **(optional or {})}
    return record({"type": one_of(kind), **required}, cached)


def _source(kind: str, **required: Shape) -> Shape:
    return record({"type": one_of(kind), **required})


def _check_text(path: str, value: Any) -> None:
    string()(path, value)
    if not value:
        raise invalid(path, "text content blocks must be non-empty")


def _check_url(path: str, value: Any) -> None:
    string(least=1)(path, value)
    if not value.startswith(("https://", "http://")):
        raise invalid(path, "Only HTTP and HTTPS URLs are supported")


def _check_base64_image(path: str, source: Any) -> None:
    _source("base64", media_type=one_of(*IMAGES), data=string(least=1))(path, source)
    data = source["data"]
    if len(data) > IMAGE_LIMIT:
        raise invalid(path, f"image exceeds the maximum of {IMAGE_LIMIT} characters: {len(data)}")
    found = detect(_decoded(f"{path}.data", data))
    if found not in IMAGES or media.pixels(data) is None:
        raise invalid(path, "Could not process image")
    if found != source["media_type"]:
        problem = f"the image is declared as {source['media_type']} but appears to be {found}"
        raise invalid(f"{path}.media_type", problem)


def _check_base64_pdf(path: str, source: Any) -> None:
    _source("base64", media_type=one_of(PDF), data=string(least=1))(path, source)
    if detect(_decoded(f"{path}.data", source["data"])) != PDF:
        raise invalid(f"{path}.data", "The PDF specified was not valid")


def _decoded(path: str, data: str) -> bytes:
    decoded = media.decode_base64(data)
    if decoded is None:
        raise invalid(path, "Invalid base64 data: standard alphabet, padded, without newlines")
    return decoded


_URL_SOURCE = _source("url", url=_check_url)
_FILE_SOURCE = _source("file", file_id=string(pattern="file_[a-zA-Z0-9_-]+"))
_CITATIONS_SWITCH = nullable(record({}, {"enabled": boolean}))
_CITATION = tagged(
    {
        kind: any_object
        for kind in (
            "char_location",
            "page_location",
            "content_block_location",
            "search_result_location",
            "web_search_result_location",
        )
    }
)

TEXT = _block("text", {"text": _check_text}, {"citations": nullable(array(_CITATION))})
IMAGE = _block(
    "image",
    {"source": tagged({"base64": _check_base64_image, "url": _URL_SOURCE, "file": _FILE_SOURCE})},
    {"transformations": nullable(record({}, {"oversized_image": one_of("downsize", "error")}))},
)
_DOCUMENT_SOURCE = tagged(
    {
        "base64": _check_base64_pdf,
        "url": _URL_SOURCE,
        "file": _FILE_SOURCE,
        "text": _source("text", media_type=one_of("text/plain"), data=string(least=1)),
        "content": _source(
            "content", content=string_or(array(tagged({"text": TEXT, "image": IMAGE})))
        ),
    }
)
DOCUMENT = _block(
    "document",
    {"source": _DOCUMENT_SOURCE},
    {
        "title": nullable(string()),
        "context": nullable(string()),
        "citations": _CITATIONS_SWITCH,
    },
)
SEARCH_RESULT = _block(
    "search_result",
    {"source": string(), "title": string(), "content": array(TEXT, least=1)},
    {"citations": _CITATIONS_SWITCH},
)
_TOOL_REFERENCE = _block("tool_reference", {"tool_name": string()})
_BROWSER_STATE = _block(
    "browser_state", {"tabs": array(any_object)}, {"state_changes": array(any_object, least=1)}
)
_TOOL_RESULT_CONTENT = tagged(
    {
        "text": TEXT,
        "image": IMAGE,
        "document": DOCUMENT,
        "search_result": SEARCH_RESULT,
        "tool_reference": _TOOL_REFERENCE,
        "browser_state": _BROWSER_STATE,
    }
)
_CALLER = tagged({name: any_object for name in ("direct", "code_execution_20250825",
                  "code_execution_20260120", "code_execution_20260521")})  # fmt: skip
_SEARCH_HIT = record(
    {
        "type": one_of("web_search_result"),
        "url": string(),
        "title": string(),
        "encrypted_content": string(least=1),
    },
    {"page_age": nullable(string())},
)


def _check_search_hits(path: str, value: Any) -> None:
    """A list of results, or the one object that tells an error."""
    if not isinstance(value, dict):
        array(_SEARCH_HIT)(path, value)


def _echoed_result(kind: str, content: Shape = anything) -> Shape:
    """The result of a server tool, handed back as it came."""
    return _block(kind, {"tool_use_id": string(), "content": content}, {"caller": _CALLER})


USER_BLOCKS: dict[str, Shape] = {
    "text": TEXT,
    "image": IMAGE,
    "document": DOCUMENT,
    "search_result": SEARCH_RESULT,
    "tool_result": _block(
        "tool_result",
        {"tool_use_id": ID},
        {
            "content": string_or(array(_TOOL_RESULT_CONTENT)),
            "is_error": boolean,
            "toolset_name": nullable(string()),
        },
    ),
    "container_upload": _block("container_upload", {"file_id": string()}),
}
ASSISTANT_BLOCKS: dict[str, Shape] = {
    "text": TEXT,
    "thinking": record(
        {"type": one_of("thinking"), "thinking": string(), "signature": string(least=1)}
    ),
    "redacted_thinking": record({"type": one_of("redacted_thinking"), "data": string(least=1)}),
    "tool_use": _block(
        "tool_use",
        {"id": ID, "name": string(least=1, most=200), "input": any_object},
        {"caller": _CALLER, "toolset_name": nullable(string())},
    ),
    "server_tool_use": _block(
        "server_tool_use",
        {"id": string(pattern="srvtoolu_[a-zA-Z0-9_]+"), "name": string(), "input": any_object},
        {"caller": _CALLER},
    ),
    "web_search_tool_result": _echoed_result("web_search_tool_result", _check_search_hits),
    "container_upload": USER_BLOCKS["container_upload"],
    "document": DOCUMENT,
    "mcp_tool_use": _block(
        "mcp_tool_use",
        {"id": string(), "name": string(), "server_name": string(), "input": any_object},
    ),
    "mcp_tool_result": _block(
        "mcp_tool_result", {"tool_use_id": string(), "content": anything}, {"is_error": boolean}
    ),
    "compaction": _block(
        "compaction",
        {"content": nullable(string())},
        {
            "encrypted_content": nullable(string()),
            "signature": nullable(string()),
            "tool_changes": nullable(array(any_object)),
        },
    ),
    "mcp_tool_listing": any_object,
    "fallback": any_object,
} | {
    kind: _echoed_result(kind)
    for kind in (
        "web_fetch_tool_result",
        "code_execution_tool_result",
        "bash_code_execution_tool_result",
        "text_editor_code_execution_tool_result",
        "tool_search_tool_result",
        "advisor_tool_result",
    )
}
