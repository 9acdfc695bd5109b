"""What the answer to a row is worth: good, or why not; and which of several is the best."""

from collections.abc import Sequence
from typing import Any, NamedTuple, cast

from claude_cli.commandline.flags.batch import FAULTS, Fault
from claude_cli.errors import ExitCode, SchemaMismatch
from claude_cli.jobs.attempts import Attempt, newest
from claude_cli.jobs.index import LOST
from claude_cli.jobs.results import Result
from claude_cli.jobs.store import Job
from claude_cli.turn.answer_schema import check
from claude_cli.turn.stop_reasons import exit_code
from claude_cli.types import Message


class Verdict(NamedTuple):
    """What is wrong with an answer, None if nothing is; `why` is where it misses the schema."""

    fault: Fault | None
    why: str = ""


class Judge:
    """Judges the answers of one job; what was cut or refused is not held to its schema."""

    def __init__(self, job: Job) -> None:
        self.prefill = str(job.header.get("prefill") or "")
        self.schema: dict[str, Any] | None = job.header.get("schema")

    def verdict(self, result: Result | None) -> Verdict:
        if result is None or result.outcome != "succeeded":
            return Verdict("failed")
        match exit_code(cast(Message, result.message)):
            case ExitCode.REFUSAL:
                return Verdict("refused")
            case ExitCode.CUT:
                return Verdict("cut")
        if self.schema is not None:
            try:
                check(self.schema, self.prefill + result.text)
            except SchemaMismatch as error:
                return Verdict("mismatched", error.message)
        return Verdict(None)

    def best(self, attempts: Sequence[Attempt]) -> Attempt:
        """The attempt to keep: a later one only if it is better; of failures the last, of cut
        answers the longest. One that is LOST is not made up for by what was there before it."""
        last = newest(attempts)
        if len(attempts) == 1 or last.outcome == LOST:
            return last
        return attempts[max(range(len(attempts)), key=lambda n: self._worth(n, attempts[n]))]

    def _worth(self, number: int, attempt: Attempt) -> tuple[int, int]:
        result = attempt.result
        fault = self.verdict(result).fault
        if fault is None or result is None:
            return (len(FAULTS), 0) if result else (-1, 0)
        ties = {"failed": number, "cut": len(result.text)}
        return FAULTS.index(fault), ties.get(fault, 0)
