"""The files of the account: what is known of each, and the bytes of the small ones."""

import base64
import hashlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from claude_cli.simulator.answers.server_tools import MADE_FILE

SMALL = 1_000_000
"""Bytes of a file up to which its content is kept."""
_CHART = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
)
"""A grey pixel."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file. Times are seconds since the epoch."""

    id: str
    filename: str
    media_type: str
    size: int
    sha256: str
    content: bytes | None = field(default=None, repr=False)
    """None where it is not SMALL."""
    downloadable: bool = False
    """Made by a tool rather than uploaded."""
    created: float = field(default_factory=time.time)
    expires: float | None = None

    def shown(self) -> dict[str, Any]:
        """The file as the API describes it."""
        expiry = {"expires_at": _written(self.expires)} if self.expires else {}
        return {
            "id": self.id,
            "type": "file",
            "filename": self.filename,
            "mime_type": self.media_type,
            "size_bytes": self.size,
            "created_at": _written(self.created),
            "downloadable": self.downloadable,
            **expiry,
        }


def _written(seconds: float) -> str:
    """RFC 3339."""
    return datetime.fromtimestamp(seconds, UTC).isoformat()


class Files:
    """All files; one that a tool could have made is there from the start. Thread safe."""

    def __init__(self) -> None:
        self._files: dict[str, StoredFile] = {}
        self._made = 0
        self._lock = threading.Lock()
        self.keep(_simulated_chart())

    def new_id(self, sha256: str) -> str:
        with self._lock:
            self._made += 1
            return f"file_{self._made:04}{sha256[:20]}"

    def keep(self, file: StoredFile) -> None:
        with self._lock:
            self._files[file.id] = file

    def find(self, file_id: str) -> StoredFile | None:
        return self._files.get(file_id)

    def remove(self, file: StoredFile) -> None:
        with self._lock:
            self._files.pop(file.id, None)

    def __iter__(self) -> Iterator[StoredFile]:
        """In the order of their creation."""
        with self._lock:
            return iter(list(self._files.values()))


def _simulated_chart() -> StoredFile:
    digest = hashlib.sha256(_CHART).hexdigest()
    return StoredFile(MADE_FILE, "chart.png", "image/png", len(_CHART), digest, _CHART, True)
