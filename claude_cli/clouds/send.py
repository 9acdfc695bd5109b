"""How the clouds' credentials reach their servers: through a function that the caller has."""

from collections.abc import Callable, Mapping

Reply = tuple[int, Mapping[str, str], bytes]
"""Status, headers with names in lower case, body."""

Send = Callable[[str, str, Mapping[str, str], bytes, float], Reply]
"""Method, URL, headers, body and seconds → the response, whatever its status. Raises Unreachable
and TemporaryFailure."""
