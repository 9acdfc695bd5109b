"""A container is named again in each request, as long as the API knows it."""

import time
from typing import Any

import pytest

from claude_cli.session.containers import in_container, open_container, with_container
from claude_cli.session.format import Record, new_answer
from tests.session.conversations import message

DAY = 86400


def answer(container: Any = None, age: float = 0) -> Record:
    record = new_answer("p", message("a") | {"container": container})
    record["at"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - age))
    return record


ONE, TWO = {"id": "one", "expires_at": "…"}, {"id": "two"}


@pytest.mark.parametrize(
    ("answers", "container"),
    [
        ([], None),
        ([answer(ONE)], "one"),
        ([answer(ONE), answer(TWO), answer(None)], "two"),
        ([answer(ONE, 31 * DAY)], None),
        ([answer(ONE, 31 * DAY), answer(ONE)], None),
        ([answer(ONE, 29 * DAY), answer({"id": 3}), answer({})], "one"),
        ([answer(ONE) | {"at": "yesterday"}], "one"),
        ([answer(ONE) | {"at": 5}], "one"),
    ],
    ids=[
        *("none", "one", "the last", "forgotten", "begun long ago", "of an odd shape"),
        *("of an odd time", "of no time"),
    ],
)
def test_the_last_container_is_open_until_the_api_forgets_it(
    answers: list[Record], container: str | None
) -> None:
    assert open_container(answers) == container


@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        ({}, "one"),
        ({"container": "mine"}, "mine"),
        ({"container": None}, None),
        ({"container": {"skills": []}}, {"id": "one", "skills": []}),
        ({"container": {"id": "mine"}}, {"id": "mine"}),
    ],
)
def test_what_the_user_asks_for_outranks_the_container_of_the_session(
    asked: dict[str, Any], sent: Any
) -> None:
    assert in_container(asked, "one")["container"] == sent
    assert in_container(asked, None) == asked


def test_within_a_turn_the_container_of_the_answer_counts() -> None:
    said: Any = message("a") | {"container": ONE}
    assert with_container({"container": "old"}, said) == {"container": "one"}
    skills = {"container": {"id": "old", "skills": []}}
    assert with_container(skills, said) == {"container": {"id": "one", "skills": []}}
    assert with_container({"container": "old"}, message("a")) == {"container": "old"}
