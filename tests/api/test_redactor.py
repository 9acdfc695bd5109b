"""What a debug line may show of a body that repeats a secret, however the body is cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_cli.api.redactor import Redactor, hide_in
from claude_cli.errors import ClaudeCliError
from claude_cli.values.secrecy import REDACTED

SECRETS = ("sk-ant-0123456789", "aabaabaaab")


def redact(*pieces: bytes) -> bytes:
    redactor = Redactor(SECRETS)
    return b"".join([*map(redactor.feed, pieces), redactor.end()])


@given(
    st.lists(st.sampled_from([*SECRETS, "sk-", "aab", "a", "Zürich ", "0123456789"])),
    st.lists(st.integers(1, 20)),
)
def test_secrets_are_replaced_wherever_the_text_is_cut(parts: list[str], sizes: list[int]) -> None:
    text = "".join(parts).encode()
    pieces, rest = [], text
    for size in sizes:
        pieces.append(rest[:size])
        rest = rest[size:]
    shown = redact(*pieces, rest)
    assert shown == redact(text)
    for secret in SECRETS:
        assert secret.encode() not in shown


@given(st.text("xyz \n", max_size=40), st.integers(0, 40))
def test_what_holds_no_secret_is_shown_as_it_is(text: str, cut: int) -> None:
    assert redact(text[:cut].encode(), text[cut:].encode()) == text.encode()


def test_only_what_may_begin_a_secret_is_held_back() -> None:
    redactor = Redactor(SECRETS)
    assert redactor.feed(b"you sent sk-ant") == b"you sent "
    assert redactor.feed(b"arctic, sk") == b"sk-antarctic, "
    assert redactor.feed(b"-ant-0123456789!") == f"{REDACTED}!".encode()


@pytest.mark.parametrize(("rest", "shown"), [("sk-ant-", "sk-ant-"), ("sk-ant-0", REDACTED)])
def test_a_secret_that_the_end_cuts_is_not_shown_either(rest: str, shown: str) -> None:
    assert redact(b"you sent ", rest.encode()) == f"you sent {shown}".encode()


def test_an_error_loses_secrets_and_keeps_everything_else() -> None:
    error = ClaudeCliError(f"\udc80 bad: {SECRETS[0]}, ☃ {SECRETS[1]}", request_id=SECRETS[0])
    hide_in(error, SECRETS)
    assert error.message == f"\udc80 bad: {REDACTED}, ☃ {REDACTED}"
    assert error.request_id == REDACTED


def test_an_excerpt_that_ends_inside_a_secret_does_not_show_its_start() -> None:
    error = ClaudeCliError(f"you sent {SECRETS[0][:-1]}")
    hide_in(error, SECRETS)
    assert (error.message, error.request_id) == (f"you sent {REDACTED}", None)


def test_without_secrets_nothing_is_held_back() -> None:
    assert Redactor(()).feed(b"sk-ant") == b"sk-ant"
