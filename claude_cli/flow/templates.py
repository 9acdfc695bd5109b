"""What `templates` does: saved prompts listed, shown and edited."""

import json
import tomllib

from claude_cli.disk import inputfile
from claude_cli.disk.atomic_file import write_whole
from claude_cli.errors import ClaudeCliError
from claude_cli.jobs.template import parse_template
from claude_cli.templates import (
    LIMIT,
    Template,
    load_template,
    parse_template_file,
    template_names,
    template_path,
)
from claude_cli.ui.sanitize import sanitize
from claude_cli.ui.streams import open_stdout
from claude_cli.ui.tables import Column, ListFormat, print_record, print_rows
from claude_cli.ui.terminal import describe_stdout

COLUMNS: dict[str, str | Column] = {
    "name": "TEMPLATE",
    "fields": Column("FIELDS", cut="end"),
    "flags": Column("FLAGS", cut="end", spare=1),
    "problem": Column("PROBLEM", cut="end"),
}
NEW = """\
# Any flag's long name may stand here: model = "haiku", max-tokens = 500, attach = ["notes.md"]
prompt = '''
Summarise this text in three lines.

{input}
'''
"""


def list_templates(format: ListFormat) -> None:
    """Print all saved templates; one that cannot be read with what is wrong with it."""
    rows = []
    for name in template_names():
        row = {"name": name, "fields": "", "flags": "", "problem": None}
        try:
            template = load_template(name)
            row["fields"] = " ".join(f"{{{field}}}" for field in _fields(template))
            row["flags"] = " ".join(key.replace("_", "-") for key in template.flags)
        except ClaudeCliError as error:
            row["problem"] = error.message
        rows.append(row)
    nothing = "no templates yet: claude-cli templates edit NAME makes one"
    print_rows(rows, COLUMNS, format, nothing=nothing)


def show_template(spec: str, format: ListFormat) -> None:
    """Print the file as it is, on a terminal harmless; or its keys and values."""
    path = load_template(spec).path
    text = inputfile.read_text(path, limit=LIMIT)
    if format == "json":
        # a date, which no flag takes, is a text
        keys = json.loads(json.dumps(tomllib.loads(text), default=str))
        print_record(keys, "json")
        return
    open_stdout().write(sanitize(text) if describe_stdout().is_terminal else text)


def edit_template(spec: str) -> None:
    """Open a template in the editor; it is kept only if it is one afterwards, else the text is put
    beside it.

    A new one begins as an example, and is kept only where something was changed.
    """
    from claude_cli.content.editor import edit_file

    path = template_path(spec)
    before = inputfile.read_text(path, limit=LIMIT) if path.exists() else NEW

    def keep(text: str) -> None:
        _fields(parse_template_file(path, text))
        write_whole(path, text.encode())

    edit_file(path, before, keep)


def _fields(template: Template) -> list[str]:
    """The fields of its prompt, in order. Raises UsageError where its braces do not fit."""
    return list(dict.fromkeys(parse_template(template.prompt or "").fields))
