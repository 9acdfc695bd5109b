"""Signals that end a program, while prompt-toolkit reads the keys."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from prompt_toolkit.application import Application

from claude_cli.errors import Interrupted


@contextmanager
def signals_end(app: Application[Any]) -> Iterator[Callable[[], None]]:
    """Let the signals that end a program end the prompt in order, and travel on from there.

    What it gives is to be called when the prompt has begun. The handler itself raises nothing:
    asyncio swallows that while one of its callbacks runs, and the callback is lost.
    """
    received: list[signal.Signals] = []

    def end(signum: int, frame: FrameType | None) -> None:
        received.append(signal.Signals(signum))
        if app.loop is not None:
            app.loop.call_soon_threadsafe(leave)

    def leave() -> None:
        if received and app.is_running and not app.is_done:
            app.exit(exception=Interrupted(received[0]))

    names = Interrupted.CAUSES
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    caught = {n: signal.getsignal(n) for n in numbers if callable(signal.getsignal(n))}
    try:
        for number in caught:
            signal.signal(number, end)
        yield leave
    finally:
        for number, handler in caught.items():
            signal.signal(number, handler)
        if received:  # whatever else has ended the prompt
            raise Interrupted(received[0])
