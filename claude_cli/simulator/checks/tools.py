"""What the API refuses in the tools of a request and in the way to choose them."""

from collections.abc import Iterator
from typing import Any

from claude_cli.simulator.checks.headers import Dialect
from claude_cli.simulator.checks.models import Model
from claude_cli.simulator.checks.prompt import (
    asked_skills,
    offered_tools,
    placed_blocks,
    thinks_manually,
)
from claude_cli.simulator.checks.schema import Subschema
from claude_cli.simulator.checks.tool_shapes import NAMED_TOOLS
from claude_cli.simulator.wire.rejections import invalid
from claude_cli.values.schema import SchemaFault, check_schema, errors

STRICT_LIMIT = 20
FIRST_WITH_SKILLS = "code_execution_20250825"


def check_tools(body: dict[str, Any], model: Model, dialect: Dialect) -> None:
    """Raises for what shapes cannot tell."""
    tools = body.get("tools", [])
    _check_names(tools)
    for index, tool in enumerate(tools):
        _check_tool(f"tools.{index}", tool, model, dialect)
    if tools and all(tool.get("defer_loading") for tool in tools):
        raise invalid("tools", "at least one tool must not have defer_loading set")
    _check_mcp(body.get("mcp_servers", []), tools)
    _check_choice(body, model)
    _check_container(body)


def strict_schemas(body: dict[str, Any]) -> Iterator[Subschema]:
    """The input schemas that the model is held to."""
    for index, tool in enumerate(body.get("tools", [])):
        if tool.get("strict") and "input_schema" in tool:
            yield Subschema(f"tools.{index}.input_schema", tool["input_schema"])


def _check_names(tools: list[dict[str, Any]]) -> None:
    seen: set[str] = set()
    for tool in tools:
        name = tool.get("name")
        if name in seen:
            raise invalid("tools", f"Tool names must be unique; {name!r} comes twice")
        if name:
            seen.add(name)
    if sum(bool(tool.get("strict")) for tool in tools) > STRICT_LIMIT:
        raise invalid("tools", f"more than {STRICT_LIMIT} strict tools")


def _check_tool(path: str, tool: dict[str, Any], model: Model, dialect: Dialect) -> None:
    kind = tool.get("type") or "custom"
    named = NAMED_TOOLS.get(kind)
    if named and named.beta and named.beta not in dialect.betas:
        raise invalid(f"{path}.type", f"{kind} needs the beta header {named.beta}")
    if kind in model.facts.refused_tools:
        problem = f"{kind} is not supported on {model.id}; use computer_toolset_20260801"
        raise invalid(f"{path}.type", problem)
    if tool.get("allowed_domains") and tool.get("blocked_domains"):
        raise invalid(path, "only one of allowed_domains and blocked_domains can be given")
    _check_callers(path, tool, model)
    for index, example in enumerate(tool.get("input_examples", [])):
        if "input_schema" in tool:
            _check_example(f"{path}.input_examples.{index}", example, tool["input_schema"])


def _check_example(path: str, example: Any, schema: dict[str, Any]) -> None:
    try:
        check_schema(schema)
        problems = errors(schema, example, most=1)
    except SchemaFault as fault:
        raise invalid(path, f"cannot be checked: {fault}") from fault
    if problems:
        raise invalid(path, f"does not fit input_schema: {problems[0]}")


def allowed_callers(tool: dict[str, Any]) -> list[str]:
    """Later search and fetch tools are called from code unless told otherwise."""
    kind = tool.get("type") or ""
    by_code = kind.startswith("web_") and kind.rpartition("_")[2] >= "20260209"
    default = ["code_execution_20260120"] if by_code else ["direct"]
    callers: list[str] = tool.get("allowed_callers", default)
    return callers


def _check_callers(path: str, tool: dict[str, Any], model: Model) -> None:
    callers = allowed_callers(tool)
    if callers != ["direct"] and not model.facts.code_calls_tools:
        problem = f"{model.id} does not support programmatic tool calling; set it to ['direct']"
        raise invalid(f"{path}.allowed_callers", problem)


def _check_mcp(servers: list[dict[str, Any]], tools: list[dict[str, Any]]) -> None:
    """Each server is used by exactly one toolset, each toolset has its server."""
    used = [tool["mcp_server_name"] for tool in tools if tool.get("type") == "mcp_toolset"]
    names = [server["name"] for server in servers]
    for index, server in enumerate(servers):
        if "tool_configuration" not in server and used.count(server["name"]) != 1:
            problem = f"{server['name']!r} must be referenced by exactly one mcp_toolset"
            raise invalid(f"mcp_servers.{index}", problem)
    for name in used:
        if name not in names:
            raise invalid("tools", f"mcp_toolset names an unknown server: {name!r}")


def _check_choice(body: dict[str, Any], model: Model) -> None:
    choice = body.get("tool_choice")
    if choice is None:
        return
    names = [tool["name"] for tool in offered_tools(body)]
    if not names and not body.get("tools"):
        raise invalid("tool_choice", "may only be specified while providing tools")
    if choice["type"] not in ("any", "tool"):
        return
    if thinks_manually(body):
        raise invalid("tool_choice", "Thinking may not be enabled when tool_choice forces tool use")
    if not model.facts.forced_tools:
        raise invalid("tool_choice.type", f"{model.id} does not support forced tool use")
    if choice["type"] == "tool" and choice["name"] not in names:
        raise invalid("tool_choice.name", f"Tool {choice['name']!r} not found in provided tools")


def _check_container(body: dict[str, Any]) -> None:
    kinds = [tool.get("type") or "" for tool in body.get("tools", [])]
    kinds = [kind for kind in kinds if kind.startswith("code_execution_")]
    for path, _, block in placed_blocks(body) if not kinds else ():
        if block["type"] == "container_upload":
            raise invalid(path, "container_upload needs a code execution tool")
    if asked_skills(body) and not any(kind >= FIRST_WITH_SKILLS for kind in kinds):
        raise invalid("container.skills", f"needs a tool of type {FIRST_WITH_SKILLS} or later")
