"""What the command line says of itself: help, long and short, and what is wrong with a line.

Start-up rule: every start loads this, so it imports nothing but Typer.
"""

import inspect
import re
from collections.abc import Collection, Mapping
from typing import Annotated, Any, get_args

import typer
from typer.exceptions import TyperException

from claude_cli.errors import ExitCode

FEW = 12
"""A command with no more flags than this shows all of them in its short help."""
PROFILE = "profile"
"""The first flag to be read, and the last one to be shown."""
HELP = ("short_help", "help")
"""The parameters of -h and --help; no command's body sees them."""

ENVIRONMENT = {
    "ANTHROPIC_API_KEY": "the key; ANTHROPIC_AUTH_TOKEN: a token in its place",
    "ANTHROPIC_CUSTOM_HEADERS": "headers of every request, one a line",
    "CLAUDE_CLI_HOME": "one folder for config, sessions, state and cache",
    "HTTPS_PROXY": "the proxy, as HTTP_PROXY and ALL_PROXY; NO_PROXY names hosts without",
    "SSL_CERT_FILE": "--ca-bundle",
    "VISUAL": "the editor, before EDITOR",
    "NO_COLOR": "no colours; FORCE_COLOR: colours in a pipe too",
}
"""Variables that are no flag's."""

TAG = r"\[[a-z#/@][^\[]*?\]"
"""What Rich takes for markup: Typer draws the help with it."""
SINGLE_BREAK = r"(?<!\n)\n(?!\n)"


def print_help(context: typer.Context) -> None:
    """Print a command's help as it is written: no bracket is markup, paragraphs flow."""
    command: Any = context.command
    command.params.sort(key=lambda param: param.name == PROFILE)
    names = command.list_commands(context) if hasattr(command, "list_commands") else ()
    for part in (command, *command.params, *(command.get_command(context, n) for n in names)):
        text = re.sub(SINGLE_BREAK, " ", inspect.cleandoc(part.help or ""))
        part.help = re.sub(TAG, r"\\\g<0>", text)
    if context.obj is not None:
        for name, value in context.obj.built_in().items():
            for param in command.params:
                if param.name == name and param.default is None:
                    param.default = value  # as text: this is the last that the program does
    typer.echo(command.get_help(context))
    if context.parent is None:
        typer.echo(_listed("Exit codes", {str(code.value): code.meaning for code in ExitCode}))
        typer.echo(_listed("Environment", ENVIRONMENT | variables_of_flags()))


def variables_of_flags() -> dict[str, str]:
    from claude_cli.commandline.flags.asked import Asked
    from claude_cli.commandline.flags.marks import flags_of

    options: list[Any] = [(flag.name, get_args(flag.type)[1]) for flag in flags_of(Asked)]
    return {one.envvar: f"--{name.replace('_', '-')}" for name, one in options if one.envvar}


def _listed(title: str, rows: Mapping[str, str]) -> str:
    """Rows of two columns below a title, for a terminal of 80 columns."""
    import textwrap

    width = max(map(len, rows)) + 2
    lines = []
    for name, text in rows.items():
        first, *rest = textwrap.wrap(text.replace("`", ""), 77 - width)
        lines += [f"  {name:<{width}}{first}", *(" " * (width + 2) + line for line in rest)]
    return "\n".join([f"{title}:", *lines, ""])


def help_flag(*names: str, shows: str, everyday: Collection[str] | None = None) -> Any:
    """Make the type of a flag that prints the help and leaves; of many flags only `everyday`."""

    def show(context: typer.Context, value: bool) -> None:
        if value and not context.resilient_parsing:
            if everyday is not None:
                _hide_the_rest(context.command.params, everyday)
            print_help(context)
            raise typer.Exit()

    flag = typer.Option(
        *names, is_eager=True, expose_value=False, callback=show, show_default=False, help=shows
    )
    return Annotated[bool, flag]


def _hide_the_rest(params: list[Any], everyday: Collection[str]) -> None:
    """Hide, where there are many flags, all but the everyday ones."""
    flags = [param for param in params if param.param_type_name == "option"]
    if len(flags) - len(HELP) > FEW:
        for flag in flags:
            flag.hidden = flag.hidden or flag.name not in {*everyday, *HELP}


Help = help_flag("-h", "--help", shows="Show this help.")
"""Of what has no flags beside: the program, and a command of commands."""


def mistake(error: TyperException) -> str:
    """What is wrong with a command line, on one line and in our words."""
    text = re.sub(r"\n\t?", " ", error.format_message())
    text = re.sub(r"is not a valid int( range)?", "is no whole number", text)
    text = re.sub(r"is not a valid float( range)?", "is no number", text)
    return text[:1].lower() + text[1:].removesuffix(".")
