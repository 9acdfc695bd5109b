"""Our own small files, damaged a thousand times each: what is read is right, or it is told.

Sessions and jobs have their own such tests. A digit that changes in a file that people write (the
config file, a template) is another digit; what is held there is that every fault has its words.
"""

import os
import random
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from claude_cli import ledger
from claude_cli.config import Config
from claude_cli.disk import paths
from claude_cli.errors import ClaudeCliError, ConfigError, InputError
from claude_cli.keys.credential import api_key
from claude_cli.keys.keyfile import key_file, read_key_file, write_key_file
from claude_cli.models import catalog, learned
from claude_cli.templates import load_template
from claude_cli.ui.editor.history import PromptHistory
from tests.conftest import CANARY, Run

MUTANTS = 1000


def mutants(data: bytes) -> Iterator[bytes]:
    """What disks, crashes and editors make of a file; the same ones in each run."""
    chance = random.Random(1)
    for _ in range(MUTANTS):
        start, end = sorted(chance.choices(range(len(data) + 1), k=2))
        part, byte = data[start:end], bytes([chance.randrange(256)])
        yield chance.choice(
            [
                data[:start],
                data[start:],
                data[:start] + byte + data[start + 1 :],
                data[:start] + bytes([data[start] ^ 1 << chance.randrange(8)]) + data[start + 1 :]
                if start < len(data)
                else data + byte,
                data[:start] + byte + data[start:],
                data[:start] + data[end:],
                data[:start] + part + data[start:],
                data[:start] + bytes(len(part)) + data[end:],
                data[:start] + part[::-1] + data[end:],
                data + data[:start],
            ]
        )


def entries() -> list[dict[str, Any]]:
    usage = {"input_tokens": 123, "output_tokens": 45}
    costs = ("0.25", "0.0105", "1.5")
    return [
        ledger.entry(model=f"m{n}", usage=usage, cost_usd=Decimal(cost), priced="2026-11-21")
        for n, cost in enumerate(costs)
    ]


def test_a_damaged_ledger_has_right_sums_or_says_that_lines_are_missing() -> None:
    """Whole lines that are gone from its end, or doubled, are a ledger as it could have been."""
    ledger.record(entries())
    path = ledger.ledger_file()
    right = {row.key: row.cost_usd or 0 for row in ledger.sums("model").rows}
    lines = {b"", *path.read_bytes().split(b"\n")}
    for data in mutants(path.read_bytes()):
        path.write_bytes(data)
        rows, damaged, _ = ledger.sums("model")
        assert all(row.cost_usd == row.requests * right[row.key] for row in rows), data
        assert damaged or {*data.split(b"\n")} <= lines or len(rows) == len(right), data


def test_a_damaged_history_of_prompts_gives_prompts_and_no_error() -> None:
    history = PromptHistory(Path("history"))
    history.store_string("first")
    history.store_string("second")
    whole = Path("history").read_bytes()
    for data in mutants(whole):
        Path("history").write_bytes(data)
        assert all(isinstance(prompt, str) for prompt in history.load_history_strings())


def test_a_damaged_cache_of_models_counts_as_none() -> None:
    learned.keep([{"id": "claude-x", "max_input_tokens": 123_456, "max_tokens": 7890}])
    path = paths.cache_dir() / "models.json"
    known = (catalog.facts("claude-x").context_window, catalog.facts("claude-x").max_output)
    assert known == (123_456, 7890)
    for data in mutants(path.read_bytes()):
        path.write_bytes(data)
        facts = catalog.facts("claude-x")
        assert (facts.context_window, facts.max_output) in (known, (None, None)), data


def test_a_damaged_key_file_gives_a_key_that_could_be_sent_or_is_told() -> None:
    """A key in which a letter changed is refused by the server, with 401."""
    write_key_file(key_file(), CANARY)
    for data in mutants(key_file().read_bytes()):
        key_file().write_bytes(data)
        try:
            credential = api_key(read_key_file(key_file()) or "", "key")
        except ConfigError as error:
            assert CANARY not in str(error)
        else:
            assert credential.value.isascii() and credential.value.isprintable()


