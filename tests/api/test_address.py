"""Which base URLs may get the key, and what becomes of paths and ids below them."""

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_cli.api.address import check_base_url, is_loopback, join, parse, segment
from claude_cli.errors import ConfigError, InputError, ProtocolError


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://api.anthropic.com", "https://api.anthropic.com"),
        ("https://api.anthropic.com/", "https://api.anthropic.com"),
        ("https://gateway.example/anthropic/", "https://gateway.example/anthropic"),
        ("https://gateway.example:8443/a//b", "https://gateway.example:8443/a//b"),
        ("HTTPS://API.example", "HTTPS://API.example"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://127.9.9.9", "http://127.9.9.9"),
        ("http://localhost:1", "http://localhost:1"),
        ("http://LOCALHOST:1", "http://LOCALHOST:1"),
        ("http://[::1]:8080/v", "http://[::1]:8080/v"),
    ],
)
def test_a_base_url_keeps_its_path_and_loses_one_slash(given: str, kept: str) -> None:
    assert check_base_url(given) == kept


@pytest.mark.parametrize(
    "url",
    [
        "http://api.anthropic.com",
        "http://127.0.0.1@evil.example",
        "http://localhost.evil.example",
        "http://localhost@evil.example",
        "http://127.0.0.1.evil.example",
        "http://127.0.0.1\\@evil.example",
        "http://127.0.0.1%2f@evil.example",
        "http://127.1",
        "http://2130706433",
        "http://0.0.0.0",
        "http://localhost.",
        "http://[::ffff:10.0.0.1]",
        "http://10.0.0.1",
    ],
)
def test_plain_http_beyond_this_machine_is_refused(url: str) -> None:
    with pytest.raises(ConfigError):
        check_base_url(url)


def test_plain_http_can_be_allowed() -> None:
    url = "http://gateway.internal:8080"
    assert check_base_url(url, allow_insecure_http=True) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.anthropic.com",
        "ftp://api.anthropic.com",
        "file:///etc/passwd",
        "https://",
        "https:///v1",
        "https://:443",
        "https://api.example:99999",
        "https://api.example:port",
        "https://api.example?x=1",
        "https://api.example/#part",
        "https://api.example/a b",
        "https://api.example/\n",
        "https://api\u2028.example",
        "https://bücher.example",
        "https://[::1",
        " https://api.example",
    ],
)
def test_what_is_no_base_url_is_refused(url: str) -> None:
    with pytest.raises(ConfigError):
        check_base_url(url, allow_insecure_http=True)


@pytest.mark.parametrize(
    "url",
    [
        "https://me:hunter2@api.example/v1",
        "https:me:hunter2@api.example",
        "me:hunter2@api.example",
        "https:\\\\me:hunter2@api.example",
        "https://api.example?token=hunter2",
        "https://api.example/#hunter2",
    ],
)
def test_a_secret_in_a_base_url_is_not_repeated(url: str) -> None:
    with pytest.raises(ConfigError) as raised:
        check_base_url(url)
    assert "hunter2" not in f"{raised.value.message} {raised.value.hint}"


def test_a_path_is_joined_below_the_prefix() -> None:
    query = [("limit", "5"), ("lifecycle[]", "active")]
    url = join("https://gateway.example/anthropic", "/v1/models", query)
    assert url == "https://gateway.example/anthropic/v1/models?limit=5&lifecycle%5B%5D=active"


def test_an_absolute_url_of_the_same_origin_is_kept() -> None:
    url = "https://API.example:443/v1/results?x=1"
    assert join("https://api.example", url) == url


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/v1/results",
        "http://api.example/v1/results",
        "https://api.example:8443/v1/results",
        "https://api.example@evil.example/",
        "//evil.example/v1",
        "v1/results",
        "",
    ],
)
def test_an_absolute_url_elsewhere_gets_no_key(url: str) -> None:
    with pytest.raises(ProtocolError):
        if join("https://api.example", url).startswith("https://api.example//"):
            raise ProtocolError("stays on the origin")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://evil.example/v1", "https://evil.example, another server than"),
        ("http://127.0.0.1:81/v1", "http://127.0.0.1:81, another server than"),
        ("http://[::1]:80/v1", "http://[::1], another server than http://127.0.0.1:80"),
    ],
)
def test_a_server_elsewhere_is_told_with_its_port(url: str, expected: str) -> None:
    with pytest.raises(ProtocolError) as refused:
        join("http://127.0.0.1:8080", url)
    assert expected in refused.value.message


def test_the_parts_of_an_address() -> None:
    address = parse("https://API.example/a/b?c=d")
    assert address is not None
    assert address == ("https", "api.example", 443, "/a/b", "c=d")
    assert address.origin == ("https", "api.example", 443)


PIECES = [
    *("http://", "https://", "127.0.0.1", "localhost", "[::1]", "evil.example", ":80", ":443", ":"),
    *(
        "@",
        "/",
        "\\",
        "?",
        "#",
        "%40",
        "%2F",
        "%",
        "..",
        ".",
        "[",
        "]",
        " ",
        "\t",
        "\n",
        "a",
        "é",
        "。",
    ),
]


@given(st.lists(st.sampled_from(PIECES), max_size=8).map("".join))
def test_httpx_reads_the_same_host_in_every_url_that_is_taken(url: str) -> None:
    address = parse(url)
    if address is not None:
        read = httpx.URL(url)
        assert read.host == address.host
        assert (read.port or {"http": 80, "https": 443}[read.scheme]) == address.port
        assert not read.userinfo


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("localhost", True),
        ("::1", True),
        ("127.0.0.1", True),
        ("::", False),
        ("a.localhost", False),
    ],
)
def test_this_machine_is_known_by_name(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


def test_an_id_is_encoded_as_one_segment() -> None:
    assert segment("claude/../x?y#z é") == "claude%2F..%2Fx%3Fy%23z%20%C3%A9"


def test_what_is_no_character_does_no_harm() -> None:
    assert segment("a\udcff") == "a%3F"
    assert join("https://api.example", "/v1", [("q", "\udcff")]).endswith("?q=%3F")


@pytest.mark.parametrize("name", ["", ".", ".."])
def test_an_id_that_means_another_path_is_refused(name: str) -> None:
    with pytest.raises(InputError):
        segment(name)
