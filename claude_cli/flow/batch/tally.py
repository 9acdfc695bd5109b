"""What became of the rows of a job, counted while they are written."""

from collections import Counter
from collections.abc import Iterator

from claude_cli.errors import SchemaMismatch
from claude_cli.flow.batch.problems import Problems
from claude_cli.flow.batch.verdicts import Judge
from claude_cli.jobs.join import Joined


class Tally:
    """Counts rows by outcome, and collects why some have no answer or one that does not fit."""

    def __init__(self, judge: Judge) -> None:
        self.outcomes: Counter[str | None] = Counter()
        """Outcome → rows; None counts those without a result."""
        self.problems = Problems()
        self.are_final = True
        """Whether none of the failed rows would fare better if it were sent again."""
        self.mismatched = 0
        self._judge = judge
        self._first = ""

    @property
    def rows(self) -> int:
        return self.outcomes.total()

    def counted(self, rows: Iterator[Joined]) -> Iterator[Joined]:
        """Pass the rows on; those that do not fit the schema say so."""
        for row in rows:
            self.outcomes[row.outcome] += 1
            if row.outcome != "succeeded":
                result = row.result
                self.are_final &= bool(result and result.is_final)
                problem = result.problem if result else "without a result"
                self.problems.add(f"row {row.row} ({row.custom_id})", problem)
            elif self._judge.schema is not None:
                row = self._held_to_schema(row)
            yield row

    def _held_to_schema(self, row: Joined) -> Joined:
        why = self._judge.verdict(row.result).why
        if why:
            self.mismatched += 1
            self._first = self._first or f"{row.custom_id}: {why}"
        return row._replace(unfit=why)

    def in_words(self) -> str:
        """`3 succeeded, 1 unfit for the schema`."""
        counts = [f"{n} {outcome or 'without a result'}" for outcome, n in self.outcomes.items()]
        counts += [f"{self.mismatched} unfit for the schema"] if self.mismatched else []
        return ", ".join(sorted(counts))

    def raise_if_mismatched(self, hint: str) -> None:
        """Raises SchemaMismatch."""
        if self.mismatched:
            raise SchemaMismatch(
                f"answers that do not fit the schema: {self.mismatched}; the first is "
                f"{self._first}",
                hint=hint,
            )
