"""What is spent, and what of it the ledger does not have."""

from decimal import Decimal

import pytest

from claude_cli import ledger
from claude_cli.commandline.flags.connection import ConnectionFlags
from claude_cli.turn.spending import LedgerWriter, Spending
from claude_cli.types import Message, Usage
from claude_cli.ui.notices import Notices
from tests.conftest import MODEL


def test_a_ledger_that_cannot_be_written_has_no_later_entry_either(
    capfd: pytest.CaptureFixture[str],
) -> None:
    ledger.ledger_file().mkdir(parents=True)
    writer = LedgerWriter(Notices(), keep=True)
    entry = ledger.entry(model="m", usage={}, cost_usd=Decimal(1), priced="2026-01-01")
    assert [writer.write([entry]) for _ in range(2)] == [False, False]
    assert capfd.readouterr().err.count("the ledger is not kept") == 1


def test_an_answer_that_a_signal_keeps_out_of_the_ledger_is_paid_once_when_it_is_charged_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupted(entries: object) -> None:
        raise KeyboardInterrupt

    spending = Spending(ConnectionFlags(), Notices(), keep=True)
    usage: Usage = {"input_tokens": 1000, "output_tokens": 1000}
    message: Message = {"type": "message", "model": MODEL, "content": [], "usage": usage}
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(ledger, "record", interrupted)
        spending.charge(message, MODEL, None)
    assert spending.charge(message, MODEL, None) == spending.paid > 0
