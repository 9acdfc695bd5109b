"""`files`: uploads, lists and downloads against the simulator."""

from pathlib import Path

import pytest

from claude_cli.simulator.server.server import Simulator
from tests.conftest import CANARY, Run
from tests.controlling_terminal import ControllingTerminal
from tests.faulty_server import FaultyServer, Wire, chunk, json_response


def test_an_upload_prints_the_id_of_each_file(simulator: Simulator, run: Run) -> None:
    Path("a.txt").write_text("one")
    Path("b.pdf").write_bytes(b"%PDF-1.4\n")
    ran = run("files", "upload", "a.txt", "b.pdf")
    assert ran.code == 0
    first, second = ran.text.split()
    assert first.startswith("file_")
    stored = simulator.files.find(second)
    assert stored is not None
    assert (stored.filename, stored.media_type) == ("b.pdf", "application/pdf")


def test_what_was_uploaded_can_be_asked_about(simulator: Simulator, run: Run) -> None:
    Path("b.pdf").write_bytes(b"%PDF-1.4\n")
    file_id = run("files", "upload", "b.pdf").text.strip()
    ran = run("ask", "-a", file_id, "what is it?", "--beta", "files-api-2025-04-14")
    assert ran.code == 0
    assert simulator.requests[-1].body["messages"][0]["content"][0]["source"]["file_id"] == file_id


def test_the_list_is_tab_separated_or_json(simulator: Simulator, run: Run) -> None:
    Path("a.txt").write_text("one")
    run("files", "upload", "a.txt", "--name", "renamed.txt")
    assert "renamed.txt\ttext/plain\t3" in run("files", "list").text
    rows = run("files", "list", "--format", "json").json
    assert "renamed.txt" in {row["filename"] for row in rows}


def test_a_download_is_whole_and_never_over_a_file(simulator: Simulator, run: Run) -> None:
    Path("here").mkdir()
    ran = run("files", "download", "file_simulated_chart", "here")
    assert (ran.code, ran.text) == (0, "here/chart.png\n")
    assert Path("here/chart.png").read_bytes().startswith(b"\x89PNG")
    again = run("files", "download", "file_simulated_chart", "here")
    assert again.code == 2
    assert [path.name for path in Path("here").iterdir()] == ["chart.png"]


def described(simulator: Simulator, **facts: object) -> None:
    """Let the API say other things of the chart."""
    stored = simulator.files.find("file_simulated_chart")
    assert stored is not None
    for name, value in facts.items():
        object.__setattr__(stored, name, value)


@pytest.mark.parametrize(
    ("expected", "name"),
    [
        ("../../evil.png", "evil.png"),
        (None, "file_simulated_chart"),
        ("..", "file_simulated_chart"),
        ("/etc/", "file_simulated_chart"),
        (".envrc", "_.envrc"),
        ("-rf", "_-rf"),
    ],
)
def test_a_name_from_the_server_is_harmless_in_the_folder(
    simulator: Simulator, run: Run, expected: object, name: str
) -> None:
    described(simulator, filename=expected)
    Path("here").mkdir()
    assert run("files", "download", "file_simulated_chart", "here").text == f"here/{name}\n"
    assert [path.name for path in Path("here").iterdir()] == [name]


def test_a_dash_is_stdout(simulator: Simulator, run: Run) -> None:
    ran = run("files", "download", "file_simulated_chart", "-")
    stored = simulator.files.find("file_simulated_chart")
    assert stored is not None and ran.stdout == stored.content
    assert not list(Path().iterdir())


def test_no_bytes_go_to_a_terminal(simulator: Simulator) -> None:
    with ControllingTerminal("files", "download", "file_simulated_chart", "-") as terminal:
        terminal.wait_for("would go to the terminal")
        assert terminal.process.wait(30) == 2


@pytest.mark.parametrize("size", [1, 10_000])
def test_a_file_of_another_size_than_was_told_is_not_kept(
    simulator: Simulator, run: Run, size: int
) -> None:
    described(simulator, size=size)
    Path("here").mkdir()
    assert run("files", "download", "file_simulated_chart", "here").code == 76
    assert list(Path("here").iterdir()) == []


@pytest.mark.parametrize("told", [5, None, 10**30])
def test_a_download_without_end_is_given_up(
    run: Run, monkeypatch: pytest.MonkeyPatch, told: int | None
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", CANARY)
    monkeypatch.setattr("claude_cli.api.files.LARGEST_FILE", 1 << 20)
    piece, sent = chunk(bytes(1 << 20)), 0

    def endless(wire: Wire) -> None:
        nonlocal sent
        wire.read_request()
        wire.send(json_response({"id": "file_1", "filename": "a", "size_bytes": told}))
        wire.read_request()
        wire.send(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        while sent < 64:
            wire.send(piece)
            sent += 1

    with FaultyServer(endless) as server:
        ran = run("files", "download", "file_1", "--base-url", server.base_url)
    assert (ran.code, ran.stdout, list(Path().iterdir())) == (76, b"", [])
    assert "larger than" in ran.stderr
    assert sent < 32


def test_an_unknown_file_is_told(simulator: Simulator, run: Run) -> None:
    assert run("files", "show", "file_nothing").code == 65
    assert run("files", "delete", "file_nothing").code == 65
    assert run("files", "download", "file_nothing").code == 65


def test_what_is_no_file_is_refused_at_once(simulator: Simulator, run: Run) -> None:
    Path("empty").touch()
    assert run("files", "upload", "/dev/zero").code == 66
    assert run("files", "upload", ".").code == 66
    assert run("files", "upload", "empty").code == 65
    assert simulator.requests == []
