"""Reads what is asked: prompt words, stdin, editor, attachments and files that flags name.

This is the only place that decides who reads stdin. It knows nothing of answers.
"""

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from claude_cli.commandline.flags.question import ContentFlags
from claude_cli.commandline.flags.request import RequestFlags
from claude_cli.content import sources
from claude_cli.content.blocks import build_blocks
from claude_cli.content.sources import Reading, Source, fit_source
from claude_cli.content.specs import Spec, parse_spec, refuse_unfolded
from claude_cli.content.stdin import read_stdin, stdin_consumer, stdin_content
from claude_cli.disk import inputfile
from claude_cli.disk.inputfile import Lossy
from claude_cli.errors import InputError, UsageError
from claude_cli.models import catalog
from claude_cli.models.names import ModelNames
from claude_cli.turn.keeping.conversation import Conversation
from claude_cli.turn.request import model_of
from claude_cli.turn.templating import texts
from claude_cli.types import ContentBlock
from claude_cli.ui.notices import Notices

if TYPE_CHECKING:
    from claude_cli.content.pictures import Fitting
    from claude_cli.ui.progress import Progress

FittingFor: TypeAlias = "Callable[[Mapping[str, Any] | None], Fitting | None]"
"""What --body held → what pictures have to fit; None sends them as they are."""

PATIENCE = 1.0
"""Seconds after which a bar tells how far the reading is."""


class Question(NamedTuple):
    """The user turn that was asked for, and what else of the request came from files."""

    content: list[ContentBlock]
    attachments: list[Source]
    system: str | None
    base: dict[str, Any] | None
    """What --body held: it may have a token."""

    def __repr__(self) -> str:
        return f"Question({self.content})"


def gather(
    words: list[str], flags: ContentFlags, notices: Notices, fitting_for: FittingFor
) -> Question:
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
    base = _body(flags.body, piped)
    specs = specs_of(flags)
    fitting = fitting_for(base) if specs or piped else None
    reading = reading_of(flags, notices, fitting, stdin=piped)
    attachments = _read(specs, reading)
    text = ""
    if consumer in (None, "PROMPT"):
        found = stdin_content(piped, lossy=lossy, converts=reading.fitting is not None)
        if isinstance(found, Source):
            attachments += _fitted(found, reading)
        else:
            text = found
    text, prompt, further = texts(flags, prompt, text)
    if flags.edit:
        from claude_cli.content.editor import edit_prompt

        prompt = edit_prompt(prompt)
    elif words and not (prompt + further).strip() and consumer != "PROMPT":
        raise UsageError("the prompt is empty")
    content = build_blocks(attachments, text, prompt) + build_blocks([], "", further)
    return Question(content, attachments, read_system(flags.system, lossy=lossy), base)


def specs_of(flags: ContentFlags) -> list[Spec]:
    """What is to be attached, in order."""
    specs = [parse_spec(text) for text in flags.attach or ()]
    return specs if flags.files_from is None else [*specs, Spec("list", flags.files_from)]


def asks_for_stdin(words: list[str], flags: ContentFlags, **others: str | None) -> str | None:
    """Which argument reads stdin, None if none does; `others` are arguments of the command's own.

    Raises UsageError where two do.
    """
    files = {"--body": flags.body, "--files-from": flags.files_from, **others}
    return stdin_consumer(words, specs_of(flags), files)


def reading_of(
    flags: ContentFlags, notices: Notices, fitting: "Fitting | None", *, stdin: bytes = b""
) -> Reading:
    """How attachments are read, as the flags say; what is told of them becomes notices."""
    return Reading(
        stdin=stdin,
        lossy=lossy_of(flags, notices),
        loaders=flags.config.loaders,
        fitting=fitting,
        tell=notices.notice,
        detail=notices.detail,
        progress=ReadingBar(notices).show,
    )


def _read(specs: list[Spec], reading: Reading) -> list[Source]:
    if not specs:
        return []
    from claude_cli.content.reading import read_sources

    return read_sources(specs, reading)


def _fitted(source: Source, reading: Reading) -> list[Source]:
    read = fit_source(source, reading)
    if read.line:
        reading.tell(read.line)
    return read.sources


def fitting_of(
    flags: RequestFlags,
    models: Sequence[str],
    names: ModelNames,
    earlier: Callable[[], int] = lambda: 0,
) -> "Fitting | None":
    """By --fit and the models that may see them; None where they go as they are. `models` are names
    of the catalogue, `earlier` counts the images of the turns before."""
    if flags.fit == "off":
        return None
    from claude_cli.content.pictures import Fitting

    if flags.fallback:
        models = [*models, names.catalogue_name(flags.fallback)]
    return Fitting(catalog.image_bounds(models), earlier)


def fitting_by(flags: RequestFlags, conversation: Conversation, names: ModelNames) -> FittingFor:
    """The same for the next turn of a conversation."""

    def fitting_for(base: Mapping[str, Any] | None) -> "Fitting | None":
        model = names.known_as(model_of(flags, base, conversation.settings, names))

        def earlier() -> int:
            from claude_cli.content.limits import images_in

            given = (base or {}).get("messages")
            return len(images_in([conversation.history(model), given]))

        return fitting_of(flags, [model], names, earlier)

    return fitting_for


class ReadingBar:
    """How many attachments are read, where that takes longer than a second."""

    def __init__(self, notices: Notices) -> None:
        self._notices = notices
        self._began = time.monotonic()
        self._bar: Progress | None = None

    def show(self, done: int, total: int) -> None:
        """Draw the bar where it is time; with all of all, take it away."""
        waited = time.monotonic() - self._began
        if done == total:
            if self._bar:
                self._bar.close()
        elif self._bar or waited >= PATIENCE:
            from claude_cli.ui.progress import Progress

            self._bar = self._bar or Progress(self._notices, total, waited)
            self._bar.show(done, "files read")


def lossy_of(flags: ContentFlags, notices: Notices) -> Lossy:
    return Lossy(flags.lossy, notices.warning)


def _stdin(flags: ContentFlags, consumer: str | None, prompted: bool, notices: Notices) -> bytes:
    if flags.no_stdin and consumer is None:
        return b""

    def tell() -> None:
        notices.notice("waiting for stdin; --no-stdin goes on without it")

    stream = getattr(sys.stdin, "buffer", None)
    return read_stdin(stream, asked_for=consumer is not None, on_silence=tell if prompted else None)


def read_system(text: str | None, *, lossy: Lossy | None = None) -> str | None:
    """A system prompt as typed; `@PATH` is a file, `@@…` a literal `@…`. A blank one is empty: the
    API refuses white space alone."""
    if text is None:
        return None
    if text.startswith("@@"):
        text = text[1:]
    elif text.startswith("@"):
        text = inputfile.read_text(text[1:], limit=inputfile.TEXT_LIMIT, lossy=lossy)
    return text if text.strip() else ""


def _body(path: str | None, piped: bytes) -> dict[str, Any] | None:
    """The JSON object in the file --body names; `-` is stdin."""
    if path is None:
        return None
    from claude_cli.values.documents import read_json

    name = "stdin" if path == "-" else inputfile.escaped(path)
    raw = piped if path == "-" else inputfile.read_bytes(path, limit=inputfile.TEXT_LIMIT)
    body = read_json(inputfile.decode_text(raw, name), f"--body: {name}")
    if not isinstance(body, dict):
        raise InputError(f"--body: {name} holds no JSON object")
    return body
