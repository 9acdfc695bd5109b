"""Attachments on disk, by the SHA-256 of their bytes: each is written once, whole or not at all.

A stored user record refers to a blob where the API's block has base64; the reference takes the
place of the data, so that the block comes back byte for byte, its order of keys included.
"""

import binascii
import re
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any

from claude_cli.disk.appendlog import LINE_LIMIT
from claude_cli.disk.atomic_file import write_whole
from claude_cli.disk.lock import locked
from claude_cli.disk.private_files import open_to_read
from claude_cli.errors import ClaudeCliError, InputUnreadable
from claude_cli.session.format import Content

_DIGEST = re.compile(r"[0-9a-f]{64}")
_DEEPEST = 2
"""A result of a tool holds a document, which holds images; nothing legal goes deeper."""

_Change = Callable[[dict[str, Any]], dict[str, Any]]


class Blobs:
    """A folder of blobs, `ab/abcdef…`, files 0600 in folders 0700; made when it is needed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def held(self) -> AbstractContextManager[None]:
        """A lock, so that nothing is collected between a blob and the record that names it."""
        return locked(self.folder / ".lock")

    def store(self, content: Content) -> tuple[Content, list[str]]:
        """The content with a reference for each base64, and the digests that it refers to.

        Raises CannotCreate or CannotWrite.
        """
        digests: list[str] = []

        def refer(source: dict[str, Any]) -> dict[str, Any]:
            raw = _decode(source["data"]) if _has_base64(source) else None
            if raw is None:
                return source
            digests.append(self._write(raw))
            return _replace_key(source, "data", "blob", digests[-1])

        return _map_sources(content, refer), digests

    def restore(self, content: Content) -> Content:
        """The content with the base64 that its references stand for.

        Raises InputUnreadable, which names the blob, where one is missing or not what it was.
        """

        def fill(source: dict[str, Any]) -> dict[str, Any]:
            if not is_digest(source.get("blob")):
                return source
            data = binascii.b2a_base64(self.read(source["blob"]), newline=False).decode()
            return _replace_key(source, "blob", "data", data)

        restored: Content = _map_sources(content, fill)
        return restored

    def read(self, digest: str) -> bytes:
        """The bytes of a blob, checked against their digest; raises InputUnreadable."""
        try:
            with open_to_read(self._path(digest)) as file:
                data = file.read(LINE_LIMIT)
        except ClaudeCliError as error:
            raise InputUnreadable(
                f"the attachment {digest} of this session is gone",
                hint=f"put the file back as {self._path(digest)}, or undo the turn that has it",
            ) from error
        if _hash(data) != digest:
            raise InputUnreadable(f"the attachment {digest} is not what was stored")
        return data

    def remove(self, digests: Iterable[str]) -> None:
        """Delete blobs, as far as they are there."""
        for digest in filter(is_digest, digests):
            with suppress(OSError):
                self._path(digest).unlink()
                self._path(digest).parent.rmdir()

    def _write(self, raw: bytes) -> str:
        digest = _hash(raw)
        try:
            self.read(digest)
        except InputUnreadable:
            write_whole(self._path(digest), raw, by_way_of=self.folder)
        return digest

    def _path(self, digest: str) -> Path:
        return self.folder / digest[:2] / digest


def is_digest(value: object) -> bool:
    """Whether a text is a digest. Ask before a text of a session file becomes a path."""
    return isinstance(value, str) and bool(_DIGEST.fullmatch(value))


def has_base64(content: Content) -> bool:
    """Whether `Blobs.store` has something to do."""
    found: list[bool] = []

    def look(source: dict[str, Any]) -> dict[str, Any]:
        found.append(_has_base64(source))
        return source

    _map_sources(content, look)
    return any(found)


def may_refer(content: Content) -> bool:
    """Whether `Blobs.restore` may have something to do. Not for a plain text."""
    return not isinstance(content, str) and any(b["type"] != "text" for b in content)


def _has_base64(source: dict[str, Any]) -> bool:
    return source.get("type") == "base64" and bool(source.get("data"))


def _decode(data: Any) -> bytes | None:
    """The bytes, or None where encoding them again would not give the same text.

    Beside what strict decoding takes, only surplus padding and unused bits of the last character
    could differ: to encode 20 MB for a comparison would cost as much memory again.
    """
    try:
        raw = binascii.a2b_base64(data, strict_mode=True)
        last = binascii.b2a_base64(binascii.a2b_base64(data[-4:]), newline=False).decode()
    except (ValueError, TypeError):
        return None
    return raw if last == data[-4:] and len(data) == (len(raw) + 2) // 3 * 4 else None


def _hash(data: bytes) -> str:
    import hashlib

    return hashlib.sha256(data).hexdigest()


def _replace_key(source: dict[str, Any], old: str, new: str, value: str) -> dict[str, Any]:
    return dict((new, value) if key == old else (key, kept) for key, kept in source.items())


def _map_sources(content: Any, change: _Change, depth: int = 0) -> Any:
    """The content with every `source` changed, also those in results of tools and in documents."""
    if not isinstance(content, list) or depth > _DEEPEST:
        return content
    return [_map_block(block, change, depth) for block in content]


def _map_block(block: Any, change: _Change, depth: int) -> Any:
    if not isinstance(block, dict):
        return block
    changed = {**block}
    if "content" in block:
        changed["content"] = _map_sources(block["content"], change, depth + 1)
    if isinstance(source := block.get("source"), dict):
        changed["source"] = change(_map_block(source, change, depth))
    return changed
