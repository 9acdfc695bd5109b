"""`completion`: the script that makes Tab work in a shell."""

from typing import Annotated, Literal

import typer

from claude_cli.commandline.flags.output import VerbosityFlags

Shell = Annotated[
    Literal["bash", "zsh", "fish", "powershell"], typer.Argument(metavar="SHELL", help="Which one.")
]


def completion(
    shell: Shell,
    verbosity: VerbosityFlags,
    widget: Annotated[
        bool,
        typer.Option(
            "--widget", help="A key instead: Alt-E makes a command of the line being typed."
        ),
    ] = False,
) -> None:
    """Print the completion script of bash, zsh, fish or powershell.

    In zsh: eval "$(claude-cli completion zsh)"; in fish: claude-cli completion fish | source.

    Example: eval "$(claude-cli completion bash)"
    """
    from claude_cli.commandline.completion_scripts import SCRIPTS
    from claude_cli.commandline.widgets import widget as key_binding

    typer.echo(key_binding(shell) if widget else SCRIPTS[shell], nl=False)