CONFIG = """model = "opus"
max-tokens = 1000
stop = ["a", "b"]
[profiles.work]
temperature = 0.5
[prices."claude-x"]
input = 3
"""
TEMPLATE = 'prompt = """Translate {text}"""\nmodel = "opus"\nmax-tokens = 100\n'


def test_a_damaged_config_file_is_read_or_refused_with_its_place() -> None:
    path = paths.config_file()
    path.parent.mkdir(parents=True)

    def read() -> None:
        config = Config(path)
        config.defaults(config.chosen(None))
        config.table("prices")

    for data in mutants(CONFIG.encode()):
        path.write_bytes(data)
        _reads_or_names(read, path)


def test_a_damaged_template_is_read_or_refused_with_its_place() -> None:
    path = Path("saved.toml")
    for data in mutants(TEMPLATE.encode()):
        path.write_bytes(data)
        _reads_or_names(lambda: load_template(str(path.absolute())), path)


def _reads_or_names(read: Callable[[], object], path: Path) -> None:
    try:
        read()
    except ClaudeCliError as error:
        assert isinstance(error, ConfigError | InputError)
        assert path.name in error.message


def _commands() -> dict[str, tuple[str, list[str]]]:
    return {
        "ledger": ("state/ledger.jsonl", ["usage"]),
        "models": ("cache/models.json", ["ask", "--dry-run", "hi"]),
        "config": ("config/config.toml", ["config", "show"]),
        "key": ("config/key", ["auth", "status"]),
    }


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX file kinds")
@pytest.mark.parametrize("what", _commands())
@pytest.mark.parametrize("kind", ["folder", "fifo", "dangling link", "binary", "huge"])
def test_what_stands_in_the_place_of_a_file_is_told(run: Run, what: str, kind: str) -> None:
    name, command = _commands()[what]
    path = Path(os.environ["CLAUDE_CLI_HOME"], name)
    path.parent.mkdir(parents=True, mode=0o700)
    match kind:
        case "folder":
            path.mkdir()
        case "fifo":
            os.mkfifo(path, 0o600)
        case "dangling link":
            path.symlink_to("nowhere")
        case "binary":
            path.write_bytes(bytes(range(256)))
        case "huge":
            path.write_bytes(b"[" * 3_000_000)
    if not path.is_symlink():
        path.chmod(0o700 if kind == "folder" else 0o600)
    ran = run(*command)
    harmless = what == "models" or (kind == "dangling link" and what in ("config", "key"))
    assert ran.code in ((0, 78) if harmless else (65, 66, 73, 78)), ran
    assert "Traceback" not in ran.stderr
    if ran.code:
        assert ran.stderr.count("error: ") == 1


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX modes")
@pytest.mark.parametrize("folder", ["config", "."])
@pytest.mark.parametrize("name", ["config.toml", "key"])
def test_a_config_folder_that_everybody_may_write_is_refused(
    run: Run, folder: str, name: str
) -> None:
    home = Path(os.environ["CLAUDE_CLI_HOME"])
    (home / "config").mkdir(parents=True, mode=0o700)
    (home / "config" / name).write_text('model = "opus"' if name == "config.toml" else CANARY)
    (home / "config" / name).chmod(0o600)
    command = ["ask", "--dry-run", "hi"] if name == "config.toml" else ["auth", "status"]
    assert run(*command).code == 0
    (home / folder).chmod(0o777)
    ran = run(*command)
    assert ran.code == 78
    assert f"everybody may write into {(home / folder).resolve()}:" in ran.stderr
    (home / folder).chmod(0o1777)
    assert run(*command).code == 0


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX modes")
def test_in_a_data_folder_that_everybody_may_write_files_are_our_own(run: Run) -> None:
    home = Path(os.environ["CLAUDE_CLI_HOME"])
    home.mkdir()
    (home / "data").mkdir()
    (home / "data").chmod(0o777)
    assert run("ask", "--simulate", "hi").code == 0
    made = [path for path in (home / "data").rglob("*")]
    assert made
    assert {path.stat().st_mode & 0o777 for path in made if path.is_file()} == {0o600}
    assert {path.stat().st_mode & 0o777 for path in made if path.is_dir()} == {0o700}
