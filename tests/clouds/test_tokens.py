"""Tokens that expire: kept while they are valid, fetched once for all who wait."""

import threading
from itertools import count

import pytest

from claude_cli.clouds.tokens import EARLY, Token, TokenSource


class Clock:
    """A clock that stands until it is set."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_token_is_kept_until_shortly_before_its_end() -> None:
    clock, numbers = Clock(), count(1)
    source = TokenSource(lambda: Token(f"t{next(numbers)}", 2000.0), lambda found: None, clock)
    assert source(False) == "t1"
    clock.now = 2000.0 - EARLY - 1
    assert source(False) == "t1"
    clock.now = 2000.0 - EARLY
    assert source(False) == "t2"


def test_a_token_without_an_end_is_kept_until_it_is_refused() -> None:
    numbers = count(1)
    source = TokenSource(lambda: Token(f"t{next(numbers)}"), lambda found: None)
    assert [source(False), source(False), source(True), source(False)] == ["t1", "t1", "t2", "t2"]


def test_each_new_token_is_hidden_before_it_is_given() -> None:
    numbers, hidden = count(1), list[str]()
    source = TokenSource(lambda: Token(f"t{next(numbers)}"), hidden.extend)
    for anew in (False, False, True):
        assert source(anew) in hidden
    assert hidden == ["t1", "t2"]


def test_threads_that_ask_at_once_share_one_token() -> None:
    numbers, together, got = count(1), threading.Barrier(8), list[str]()

    def ask() -> None:
        together.wait()
        got.append(source(False))

    source = TokenSource(lambda: Token(f"t{next(numbers)}"), lambda found: None)
    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == ["t1"] * 8


def test_a_fetch_that_fails_is_made_again_for_the_next_who_asks() -> None:
    numbers = count(1)

    def fetch() -> Token:
        if next(numbers) == 1:
            raise OSError("no network")
        return Token("t1")

    source = TokenSource(fetch, lambda found: None)
    with pytest.raises(OSError, match="no network"):
        source(False)
    assert source(False) == "t1"
