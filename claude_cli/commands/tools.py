"""`tools`: what `-T` and `--mcp` would offer to the model."""

import typer

from claude_cli.commandline.flags.connection import ConnectionFlags
from claude_cli.commandline.flags.output import ListingFormat, VerbosityFlags
from claude_cli.commandline.flags.question import McpFlags, McpSpecs, ToolFlags, ToolSpecs
from claude_cli.commandline.flags.request import Model
from claude_cli.commandline.signature import command_group, expand_flags

app: typer.Typer = command_group(
    "List the tools of files and MCP servers.",
    example="claude-cli tools list --mcp mcp.json",
)


@app.command("list")
@expand_flags
def list_tools(
    verbosity: VerbosityFlags,
    connection: ConnectionFlags,
    tool: ToolSpecs = None,
    mcp: McpSpecs = None,
    model: Model = None,
    listing_format: ListingFormat = "table",
) -> None:
    """List the tools that a request with these flags would offer, and where they come from.

    json is the array that is sent. Nothing is sent here.
    """
    from claude_cli.flow.tools import list_tools
    from claude_cli.ui.notices import Notices

    notices = Notices(verbosity.level)
    list_tools(ToolFlags(tool=tool), McpFlags(mcp=mcp), model, connection, listing_format, notices)
