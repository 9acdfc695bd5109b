"""A signature is judged by its form and its time."""

from datetime import UTC, datetime, timedelta

import pytest

from claude_cli.api.cloud.sigv4 import Scope, signature_headers
from claude_cli.simulator.checks.signature import check_signature
from claude_cli.simulator.wire.rejections import Rejection
from claude_cli.types import AwsKey


def signed(now: datetime | None = None, token: str | None = None) -> dict[str, str]:
    lines = [("content-type", "application/json")]
    added = signature_headers(
        "POST",
        "http://127.0.0.1:1/x",
        lines,
        "0" * 64,
        key=AwsKey("AKID", "secret", token),
        scope=Scope("eu-west-1", "bedrock"),
        now=now or datetime.now(UTC),
    )
    return dict([*lines, *added])


@pytest.mark.parametrize("token", [None, "t"])
def test_a_signature_of_now_passes(token: str | None) -> None:
    headers = signed(token=token)
    check_signature(headers)
    assert ("x-amz-security-token" in headers) is (token is not None)


@pytest.mark.parametrize("minutes", [-10, 10])
def test_a_clock_that_is_wrong_is_refused(minutes: int) -> None:
    with pytest.raises(Rejection, match="Signature expired"):
        check_signature(signed(datetime.now(UTC) + timedelta(minutes=minutes)))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"authorization": "AWS4-HMAC-SHA256 nonsense"}, "malformed"),
        ({"x-amz-date": ""}, "x-amz-date"),
        ({"x-amz-date": "20200101T000000Z"}, "x-amz-date"),
        ({"x-amz-meta": "added later"}, "not signed: x-amz-meta"),
    ],
)
def test_what_does_not_fit_is_refused(changes: dict[str, str], reason: str) -> None:
    with pytest.raises(Rejection, match=reason) as raised:
        check_signature(signed() | changes)
    assert raised.value.status == 403
