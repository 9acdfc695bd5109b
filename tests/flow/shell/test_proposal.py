"""The command in an answer, and what the model is told."""

import json

import pytest

from claude_cli.errors import InputError
from claude_cli.flow.shell.proposal import Proposal, Surroundings, instructions, read_proposal

HERE = Surroundings("zsh", "macOS 15", "/home/me")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (json.dumps({"command": "ls\n", "explanation": "Lists."}), Proposal("ls", "Lists.")),
        (json.dumps({"command": "ls", "explanation": None}), Proposal("ls")),
        ("```sh\nls -l\n```\n", Proposal("ls -l")),
        ("So:\n\n```\nls\n```\nIt lists.\n", Proposal("ls", "So:\n\n\nIt lists.")),
        ("```sh\ncat <<E\nx\nE\n```", Proposal("cat <<E\nx\nE")),
        ('{"a": 1}\n```\nls\n```', Proposal("ls", '{"a": 1}')),
        ("```\none\n```\n```\ntwo\n```", Proposal("one", "two")),
        (json.dumps({"command": "echo \ud800", "explanation": ""}), Proposal("echo \ufffd")),
    ],
)
def test_the_command_of_an_answer(answer: str, expected: Proposal) -> None:
    assert read_proposal(answer) == expected


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("I cannot do that.", "I cannot do that."),
        (json.dumps({"command": " ", "explanation": "No way."}), "No way."),
        (json.dumps({"command": "a\0b", "explanation": ""}), "no command"),
        ("[1]", "no command"),
        ("", "no command"),
    ],
)
def test_an_answer_without_a_command_is_told_with_its_reason(answer: str, said: str) -> None:
    with pytest.raises(InputError, match="no command") as raised:
        read_proposal(answer)
    assert said in raised.value.message


def test_the_model_is_told_where_it_will_run_and_what_the_user_adds() -> None:
    text = instructions(HERE, with_schema=True, more="Use ripgrep.")
    assert all(part in text for part in ("zsh", "macOS 15", "/home/me"))
    assert text.endswith("\n\nUse ripgrep.")
    assert "fenced" not in text
    assert "fenced" in instructions(HERE, with_schema=False)
