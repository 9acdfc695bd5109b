"""Signatures are those of botocore: over awkward paths, ports, tokens and bodies."""

import hashlib
from datetime import datetime
from typing import Any
from unittest.mock import patch
from urllib.parse import quote

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from claude_cli.api.cloud.sigv4 import Scope, host_of, signature_headers
from claude_cli.types import AwsKey

NOW = datetime.fromisoformat("2026-11-30T19:05:07+00:00")
SEGMENT = st.text(st.sampled_from("abz09-_.~:;%/@ +=,&é"), min_size=1, max_size=12).map(
    lambda text: quote(text, safe=":;@~")
)
TOKEN = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40)
HEADER = st.tuples(
    st.sampled_from(["content-type", "accept", "anthropic-version", "Anthropic-Beta", "x-amz-a"]),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20),
)


def signed_by_botocore(
    method: str, url: str, headers: list[tuple[str, str]], body: bytes, key: AwsKey, scope: Scope
) -> dict[str, str]:
    request = AWSRequest(method, url, dict(headers), body)
    credentials = Credentials(key.access_key, key.secret_key, key.session_token)
    with patch("botocore.auth.get_current_datetime", lambda: NOW):
        SigV4Auth(credentials, scope.service, scope.region).add_auth(request)
    return {name.lower(): value for name, value in request.headers.items()}


@given(
    method=st.sampled_from(["GET", "POST", "DELETE"]),
    port=st.sampled_from(["", ":443", ":80", ":8443"]),
    scheme=st.sampled_from(["https", "http"]),
    segments=st.lists(SEGMENT, max_size=4),
    slash=st.sampled_from(["", "/", "//", "/./", "/x/../"]),
    query=st.sampled_from(["", "b=2&a=1", "a=2&a=1", "limit=20&after=x%2Fy", "flag"]),
    headers=st.lists(HEADER, max_size=4, unique_by=lambda line: line[0].lower()),
    body=st.binary(max_size=100),
    session_token=st.none() | TOKEN,
    secret=TOKEN,
)
def test_a_signature_is_the_one_that_botocore_makes(
    method: str,
    port: str,
    scheme: str,
    segments: list[str],
    slash: str,
    query: str,
    headers: list[tuple[str, str]],
    body: bytes,
    session_token: str | None,
    secret: str,
) -> None:
    path = "/" + "/".join(segments) + slash
    url = f"{scheme}://bedrock-runtime.eu-west-1.amazonaws.com{port}{path}"
    url += f"?{query}" if query else ""
    key, scope = AwsKey("AKIDEXAMPLE", secret, session_token), Scope("eu-west-1", "bedrock")
    expected = signed_by_botocore(method, url, headers, body, key, scope)
    added = signature_headers(
        method, url, headers, hashlib.sha256(body).hexdigest(), key=key, scope=scope, now=NOW
    )
    assert dict(added) == {name: expected[name] for name, _ in added}


def test_the_host_has_its_port_where_it_is_not_the_usual_one() -> None:
    assert host_of("https://A.example:443/x") == "a.example"
    assert host_of("http://a.example:443/x") == "a.example:443"
    assert host_of("http://[::1]:8000/x") == "[::1]:8000"


def test_what_a_proxy_may_change_is_not_signed() -> None:
    def authorization(*more: tuple[str, str]) -> Any:
        lines = [("content-type", "application/json"), *more]
        key, scope = AwsKey("AKID", "secret"), Scope("us-east-1", "bedrock")
        url = "https://x.example/"
        return signature_headers("POST", url, lines, "0" * 64, key=key, scope=scope, now=NOW)[-1]

    assert authorization() == authorization(("User-Agent", "x"), ("Connection", "close"))
    assert authorization() != authorization(("anthropic-beta", "x"))


def test_a_key_shows_no_secret() -> None:
    shown = repr(AwsKey("AKID", "the-secret", "the-token"))
    assert "AKID" in shown
    assert "the-" not in shown
