"""The values of a connection are checked when it is made."""

from math import inf, nan

import pytest

from claude_cli.api.connection import Connection
from claude_cli.errors import ConfigError


def test_urls_are_made_below_the_base_url() -> None:
    connection = Connection("https://gateway.example/prefix/")
    assert connection.base_url == "https://gateway.example/prefix"
    assert connection.url("/v1/messages") == "https://gateway.example/prefix/v1/messages"
    assert connection.address.host == "gateway.example"


def test_an_insecure_base_url_is_refused() -> None:
    with pytest.raises(ConfigError):
        Connection("http://api.example")
    assert Connection("http://api.example", allow_insecure_http=True).base_url


@pytest.mark.parametrize("seconds", [0, -1, nan])
def test_a_time_that_is_no_time_is_refused(seconds: float) -> None:
    with pytest.raises(ConfigError):
        Connection("https://api.example", timeout=seconds)
    with pytest.raises(ConfigError):
        Connection("https://api.example", max_time=seconds)


def test_an_infinite_time_is_a_time() -> None:
    assert Connection("https://api.example", timeout=inf, max_time=inf).timeout == inf
