"""`models`: what the API lists, beside packaged facts and prices; what is remembered of it."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from claude_cli.simulator.server.server import Simulator
from tests.conftest import Run

HAIKU = "claude-haiku-4-5-20251001"


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "home/cache"


def test_a_pipe_gets_a_line_of_tabs_a_model_newest_first(simulator: Simulator, run: Run) -> None:
    ran = run("models", "list")
    rows = [line.split("\t") for line in ran.text.splitlines()]
    assert (ran.code, ran.stderr) == (0, "")
    assert {len(row) for row in rows} == {8}
    (haiku,) = [row for row in rows if row[0] == HAIKU]
    assert haiku[1:6] == ["Claude Haiku 4.5", "200000", "64000", "1.00", "5.00"]
    created = [model["created_at"] for model in run("models", "list", "--format", "json").json]
    assert created == sorted(created, reverse=True)


def test_a_price_that_nobody_told_is_not_available(simulator: Simulator, run: Run) -> None:
    shown = run("models", "show", "claude-mythos-preview").text
    assert "usd_in\tn/a\nusd_out\tn/a\n" in shown
    assert "usd_in\t8.00\n" in run("models", "show", "claude-mythos-5-2").text


def test_a_pipe_gets_all_of_what_a_model_can_do(simulator: Simulator, run: Run) -> None:
    card = dict(line.split("\t", 1) for line in run("models", "show", HAIKU).text.splitlines())
    capabilities = run("models", "show", HAIKU, "--format", "json").json["capabilities"]
    assert json.loads(card["capabilities"]) == capabilities


def test_json_is_what_the_api_told(simulator: Simulator, run: Run) -> None:
    models: list[dict[str, Any]] = run("models", "list", "--format", "json").json
    assert {"type", "id", "display_name", "created_at", "capabilities"} <= models[0].keys()
    assert "usd_in" not in models[0]
    assert len(models) == len(run("models", "list").text.splitlines())


@pytest.mark.parametrize(
    ("asked", "shown"),
    [("haiku", "claude-haiku-"), (HAIKU, HAIKU), ("claude-haiku-4-5", HAIKU)],
)
def test_one_model_is_shown_by_id_or_alias(
    simulator: Simulator, run: Run, asked: str, shown: str
) -> None:
    card = dict(line.split("\t", 1) for line in run("models", "show", asked).text.splitlines())
    assert card["id"].startswith(shown)
    assert {"context", "usd_in", "capabilities", "prices"} <= card.keys()
    assert run("models", "show", asked, "--format", "json").json["id"] == card["id"]


@pytest.mark.parametrize("asked", ["nope", "../../etc", "\x1b[2J"])
def test_an_unknown_model_is_65(simulator: Simulator, run: Run, asked: str) -> None:
    ran = run("models", "show", asked)
    assert (ran.code, ran.stdout) == (65, b"")
    assert "models list" in ran.stderr
    assert "\x1b" not in ran.stderr


def test_listing_refreshes_what_is_known_of_models(
    simulator: Simulator, run: Run, cache: Path
) -> None:
    assert not cache.exists()
    run("models", "list")
    (kept,) = [path for path in cache.rglob("*") if path.is_file()]
    assert HAIKU in kept.read_text()
    assert kept.stat().st_mode & 0o777 == 0o600


def test_showing_and_simulating_keep_nothing(simulator: Simulator, run: Run, cache: Path) -> None:
    run("models", "show", HAIKU)
    run("models", "list", "--simulate")
    assert not [path for path in cache.rglob("*") if path.is_file()]


def test_a_cache_that_cannot_be_written_is_a_warning(
    simulator: Simulator, run: Run, cache: Path
) -> None:
    cache.parent.mkdir(parents=True)
    cache.write_text("a file where the folder should be")
    ran = run("models", "list")
    assert ran.code == 0
    assert HAIKU in ran.text
    assert ran.stderr.startswith("warning: ")


def test_the_config_file_has_the_last_word_on_prices(
    simulator: Simulator, run: Run, tmp_path: Path
) -> None:
    folder = tmp_path / "home/config"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text('[prices."claude-haiku-4-5"]\ninput = 0.075\noutput = 12\n')
    (row,) = [line for line in run("models", "list").text.splitlines() if HAIKU in line]
    assert row.split("\t")[4:6] == ["0.075", "12.00"]
    assert "usd_out\t12.00" in run("models", "show", HAIKU).text


def test_a_server_that_tells_little_or_mischief_is_shown_harmless(
    faulty_models: str, run: Run
) -> None:
    ran = run("models", "list", "--base-url", faulty_models)
    assert ran.code == 0
    assert ran.text.split("\t")[:2] == ["claude-x", "a␛[2Jb␉c"]


@pytest.fixture
def faulty_models(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A server whose one model has nothing but an id and a name that would draw."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            model = {"type": "model", "id": "claude-x", "display_name": "a\x1b[2Jb\tc"}
            body = json.dumps({"data": [model], "has_more": False}).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-x")
    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
