"""Reads what is asked: prompt words, stdin, editor, attachments and files that flags name.

This is the only place that decides who reads stdin. It knows nothing of answers.
"""

import sys
from dataclasses import dataclass
from typing import Any

from claude_cli.commandline.flags.question import ContentFlags
from claude_cli.content import sources
from claude_cli.content.blocks import build_blocks
from claude_cli.content.sources import Source
from claude_cli.content.specs import Spec, parse_spec, refuse_unfolded
from claude_cli.content.stdin import read_stdin, stdin_consumer, stdin_content
from claude_cli.disk import inputfile
from claude_cli.disk.inputfile import Lossy
from claude_cli.errors import InputError, UsageError
from claude_cli.turn.templating import texts
from claude_cli.types import ContentBlock
from claude_cli.ui.notices import Notices
from claude_cli.values.documents import read_json

TEXT_LIMIT = 32 * 1024 * 1024
"""Bytes of a system prompt or body file: no request can be larger."""


@dataclass(frozen=True, slots=True)
class Question:
    """The user turn that was asked for, and what else of the request came from files."""

    content: list[ContentBlock]
    attachments: list[Source]
    system: str | None
    base: dict[str, Any] | None


def gather(words: list[str], flags: ContentFlags, notices: Notices) -> Question:
    """Read everything the flags name, once.

    Raises UsageError where two ask for stdin, InputUnreadable and InputError for what is unfit.
    """
    if "--" not in flags.given:
        refuse_unfolded(words, flags.attach or ())
    consumer = asks_for_stdin(words, flags)
    lossy = lossy_of(flags, notices)
    prompt = "" if consumer == "PROMPT" else sources.prompt_text(words)
    piped = _stdin(flags, consumer, bool(prompt), notices)
    if piped:
        notices.detail(f"{len(piped):,} bytes of stdin go along")
    attachments = read_attachments(specs_of(flags), flags, notices, stdin=piped)
    base = _body(flags.body, piped)
    text = ""
    if consumer in (None, "PROMPT"):
        found = stdin_content(piped, lossy=lossy)
        if isinstance(found, Source):
            attachments.append(found)
        else:
            text = found
    text, prompt, further = texts(flags, prompt, text)
    if flags.edit:
        prompt = _edited(prompt)
    elif words and not (prompt + further).strip() and consumer != "PROMPT":
        raise UsageError("the prompt is empty")
    content = build_blocks(attachments, text, prompt) + build_blocks([], "", further)
    return Question(content, attachments, read_system(flags.system, lossy=lossy), base)


def specs_of(flags: ContentFlags) -> list[Spec]:
    """What is to be attached, in order."""
    specs = [parse_spec(text) for text in flags.attach or ()]
    return [*specs, Spec("list", flags.files_from)] if flags.files_from else specs


def asks_for_stdin(words: list[str], flags: ContentFlags, **others: str | None) -> str | None:
    """Which argument reads stdin, None if none does; `others` are arguments of the command's own.

    Raises UsageError where two do.
    """
    files = {"--body": flags.body, "--files-from": flags.files_from, **others}
    return stdin_consumer(words, specs_of(flags), files)


def read_attachments(
    specs: list[Spec], flags: ContentFlags, notices: Notices, *, stdin: bytes = b""
) -> list[Source]:
    """Read the attachments as the flags say; see `sources.read_sources`. Its lines become
    notices."""
    return sources.read_sources(
        specs,
        stdin=stdin,
        lossy=lossy_of(flags, notices),
        loaders=flags.config.loaders,
        tell=notices.notice,
        detail=notices.detail,
    )


def lossy_of(flags: ContentFlags, notices: Notices) -> Lossy:
    return Lossy(flags.lossy, notices.warning)


def _stdin(flags: ContentFlags, consumer: str | None, prompted: bool, notices: Notices) -> bytes:
    if flags.no_stdin and consumer is None:
        return b""

    def tell() -> None:
        notices.notice("waiting for stdin; --no-stdin goes on without it")

    stream = getattr(sys.stdin, "buffer", None)
    return read_stdin(stream, asked_for=consumer is not None, on_silence=tell if prompted else None)


def _edited(prompt: str) -> str:
    from claude_cli.content.editor import edit

    text = edit(prompt)
    if not text.strip():
        raise UsageError("the prompt is empty: nothing was sent")
    return text


def read_system(text: str | None, *, lossy: Lossy | None = None) -> str | None:
    """A system prompt as typed; `@PATH` is a file, `@@…` a literal `@…`. A blank one is empty: the
    API refuses white space alone."""
    if text is None:
        return None
    if text.startswith("@@"):
        text = text[1:]
    elif text.startswith("@"):
        text = inputfile.read_text(text[1:], limit=TEXT_LIMIT, lossy=lossy)
    return text if text.strip() else ""


def _body(path: str | None, piped: bytes) -> dict[str, Any] | None:
    """The JSON object in the file --body names; `-` is stdin."""
    if path is None:
        return None
    name = "stdin" if path == "-" else inputfile.escaped(path)
    raw = piped if path == "-" else inputfile.read_bytes(path, limit=TEXT_LIMIT)
    body = read_json(inputfile.decode_text(raw, name), f"--body: {name}")
    if not isinstance(body, dict):
        raise InputError(f"--body: {name} holds no JSON object")
    return body
