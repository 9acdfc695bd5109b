"""Real processes of `chat`, killed on the way: the file says what a model says."""

import os

import pytest

from tests.flow.chat.walk import walk


@pytest.mark.skipif(os.name == "nt", reason="signals end processes in another way there")
@pytest.mark.parametrize("seed", [4, 9])
def test_whatever_fails_or_dies_the_session_stands_where_the_model_does(seed: int) -> None:
    walk(seed, 14)
