"""`completion`: the script that makes Tab work in a shell."""

from typing import Annotated, Literal

import typer

from claude_cli.commandline.flags.output import VerbosityFlags

Shell = Annotated[
    Literal["bash", "zsh", "fish", "powershell"], typer.Argument(metavar="SHELL", help="Which one.")
]


def completion(shell: Shell, verbosity: VerbosityFlags) -> None:
    """Print the completion script of bash, zsh, fish or powershell.

    In zsh: eval "$(claude-cli completion zsh)"; in fish: claude-cli completion fish | source.

    Example: eval "$(claude-cli completion bash)"
    """
    from claude_cli.commandline.completion_scripts import SCRIPTS

    typer.echo(SCRIPTS[shell], nl=False)
