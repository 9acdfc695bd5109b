"""What AWS refuses of a signed request by its form: scope, date, signed headers. The signature
itself is not verified: that needs the secret.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from claude_cli.simulator.wire.rejections import Rejection

SIGNED = "AWS4-HMAC-SHA256"
MOST_SKEW = timedelta(minutes=5)
_FORM = re.compile(
    r"AWS4-HMAC-SHA256 Credential=[^/,\s]+/(?P<day>\d{8})/[a-z0-9-]+/[a-z-]+/aws4_request, "
    r"SignedHeaders=(?P<names>[a-z0-9;-]+), Signature=[0-9a-f]{64}"
)


def check_signature(headers: Mapping[str, str]) -> None:
    """Raise the 403 for an `authorization` that is no signature, or is not of this time."""
    found = _FORM.fullmatch(headers.get("authorization", ""))
    if found is None:
        raise _refused("IncompleteSignatureException", "Authorization header is malformed")
    names = found["names"].split(";")
    must = {"host", *(name for name in headers if name.startswith("x-amz-"))}
    if missing := sorted(must - {*names}):
        raise _refused("InvalidSignatureException", f"not signed: {', '.join(missing)}")
    date = headers.get("x-amz-date", "")
    if not re.fullmatch(r"\d{8}T\d{6}Z", date) or date[:8] != found["day"]:
        raise _refused("InvalidSignatureException", "x-amz-date does not fit the credential scope")
    when = datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    if abs(datetime.now(UTC) - when) > MOST_SKEW:
        raise _refused("InvalidSignatureException", f"Signature expired: {date}")


def _refused(name: str, message: str) -> Rejection:
    return Rejection(403, message, headers={"x-amzn-errortype": name})
