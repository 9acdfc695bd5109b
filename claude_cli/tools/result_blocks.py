"""Which JSON is a list of content blocks that a `tool_result` may hold. Pure.

Data of a tool may look like blocks. What the API refuses would be refused with each later turn of
the session, so a list counts only where every key and every source is one that the API takes (see
"Content blocks" in the reference of the Messages API).
"""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from claude_cli.types import ContentBlock
from claude_cli.values.media import IMAGES, PDF, detect, pixel_size
from claude_cli.values.strict_json import parse_json

Test: TypeAlias = Callable[[Any], bool]

_CACHED: Final = "cache_control"
_LARGEST_SIDE: Final = 8000


def blocks_in(output: str) -> list[ContentBlock] | None:
    """The blocks that a JSON text lists; None if it is anything else.

    They come without `cache_control`: the API refuses a fifth breakpoint, in each later turn too.
    """
    if output.lstrip()[:1] != "[":
        return None
    try:
        value = parse_json(output)
    except ValueError:
        return None
    if not value or not all(map(is_block, value)):
        return None
    for block in value:
        block.pop(_CACHED, None)
    return list(value)


def _record(required: Mapping[str, Test], optional: Mapping[str, Test] | None = None) -> Test:
    """Objects with these keys and no other."""
    tests = {**required, **(optional or {})}

    def test(value: Any) -> bool:
        return (
            isinstance(value, dict)
            and required.keys() <= value.keys() <= tests.keys()
            and all(tests[key](member) for key, member in value.items())
        )

    return test


def _by_type(kinds: Mapping[str, Test]) -> Test:
    """Objects whose `type` names the test for them."""

    def test(value: Any) -> bool:
        kind = value.get("type") if isinstance(value, dict) else None
        return isinstance(kind, str) and kind in kinds and kinds[kind](value)

    return test


def _list_of(test: Test) -> Test:
    return lambda value: isinstance(value, list) and bool(value) and all(map(test, value))


def _one_of(*values: str) -> Test:
    return lambda value: isinstance(value, str) and value in values


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _has_words(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_text_or_null(value: Any) -> bool:
    return value is None or isinstance(value, str)


def _is_url(value: Any) -> bool:
    return isinstance(value, str) and value.startswith(("https://", "http://"))


def _is_file_id(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"file_[a-zA-Z0-9_-]+", value) is not None


def _is_base64(source: Any) -> bool:
    """Whether the bytes are what the source declares, and an image is not too large."""
    try:
        data = base64.b64decode(source["data"], validate=True)
    except (binascii.Error, ValueError, TypeError):
        return False
    sides = pixel_size(data) or (0, 0)
    return detect(data) == source["media_type"] and max(sides) <= _LARGEST_SIDE


def _base64_of(*media_types: str) -> Test:
    shape = _record({"type": _is_text, "media_type": _one_of(*media_types), "data": _is_text})
    return lambda source: shape(source) and _is_base64(source)


def _block(required: Mapping[str, Test], optional: Mapping[str, Test] | None = None) -> Test:
    cached = {_CACHED: _CACHE_CONTROL, **(optional or {})}
    return _record({"type": _is_text, **required}, cached)


_CACHE_CONTROL = _record({"type": _one_of("ephemeral")}, {"ttl": _one_of("5m", "1h")})
_CITATIONS = _record({"enabled": lambda value: isinstance(value, bool)})
_URL = _record({"type": _is_text, "url": _is_url})
_FILE = _record({"type": _is_text, "file_id": _is_file_id})
_PLAIN = _record({"type": _is_text, "media_type": _one_of("text/plain"), "data": _has_words})

_TEXT = _block({"text": _has_words})
_IMAGE = _block(
    {"source": _by_type({"base64": _base64_of(*IMAGES), "url": _URL, "file": _FILE})},
)
_PARTS = _list_of(_by_type({"text": _TEXT, "image": _IMAGE}))
_CONTENT = _record({"type": _is_text, "content": lambda value: _has_words(value) or _PARTS(value)})
_DOCUMENT = _block(
    {
        "source": _by_type(
            {
                "base64": _base64_of(PDF),
                "url": _URL,
                "file": _FILE,
                "text": _PLAIN,
                "content": _CONTENT,
            }
        )
    },
    {"title": _is_text_or_null, "context": _is_text_or_null, "citations": _CITATIONS},
)
_SEARCH_RESULT = _block(
    {"source": _is_text, "title": _is_text, "content": _list_of(_by_type({"text": _TEXT}))},
    {"citations": _CITATIONS},
)

is_block: Final[Test] = _by_type(
    {
        "text": _TEXT,
        "image": _IMAGE,
        "document": _DOCUMENT,
        "search_result": _SEARCH_RESULT,
        "tool_reference": _block({"tool_name": _has_words}),
    }
)
"""Whether a value is a block that the API takes in a `tool_result`."""
