"""URLs as they may be shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_cli.values.secrecy import REDACTED
from claude_cli.values.shown_url import shown_url


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://me:s3cret@host/v", f"https://me:{REDACTED}@host/v"),
        ("http://me:s3c@/s3cret@host:1", f"http://me:{REDACTED}@host:1"),
        ("me:s3cret@host:1", f"me:{REDACTED}@host:1"),
        ("http://s3cret@[::1]:9/x", f"http://{REDACTED}@[::1]:9/x"),
        ("https://host/mcp?token=s3cret", f"https://host/mcp?{REDACTED}"),
        ("https://host/mcp#s3cret", f"https://host/mcp#{REDACTED}"),
        ("https://me:pass/s3cret@host", f"https://me:{REDACTED}@host"),
        ("https://host/@name/x", "https://host/@name/x"),
        ("http://[::1]:9", "http://[::1]:9"),
    ],
)
def test_what_may_be_a_secret_is_left_out_and_the_rest_stays(url: str, shown: str) -> None:
    assert shown_url(url) == shown


@given(st.text("sc/:@%[]?#", max_size=9))
def test_whatever_a_password_is_made_of_it_is_not_shown(odd: str) -> None:
    assert "s3cret" not in shown_url(f"https://me:{odd}@s3cret@host/path")
