"""The program: the table of commands, the root options, and the one place where errors end.

Start-up rule: nothing heavier than typer is imported here, in flags.py or at the top of a command
(httpx costs 50 ms, rich 30, prompt-toolkit 70); a command imports what it runs inside its body.
"""

import os
import shlex
import sys
import threading
from collections.abc import Sequence
from functools import cache
from importlib import import_module
from io import TextIOWrapper
from itertools import takewhile
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from claude_cli import __version__, signals
from claude_cli.commandline.defaults import Layer, Stored, place_of
from claude_cli.commandline.help import Help, mistake, print_help
from claude_cli.config import Config, typed_values
from claude_cli.disk.inputfile import escaped
from claude_cli.disk.paths import config_file
from claude_cli.errors import (
    CannotCreate,
    CannotWrite,
    ClaudeCliError,
    ConfigError,
    ExitCode,
    InputError,
    Interrupted,
    ReaderGone,
    UsageError,
)

COMMANDS: dict[str, str] = {
    "ask": "claude_cli.commands.ask:ask",
    "stream": "claude_cli.commands.stream:stream",
    "chat": "claude_cli.commands.chat:chat",
    "batch": "claude_cli.commands.batch:app",
    "shell": "claude_cli.commands.shell:shell",
    "compare": "claude_cli.commands.compare:compare",
    "count": "claude_cli.commands.count:count",
    "models": "claude_cli.commands.models:app",
    "files": "claude_cli.commands.files:app",
    "skills": "claude_cli.commands.skills:app",
    "sessions": "claude_cli.commands.sessions:app",
    "templates": "claude_cli.commands.templates:app",
    "tools": "claude_cli.commands.tools:app",
    "usage": "claude_cli.commands.usage:usage",
    "auth": "claude_cli.commands.auth:app",
    "config": "claude_cli.commands.config:app",
    "simulator": "claude_cli.commands.simulator:simulator",
    "completion": "claude_cli.commands.completion:completion",
}
"""Command name → where its function is, or its Typer app; in the order of the help."""


class Commands(TyperGroup):
    """The command table as a Typer group; only the command that is named gets imported."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            self.commands = dict.fromkeys(COMMANDS, self)  # Typer's "did you mean" reads the names
            return None
        if cmd_name not in self.commands:
            module, _, attribute = COMMANDS[cmd_name].partition(":")
            target = getattr(import_module(module), attribute)
            self.commands[cmd_name] = build_command(cmd_name, target)
        return self.commands[cmd_name]

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """A question is `ask`, `help COMMAND` is `COMMAND --help`."""
        word, *rest = args
        if word == "help":
            return self._resolve_help(ctx, rest)
        if not word.isascii() or any(map(str.isspace, word)):
            args = ["ask", *args]
        try:
            return super().resolve_command(ctx, args)
        except TyperException as error:
            if word in COMMANDS:
                raise
            quoted = f'"{word}"' if word.isalnum() else shlex.quote(word)
            hint = f"to ask it: claude-cli ask {quoted}"
            raise UsageError(mistake(error), hint=hint) from error

    def _resolve_help(self, ctx: Any, args: list[str]) -> Any:
        if ctx.resilient_parsing:
            return super().resolve_command(ctx, args) if args else (None, None, [])
        if args:
            return super().resolve_command(ctx, [*args, "--help"])
        print_help(ctx)
        raise typer.Exit()


def build_command(name: str, target: Any) -> Any:
    """Make the command that Typer runs, of a function with flag groups or of a Typer app."""
    from claude_cli.commandline.command import Command

    if not isinstance(target, typer.Typer):
        from claude_cli.commandline.signature import expand_flags

        single = typer.Typer(add_completion=False)
        single.command(name)(expand_flags(target))
        target = single
    for registered in target.registered_commands:
        registered.cls = Command
    command = typer.main.get_command(target)
    command.name = name
    return command


def _show_version(context: typer.Context, value: bool) -> None:
    if value and not context.resilient_parsing:
        typer.echo(f"claude-cli {__version__}")
        raise typer.Exit()


app = typer.Typer(
    cls=Commands,
    add_completion=False,
    invoke_without_command=True,
)


@app.callback()
def root(
    context: typer.Context,
    version: Annotated[
        bool,
        typer.Option(
            "-V", "--version", callback=_show_version, is_eager=True, help="Show version."
        ),
    ] = False,
    help: Help = False,
) -> None:
    """Anthropic's Messages API from the terminal.

    A question needs no command: claude-cli "how tall is Yushan?"
    """
    if context.invoked_subcommand is None:
        print_help(context)
    context.obj = Stored(Config(config_file()), _template_layer, _warn, _built_in)


@cache
def _template_layer(spec: str) -> Layer:
    from claude_cli.templates import load_template

    template = load_template(spec)
    if template.is_foreign:
        from claude_cli.commandline.elsewhere import doors

        if found := ", ".join(doors(template.flags)):
            raise InputError(
                f"{escaped(str(template.path))}: a template from elsewhere cannot set {found}",
                hint="one in your own folder can: claude-cli templates path",
            )
    return Layer(template.path, typed_values(template.path, template.flags), template.flags)


def _built_in() -> dict[str, str]:
    from claude_cli.turn.request import built_in

    return built_in()


def _warn(text: str) -> None:
    from claude_cli.ui.notices import Notices

    Notices().warning(text)


def main() -> int:
    """Run the command line; return its exit code, or die of the signal that stopped it. What was
    printed is with the system then."""
    signals.forbid_core()
    if instruction := os.environ.get("_CLAUDE_CLI_COMPLETE"):
        from claude_cli.commandline.completion import complete
        from claude_cli.flow.completion import WORDS

        return complete(typer.main.get_command(app), COMMANDS, WORDS, instruction)
    signals.install()
    sys.excepthook = _tell_of_bug
    threading.excepthook = lambda lost: _tell_of_bug(*lost[:3])
    _prepare_stdout()
    try:
        code = run(sys.argv[1:])
        _flush_stdout()
    except KeyboardInterrupt:
        signals.die_of("SIGINT")
    except Interrupted as stop:
        signals.die_of(stop.signum.name)
    except ReaderGone:
        signals.die_of("SIGPIPE")
    except CannotWrite as error:
        code = _report(error)
    return code


def run(arguments: Sequence[str]) -> int:
    """Run one command line to its exit code. Signals pass through as exceptions."""
    try:
        command = typer.main.get_command(app)
        with command.make_context("claude-cli", list(arguments)) as context:
            command.invoke(context)
        return ExitCode.OK
    except typer.Exit as done:
        return done.exit_code
    except CannotWrite:
        raise
    except ClaudeCliError as error:
        return _report(error)
    except TyperException as error:
        return _report(_in_our_terms(error))
    except OSError as error:
        if error.filename is not None:  # about a file, not about stdout
            return _report(CannotCreate(f"{error.filename}: {error.strerror}"))
        raise _stdout_failure(error) from error  # of Typer's own output: we write through ui
    except SystemExit as gone:  # so Rich, which draws the help, says that nobody reads it
        raise ReaderGone from gone
    except Exception as error:
        return _report_bug(error)


def _prepare_stdout() -> None:
    """What Typer prints is UTF-8 too, whatever the locale, and fails where stdout is closed."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="surrogateescape")
    elif sys.stdout is None:
        from claude_cli.ui.streams import ClosedStdout

        sys.stdout = ClosedStdout()


