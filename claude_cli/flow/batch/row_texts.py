"""What each row fills: the prompt, the system prompt and the names of attachments."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

from claude_cli.commandline.flags.batch import BatchAsked
from claude_cli.content import sources
from claude_cli.content.specs import Spec, parse_spec, refuse_unfolded
from claude_cli.errors import InputError, UsageError
from claude_cli.flow.batch.items import Item
from claude_cli.jobs.rows import as_text
from claude_cli.jobs.template import Template, parse_template
from claude_cli.templates import load_template
from claude_cli.turn.templating import INPUT, PROMPT, read_fields

_NO_NAME = '":\n'
"""What no field's name has: a system prompt may well show JSON."""


@dataclass(frozen=True, slots=True)
class RowTexts:
    """The texts with fields in them; None where there is none.

    `shared` are the attachments of all rows, as they were typed, `constants` the fields that have
    the same value in each row.
    """

    prompt: Template | None
    system: Template | None
    attach: Sequence[Template]
    shared: list[str]
    constants: dict[str, str]

    @property
    def vary(self) -> bool:
        """Whether rows differ in what is asked of them."""
        return bool(self._fields() - self.constants.keys())

    def prompt_of(self, item: Item) -> str:
        return "" if self.prompt is None else self.prompt.fill(self._values(item))

    def system_of(self, item: Item) -> str | None:
        if self.system is None:
            return None
        text = self.system.fill(self._values(item))
        return text if text.strip() else ""  # the API refuses white space alone

    def specs_of(self, item: Item) -> list[Spec]:
        """What the row attaches. Raises InputError where its fields name nothing."""
        own = [Spec("path", item.path)] if item.path is not None else []
        return [*own, *(self._spec(template, item) for template in self.attach)]

    def refuse_unknown(self, typed: dict[str, str]) -> None:
        """Raise UsageError for a field that was typed and stands nowhere."""
        if unknown := typed.keys() - self._fields():
            raise UsageError(f"the prompt has no field {{{min(unknown)}}}", hint="-p fills a field")

    def _spec(self, template: Template, item: Item) -> Spec:
        try:
            spec = parse_spec(template.fill(self._values(item)))
        except UsageError as error:
            raise InputError(error.message) from error
        if spec.origin in ("stdin", "clip"):
            raise InputError(f"a row cannot attach {spec.target}")
        return spec

    def _fields(self) -> set[str]:
        texts = [self.prompt, self.system, *self.attach]
        return {field for text in texts if text is not None for field in text.fields}

    def _values(self, item: Item) -> dict[str, str]:
        fields = {name: as_text(value) for name, value in item.fields.items()}
        line = {INPUT: fields["line"]} if "line" in fields else {}
        return {**line, **self.constants, **fields}


def row_texts(asked: BatchAsked) -> RowTexts:
    """Raises UsageError for a prompt that is empty or has a lone brace."""
    content = asked.content
    system = content.system if "system" in content.given else None
    if system is not None and system.startswith("@"):
        system = system[1:] if system.startswith("@@") else None
    attach = {spec: _with_fields(spec) for spec in content.attach or ()}
    typed = read_fields(content.field or ())
    saved = load_template(content.template).fields if content.template else {}
    texts = RowTexts(
        prompt=_prompt(asked),
        system=_with_fields(system or ""),
        attach=[template for template in attach.values() if template],
        shared=[spec for spec in content.attach or () if not attach[spec]],
        constants=saved | typed,
    )
    texts.refuse_unknown(typed)
    return texts


def _with_fields(text: str) -> Template | None:
    """The text as a template; None for one that has no field, or is the name of a file."""
    try:
        template = parse_template(text)
    except UsageError:
        return None
    is_plain = all(name and not set(name) & set(_NO_NAME) for name in template.fields)
    return template if template.fields and is_plain and not os.path.lexists(text) else None


def _prompt(asked: BatchAsked) -> Template | None:
    """The prompt of every row: the words, or the saved one with the words in it or behind it."""
    words, each = asked.words, asked.rows.each
    if each is not None and asked.input is not None:
        words = [asked.input, *words]  # with --each there is no INPUT
    if "--" not in asked.content.given:
        refuse_unfolded(words, [each] if each else [], "--each")
        refuse_unfolded(words, asked.content.attach or ())
    prompt = sources.prompt_text(words)
    if asked.content.edit:
        from claude_cli.content.editor import edit_prompt

        prompt = edit_prompt(prompt)
    if words and not prompt.strip():
        raise UsageError("the prompt is empty")
    saved = load_template(asked.content.template).prompt if asked.content.template else None
    if saved and prompt:
        frame = parse_template(saved)
        if PROMPT in frame.fields:
            return frame.with_field(PROMPT, parse_template(prompt))
    prompt = "\n\n".join(filter(None, (saved, prompt)))
    return parse_template(prompt) if prompt else None
