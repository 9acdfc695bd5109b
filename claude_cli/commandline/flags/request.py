"""How it is answered: a flag for each parameter of the Messages API that has one.

Any other is set with `-o`.
"""

from typing import Annotated, Literal, NamedTuple

import typer

from claude_cli.commandline.completion_kinds import offered, one_of
from claude_cli.commandline.flags.marks import (
    ANY_TYPE,
    EVERYDAY,
    HARMLESS,
    ONE_ONLY,
    SCHEMA,
    Body,
    Excludes,
    InChat,
    in_panel,
)

Option = typer.Option

Model = Annotated[
    str | None,
    Option(
        "-m",
        "--model",
        metavar="ID",
        envvar="ANTHROPIC_MODEL",
        autocompletion=offered("models"),
        help="An id, or opus, sonnet, haiku, fable, mythos: the newest of its line; or one of "
        "your [aliases].",
    ),
    EVERYDAY,
    Body("model"),
    HARMLESS,
    InChat("/model"),
]


@in_panel("How it is answered")
class RequestFlags(NamedTuple):
    """How it is answered: the parameters of the Messages API."""

    model: Model = None
    max_tokens: Annotated[
        int | None,
        Option("--max-tokens", metavar="N", min=0, help="Longest answer, thinking included."),
        EVERYDAY,
        Body("max_tokens"),
        HARMLESS,
    ] = None
    temperature: Annotated[
        float | None,
        Option("--temperature", metavar="X", min=0, max=1, help="Randomness, 0 to 1."),
        EVERYDAY,
        Body("temperature"),
        HARMLESS,
    ] = None
    top_p: Annotated[
        float | None,
        Option("--top-p", metavar="X", min=0, max=1, help="Nucleus sampling."),
        Body("top_p"),
        HARMLESS,
    ] = None
    top_k: Annotated[
        int | None,
        Option("--top-k", metavar="N", min=0, help="Sample from the best N tokens."),
        Body("top_k"),
        HARMLESS,
    ] = None
    stop: Annotated[
        list[str] | None,
        Option("--stop", metavar="TEXT", help="Stop where the answer says this (repeatable)."),
        Body("stop_sequences"),
        HARMLESS,
    ] = None
    thinking: Annotated[
        str | None,
        Option(
            "--thinking",
            metavar="off|adaptive|TOKENS",
            autocompletion=one_of("off", "adaptive"),
            help="Whether it thinks before it answers; a number is the most tokens for that.",
        ),
        EVERYDAY,
        Body("thinking"),
        ANY_TYPE,
        HARMLESS,
        InChat("/thinking"),
    ] = None
    effort: Annotated[
        Literal["low", "medium", "high", "xhigh", "max"] | None,
        Option(
            "--effort", metavar="LEVEL", help="How hard it tries: low, medium, high, xhigh, max."
        ),
        Body("output_config.effort"),
        HARMLESS,
        InChat("/effort"),
    ] = None
    schema: Annotated[
        str | None,
        Option(
            "--schema",
            metavar="FILE|JSON|FIELDS",
            help="Answer as JSON that fits this JSON Schema, or has these fields: "
            "'name, age int, tags [str]: what they are'.",
        ),
        Body("output_config.format"),
        SCHEMA,
        ONE_ONLY,
        HARMLESS,
        Excludes(("schema_list",)),
    ] = None
    schema_list: Annotated[
        str | None,
        Option(
            "--schema-list",
            metavar="FILE|JSON|FIELDS",
            help="Answer as JSON with a list, `items`, of what fits this.",
        ),
        Body("output_config.format"),
        SCHEMA,
        ONE_ONLY,
        HARMLESS,
    ] = None
    tool_choice: Annotated[
        str | None,
        Option(
            "--tool-choice",
            metavar="auto|any|none|NAME",
            autocompletion=one_of("auto", "any", "none"),
            help="Which tool it must call.",
        ),
        Body("tool_choice"),
    ] = None
    no_parallel_tools: Annotated[
        bool,
        Option("--no-parallel-tools", help="At most one tool call at a time."),
        Body("tool_choice.disable_parallel_tool_use"),
    ] = False
    skill: Annotated[
        list[str] | None,
        Option(
            "--skill",
            metavar="NAME[@VERSION]",
            autocompletion=one_of("xlsx", "pptx", "docx", "pdf"),
            help="A skill for the code that the model runs: xlsx, pptx, docx, pdf or one of "
            "`skills list` (repeatable).",
        ),
        Body("container.skills"),
    ] = None
    cache: Annotated[
        Literal["off", "5m", "1h"] | None,
        Option("--cache", help="Cache what the next request has in common with this one."),
        Body("cache_control"),
    ] = None
    service_tier: Annotated[
        Literal["auto", "standard_only"] | None,
        Option("--service-tier", help="Priority capacity, where there is some, or standard only."),
        Body("service_tier"),
    ] = None
    user_id: Annotated[
        str | None,
        Option("--user-id", metavar="ID", help="An opaque id of your end user."),
        Body("metadata.user_id"),
        ANY_TYPE,
    ] = None
    param: Annotated[
        list[str] | None,
        Option(
            "-o",
            "--param",
            metavar="PATH=TEXT",
            help="Set anything in the body: a.b=text or a.0.b:=JSON; wins over all (repeatable).",
        ),
        InChat("/set"),
    ] = None
    fallback: Annotated[
        str | None,
        Option(
            "--fallback",
            metavar="MODEL",
            autocompletion=offered("models"),
            help="Ask this model instead when the first is not there, or too busy.",
        ),
    ] = None
    fit: Annotated[
        Literal["on", "off"],
        Option("--fit", help="Images: as large as the model sees them, or as they are."),
        InChat("/set fit"),
    ] = "on"
    strict_model: Annotated[
        bool,
        Option("--strict-model", help="Refuse what the model is known to refuse, not only warn."),
    ] = False
    no_stream: Annotated[
        bool, Option("--no-stream", help="Ask for the whole answer in one piece.")
    ] = False
    given: frozenset[str] = frozenset()
    """Fields that were typed on the command line: they outrank --body and a session."""
