"""AWS Signature Version 4: the header lines that prove who sends a request. Pure.

Source: AWS General Reference, "Create a signed AWS API request". The path is quoted once more as
it is sent, as every service but S3 wants it. A signature holds for minutes and for one exact body:
sign each try anew.
"""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

from claude_cli.types import AwsKey

ALGORITHM = "AWS4-HMAC-SHA256"
UNSIGNED = frozenset(
    {
        *("authorization", "connection", "content-length", "expect", "keep-alive"),
        *("proxy-authenticate", "proxy-authorization", "te", "trailer", "transfer-encoding"),
        *("upgrade", "user-agent", "accept-encoding"),
    }
)
"""Headers that a proxy or the HTTP library may add or change on the way."""
DEFAULT_PORTS = {"http": 80, "https": 443}

Headers = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a signature counts: a region, and the service's name in signatures."""

    region: str
    service: str


def signature_headers(
    method: str,
    url: str,
    headers: Headers,
    body_sha256: str,
    *,
    key: AwsKey,
    scope: Scope,
    now: datetime,
) -> list[tuple[str, str]]:
    """Return the lines to add to `headers`: date, session token and `Authorization`.

    `body_sha256` is the hexadecimal hash of the bytes that are sent; `now` has a time zone.
    """
    time = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    added = [("x-amz-date", time)]
    if key.session_token:
        added.append(("x-amz-security-token", key.session_token))
    signed = _canonical_headers([("host", host_of(url)), *headers, *added])
    names = ";".join(signed)
    canonical = "\n".join(
        [
            method.upper(),
            _canonical_path(urlsplit(url).path),
            _canonical_query(urlsplit(url).query),
            *(f"{name}:{value}" for name, value in signed.items()),
            "",
            names,
            body_sha256,
        ]
    )
    place = f"{time[:8]}/{scope.region}/{scope.service}/aws4_request"
    text = "\n".join([ALGORITHM, time, place, hashlib.sha256(canonical.encode()).hexdigest()])
    signature = hmac.digest(_signing_key(key, place), text.encode(), "sha256").hex()
    credential = f"{ALGORITHM} Credential={key.access_key}/{place}"
    added.append(("authorization", f"{credential}, SignedHeaders={names}, Signature={signature}"))
    return added


def host_of(url: str) -> str:
    """The value of the `host` header: the port is told where it is not the scheme's own."""
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    own = parts.port in (None, DEFAULT_PORTS.get(parts.scheme))
    return host if own else f"{host}:{parts.port}"


def _signing_key(key: AwsKey, place: str) -> bytes:
    derived = f"AWS4{key.secret_key}".encode()
    for part in place.split("/"):
        derived = hmac.digest(derived, part.encode(), "sha256")
    return derived


def _canonical_headers(headers: Headers) -> dict[str, str]:
    """Name in lower case → values, white space squeezed; in the order of the names."""
    values: dict[str, list[str]] = {}
    for name, value in headers:
        if name.lower() not in UNSIGNED:
            values.setdefault(name.lower(), []).append(" ".join(value.split()))
    return {name: ",".join(values[name]) for name in sorted(values)}


def _canonical_path(path: str) -> str:
    """Dot segments and doubled slashes removed, then quoted."""
    kept: list[str] = []
    for part in path.split("/"):
        if part == "..":
            del kept[-1:]
        elif part not in ("", "."):
            kept.append(part)
    last = "/" if kept and path.endswith("/") else ""
    return quote("/" + "/".join(kept) + last, safe="/~")


def _canonical_query(query: str) -> str:
    pairs = sorted(pair.partition("=")[::2] for pair in query.split("&")) if query else []
    return "&".join(f"{name}={value}" for name, value in pairs)
