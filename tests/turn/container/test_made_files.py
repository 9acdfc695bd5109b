"""What code of an answer made is named, or brought into a folder, and harms nothing there."""

from pathlib import Path
from typing import Any

import pytest

from claude_cli.session.containers import made_files
from claude_cli.simulator.server.server import Simulator
from claude_cli.simulator.state.file_store import StoredFile
from claude_cli.turn.container import deliver as module
from tests.conftest import Run, Spawn

FAR = "2099-01-01T00:00:00Z"


def made(simulator: Simulator, *names: Any, content: bytes = b"made", size: int = 4) -> list[str]:
    """Files that a tool made, by what the server calls them."""
    ids = [f"file_{number}" for number, _ in enumerate(names)]
    for file_id, name in zip(ids, names, strict=True):
        simulator.files.keep(StoredFile(file_id, name, "a/b", size, "", content, True))
    return ids


def result(*ids: str, kind: str = "bash_code_execution") -> dict[str, Any]:
    outputs = [{"type": f"{kind}_output", "file_id": file_id} for file_id in ids]
    content = {"type": f"{kind}_result", "stdout": "", "stderr": "", "return_code": 0}
    return {
        "type": f"{kind}_tool_result",
        "tool_use_id": "srvtoolu_1",
        "content": {**content, "content": outputs},
    }


def answering(simulator: Simulator, *ids: str) -> None:
    simulator.enqueue(content=[result(*ids), {"type": "text", "text": "done"}])


def test_files_are_found_in_every_kind_of_result() -> None:
    odd: Any = [
        result("a"),
        result("b", kind="code_execution"),
        {"type": "web_search_tool_result", "content": [{"file_id": "no"}]},
        {"type": "bash_code_execution_tool_result", "content": {"content": "no"}},
        {"type": "bash_code_execution_tool_result", "content": {"content": [7, {"file_id": 7}]}},
        {"type": "text", "text": "", "content": {"content": [{"file_id": "no"}]}},
        result("a"),
    ]
    message: Any = {"content": odd}
    assert [*made_files(message)] == ["a", "b", "a"]


@pytest.mark.parametrize("command", ["ask", "stream"])
def test_files_are_saved_under_their_names(simulator: Simulator, run: Run, command: str) -> None:
    answering(simulator, *made(simulator, "a.txt", "b.txt"))
    ran = run(command, "make two", "-n", "-T", "code_execution", "--save-files", "out/deep")
    assert (ran.code, ran.text) == (0, "done\n")
    assert {p.name: p.read_bytes() for p in Path("out/deep").iterdir()} == {
        "a.txt": b"made",
        "b.txt": b"made",
    }
    assert [line for line in ran.stderr.splitlines() if "saved" in line] == [
        "saved out/deep/a.txt",
        "saved out/deep/b.txt",
    ]


def test_a_chat_saves_what_each_turn_made(simulator: Simulator, run: Run) -> None:
    for file_id in made(simulator, "a.txt", "a.txt"):
        answering(simulator, file_id)
    flags = ["-n", "-T", "code_execution", "--save-files", "out"]
    assert run("chat", *flags, stdin=b"one\ntwo\n").code == 0
    assert sorted(p.name for p in Path("out").iterdir()) == ["a (2).txt", "a.txt"]


def test_files_of_all_requests_of_a_turn_are_saved_once(simulator: Simulator, run: Run) -> None:
    first, second = made(simulator, "a", "b")
    container = {"id": "container_1", "expires_at": FAR}
    simulator.enqueue(content=[result(first)], stop_reason="pause_turn", container=container)
    answering(simulator, second, second)
    run("ask", "go", "-n", "-T", "code_execution", "--save-files", "out")
    assert sorted(p.name for p in Path("out").iterdir()) == ["a", "b"]


@pytest.mark.parametrize(
    ("name", "saved"),
    [
        ("../../evil", "evil"),
        ("/etc/passwd", "passwd"),
        (".bashrc", "_.bashrc"),
        ("-rf", "_-rf"),
        ("a\x1b[31m\nb", "a__31m_b"),
        ("a\u202eb", "a_b"),
        ("..", "file_0"),
        (None, "file_0"),
        (7, "file_0"),
        ("x" * 5000 + ".xlsx", "x" * 195 + ".xlsx"),
    ],
)
def test_a_name_from_the_server_is_harmless(
    simulator: Simulator, run: Run, name: Any, saved: str
) -> None:
    answering(simulator, *made(simulator, name))
    ran = run("ask", "hi", "-n", "-T", "code_execution", "--save-files", "out")
    assert ran.code == 0, ran.stderr
    assert [p.name.replace("[", "_") for p in Path("out").iterdir()] == [saved]
    assert [*Path().iterdir()] == [Path("out")]


