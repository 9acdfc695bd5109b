"""Who may run what, and what is told to whom where nobody may."""

import pytest

from claude_cli.errors import ConfigError, UsageError
from claude_cli.tools.consent import ALLOWED, Approvals, Decision
from claude_cli.types import JSONValue


class User:
    """Answers with the given decisions, in order, and keeps what was asked."""

    def __init__(self, *decisions: Decision) -> None:
        self.asked: list[tuple[str, JSONValue]] = []
        self._decisions = list(decisions)

    def __call__(self, name: str, tool_input: JSONValue) -> Decision:
        self.asked.append((name, tool_input))
        return self._decisions.pop(0)


def test_the_user_sees_name_and_input_and_a_yes_counts_once() -> None:
    user = User(Decision.YES, Decision.NO)
    approvals = Approvals("ask", ask=user)
    assert approvals.decide("add", {"a": 1}).allowed
    assert not approvals.decide("add", {"a": 2}).allowed
    assert user.asked == [("add", {"a": 1}), ("add", {"a": 2})]


def test_a_denial_tells_the_model_that_the_user_denied_it() -> None:
    verdict = Approvals(ask=User(Decision.NO)).decide("add", {})
    assert "user denied" in verdict.reason
    assert not verdict.quit


def test_always_is_remembered_for_that_tool_alone() -> None:
    user = User(Decision.ALWAYS, Decision.NO)
    approvals = Approvals("ask", ask=user)
    assert approvals.decide("add", {}) == ALLOWED
    assert approvals.decide("add", {}) == ALLOWED
    assert not approvals.decide("remove", {}).allowed
    assert len(user.asked) == 2


def test_quit_denies_and_says_so() -> None:
    verdict = Approvals(ask=User(Decision.QUIT)).decide("add", {})
    assert (verdict.allowed, verdict.quit) == (False, True)


def test_with_nobody_to_ask_the_model_is_told_and_the_notice_names_the_flag() -> None:
    verdict = Approvals("ask").decide("add", {})
    assert not verdict.allowed
    assert "nobody" in verdict.reason
    assert "--approve always" in verdict.notice


def test_the_policy_always_asks_nobody() -> None:
    assert Approvals("always").decide("add", {}) == ALLOWED


@pytest.mark.parametrize(
    ("policy", "name", "allowed"),
    [
        ("always", "rm_all", False),
        ("ask", "add", True),
        ("never", "add", False),
        ("always", "rm_dry", True),
        ("always", "other", True),
    ],
)
def test_a_rule_outranks_the_policy_but_for_never(policy: str, name: str, allowed: bool) -> None:
    rules = {"add": "always", "rm_*": "never", "rm_dry": "always"}
    assert Approvals(policy, rules).decide(name, {}).allowed is allowed


def test_the_longest_pattern_wins_and_of_two_alike_the_stricter() -> None:
    assert Approvals("ask", {"*": "never", "a*": "always"}).decide("add", {}).allowed
    assert not Approvals("ask", {"a*": "always", "*d": "never"}).decide("add", {}).allowed


def test_always_does_not_outlive_a_rule_that_says_never() -> None:
    user = User()
    assert not Approvals("always", {"a*": "never"}, user).decide("add", {}).allowed
    assert user.asked == []


def test_unknown_policies_are_refused_as_flag_and_as_rule() -> None:
    with pytest.raises(UsageError, match="--approve"):
        Approvals("sometimes")
    with pytest.raises(ConfigError, match=r"rm_\*.*'allways'"):
        Approvals("ask", {"rm_*": "allways"})
