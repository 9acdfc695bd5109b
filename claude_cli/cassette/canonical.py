"""A request's path and body in the form in which two of them are compared. Pure.

Of a JSON body that is its value, keys sorted and without secrets; of a multipart form name, file
name and SHA-256 of each part, whatever its boundary; of anything else the SHA-256.
"""

import hashlib
import json
import re
from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from claude_cli.values.secrecy import REDACTED
from claude_cli.values.shown_url import query_of, shown_url

SECRET_FIELDS: Final = frozenset({"authorization_token"})
"""Fields of a body whose value is a secret, wherever they stand; of the URL of an MCP server its
query is one."""
LARGEST_JSON: Final = 16 * 1024 * 1024
"""Bytes of a body that is kept; a larger one is known by its SHA-256."""

_ACCOUNTS = re.compile(r"(?<=/projects/)[^/]+|(?<=/workspaces/)[^/]+|(?<=:)\d{12}(?=[:/])")
"""Projects and workspaces of Google's platforms, account numbers in ARNs."""
_ACCOUNTS_QUOTED = re.compile(r"(?<=%3A)\d{12}(?=%3A|%2F|/)", re.IGNORECASE)
_BOUNDARY = re.compile(r'multipart/form-data\s*;.*?boundary="?([^";]{1,70})', re.IGNORECASE)
_PARAMETER = re.compile(rb'[;\s](name|filename)="([^"]*)"')
_HEAD_LIMIT = 16 * 1024


def without_account(path: str) -> str:
    """A path or URL with `x` for the account of a cloud."""
    return _ACCOUNTS_QUOTED.sub("x", _ACCOUNTS.sub("x", path))


def canonical_path(path: str) -> str:
    """A path with its query: no account in it, the fields of the query sorted."""
    path, mark, query = path.partition("?")
    fields = sorted(parse_qsl(query, keep_blank_values=True))
    return without_account(path) + (f"?{urlencode(fields)}" if mark and fields else "")


def canonical_body(content_type: str, raw: bytes, secrets: Iterable[str] = ()) -> Any:
    """The canonical form of a body that is in memory; see BodyReader."""
    reader = BodyReader(content_type)
    reader.feed(raw)
    return reader.value(secrets)


class BodyReader:
    """Reads a body in pieces, cut anywhere; a form may be larger than the memory."""

    def __init__(self, content_type: str) -> None:
        found = _BOUNDARY.match(content_type)
        self._form = _Form(found[1].strip().encode()) if found else None
        self._whole = hashlib.sha256()
        self._raw = bytearray()
        self._size = 0
        self.secrets: list[str] = []
        """The values of SECRET_FIELDS and the like, once `value` was asked for."""

    def feed(self, piece: bytes) -> None:
        """Take the next piece."""
        if self._form:
            self._form.feed(piece)
            return
        self._whole.update(piece)
        self._size += len(piece)
        if self._size <= LARGEST_JSON:
            self._raw += piece

    def value(self, secrets: Iterable[str] = ()) -> Any:
        """The canonical form of what came, with REDACTED for `secrets` that stand in it."""
        if self._form:
            return {"parts": self._form.parts}
        if not self._size:
            return None
        try:
            if self._size > LARGEST_JSON:
                raise ValueError(self._size)
            value = _without_secret_fields(json.loads(self._raw), self.secrets)
        except (ValueError, RecursionError):
            return {"sha256": self._whole.hexdigest()}
        return _without(secrets, value)


class _Form:
    """The parts of `multipart/form-data` (RFC 7578)."""

    def __init__(self, boundary: bytes) -> None:
        self.parts: list[dict[str, str]] = []
        self._mark = b"\r\n--" + boundary
        self._waiting = bytearray(b"\r\n")
        self._in_head = False
        self._digest = hashlib.sha256()

    def feed(self, piece: bytes) -> None:
        self._waiting += piece
        while self._read_head() if self._in_head else self._read_content():
            pass

    def _read_head(self) -> bool:
        end = self._waiting.find(b"\r\n\r\n")
        if end < 0:
            del self._waiting[_HEAD_LIMIT:]
            return False
        named = {key.decode(): value for key, value in _PARAMETER.findall(self._waiting[:end])}
        self.parts.append({key: value.decode("utf-8", "replace") for key, value in named.items()})
        del self._waiting[: end + 4]
        self._in_head, self._digest = False, hashlib.sha256()
        return True

    def _read_content(self) -> bool:
        end = self._waiting.find(self._mark)
        known = max(0, len(self._waiting) - len(self._mark) + 1) if end < 0 else end
        self._digest.update(self._waiting[:known])
        del self._waiting[:known]
        if end < 0:
            return False
        if self.parts:
            self.parts[-1]["sha256"] = self._digest.hexdigest()
        del self._waiting[: len(self._mark)]
        self._in_head = True
        return True


def _without_secret_fields(value: Any, found: list[str]) -> Any:
    if isinstance(value, dict):
        found += [v for key, v in value.items() if key in SECRET_FIELDS and isinstance(v, str)]
        if "name" in value and isinstance(url := value.get("url"), str):  # a server of MCP
            found.append(query_of(url))
            value = {**value, "url": shown_url(url)}
        return {
            key: REDACTED if key in SECRET_FIELDS else _without_secret_fields(value[key], found)
            for key in sorted(value)
        }
    if isinstance(value, list):
        return [_without_secret_fields(item, found) for item in value]
    return value


def _without(secrets: Iterable[str], value: Any) -> Any:
    text = json.dumps(value)
    found = [secret for secret in secrets if secret in text]
    for secret in found:
        text = text.replace(secret, REDACTED)
    return json.loads(text) if found else value