def test_nothing_is_overwritten(simulator: Simulator, run: Run) -> None:
    Path("out").mkdir()
    Path("out/a.tar.gz").write_text("mine")
    Path("out/b").symlink_to("nowhere")
    answering(simulator, *made(simulator, "a.tar.gz", "a.tar.gz", "b"))
    ran = run("ask", "hi", "-n", "-T", "code_execution", "--save-files", "out")
    assert ran.code == 0
    assert sorted(p.name for p in Path("out").iterdir()) == [
        "a.tar (2).gz",
        "a.tar (3).gz",
        "a.tar.gz",
        "b",
        "b (2)",
    ]
    assert Path("out/a.tar.gz").read_text() == "mine"
    assert not Path("out/nowhere").exists()


def test_a_file_that_does_not_come_is_told_behind_the_answer(
    simulator: Simulator, run: Run
) -> None:
    good, short = made(simulator, "good", "short")
    simulator.files.keep(StoredFile(short, "short", "a/b", 9, "", b"made", True))
    answering(simulator, "file_gone", short, good)
    ran = run("ask", "hi", "-n", "-u", "-T", "code_execution", "--save-files", "out")
    assert (ran.code, ran.text) == (65, "done\n")
    assert "warning: file_gone is not saved" in ran.stderr
    assert f"warning: {short} is not saved: {short} has 9 bytes, and 4 came" in ran.stderr
    assert "tokens" in ran.stderr
    assert [p.name for p in Path("out").iterdir()] == ["good"]


def test_a_folder_that_is_none_is_told_before_anything_is_sent(
    simulator: Simulator, run: Run
) -> None:
    Path("out").write_text("a file")
    assert run("ask", "hi", "--save-files", "out").code == 2
    assert not simulator.requests


def test_a_folder_that_cannot_be_made_does_not_hide_the_answer_and_the_files_are_named(
    simulator: Simulator, run: Run
) -> None:
    Path("file").write_text("")
    [made_file] = made(simulator, "a")
    answering(simulator, made_file)
    ran = run("ask", "hi", "-n", "-T", "code_execution", "--save-files", "file/out")
    assert (ran.code, ran.text) == (73, "done\n")
    assert f"claude-cli files download {made_file} brings it here" in ran.stderr


def test_without_the_flag_files_are_named(simulator: Simulator, run: Run) -> None:
    answering(simulator, *made(simulator, "a", "b"))
    ran = run("ask", "hi", "-n", "-T", "code_execution")
    assert (
        "made by code: file_0, file_1; claude-cli files download file_0 brings it here"
        in ran.stderr
    )
    assert [r.path for r in simulator.requests] == ["/v1/messages"]
    assert run("files", "download", "file_0").code == 0


def test_of_very_many_files_some_are_saved_and_the_rest_is_named(
    simulator: Simulator, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_FILES", 2)
    monkeypatch.setattr(module, "MOST_NAMED", 3)
    answering(simulator, *made(simulator, *"abcdefg"))
    ran = run("ask", "hi", "-n", "-T", "code_execution", "--save-files", "out")
    assert sorted(p.name for p in Path("out").iterdir()) == ["a", "b"]
    assert "made by code: file_2, file_3, file_4 and 2 more;" in ran.stderr


def test_an_id_cannot_leave_its_place(simulator: Simulator, run: Run) -> None:
    answering(simulator, "../v1/models", "\x1b[31m")
    ran = run("ask", "hi", "-n", "-T", "code_execution", "--save-files", "out")
    assert ran.code == 65
    assert "\x1b" not in ran.stderr
    assert all(r.path.startswith(("/v1/messages", "/v1/files/")) for r in simulator.requests)


def test_two_runs_at_once_share_a_folder(simulator: Simulator, spawn: Spawn) -> None:
    made(simulator, "a")
    for _ in range(4):
        answering(simulator, "file_0")
    command = ["ask", "hi", "-n", "--no-stdin", "-T", "code_execution", "--save-files", "out"]
    running = [spawn(*command) for _ in range(4)]
    assert [process.wait(60) for process in running] == [0] * 4
    names = sorted(p.name for p in Path("out").iterdir())
    assert names == ["a", "a (2)", "a (3)", "a (4)"]


def test_a_comparison_names_the_files_of_each_answer(simulator: Simulator, run: Run) -> None:
    for file_id in made(simulator, "a", "b"):
        answering(simulator, file_id)
    models = ["-m", "opus", "-m", "sonnet"]
    ran = run("compare", *models, "hi", "-T", "code_execution")
    assert ran.code == 0, ran.stderr
    assert "made by code: file_0;" in ran.stderr
    assert "made by code: file_1;" in ran.stderr
