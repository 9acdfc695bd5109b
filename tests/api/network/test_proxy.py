"""Which proxy is taken, and how a bad one is refused."""

from importlib.util import find_spec

import pytest

from claude_cli.api.address import Address, parse
from claude_cli.api.network.proxy import choose_proxy, parse_proxy
from claude_cli.errors import ConfigError


def at(url: str) -> Address:
    address = parse(url)
    assert address is not None
    return address


API = at("https://api.example")
PROXY = "http://proxy.example:8080"


def chosen(address: Address = API, **environ: str) -> str | None:
    proxy = choose_proxy(address, None, environ)
    return str(proxy) if proxy else None


def test_no_proxy_without_a_variable() -> None:
    assert chosen() is None


def test_the_schemes_variable_goes_before_all_proxy() -> None:
    assert chosen(HTTPS_PROXY=PROXY, ALL_PROXY="http://other.example") == PROXY
    assert chosen(ALL_PROXY=PROXY, HTTP_PROXY="http://other.example") == PROXY


def test_lower_case_goes_before_upper_case_even_when_empty() -> None:
    assert chosen(https_proxy=PROXY, HTTPS_PROXY="http://other.example") == PROXY
    assert chosen(https_proxy="", HTTPS_PROXY=PROXY) is None


def test_the_flag_goes_before_the_environment() -> None:
    proxy = choose_proxy(API, PROXY, {"HTTPS_PROXY": "http://other.example", "NO_PROXY": "*"})
    assert str(proxy) == PROXY


def test_a_proxy_without_scheme_is_http() -> None:
    assert chosen(HTTPS_PROXY="proxy.example:3128") == "http://proxy.example:3128"


def test_a_cgi_program_does_not_take_its_clients_proxy() -> None:
    address = at("http://gateway.example")
    assert chosen(address, HTTP_PROXY="http://127.0.0.1:1", REQUEST_METHOD="GET") is None
    assert chosen(address, HTTP_PROXY="http://127.0.0.1:1") == "http://127.0.0.1:1"


@pytest.mark.parametrize(
    "exceptions",
    [
        *("*", "api.example", "example", ".example", "other.net, API.example", "api.example:443"),
        "[::1],api.example",
    ],
)
def test_no_proxy_names_exceptions(exceptions: str) -> None:
    assert chosen(HTTPS_PROXY=PROXY, NO_PROXY=exceptions) is None
    assert chosen(HTTPS_PROXY=PROXY, no_proxy=exceptions, NO_PROXY="other.net") is None


@pytest.mark.parametrize("exceptions", ["", " , ", "pi.example", "other.net", "api.example:8443"])
def test_no_proxy_names_nothing_else(exceptions: str) -> None:
    assert chosen(HTTPS_PROXY=PROXY, NO_PROXY=exceptions) == PROXY


@pytest.mark.parametrize("exception", ["::1", "[::1]", "[::1]:443"])
def test_no_proxy_takes_ipv6_with_and_without_brackets(exception: str) -> None:
    assert chosen(at("https://[::1]"), HTTPS_PROXY=PROXY, NO_PROXY=exception) is None


def test_plain_http_to_this_machine_takes_no_proxy_of_the_environment() -> None:
    address = at("http://127.0.0.1:8080")
    assert chosen(address, HTTP_PROXY=PROXY, ALL_PROXY="socks5://proxy.example") is None


def test_plain_http_gives_the_key_to_no_proxy_elsewhere() -> None:
    address = at("http://127.0.0.1:8080")
    with pytest.raises(ConfigError):
        choose_proxy(address, PROXY, {})
    assert choose_proxy(address, PROXY, {}, allow_insecure_http=True)
    assert choose_proxy(address, "http://localhost:1", {})


@pytest.mark.parametrize(
    "url", ["ftp://x", "http://", "http://:8080", "http://[::1", "http://p:port"]
)
@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_a_malformed_proxy_is_named_by_its_variable(name: str, url: str) -> None:
    with pytest.raises(ConfigError, match=name) as raised:
        chosen(API, **{name: url})
    assert raised.value.flag is None


@pytest.mark.parametrize("odd", ["ftp://x", "socks://127.0.0.1:1080/", "http://[::1"])
def test_a_variable_that_is_not_used_harms_nothing(odd: str) -> None:
    assert chosen(at("http://127.0.0.1"), ALL_PROXY=odd, HTTP_PROXY=odd, NO_PROXY="[::1") is None
    assert chosen(ALL_PROXY=odd, NO_PROXY="api.example") is None
    assert chosen(HTTP_PROXY=odd) is None
    assert chosen(ALL_PROXY=odd, HTTPS_PROXY=PROXY) == chosen(HTTPS_PROXY=PROXY)
    assert chosen(NO_PROXY="[::1") is None


def test_socks_is_socks5() -> None:
    assert str(parse_proxy("socks://127.0.0.1/", "ALL_PROXY")) == "socks5://127.0.0.1:1080"


@pytest.mark.parametrize(
    ("scheme", "port"),
    [("http", 80), ("https", 443), ("socks5", 1080), ("socks5h", 1080), ("socks", 1080)],
)
def test_each_kind_of_proxy_has_its_usual_port(scheme: str, port: int) -> None:
    kind = {"socks": "socks5"}.get(scheme, scheme)
    assert str(parse_proxy(f"{scheme}://p.example", "--proxy")) == f"{kind}://p.example:{port}"
    assert str(parse_proxy(f"{scheme}://p.example:7", "--proxy")) == f"{kind}://p.example:7"


@pytest.mark.parametrize("url", ["ftp://x", "http://", "http://[::1"])
def test_a_malformed_flag_is_named(url: str) -> None:
    with pytest.raises(ConfigError, match="--proxy") as raised:
        choose_proxy(API, url, {})
    assert raised.value.flag == "proxy"


@pytest.mark.parametrize("exceptions", ["[::1", "a.example,::1]", "[[::1]"])
def test_a_malformed_no_proxy_is_named(exceptions: str) -> None:
    with pytest.raises(ConfigError, match="NO_PROXY"):
        chosen(HTTPS_PROXY=PROXY, NO_PROXY=exceptions)


@pytest.mark.skipif(find_spec("socksio") is not None, reason="SOCKS is supported here")
def test_a_socks_proxy_without_support_names_variable_and_package() -> None:
    with pytest.raises(ConfigError, match=r"ALL_PROXY.*socksio"):
        chosen(ALL_PROXY="socks5://me:hunter2@proxy.example")


def test_the_password_does_not_print() -> None:
    proxy = parse_proxy("http://me:hunt%40er2@proxy.example", "--proxy")
    assert proxy.auth == ("me", "hunt@er2")
    assert "hunt" not in f"{proxy} {proxy!r}"
    with pytest.raises(ConfigError) as raised:
        parse_proxy("http://me:hunter2@proxy.example:port", "--proxy")
    assert "hunter2" not in str(raised.value)
