"""How the API is reached, and as whom."""

from typing import Annotated, Literal, NamedTuple

import typer

from claude_cli.commandline.completion_kinds import offered
from claude_cli.commandline.defaults import select_profile
from claude_cli.commandline.flags.marks import (
    ANY_TYPE,
    EVERYDAY,
    ONCE,
    PATH,
    Excludes,
    in_panel,
)
from claude_cli.config import NO_CONFIG, Config
from claude_cli.errors import ClaudeCliError

Option = typer.Option

PlatformName = Literal["direct", "bedrock", "mantle", "aws", "vertex", "google", "foundry"]


@in_panel("Connection")
class ConnectionFlags(NamedTuple):
    """How the API is reached, and as whom."""

    profile: Annotated[
        str | None,
        Option(
            "--profile",
            metavar="NAME",
            envvar="CLAUDE_CLI_PROFILE",
            is_eager=True,
            callback=select_profile,
            autocompletion=offered("profiles"),
            help="Use [profiles.NAME] of the config file.",
        ),
        ONCE,
    ] = None
    simulate: Annotated[
        bool,
        Option("--simulate", help="Ask a local simulator: no key, no cost."),
        EVERYDAY,
        Excludes(("record", "replay")),
    ] = False
    platform: Annotated[
        PlatformName | None,
        Option(
            "--platform",
            envvar="CLAUDE_CLI_PLATFORM",
            help="Where the model is served. Default: direct, the API itself.",
        ),
    ] = None
    region: Annotated[
        str | None,
        Option(
            "--region",
            metavar="REGION",
            autocompletion=offered("regions"),
            help="Region of the platform.",
        ),
    ] = None
    project: Annotated[
        str | None, Option("--project", metavar="ID", help="Google Cloud project.")
    ] = None
    resource: Annotated[
        str | None, Option("--resource", metavar="NAME", help="Microsoft Foundry resource.")
    ] = None
    workspace_id: Annotated[
        str | None, Option("--workspace-id", metavar="ID", help="Workspace of the requests.")
    ] = None
    aws_profile: Annotated[
        str | None, Option("--aws-profile", metavar="NAME", help="Profile of the AWS config file.")
    ] = None
    base_url: Annotated[
        str | None,
        Option("--base-url", metavar="URL", envvar="ANTHROPIC_BASE_URL", help="Where the API is."),
    ] = None
    record: Annotated[
        str | None,
        Option("--record", metavar="FILE", help="Add what is asked and answered to this cassette."),
        PATH,
        ONCE,
        Excludes(("replay",)),
    ] = None
    replay: Annotated[
        str | None,
        Option(
            "--replay",
            metavar="FILE",
            help="Answer from this cassette: no key, no network, no cost.",
        ),
        PATH,
        ONCE,
    ] = None
    beta: Annotated[
        list[str] | None,
        Option("--beta", metavar="NAME", help="Switch a beta on (repeatable)."),
    ] = None
    header: Annotated[
        list[str] | None,
        Option("-H", "--header", metavar="'NAME: VALUE'", help="Send a header (repeatable)."),
    ] = None
    env_file: Annotated[
        str | None,
        Option("--env-file", metavar="FILE", help="Read the key from a .env file."),
        PATH,
    ] = None
    timeout: Annotated[
        float | None,
        Option(
            "--timeout",
            metavar="SECONDS",
            min=0.001,
            help="Give up after so long without a byte, before the answer and in it.",
        ),
    ] = None
    max_time: Annotated[
        float | None,
        Option(
            "--max-time",
            metavar="SECONDS",
            min=0.001,
            help="Give up after so long, answered or not.",
        ),
    ] = None
    retries: Annotated[
        int, Option("--retries", metavar="N", min=0, help="Further tries after a passing failure.")
    ] = 2
    proxy: Annotated[str | None, Option("--proxy", metavar="URL", help="HTTP proxy.")] = None
    ca_bundle: Annotated[
        str | None, Option("--ca-bundle", metavar="FILE", help="Trust these certificates."), PATH
    ] = None
    api_version: Annotated[
        str,
        Option(
            "--api-version",
            metavar="DATE",
            envvar="ANTHROPIC_VERSION",
            help="Value of the anthropic-version header.",
        ),
        ANY_TYPE,
    ] = "2023-06-01"
    allow_insecure_http: Annotated[
        bool,
        Option("--allow-insecure-http", help="Send the key over plain http, beyond this machine."),
    ] = False
    config: Config = NO_CONFIG
    """The file behind the flags, read once: it has prices, approvals and the way to the key too."""
    given: frozenset[str] = frozenset()
    """Fields that were typed on the command line."""
    late: list[ClaudeCliError] | None = None
    """Failures that wait until the command has shown what it was asked for; then they end it."""

    @property
    def is_free(self) -> bool:
        """Whether no API is asked: no key, no cost, and nothing is noted as if it were."""
        return self.simulate or self.replay is not None

    def pace(self, seconds: float) -> float:
        """How long to wait between two looks that should be `seconds` apart."""
        return seconds if self.replay is None else 0.0
