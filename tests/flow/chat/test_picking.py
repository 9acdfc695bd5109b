"""The list from which a session is chosen."""

import time

import pytest

from claude_cli.flow.chat.picking import age_of


@pytest.mark.parametrize(
    ("seconds", "age"),
    [
        (-5, "now"),
        (59, "now"),
        (60, "1 min"),
        (3 * 3600 + 1800, "3 h"),
        (6.9 * 86400, "6 d"),
        (15 * 86400, "2 w"),
    ],
)
def test_an_age_takes_few_characters(seconds: float, age: str) -> None:
    assert age_of(seconds) == age


def test_what_is_older_than_some_weeks_has_a_date() -> None:
    noon = time.mktime((1970, 1, 2, 12, 0, 0, 0, 0, -1))  # where the user is
    assert age_of(time.time() - noon) == "1970-01-02"
