"""A template's prompt, filled with what was typed and piped. Pure but for reading the template."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from claude_cli.commandline.flags.question import ContentFlags
from claude_cli.errors import UsageError

if TYPE_CHECKING:
    from claude_cli.templates import Template

INPUT, PROMPT = "input", "prompt"
"""The fields that stand for what came through stdin, and for the prompt words."""


class Texts(NamedTuple):
    """The texts of a user turn, in their order; each may be empty."""

    stdin: str
    prompt: str
    further: str = ""


def texts(flags: ContentFlags, prompt: str, stdin: str) -> Texts:
    """The texts as they are, or as --template arranges them.

    Raises UsageError for a field that is missing or that the template does not have.
    """
    if flags.template is None:
        if flags.field:
            raise UsageError("-p fills a field of a template", hint="name the template with -t")
        return Texts(stdin, prompt)
    from claude_cli.templates import load_template

    given = read_fields(flags.field or ())
    return fill(load_template(flags.template), given, prompt, stdin, piped=not flags.no_stdin)


def read_fields(assignments: Iterable[str]) -> dict[str, str]:
    """`NAME=VALUE`, each. Raises UsageError for one that is not."""
    fields = {}
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not equals or not name:
            raise UsageError(f"-p {assignment}: write NAME=VALUE")
        fields[name] = value
    return fields


def fill(
    template: "Template", given: dict[str, str], prompt: str, stdin: str, *, piped: bool = True
) -> Texts:
    """Put texts where `{input}` and `{prompt}` stand, and `given` into the other fields.

    Words are `{input}` too, where there is neither `{prompt}` nor stdin. What has no such place
    stays a text of its own: stdin before the prompt, words after it. The template's own fields
    stand for what is missing then. `piped`: what comes through stdin can be `{input}`. Raises as
    `texts` does.
    """
    if template.prompt is None:
        _refuse_unknown(template, given, [])
        return Texts(stdin, prompt)
    from claude_cli.jobs.template import parse_template

    parsed = parse_template(template.prompt)
    _refuse_unknown(template, given, parsed.fields)
    values = dict(given)
    if INPUT in parsed.fields and INPUT not in given and stdin:
        values[INPUT], stdin = stdin, ""
    if PROMPT in parsed.fields and PROMPT not in given and prompt:
        values[PROMPT], prompt = prompt, ""
    if INPUT in parsed.fields and INPUT not in values and prompt:
        values[INPUT], prompt = prompt, ""
    values = template.fields | values
    for field in parsed.fields:
        if field not in values:
            raise UsageError(
                f"the template {template.path.stem} needs {{{field}}}: {_way_to(field, piped)}",
                hint=f"its fields: {_listed(parsed.fields)}",
            )
    return Texts(stdin, parsed.fill(values), prompt)


def _refuse_unknown(template: "Template", given: dict[str, str], fields: list[str]) -> None:
    for name in given.keys() - set(fields):
        raise UsageError(
            f"the template {template.path.stem} has no field {{{name}}}",
            hint=f"its fields: {_listed(fields)}",
        )


def _way_to(field: str, piped: bool) -> str:
    if field == INPUT and piped:
        return "type it, or pipe it in"
    return "add prompt words" if field == PROMPT else f"-p {field}=VALUE"


def _listed(fields: list[str]) -> str:
    return ", ".join(f"{{{field}}}" for field in dict.fromkeys(fields)) or "none"
