"""What comes of a comparison: the answers on stdout, what each took on stderr, the exit code."""

import json
from typing import Any

from claude_cli.commandline.flags.asked import Asked
from claude_cli.errors import ClaudeCliError, ExitCode, SchemaMismatch
from claude_cli.flow.compare.at_once import Outcome, Recorded
from claude_cli.flow.compare.candidates import Candidate, Comparison, split
from claude_cli.models import catalog
from claude_cli.models.prices import format_usd
from claude_cli.turn.keeping.conversation import Conversation
from claude_cli.turn.stop_reasons import exit_code, explain
from claude_cli.types import Answer
from claude_cli.ui.json_output import with_facts
from claude_cli.ui.notices import Notices
from claude_cli.ui.pieces import text_of
from claude_cli.ui.renderers import make_renderer
from claude_cli.ui.streams import open_stdout
from claude_cli.ui.tables import Column, Columns, print_rows
from claude_cli.ui.terminal import describe_stdout

COLUMNS: Columns = {
    "model": "MODEL",
    "effort": Column("EFFORT", spare=2),
    "input": Column("IN", right=True, spare=4),
    "output": Column("OUT", right=True, spare=4),
    "cost": Column("COST", right=True),
    "first": Column("FIRST", right=True, spare=3),
    "seconds": Column("SECONDS", right=True, spare=1),
    "stop": Column("STOP", spare=2),
}


class Report:
    """Takes in the answers as they come, and draws each once it and all before it are whole."""

    def __init__(
        self,
        comparison: Comparison,
        format: str | None,
        theme: str | None,
        asked: Asked,
        notices: Notices,
    ) -> None:
        self.over = 0
        self._comparison = comparison
        self._candidates = comparison.candidates
        self._format = format
        self._theme = theme
        self._asked = asked
        self._notices = notices
        self._recorded: list[Recorded] = []
        self._conversations: list[Conversation] = []
        self._outcomes: dict[int, Outcome] = {}
        self._drawn = 0

    def expect(self, conversation: Conversation) -> Recorded:
        """The renderer of the next candidate, in the order typed."""
        self._conversations.append(conversation)
        self._recorded.append(Recorded())
        return self._recorded[-1]

    def add(self, number: int, outcome: Outcome) -> None:
        """Take in an answer, or what it failed with; raises what is no failure of an answer."""
        if not isinstance(outcome, Answer | ClaudeCliError):
            raise outcome
        self._outcomes[number] = outcome
        self.over += 1
        while self._format != "json" and self._drawn in self._outcomes:
            self._draw(self._drawn)
            self._drawn += 1

    def conclude(self) -> ExitCode:
        """Print what comes at the end; return the exit code."""
        if self._format == "json":
            self._print_json()
        if self._asked.verbosity.level != "quiet":
            rows = [self._row(n, candidate) for n, candidate in enumerate(self._candidates)]
            print_rows(rows, COLUMNS, aside=True)
        codes = [self._judge(number) for number in range(len(self._candidates))]
        for conversation in self._conversations:
            if conversation.trouble:
                raise conversation.trouble
        if ExitCode.BATCH in codes:
            return ExitCode.BATCH
        return next((code for code in codes if code is not ExitCode.OK), ExitCode.OK)

    def _draw(self, number: int) -> None:
        outcome = self._outcomes[number]
        if not isinstance(outcome, Answer):
            return
        self._write_heading(f"## {self._candidates[number].label}\n")
        renderer = make_renderer(
            self._format,
            arriving=False,
            notices=self._notices,
            prefill=self._asked.content.prefill or "",
            show_thinking=False,
            theme=self._theme,
        )
        self._recorded[number].draw(renderer, outcome)
        open_stdout().write("\n")

    def _write_heading(self, text: str) -> None:
        terminal = describe_stdout(force_color=self._format == "markdown")
        if self._format != "text" and (terminal.can_redraw or terminal.color):
            from claude_cli.ui.live.markdown import render_markdown
            from claude_cli.ui.sanitize import sanitize

            text = render_markdown(sanitize(text), terminal.width(), terminal.color, self._theme)
        elif terminal.is_terminal:
            from claude_cli.ui.sanitize import sanitize

            text = sanitize(text)
        open_stdout().write(text)

    def _print_json(self) -> None:
        found: list[dict[str, Any]] = []
        for number, candidate in enumerate(self._candidates):
            outcome = self._outcomes[number]
            if isinstance(outcome, Answer):
                found.append(with_facts(outcome))
            elif isinstance(outcome, ClaudeCliError):
                found.append({"model": candidate.label, "error": outcome.message})
        terminal = describe_stdout().is_terminal
        text = json.dumps(found, ensure_ascii=False, indent=2 if terminal else None)
        if terminal:
            from claude_cli.ui.sanitize import escape_json

            text = escape_json(text)
        open_stdout().write(f"{text}\n")

    def _row(self, number: int, candidate: Candidate) -> dict[str, Any]:
        outcome = self._outcomes[number]
        row = {"model": candidate.label, "effort": _effort(candidate)}
        if not isinstance(outcome, Answer):
            return {**row, "stop": "failed"}
        first = outcome.first_token_seconds
        return {
            **row,
            "model": outcome.message.get("model") or candidate.label,
            "input": outcome.usage.get("input_tokens"),
            "output": outcome.usage.get("output_tokens"),
            "cost": format_usd(outcome.cost_usd),
            "first": None if first is None else f"{first:.2f}",
            "seconds": f"{outcome.seconds:.2f}",
            "stop": outcome.limit or outcome.message.get("stop_reason"),
        }

    def _judge(self, number: int) -> ExitCode:
        """Tell what is wrong with an answer, and return its exit code."""
        outcome, label = self._outcomes[number], self._candidates[number].label
        if isinstance(outcome, ClaudeCliError):
            outcome.message = f"{label}: {outcome.message}"
            self._notices.error(outcome)
            return ExitCode.BATCH
        assert isinstance(outcome, Answer)
        code = exit_code(outcome.message, outcome.limit)
        if code is not ExitCode.OK:
            self._notices.warning(f"{label}: {explain(outcome.message, outcome.limit)}")
            return ExitCode.OK if self._asked.guard.allow_truncated else code
        if self._comparison.schema is None:
            return ExitCode.OK
        from claude_cli.turn.answer_schema import check

        try:
            check(self._comparison.schema, text_of(outcome.message, citing="none"))
        except SchemaMismatch as error:
            error.message = f"{label}: {error.message}"
            self._notices.error(error)
            return ExitCode.SCHEMA
        return ExitCode.OK


def _effort(candidate: Candidate) -> str | None:
    """How hard the model was to try, or how to think: as typed, where it was."""
    body, (_, extra) = candidate.body, split(candidate.label)
    if extra:
        return extra
    thinking = body.get("thinking")
    if isinstance(thinking, dict):
        kind = {"disabled": "off", "enabled": thinking.get("budget_tokens")}
        return str(kind.get(str(thinking.get("type")), thinking.get("type")))
    config = body.get("output_config")
    asked = config.get("effort") if isinstance(config, dict) else None
    return asked or catalog.facts(body["model"]).default_effort
