"""The values of a connection are checked when it is made."""

from math import inf, nan
from typing import Any

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


@pytest.mark.parametrize(
    ("values", "flag"),
    [
        ({"base_url": "ftp://x"}, "base_url"),
        ({"base_url": "http://api.example"}, "base_url"),
        ({"base_url": "https://me:hunter2@api.example"}, "base_url"),
        ({"timeout": 0}, "timeout"),
        ({"max_time": -1}, "max_time"),
        ({"api_version": ""}, "api_version"),
        ({"betas": ("é",)}, "beta"),
        ({"headers": (("x y", "1"),)}, "header"),
        ({"headers": (("content-length", "1"),)}, "header"),
        ({"headers": (("x", "é"),)}, "header"),
    ],
)
def test_a_refusal_names_the_flag_that_is_at_fault(values: dict[str, Any], flag: str) -> None:
    with pytest.raises(ConfigError) as raised:
        Connection(**{"base_url": "https://api.example"} | values)
    assert raised.value.flag == flag


def test_an_infinite_time_is_a_time() -> None:
    assert Connection("https://api.example", timeout=inf, max_time=inf).timeout == inf
