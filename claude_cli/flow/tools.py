"""What `tools list` shows: the tools that a request would offer."""

from typing import TYPE_CHECKING, Any

from claude_cli.commandline.flags.connection import ConnectionFlags
from claude_cli.commandline.flags.question import McpFlags, ToolFlags
from claude_cli.models import catalog
from claude_cli.turn.connection import model_names
from claude_cli.turn.toolcalls import Tools
from claude_cli.ui.notices import Notices
from claude_cli.ui.tables import Column, Columns, ListFormat, print_rows

if TYPE_CHECKING:
    from claude_cli.tools.tool import ToolSpec

COLUMNS: Columns = {
    "name": "TOOL",
    "origin": Column("FROM", spare=2),
    "description": Column("DESCRIPTION", spare=1),
}
NOTHING = "no tools: -T SPEC and --mcp FILE name some"


def list_tools(
    flags: ToolFlags,
    mcp: McpFlags,
    model: str | None,
    connection: ConnectionFlags,
    format: ListFormat,
    notices: Notices,
) -> None:
    """Load the tools as `model` takes them and print them; servers are started for that."""
    names = model_names(connection)
    known = names.catalogue_name(model or catalog.default_model())
    with Tools(flags, connection, notices, mcp) as tools:
        definitions = tools.definitions(known) or []
        rows = definitions if format == "json" else [_row(tool) for tool in tools.all]
    print_rows(rows, COLUMNS, format, nothing=NOTHING)


def _row(tool: "ToolSpec") -> dict[str, Any]:
    definition = tool.definition
    description = str(definition.get("description") or "").strip()
    return {
        "name": tool.name or definition.get("type"),
        "origin": tool.origin,
        "description": description.partition("\n")[0] or definition.get("type"),
    }
