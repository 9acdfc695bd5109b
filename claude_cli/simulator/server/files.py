"""The endpoints of the Files API, below `/v1/files`. An upload is read in pieces and measured; only
a small one is kept. Lists have the shape of the beta or the later one, as the request asks.
"""

import hashlib
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from mimetypes import guess_extension
from typing import Any

from claude_cli.simulator.checks.headers import Dialect, check_headers
from claude_cli.simulator.state.account import Account
from claude_cli.simulator.state.file_store import SMALL, StoredFile
from claude_cli.simulator.wire.exchange import Received, Response, json_response
from claude_cli.simulator.wire.multipart import Part, read_parts
from claude_cli.simulator.wire.paging import limited, page
from claude_cli.simulator.wire.rejections import Rejection, invalid

BETA = "files-api-"
UNTYPED = "application/octet-stream"
LIFETIMES = range(3_600, 7_776_001)
"""Values of `expires_in_seconds`."""
IDS_LIMIT = 100
_FILENAME = re.compile(r'[^<>:"|?*\\/\x00-\x1f\x7f]{1,255}')
_PAGE = "page_"


@dataclass(slots=True)
class _Upload:
    """What an upload said so far."""

    part: Part | None = None
    filename: str = ""
    size: int = 0
    sha256: str = ""
    content: bytes | None = None
    lifetime: int | None = None


def upload(account: Account, received: Received) -> Response:
    """One part named `file`; beside it, without the beta header, `expires_in_seconds`."""
    dialect = check_headers(received.headers, json_body=False)
    found = _Upload()
    for part in read_parts(received.headers.get("content-type", ""), received.pieces):
        _read_part(part, found, dialect)
    if found.part is None:
        raise invalid("file", "Field required")
    file = StoredFile(
        id=account.files.new_id(found.sha256),
        filename=found.filename,
        media_type=found.part.media_type or UNTYPED,
        size=found.size,
        sha256=found.sha256,
        content=found.content,
        expires=time.time() + found.lifetime if found.lifetime else None,
    )
    account.files.keep(file)
    return json_response(file.shown())


def list_files(account: Account, received: Received) -> Response:
    dialect = check_headers(received.headers, json_body=False)
    newest = [file.shown() for file in reversed(list(account.files))]
    if dialect.has_beta(BETA):
        return json_response(page(newest, received.query))
    if wanted := received.query.get("ids[]"):
        if len(wanted) > IDS_LIMIT:
            raise invalid("ids", f"List should have at most {IDS_LIMIT} items")
        newest = [file for file in newest if file["id"] in wanted]
    return json_response(_later_page(newest, received.query))


def show(account: Account, received: Received, file_id: str) -> Response:
    return json_response(_find(account, received, file_id).shown())


def download(account: Account, received: Received, file_id: str) -> Response:
    """What was uploaded is not given back."""
    file = _find(account, received, file_id)
    if not file.downloadable or file.content is None:
        raise Rejection(
            400,
            f"file {file_id} is not downloadable: it was not made by a tool",
            details={"error_code": "file_not_downloadable"},
        )
    return Response(headers={"content-type": file.media_type}, body=file.content)


def delete(account: Account, received: Received, file_id: str) -> Response:
    account.files.remove(_find(account, received, file_id))
    return json_response({"id": file_id, "type": "file_deleted"})


def _read_part(part: Part, found: _Upload, dialect: Dialect) -> None:
    if part.name == "expires_in_seconds" and not dialect.has_beta(BETA):
        found.lifetime = _lifetime(part.text())
        return
    if part.name != "file":
        raise invalid(part.name, "Extra inputs are not permitted")
    if found.part is not None:
        raise invalid("file", "should be given once")
    found.filename = _kept_name(part)
    if not _FILENAME.fullmatch(found.filename):
        told = 'should have 1 to 255 characters, none of < > : " | ? * \\ / or control characters'
        raise invalid("file", f"the filename {told}")
    found.part = part
    _measure(part, found)


def _kept_name(part: Part) -> str:
    """The last part of the path that was told; a file without a name is called after its type."""
    name = (part.filename or "").rpartition("/")[2]
    return name or f"unnamed{guess_extension(part.media_type or UNTYPED) or ''}"


def _measure(part: Part, found: _Upload) -> None:
    digest, kept = hashlib.sha256(), bytearray()
    for piece in part.content:
        digest.update(piece)
        found.size += len(piece)
        if found.size <= SMALL:
            kept += piece
    found.sha256 = digest.hexdigest()
    found.content = bytes(kept) if found.size <= SMALL else None


def _lifetime(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) in LIFETIMES):
        told = f"Input should be an integer from {LIFETIMES[0]} to {LIFETIMES[-1]}"
        raise invalid("expires_in_seconds", told)
    return int(text)


def _later_page(items: Sequence[dict[str, Any]], query: dict[str, list[str]]) -> dict[str, Any]:
    """`{"data", "next_page"}`; the token names the last item of the page before."""
    limit, start = limited(query), 0
    if token := query.get("page", [""])[-1]:
        ids = [item["id"] for item in items]
        if token.removeprefix(_PAGE) not in ids or not token.startswith(_PAGE):
            raise invalid("page", "no such page")
        start = ids.index(token.removeprefix(_PAGE)) + 1
    data = list(items[start : start + limit])
    more = len(items) > start + limit
    return {"data": data, "next_page": f"{_PAGE}{data[-1]['id']}" if more else None}


def _find(account: Account, received: Received, file_id: str) -> StoredFile:
    check_headers(received.headers, json_body=False)
    file = account.files.find(file_id)
    if file is None:
        raise Rejection(404, f"file: {file_id}")
    return file
