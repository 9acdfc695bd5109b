"""PROMPT with `{field}` in it → the prompt of a row. Pure."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from claude_cli.errors import InputError, UsageError

_TOKEN = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")


class Template(NamedTuple):
    """A prompt cut at its fields: text and field names in turns, text first and last."""

    texts: list[str]
    fields: list[str]

    def fill(self, values: Mapping[str, str]) -> str:
        """Raises InputError for a field that `values` lacks."""
        filled = [self.texts[0]]
        for field, text in zip(self.fields, self.texts[1:], strict=True):
            if field not in values:
                known = ", ".join(f"{{{name}}}" for name in list(values)[:10]) or "none"
                raise InputError(f"no field {{{field}}}; there is {known}")
            filled += values[field], text
        return "".join(filled)

    def with_field(self, name: str, inner: "Template") -> "Template":
        """The same with another template wherever a field of that name stands."""
        texts, fields = [self.texts[0]], list[str]()
        for field, text in zip(self.fields, self.texts[1:], strict=True):
            if field == name:
                texts[-1] += inner.texts[0]
                texts += inner.texts[1:]
                fields += inner.fields
                texts[-1] += text
            else:
                texts.append(text)
                fields.append(field)
        return Template(texts, fields)


def parse_template(prompt: str) -> Template:
    """Take a prompt apart; `{{` and `}}` are braces. Raises UsageError for a lone brace."""
    texts, fields, begun = [""], [], 0
    for token in _TOKEN.finditer(prompt):
        texts[-1] += prompt[begun : token.start()]
        begun = token.end()
        if token[0] in ("{{", "}}"):
            texts[-1] += token[0][0]
        elif len(token[0]) == 1:
            raise UsageError(
                f"the prompt has a {token[0]} of its own at character {token.start() + 1}",
                hint="write {{ and }} for braces, {field} for a field",
            )
        else:
            fields.append(token[1])
            texts.append("")
    texts[-1] += prompt[begun:]
    return Template(texts, fields)
