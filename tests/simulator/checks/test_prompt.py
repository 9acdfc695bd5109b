"""What of the messages of a request a model is given."""

from typing import Any

import pytest

from claude_cli.simulator.checks.prompt import since_compaction

SAID: dict[str, Any] = {"type": "text", "text": "said"}
SUMMARY = {"type": "compaction", "content": "in short"}
FAILED = {"type": "compaction", "content": None}


def says(role: str, *blocks: dict[str, Any]) -> dict[str, Any]:
    return {"role": role, "content": [*blocks]}


OLD, NEW = says("user", SAID), says("user", SAID, SAID)


@pytest.mark.parametrize(
    ("blocks", "kept"),
    [
        ([SUMMARY], [SUMMARY]),
        ([SAID, SUMMARY], [SUMMARY]),
        ([SUMMARY, SAID], [SUMMARY, SAID]),
        ([SUMMARY, SAID, SUMMARY], [SUMMARY]),
        ([SUMMARY, FAILED], [SUMMARY, FAILED]),
    ],
)
def test_a_model_is_given_what_comes_from_the_last_summary_on(
    blocks: list[dict[str, Any]], kept: list[dict[str, Any]]
) -> None:
    given = since_compaction([OLD, says("assistant", *blocks), NEW])
    assert given == [says("assistant", *kept), NEW]


def test_without_a_summary_it_is_given_all() -> None:
    messages = [OLD, says("assistant", FAILED, SAID), NEW]
    assert since_compaction(messages) == messages
