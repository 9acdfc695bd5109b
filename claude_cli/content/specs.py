"""`-a SPEC` taken apart: where something is, and what was said of it. Nothing is opened.

A SPEC is a path, a pattern, a folder, `-`, `clip:`, an https URL or a `file_…` id, then perhaps
options as in curl: `;type=MIME`, `;pages=3-9,12`, `;fit=no`, `;as=container`.
"""

import os
import re
import shlex
from collections.abc import Sequence
from typing import Literal, NamedTuple

from claude_cli.disk.inputfile import escaped
from claude_cli.errors import UsageError
from claude_cli.values import media

Origin = Literal["path", "list", "found", "pipe", "stdin", "clip", "url", "file", "command"]
"""`list`: what `--files-from` names. `found`: in a folder or by a pattern. `pipe`: `<(command)`.
`command`: what one wrote on the terminal."""

Range = tuple[int, int | None]
"""The first and the last page, counted from 1; None is the end."""

_MEDIA_TYPE = re.compile(r"[a-z0-9.+-]+/[a-z0-9.+-]+")
_FILE_ID = re.compile(r"file_[A-Za-z0-9_-]+")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):(//)?")
_SCHEMES = frozenset(("http", "https", "file", "data", "ftp"))
_URL_SUFFIXES = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "pdf": media.PDF,
}
_WORDS: dict[str, Origin] = {"-": "stdin", "clip:": "clip"}
CONTAINER = "container/upload"
"""In the place of a media type: code gets the file, whatever it is."""
_OPTIONS = ("type", "charset", "pages", "fit", "as")
_PAGES = re.compile(r"(\d{1,6})(?:(-)(\d{1,6})?)?")
WHAT_IS_SENT = "PNG, JPEG, GIF and WebP images, PDF and UTF-8 text can be sent"


class Spec(NamedTuple):
    """One SPEC; `media_type` is what `;type=` said, `pages` what `;pages=` did, `fits` is false for
    `;fit=no`."""

    origin: Origin
    target: str
    media_type: str | None = None
    pages: tuple[Range, ...] = ()
    fits: bool = True


def parse_spec(text: str) -> Spec:
    """Raises UsageError for other URLs and for types that no content block holds."""
    target, options = _split_options(text)
    if not target:
        raise UsageError("-a needs a path, -, clip:, an https:// URL or a file_… id")
    if "as" in options:
        return _for_container(target, options)
    declared, pages = _declared(options), _page_ranges(options.get("pages"))
    if pages and (_FILE_ID.fullmatch(target) or "://" in target):
        raise UsageError(";pages= takes pages of a file that is here")
    if _FILE_ID.fullmatch(target):
        is_image = declared is not None and declared.startswith("image/")
        return Spec("file", target, declared if is_image else media.PDF)
    scheme = _SCHEME.match(target)
    if scheme and (scheme[2] or scheme[1].lower() in _SCHEMES):
        return Spec("url", _https_only(target, scheme[1]), _url_type(target, declared))
    if declared and not (declared.startswith("text/") or declared in (*media.IMAGES, media.PDF)):
        raise UsageError(f"{declared} cannot be attached", hint=WHAT_IS_SENT)
    return Spec(_WORDS.get(target, "path"), target, declared, pages, _fits(options.get("fit")))


def _for_container(target: str, options: dict[str, str]) -> Spec:
    """Raises UsageError for all but an id: what code reads is uploaded before."""
    if options["as"] != "container":
        raise UsageError(f";as={escaped(options['as'])}: it can only be ;as=container")
    if len(options) > 1:
        raise UsageError(";as=container takes the file as it is: no other option goes with it")
    if not _FILE_ID.fullmatch(target):
        raise UsageError(
            f"only uploaded files go into the container, and {escaped(target)} is none",
            hint=f'-a "$(claude-cli files upload {shlex.quote(escaped(target))});as=container"',
        )
    return Spec("file", target, CONTAINER)


def typed_specs(text: str) -> list[Spec]:
    """SPECs in a line that is typed in a chat, read as a shell reads words: quotes, `\\ `, `~`.

    So a path may be dropped on the terminal. A file of the whole name wins.
    """
    return [parse_spec(word) for word in typed_words(text)]


