"""`simulator`: a local Messages API that costs nothing and needs no key."""

from typing import Annotated

import typer

from claude_cli.commandline.flags.marks import PATH
from claude_cli.commandline.flags.output import VerbosityFlags

Option = typer.Option


def simulator(
    verbosity: VerbosityFlags,
    port: Annotated[int, Option("--port", metavar="N", help="0 takes a free one.")] = 0,
    script: Annotated[
        str | None,
        Option("--script", metavar="FILE", help="Replies, in order: JSON, JSON Lines or TOML."),
        PATH,
    ] = None,
    replay: Annotated[
        str | None,
        Option(
            "--replay", metavar="FILE", help="Answer from this cassette, and from nothing else."
        ),
        PATH,
    ] = None,
    fault: Annotated[
        list[str] | None,
        Option(
            "--fault",
            metavar="KIND",
            help="529x2, cut=3, stall, slow=0.25, … (repeatable); docs/simulator.md has all.",
        ),
    ] = None,
    latency: Annotated[
        float, Option("--latency", metavar="MS", min=0, help="Wait before each answer.")
    ] = 0,
    tokens_per_second: Annotated[
        float | None,
        Option("--tokens-per-second", metavar="N", min=0.001, help="Answer this fast."),
    ] = None,
) -> None:
    """Serve a local Messages API until Ctrl-C: real HTTP, no key, no cost, no network.

    Point any client at it: ANTHROPIC_BASE_URL=http://127.0.0.1:PORT

    Example: claude-cli simulator --port 8484 --fault 529x2 --tokens-per-second 50
    """
    from claude_cli.flow.simulator import serve, serve_cassette
    from claude_cli.ui.notices import Notices

    notices = Notices(verbosity.level)
    own = {"--script": script, "--fault": fault, "--latency": latency}
    own["--tokens-per-second"] = tokens_per_second
    if replay is not None:
        serve_cassette(port, replay, [name for name, value in own.items() if value], notices)
    else:
        serve(port, script, fault or [], latency / 1000, tokens_per_second, notices)
