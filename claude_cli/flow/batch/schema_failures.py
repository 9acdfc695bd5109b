"""Whether the answers of a job fit the schema that they were asked for with."""

from collections.abc import Iterator
from typing import Any, cast

from claude_cli.errors import SchemaMismatch
from claude_cli.jobs.join import Joined
from claude_cli.jobs.results import Result
from claude_cli.turn.answer_schema import check
from claude_cli.turn.stop_reasons import exit_code
from claude_cli.types import Message


class SchemaFailures:
    """Finds answers that do not fit the schema; what was cut or refused is not held to it."""

    def __init__(self, schema: dict[str, Any] | None, prefill: str) -> None:
        self.count = 0
        self._schema = schema
        self._prefill = prefill
        self._first = ""

    def marked(self, rows: Iterator[Joined]) -> Iterator[Joined]:
        """Pass the rows on; those that do not fit say so."""
        return rows if self._schema is None else map(self._mark, rows)

    def raise_if_any(self) -> None:
        """Raises SchemaMismatch."""
        if self.count:
            raise SchemaMismatch(
                f"answers that do not fit the schema: {self.count}; the first is {self._first}",
                hint="--format csv has the reason for each in its error column",
            )

    def _mark(self, row: Joined) -> Joined:
        result = row.result
        if result is None or not _is_whole(result):
            return row
        try:
            check(self._schema or {}, self._prefill + result.text)
        except SchemaMismatch as error:
            self.count += 1
            self._first = self._first or f"{row.custom_id}: {error.message}"
            return row._replace(unfit=error.message)
        return row


def _is_whole(result: Result) -> bool:
    return result.outcome == "succeeded" and not exit_code(cast(Message, result.message))
