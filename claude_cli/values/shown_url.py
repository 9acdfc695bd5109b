"""A URL as it may be shown: without what may be a password or a token in it."""

import re
from typing import Final

from claude_cli.values.secrecy import REDACTED

_NOBODY: Final = r"\w+://(?:\[[\da-fA-F:.]+\]|[\w.-]+)(?::\d+)?(?:[/?#]|$)"
"""How a URL without a user begins."""
_USER: Final = re.compile(rf"\A(?!{_NOBODY})(?P<start>(?:\w+://)?(?:[^:/@]*:)?).*@", re.DOTALL)
"""What stands before the host: a name and a password, or a token alone."""
_QUERY: Final = re.compile(r"(?<=[?#]).+", re.DOTALL)


def query_of(url: str) -> str:
    """What `shown_url` hides behind the path; "" for nothing."""
    found = _QUERY.search(url)
    return found[0] if found else ""


def shown_url(url: str) -> str:
    """`url` with REDACTED in place of a password, or of a name without one, and of its query."""
    return _QUERY.sub(REDACTED, _USER.sub(rf"\g<start>{REDACTED}@", url, count=1))
