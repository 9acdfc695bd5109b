"""A request body → the betas that it needs.

The names go into the `anthropic-beta` header, beside those of --beta. Pure.
"""

from typing import Any

from claude_cli.types import RequestBody


def needed_betas(body: RequestBody) -> list[str]:
    """Names that the API wants to see for the tools and the uploaded files in `body`."""
    betas = _of_tools(body.get("tools"))
    if _refers_to_file(body.get("messages")):
        from claude_cli.api.files import BETA

        betas.append(BETA)
    return list(dict.fromkeys(betas))


def _of_tools(tools: Any) -> list[str]:
    if not isinstance(tools, list) or not tools:
        return []
    from claude_cli.tools.api_types import BETAS

    types = [tool.get("type") for tool in tools if isinstance(tool, dict)]
    return [BETAS[type_] for type_ in types if isinstance(type_, str) and type_ in BETAS]


def _refers_to_file(messages: Any) -> bool:
    """Whether a content block, however deep in others, is there by the id of a file."""
    waiting = [messages]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            if value.get("type") in ("file", "container_upload"):
                return True
            waiting += (value.get("content"), value.get("source"))
    return False
