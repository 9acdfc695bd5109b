"""The endpoints of the Files API, below `/v1/files`. An upload is measured; only a small one is
kept. Lists have the shape of the beta or the later one, as the request asks.
"""

import hashlib
import mimetypes
import re
import time

from claude_cli.simulator.checks.headers import Dialect, check_headers
from claude_cli.simulator.state.account import Account
from claude_cli.simulator.state.file_store import SMALL, StoredFile
from claude_cli.simulator.wire.exchange import Received, Response, json_response
from claude_cli.simulator.wire.multipart import Part, read_parts
from claude_cli.simulator.wire.paging import later_page, page
from claude_cli.simulator.wire.rejections import Rejection, invalid

BETA = "files-api-"
UNTYPED = "application/octet-stream"
LIFETIMES = range(3_600, 7_776_001)
"""Values of `expires_in_seconds`."""
IDS_LIMIT = 100
_FILENAME = re.compile(r'[^<>:"|?*\\\x00-\x1f\x7f]{1,255}')


def upload(account: Account, received: Received) -> Response:
    """One part named `file`; beside it, without the beta header, `expires_in_seconds`."""
    dialect = check_headers(received.headers, json_body=False)
    parts = read_parts(received.headers.get("content-type", ""), received.raw)
    part, lifetime = _read_parts(parts, dialect)
    media_type = part.media_type or UNTYPED
    digest = hashlib.sha256(part.content).hexdigest()
    file = StoredFile(
        id=account.files.new_id(digest),
        filename=_filename(part.filename or "", media_type),
        media_type=media_type,
        size=len(part.content),
        sha256=digest,
        content=part.content if len(part.content) <= SMALL else None,
        expires=time.time() + lifetime if lifetime else None,
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
    return json_response(later_page(newest, received.query))


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


def _read_parts(parts: list[Part], dialect: Dialect) -> tuple[Part, int | None]:
    """The file, and how long it is to be kept."""
    file, lifetime = None, None
    for part in parts:
        if part.name == "expires_in_seconds" and not dialect.has_beta(BETA):
            lifetime = _lifetime(part.content)
        elif part.name != "file":
            raise invalid(part.name, "Extra inputs are not permitted")
        elif file is not None:
            raise invalid("file", "should be given once")
        else:
            file = part
    if file is None:
        raise invalid("file", "Field required")
    return file, lifetime


def _filename(given: str, media_type: str) -> str:
    """The last component of the path that was given; a file without a name gets one."""
    name = given.rpartition("/")[2]
    if not name:
        return f"unnamed{mimetypes.guess_extension(media_type) or ''}"
    if not _FILENAME.fullmatch(name):
        problem = 'should have 1 to 255 characters, none of < > : " | ? * \\ or control characters'
        raise invalid("file", f"the filename {problem}")
    return name


def _lifetime(text: bytes) -> int:
    if not (text.isdigit() and len(text) < 10 and int(text) in LIFETIMES):
        problem = f"Input should be an integer from {LIFETIMES[0]} to {LIFETIMES[-1]}"
        raise invalid("expires_in_seconds", problem)
    return int(text)


def _find(account: Account, received: Received, file_id: str) -> StoredFile:
    check_headers(received.headers, json_body=False)
    file = account.files.find(file_id)
    if file is None:
        raise Rejection(404, f"file: {file_id}")
    return file