def typed_words(text: str) -> list[str]:
    """The words of a line as a shell reads them, `~` expanded; the whole is one if a file has
    that name. Raises UsageError for a quote that is not closed."""
    whole = os.path.expanduser(text)
    if os.path.lexists(whole):
        return [whole]
    if os.name == "nt":  # where a backslash is part of a path
        return [whole.strip('"')]
    try:
        return [os.path.expanduser(word) for word in shlex.split(text)]
    except ValueError as error:
        raise UsageError(
            "a quote is not closed", hint="a quote of a name is typed as \\'"
        ) from error


def typed_path(text: str) -> str:
    """One path in such a line: its only word, else the line as it stands."""
    words = typed_words(text)
    return words[0] if len(words) == 1 else os.path.expanduser(text)


def refuse_unfolded(words: Sequence[str], attached: Sequence[str], flag: str = "-a") -> None:
    """Raise UsageError where a shell has made several words of one pattern: `flag` takes the first
    file, and the others begin the prompt."""
    if not (attached and words) or re.search(r"\s", words[0]) or not os.path.isfile(words[0]):
        return
    folder, name = os.path.split(words[0])
    suffix = os.path.splitext(name)[1]
    pattern = shlex.quote(os.path.join(folder, f"*{suffix}"))
    raise UsageError(
        f"the prompt begins with {escaped(words[0])}, which is a file: {flag} takes one word",
        hint=f"quote a pattern: {flag} {pattern}; put -- before words that are no file",
    )


def _split_options(text: str) -> tuple[str, dict[str, str]]:
    """The target and the options behind it; a file of the whole name has none."""
    options: dict[str, str] = {}
    if ";" not in text or os.path.lexists(text):
        return text, options
    while True:
        target, separator, option = text.rpartition(";")
        name, equals, value = option.partition("=")
        if not (separator and equals) or name not in _OPTIONS or name in options:
            if separator and os.path.lexists(target) and not os.path.lexists(text):
                raise UsageError(
                    f"{escaped(target)} takes no option ;{escaped(option)}",
                    hint="such as ;type=text/plain, ;pages=3-9,12 or ;fit=no, each once",
                )
            return text, options
        text, options[name] = target, value


def _declared(options: dict[str, str]) -> str | None:
    if "type" not in options:
        return None
    media_type = options["type"].strip().lower().replace("image/jpg", "image/jpeg")
    if not _MEDIA_TYPE.fullmatch(media_type):
        raise UsageError(
            f";type={escaped(options['type'])} is no media type", hint="such as ;type=image/png"
        )
    return media_type


def _fits(text: str | None) -> bool:
    if text not in (None, "yes", "no"):
        raise UsageError(f";fit={escaped(str(text))} is neither yes nor no")
    return text != "no"


def _page_ranges(text: str | None) -> tuple[Range, ...]:
    """`3-9,12,20-` as ranges. Raises UsageError for anything else."""
    if text is None:
        return ()
    ranges: list[Range] = []
    for part in text.split(","):
        found = _PAGES.fullmatch(part.strip())
        first = int(found[1]) if found else 0
        last = (int(found[3]) if found[3] else None if found[2] else first) if found else 0
        if first < 1 or (last is not None and last < first):
            raise UsageError(
                f";pages={escaped(text)} names no pages", hint="such as ;pages=3-9,12 or ;pages=20-"
            )
        ranges.append((first, last))
    return tuple(ranges)


def _https_only(url: str, scheme: str) -> str:
    shown = escaped(url)
    if scheme.lower() != "https":
        raise UsageError(
            f"{shown}: only https:// URLs can be attached",
            hint="download it and attach the file; a path with a colon can be written as ./PATH",
        )
    if not re.match(r"https://[^/?#\s]+", url, re.IGNORECASE) or shown != url or " " in url:
        raise UsageError(f"{shown} is not a valid https:// URL")
    return url


def _url_type(url: str, declared: str | None) -> str:
    media_type = declared or _URL_SUFFIXES.get(url_name(url).rpartition(".")[2].lower())
    if media_type is None:
        raise UsageError(
            f"cannot tell whether {url} is an image or a PDF",
            hint="add ;type=image/png or ;type=application/pdf; a web page: -T web_fetch, or pipe "
            "it in with curl",
        )
    if media_type not in (*media.IMAGES, media.PDF):
        raise UsageError(
            f"the API fetches images and PDF only, not {media_type}",
            hint="a web page: -T web_fetch, or pipe it in with curl",
        )
    return media_type


def url_name(url: str) -> str:
    """The last part of a URL's path; empty where it has none."""
    path = re.split(r"[?#]", url, maxsplit=1)[0].partition("://")[2]
    return path.rpartition("/")[2] if "/" in path else ""
