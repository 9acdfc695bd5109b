"""All that the user names with `-a`, read in order: pictures several at a time, and together no
heavier than a request may be."""

import threading
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing
from functools import partial

from claude_cli.content import pictures
from claude_cli.content.kinds import READ_LIMIT, TOO_LARGE, picture_type
from claude_cli.content.sources import Read, Reading, Source, bounds_among, read_one
from claude_cli.content.specs import Spec
from claude_cli.content.unfold import look_at, unfold
from claude_cli.disk import inputfile
from claude_cli.errors import InputError, InputUnreadable

AT_ONCE = 2
"""Pictures that are decoded at a time: each may take 110 MB where it has 12 megapixels."""
AHEAD = 8
"""Pictures that may be done before the one is that comes first."""
LINES = 5
"""Pictures that are told of one by one."""
PLAIN = Reading()


def read_sources(specs: Iterable[Spec], reading: Reading = PLAIN) -> list[Source]:
    """Every spec read, in order. A picture of a folder that cannot be decoded is left out, told.

    Raises InputUnreadable for what cannot be opened, InputError for what is empty, too large
    (one by one or together) or no kind that can be sent, text that is not UTF-8 among them.
    """
    ones = [one for spec in specs for one in unfold(spec, reading)]
    sources: list[Source] = []
    fitted: list[Read] = []
    weight = 0
    with closing(_read_all(ones, reading)) as all_read:
        for number, read in enumerate(all_read):
            if read.failure:
                reading.tell(f"left out: {read.failure.message}")
                if len(ones) == 1 + number and not sources:
                    raise read.failure
            sources += read.sources
            fitted += [read] if read.line else []
            weight += sum(map(_weight, read.sources))
            if weight > READ_LIMIT:
                raise _too_heavy(weight, number, len(ones))
    _tell_fitted(fitted, reading)
    return sources


def _tell_fitted(fitted: Sequence[Read], reading: Reading) -> None:
    several = len(fitted) > LINES
    for read in fitted:
        (reading.detail if several else reading.tell)(read.line)
    if several:
        before = pictures.in_bytes(sum(read.weight for read in fitted))
        after = sum(len(source.data) for read in fitted for source in read.sources)
        reading.tell(f"{len(fitted)} images fitted: {before} → {pictures.in_bytes(after)}")


def _weight(source: Source) -> int:
    """Bytes in the request."""
    if source.media_type.startswith("text/"):
        return len(source.data)
    return -(-len(source.data) // 3) * 4


def _too_heavy(weight: int, fit: int, count: int) -> InputError:
    limit = f"a request takes {READ_LIMIT / 1e6:.1f} MB"
    if count == 1:
        return InputError(
            f"the attachment is {weight / 1e6:.1f} MB in a request (as base64): {limit}",
            hint=TOO_LARGE,
        )
    return InputError(
        f"{count:,} attachments are too many: {limit}, which the first {fit:,} of them fill",
        hint="ask in parts, or each by itself: claude-cli batch run --each",
    )


def _read_all(specs: Sequence[Spec], reading: Reading) -> Generator[Read, None, None]:
    """Each spec read, in order; pictures several at a time."""
    are_pictures = [reading.fitting is not None and _is_picture(one, reading) for one in specs]
    count = sum(are_pictures) + sum(
        one.origin in ("url", "file") and (one.media_type or "").startswith("image/")
        for one in specs
    )
    bounds = bounds_among(reading.fitting, count) if count and reading.fitting else None
    stop = threading.Event()
    read = partial(read_one, reading=reading, bounds=bounds, stop=stop)
    if sum(are_pictures) < 2:
        yield from map(read, specs)
    else:
        yield from _read_at_once(specs, are_pictures, read, reading.progress, stop)


def _read_at_once(
    specs: Sequence[Spec],
    are_pictures: Sequence[bool],
    read: Callable[[Spec], Read],
    progress: Callable[[int, int], object],
    stop: threading.Event,
) -> Generator[Read, None, None]:
    """Pictures in threads of their own, all else when its turn comes. `stop` is set at the end,
    whatever ends it."""
    from collections import deque
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(AT_ONCE) as pool:
        waiting: deque[Callable[[], Read]] = deque()
        try:
            for number, (spec, is_picture) in enumerate(zip(specs, are_pictures, strict=True)):
                waiting.append(
                    pool.submit(read, spec).result if is_picture else partial(read, spec)
                )
                if len(waiting) > AHEAD:
                    yield waiting.popleft()()
                progress(number + 1 - len(waiting), len(specs))
            while waiting:
                yield waiting.popleft()()
                if waiting:
                    progress(len(specs) - len(waiting), len(specs))
        finally:
            stop.set()
            progress(len(specs), len(specs))
            pool.shutdown(wait=False, cancel_futures=True)


def _is_picture(spec: Spec, reading: Reading) -> bool:
    """Whether a spec names a picture that is here, as far as can be told without reading it."""
    if spec.origin == "stdin":
        return picture_type(reading.stdin) is not None
    if spec.origin not in ("path", "found") or inputfile.is_passed_pipe(spec.target):
        return False
    try:
        return look_at(spec.target, reading.loaders, converts=True).kind == "image"
    except (InputError, InputUnreadable):
        return False  # reading it will tell
