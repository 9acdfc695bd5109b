"""The environment that a child process gets: ours, without the credentials of the Messages API."""

import os
import re
from collections.abc import Mapping

_SECRET_NAME = re.compile(
    r"(ANTHROPIC|CLAUDE).*(KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL|AUTH|HEADERS)", re.IGNORECASE
)
_SECRET_VALUE = "sk-ant-"


def without_credentials(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """A copy of our environment without keys and tokens, under whatever name they are kept.

    `extra` is laid over it as it stands: what a manifest gives to a command is the user's will.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if not _SECRET_NAME.search(name) and _SECRET_VALUE not in value
    }
    return kept | dict(extra or {})
