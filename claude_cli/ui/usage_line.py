"""The line that --usage prints: tokens, cost and speed of an answer. Pure."""

from typing import Any

from claude_cli.types import Answer, CacheUse

UNKNOWN = "n/a"
_COUNTS = {
    "input_tokens": "in",
    "output_tokens": "out",
    "cache_creation_input_tokens": "cache write",
    "cache_read_input_tokens": "cache read",
}


def usage_line(answer: Answer) -> str:
    """Return `tokens: … in, … out, … · cost $… · first token … s · … tokens/s`.

    What the API did not tell is `n/a`.
    """
    tokens = ", ".join(f"{_shown(_count(answer, name))} {word}" for name, word in _COUNTS.items())
    cost = UNKNOWN if answer.cost_usd is None else f"${answer.cost_usd:f}"
    first = answer.first_token_seconds
    first_token = UNKNOWN if first is None else f"{first:.2f} s"
    speed = f"{_shown(_tokens_per_second(answer))} tokens/s"
    line = f"tokens: {tokens} · cost {cost} · first token {first_token} · {speed}"
    cache = cache_words(answer.cache) if answer.cache else None
    return " · ".join(text for text in (line, cache, answer.budget) if text)


def cache_words(cache: CacheUse) -> str | None:
    """What the prompt cache did not do, and why; None where it did all that it could."""
    if cache.missed:
        return f"cache missed {cache.missed}: {cache.why}"
    return f"nothing cached: {cache.why}" if cache.why else None


def _tokens_per_second(answer: Answer) -> int | None:
    """Return the speed after the first token; None for several turns: usage tells the last."""
    tokens, first = _count(answer, "output_tokens"), answer.first_token_seconds
    if tokens is None or first is None or answer.turns != 1 or answer.seconds <= first:
        return None
    return round(tokens / (answer.seconds - first))


def _count(answer: Answer, name: str) -> int | None:
    value: Any = answer.usage.get(name)
    return value if type(value) is int else None


def _shown(number: int | None) -> str:
    return UNKNOWN if number is None else str(number)