def _flush_stdout() -> None:
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as error:
        raise _stdout_failure(error) from error


def _stdout_failure(error: OSError) -> BaseException:
    if isinstance(error, BrokenPipeError):
        return ReaderGone()
    return CannotWrite(f"cannot write to stdout: {error.strerror}")


def _report(error: ClaudeCliError) -> int:
    from claude_cli.ui.notices import report

    if _debugging():
        _print_traceback(error)
    report(error)
    return error.code


def _report_bug(error: BaseException) -> int:
    from claude_cli.ui.notices import report

    if _debugging():
        _print_traceback(error)
    report(
        ClaudeCliError(
            f"a bug in claude-cli: {type(error).__name__}, whose text may hold secrets",
            hint="run it again with --debug and report what it prints",
        )
    )
    return ExitCode.BUG


def _tell_of_bug(kind: type[BaseException], error: BaseException | None, trace: object) -> None:
    """Report what nobody catches, such as an exception of a thread; Python would show its text."""
    if not issubclass(kind, KeyboardInterrupt | Interrupted):
        _report_bug(error or kind())


def _debugging() -> bool:
    """Whether --debug was typed, as a flag and for a command that has it."""
    context: Any = getattr(sys.exception(), "ctx", None)
    known = context is None or any("--debug" in param.opts for param in context.command.params)
    return known and "--debug" in takewhile(lambda word: word != "--", sys.argv)


def _print_traceback(error: BaseException) -> None:
    """Print the traceback without values: files, lines and names only."""
    import traceback

    lines = traceback.format_list(traceback.extract_tb(error.__traceback__))
    print("".join(lines) + type(error).__name__, file=sys.stderr)


def _in_our_terms(error: TyperException) -> ClaudeCliError:
    """Put Typer's usage error into our form; a bad value from the config file or the environment
    is a configuration error that names its place."""
    context: Any = getattr(error, "ctx", None)
    param: Any = getattr(error, "param", None)
    place = place_of(context, param.name) if context and param else None
    message = mistake(error)
    if place is not None:
        return ConfigError(f"{place}: {message}")
    path = context.command_path if context else "claude-cli"
    return UsageError(message, hint=_way_on(error, path, at_root=context and not context.parent))


def _way_on(error: TyperException, path: str, *, at_root: bool) -> str:
    """What to type instead, of a command line whose words up to the mistake are `path`."""
    asks = f"{path} ask" if at_root else path
    if _is_sentence(getattr(error, "option_name", "")):
        return f"words that begin with - go behind --: {asks} -- WORDS"
    if at_root and (flag := _flag_of_ask(error)):
        return f"flags follow a command: {asks} {flag} …"
    return f"{path} --help"


def _is_sentence(option: str) -> bool:
    """Whether what was read as an option is the beginning of a word that has blanks."""
    words = [word for word in sys.argv[1:] if option and word.startswith(option.rstrip())]
    return any(any(map(str.isspace, word)) for word in words)


def _flag_of_ask(error: TyperException) -> str | None:
    """The option that is not known where it stands, if `ask` has it."""
    from claude_cli.commandline.flags.asked import Asked
    from claude_cli.commandline.flags.marks import flags_of, names_of

    name = getattr(error, "option_name", None)
    return name if any(name in names_of(flag.type) for flag in flags_of(Asked)) else None
