"""The signature of a thinking block. It comes back unchanged with the block, and tells from which
model the block is and after what it was made.

No secret is in it, so a simulator started later takes it too: it shows that a client kept the block
byte for byte, and proves nothing more.
"""

import base64
import hmac
import json
from typing import NamedTuple

_KEY = b"claude-cli simulator"


class Origin(NamedTuple):
    """Where a thinking block comes from."""

    model_id: str
    prefix: str = ""
    """Digest of what was said before it; empty where the model does not bind its thinking to it."""
    previous: str = ""
    """Digest of the thinking block before it; empty for the first."""


def sign(thinking: str, origin: Origin) -> str:
    return base64.b64encode(json.dumps([*origin, _seal(thinking, origin)]).encode()).decode()


def origin_of(thinking: str, signature: str) -> Origin | None:
    """None where the signature is none of ours, or the text is not the one that was signed."""
    try:
        *fields, seal = json.loads(base64.b64decode(signature, validate=True))
        origin = Origin(*map(str, fields))
    except (ValueError, TypeError, RecursionError):
        return None
    return origin if hmac.compare_digest(str(seal), _seal(thinking, origin)) else None


def _seal(thinking: str, origin: Origin) -> str:
    message = json.dumps([*origin, thinking]).encode()
    return hmac.digest(_KEY, message, "sha256").hex()
