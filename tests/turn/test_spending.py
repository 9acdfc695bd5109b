"""What is spent, and what of it the ledger does not have."""

from decimal import Decimal

import pytest

from claude_cli import ledger
from claude_cli.turn.spending import LedgerWriter
from claude_cli.ui.notices import Notices


def test_a_ledger_that_cannot_be_written_has_no_later_entry_either(
    capfd: pytest.CaptureFixture[str],
) -> None:
    ledger.ledger_file().mkdir(parents=True)
    writer = LedgerWriter(Notices(), keep=True)
    entry = ledger.entry(model="m", usage={}, cost_usd=Decimal(1), priced="2026-01-01")
    assert [writer.write([entry]) for _ in range(2)] == [False, False]
    assert capfd.readouterr().err.count("the ledger is not kept") == 1
