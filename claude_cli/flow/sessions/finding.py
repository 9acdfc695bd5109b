"""`sessions search`: where words were said, in a form that `sessions show` takes."""

from collections.abc import Iterator
from contextlib import suppress
from itertools import groupby
from pathlib import Path
from typing import Any

from claude_cli.errors import ClaudeCliError, ExitCode
from claude_cli.session.search import Match, search
from claude_cli.session.store import Store
from claude_cli.session.summary import find_name
from claude_cli.ui.sanitize import sanitize_line
from claude_cli.ui.streams import open_stdout
from claude_cli.ui.tables import ListFormat, print_rows
from claude_cli.ui.terminal import describe_stdout


def search_sessions(words: list[str], format: ListFormat) -> ExitCode:
    """Print each record that has the words: `NAME_OR_ID:TURN`, who said it, and the place. What
    stands on another branch than the head's has no turn."""
    found = _placed(search(Store().files(), " ".join(words)))
    if format == "json":
        print_rows((_row(*placed) for placed in found), {}, "json")
        return ExitCode.OK
    output, terminal = open_stdout(), describe_stdout()
    bold = ("\x1b[1m", "\x1b[m") if terminal.color else ("", "")
    for match, name, turn in found:
        before, hit, after = (
            sanitize_line(" ".join(text.split("\n")).replace("\t", " "))
            for text in (match.before, match.words, match.after)
        )
        place = sanitize_line(f"{name or match.path.stem}{f':{turn}' if turn else ''}")
        output.write(f"{place}\t{match.role}\t{before}{bold[0]}{hit}{bold[1]}{after}\n")
    return ExitCode.OK


def _placed(matches: Iterator[Match]) -> Iterator[tuple[Match, str | None, int | None]]:
    """Each match with the name of its session and the number of its turn."""
    for path, found in groupby(matches, key=lambda match: match.path):
        name, turns, parts = find_name(path), *_turns(path)
        for match in found:
            if match.record_id not in parts:
                yield match, name, turns.get(match.record_id)


def _turns(path: Path) -> tuple[dict[str, int], set[str]]:
    """Id of a record → number of its turn, as `sessions show NAME:N` counts; and the ids of parts
    of answers, whose wholes are there too."""
    with suppress(ClaudeCliError):
        turns = Store().open(str(path)).transcript.numbered()
        numbers = {record["id"]: n for n, turn in enumerate(turns, 1) for record in turn}
        return numbers, {part for turn in turns for r in turn for part in r.get("completes", ())}
    return {}, set()


def _row(match: Match, name: str | None, turn: int | None) -> dict[str, Any]:
    row = match._asdict()
    del row["path"]
    return {"session": match.path.stem, "name": name, "turn": turn, **row}
