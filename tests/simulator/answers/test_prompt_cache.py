"""What a breakpoint writes, what a later request reads."""

from typing import Any

import pytest

from claude_cli.simulator.answers.prompt_cache import InputUse, PromptCache
from claude_cli.simulator.checks.models import find_model
from claude_cli.simulator.checks.tokens import count_input
from tests.simulator.bodies import WEATHER, assistant, message_body, text, user

MODEL = find_model("claude-sonnet-4-6")
LONG_TEXT = "word " * 1000
"""1250 tokens, more than the model's minimum of 1024."""


def marked(words: str = LONG_TEXT, **fields: Any) -> dict[str, Any]:
    return text(words, cache_control={"type": "ephemeral", **fields})


def use(cache: PromptCache, body: dict[str, Any]) -> InputUse:
    assert MODEL is not None
    found = cache.use(body, MODEL)
    assert sum(found) == count_input(body)
    return found


def test_without_a_breakpoint_nothing_is_cached() -> None:
    cache, body = PromptCache(), message_body(user(LONG_TEXT))
    assert use(cache, body) == use(cache, body) == InputUse(count_input(body))


def test_the_first_request_writes_and_the_second_reads() -> None:
    cache, body = PromptCache(), message_body(user([marked(), text("hi")]))
    first = use(cache, body)
    assert (first.read, first.written_5m) == (0, 1253)
    assert use(cache, body) == InputUse(first.uncached, read=1253)


def test_a_lifetime_of_an_hour_is_billed_apart() -> None:
    found = use(PromptCache(), message_body(user([marked(ttl="1h"), marked("more" * 8)])))
    assert (found.written_1h, found.written_5m) == (1253, 8)


def test_a_short_prefix_is_silently_left_out() -> None:
    found = use(PromptCache(), message_body(user([marked("short")])))
    assert (found.read, found.written_5m, found.written_1h) == (0, 0, 0)


def test_an_automatic_breakpoint_moves_along_with_the_conversation() -> None:
    cache, automatic = PromptCache(), {"cache_control": {"type": "ephemeral"}}
    turns = [user(LONG_TEXT)]
    first = use(cache, message_body(*turns, **automatic))
    turns += [assistant("ok"), user("go on")]
    second = use(cache, message_body(*turns, **automatic))
    assert second.read == first.written_5m
    assert second.written_5m > 0


def test_a_breakpoint_that_moves_still_finds_the_shorter_prefix() -> None:
    cache = PromptCache()
    first = use(cache, message_body(user([marked()])))
    second = use(cache, message_body(user([text(LONG_TEXT), marked("more")])))
    assert second.read == first.written_5m


def test_an_entry_too_far_back_is_not_found() -> None:
    cache = PromptCache()
    use(cache, message_body(user([marked()])))
    far = [text(LONG_TEXT), *[text("x")] * 20]
    assert use(cache, message_body(user([*far, marked("y")]))).read == 0
    assert use(cache, message_body(user([*far[:-1], marked("z")]))).read == 1253


@pytest.mark.parametrize(
    "change",
    [
        {"tools": [WEATHER]},
        {"system": "Be kind."},
        {"tool_choice": {"type": "any"}},
        {"thinking": {"type": "adaptive"}},
    ],
)
def test_a_change_before_the_messages_spoils_them(change: dict[str, Any]) -> None:
    cache, body = PromptCache(), message_body(user([marked()]))
    use(cache, body)
    assert use(cache, {**body, **change}).read == 0


def test_a_change_of_settings_leaves_the_system_prompt_cached() -> None:
    cache, body = PromptCache(), message_body(user([marked()]), system=[marked()])
    first = use(cache, body)
    second = use(cache, {**body, "thinking": {"type": "adaptive"}})
    assert (first.written_5m, second.read) == (2503, 1250)


def test_the_same_words_of_another_role_or_model_are_another_prefix() -> None:
    cache, other = PromptCache(), find_model("claude-opus-4-8")
    assert other is not None
    body = message_body(user("a"), user([marked()]))
    use(cache, body)
    assert cache.use(body, other).read == 0
    assert use(cache, message_body(user("a"), assistant([marked()]))).read == 0


def test_an_entry_expires_and_each_hit_renews_it(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    cache, body = PromptCache(), message_body(user([marked()]))
    use(cache, body)
    for _ in range(3):
        now += 299
        assert use(cache, body).read > 0
    now += 301
    assert use(cache, body).read == 0
