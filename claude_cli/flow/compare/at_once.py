"""Turns that are taken at once, each in a thread of its own, on one client."""

import os
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from threading import Thread

from claude_cli.types import Answer, StreamEvent
from claude_cli.ui.canvas import Renderer

Outcome = Answer | BaseException
LOOK = 0.1
"""Seconds between two looks at what else there is to do."""
LAST_WORDS = 3.0
"""Seconds that all turns get to keep what came, once they are stopped."""


class Recorded:
    """Keeps the events of a turn, to draw it when it is whole. A renderer."""

    def __init__(self) -> None:
        self._events: list[StreamEvent] = []

    def event(self, event: StreamEvent, *, more: bool = False) -> None:
        self._events.append(event)

    def finish(self, answer: Answer) -> None:
        """Nothing is drawn before all of it is there."""

    def abandon(self) -> None:
        """Nothing was drawn."""

    def draw(self, renderer: Renderer, answer: Answer) -> None:
        try:
            for event in self._events:
                renderer.event(event, more=True)
        except BaseException:
            renderer.abandon()
            raise
        renderer.finish(answer)


class Stop:
    """A pipe that ends requests: its end `fd` is watched as stdout would be, and breaks."""

    def __init__(self) -> None:
        self._read, self.fd = os.pipe()

    def now(self) -> None:
        with suppress(OSError):
            os.close(self._read)


@contextmanager
def stopping() -> Iterator[Stop]:
    stop = Stop()
    try:
        yield stop
    finally:
        stop.now()
        os.close(stop.fd)


def take_all(
    turns: Sequence[Callable[[], Answer]], stop: Stop, meanwhile: Callable[[], None]
) -> Generator[tuple[int, Outcome]]:
    """Take all turns at once; give the number of each that is over, and its answer or failure.

    `meanwhile` is called again and again while they are under way. When the caller is interrupted,
    they are stopped first, and keep what came.
    """
    over: SimpleQueue[tuple[int, Outcome]] = SimpleQueue()

    def work(number: int) -> None:
        try:
            over.put((number, turns[number]()))
        except BaseException as error:
            over.put((number, error))

    threads = [Thread(target=work, args=(n,), daemon=True) for n in range(len(turns))]
    for thread in threads:
        thread.start()
    try:
        for _ in turns:
            yield _wait(over, meanwhile)
    except BaseException:
        stop.now()
        end = time.monotonic() + LAST_WORDS
        for thread in threads:
            thread.join(max(end - time.monotonic(), 0))
        raise


def _wait(
    over: SimpleQueue[tuple[int, Outcome]], meanwhile: Callable[[], None]
) -> tuple[int, Outcome]:
    while True:
        with suppress(Empty):
            return over.get(timeout=LOOK)
        meanwhile()
