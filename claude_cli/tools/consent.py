"""Who may run what: the rule behind `--approve`. It asks through a function that it is given.

A rule of the config file whose pattern matches the tool's name outranks the policy of
`--approve`, except that `never` as the policy runs nothing at all. What the user answered with
"always" counts for that tool until the end of this run.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from fnmatch import fnmatchcase
from typing import TypeAlias

from claude_cli.errors import ConfigError, UsageError
from claude_cli.types import JSONValue

POLICIES = ("never", "ask", "always")
"""Strictest first."""


class Decision(Enum):
    """What the user answers when asked about one call."""

    YES = "yes"
    NO = "no"
    ALWAYS = "always"
    QUIT = "quit"


Ask: TypeAlias = Callable[[str, JSONValue], Decision]
"""Shows a tool's name and input to the user, and waits for the answer."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a call may run; if not, `reason` is for the model and `notice` for the user.

    `quit` means that the user wants none of the calls of this turn, nor another turn.
    """

    allowed: bool
    reason: str = ""
    notice: str = ""
    quit: bool = False


ALLOWED = Verdict(True)


class Approvals:
    """The policy and the rules of one run, and what the user allowed for good while it lasts."""

    def __init__(
        self, policy: str = "ask", rules: Mapping[str, str] | None = None, ask: Ask | None = None
    ) -> None:
        """`rules` maps name patterns (fnmatch, case counts) to policies; `ask` is None where
        nobody can be asked.

        Raises UsageError for an unknown policy, ConfigError for a rule with one.
        """
        self._policy = policy
        self._rules = dict(rules or {})
        self._ask = ask
        self._always: set[str] = set()
        if policy not in POLICIES:
            raise UsageError(f"--approve takes ask, always or never, not {policy!r}")
        for pattern, rule in self._rules.items():
            if rule not in POLICIES:
                raise ConfigError(
                    f"approval of {pattern!r} must be ask, always or never, not {rule!r}"
                )

    def decide(self, name: str, tool_input: JSONValue) -> Verdict:
        """May this call run? Asks the user where the policy says so."""
        policy = self._policy_for(name)
        if policy == "never":
            return Verdict(
                False,
                reason="This call was not run: the user does not allow this tool.",
                notice=f"{name} was not run: never approved",
            )
        if policy == "always" or name in self._always:
            return ALLOWED
        if self._ask is None:
            return Verdict(
                False,
                reason="This call was not run: nobody was there to approve it.",
                notice=f"{name} was not run: nobody can be asked; --approve always runs it unasked",
            )
        return self._answered(name, self._ask(name, tool_input))

    def _answered(self, name: str, decision: Decision) -> Verdict:
        if decision is Decision.ALWAYS:
            self._always.add(name)
        if decision in (Decision.YES, Decision.ALWAYS):
            return ALLOWED
        return Verdict(
            False,
            reason="The user denied this call.",
            notice=f"{name} was not run: denied",
            quit=decision is Decision.QUIT,
        )

    def _policy_for(self, name: str) -> str:
        if self._policy == "never":
            return "never"
        if name in self._rules:
            return self._rules[name]
        matching = [pattern for pattern in self._rules if fnmatchcase(name, pattern)]
        if not matching:
            return self._policy
        longest = max(map(len, matching))
        return min((self._rules[p] for p in matching if len(p) == longest), key=POLICIES.index)
