"""Which files a folder or a pattern names, and in which order."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_cli.content import folders
from claude_cli.content.folders import find, is_several, names_in, natural
from claude_cli.errors import InputError, InputUnreadable


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in (
        "src/a10.py", "src/a2.py", "src/.secret", "src/.git/config", "src/x.log",
        "src/sub/keep.log", "src/sub/y.log", "src/build/z.o", "src/node_modules/deep/m.js",
    ):  # fmt: skip
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text("x")
    Path("src/.gitignore").write_text("*.log\nbuild/\nnode_modules\n")
    Path("src/sub/.gitignore").write_text("!keep.log\n")
    return tmp_path


def test_a_folder_is_walked_in_natural_order_without_hidden_and_ignored_files(tree: Path) -> None:
    found = find("src")
    assert found.paths == ["src/a2.py", "src/a10.py", "src/sub/keep.log"]
    assert found.left_out["ignored by git"] == 4
    assert found.left_out["hidden"] == 4


@pytest.mark.parametrize(
    ("pattern", "paths"),
    [
        ("src/*.py", ["src/a2.py", "src/a10.py"]),
        ("src/**/*.log", ["src/sub/keep.log"]),
        ("src/**/*.js", []),
        ("src/a[0-9].py", ["src/a2.py"]),
        ("src/nothing*", []),
        ("*", []),
    ],
)
def test_a_pattern_names_files_as_in_a_shell(tree: Path, pattern: str, paths: list[str]) -> None:
    assert find(pattern).paths == paths


@pytest.mark.parametrize("typed", ["src/build", "src/build/", "src/build/*", "src/build/**/*.o"])
def test_a_folder_that_is_ignored_as_a_whole_is_taken_where_it_was_typed(
    tree: Path, typed: str
) -> None:
    assert find(typed).paths == ["src/build/z.o"]


def test_the_rules_of_folders_above_count_up_to_the_repository(tree: Path) -> None:
    assert find("src/sub").paths == ["src/sub/keep.log"]  # *.log is ignored by src/.gitignore
    Path(".gitignore").write_text("*.py\n")
    assert find("src").paths[0] == "src/a2.py"  # above the repository


@pytest.mark.skipif(shutil.which("git") is None, reason="no git here")
def test_git_leaves_out_the_same_files(tree: Path) -> None:
    shutil.rmtree("src/.git")
    subprocess.run(["git", "init", "-q", "src"], check=True)
    done = subprocess.run(
        ["git", "-C", "src", "ls-files", "-o", "--exclude-standard"],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    listed = {f"src/{line}" for line in done.stdout.split()}
    assert {path for path in listed if "/." not in path} == {*find("src").paths}


def test_a_link_out_of_the_folder_is_left_out(tree: Path) -> None:
    """A folder from elsewhere must not be able to attach the reader's own secrets."""
    Path("secret.txt").write_text("key")
    Path("src/notes.txt").symlink_to(tree / "secret.txt")
    Path("src/again.py").symlink_to("a2.py")
    found = find("src")
    assert found.paths == ["src/a2.py", "src/a10.py", "src/again.py", "src/sub/keep.log"]
    assert found.left_out["linked from elsewhere"] == 1
    assert find("src/*.txt").paths == []


def test_a_fifo_in_a_folder_is_passed_over(tree: Path) -> None:
    os.mkfifo("src/fifo")
    assert "src/fifo" not in find("src").paths


def test_a_home_folder_is_refused_before_it_is_read(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "MOST", 2)
    with pytest.raises(InputError, match="src names more than 2 files"):
        find("src")


def test_as_many_files_as_the_limit_are_taken(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    count = len(find("src").paths)
    names = b"x\n" * count
    monkeypatch.setattr(folders, "MOST", count)
    assert len(find("src").paths) == len(names_in(names)) == count
    with pytest.raises(InputError, match="a list of"):
        names_in(names + b"x")
    monkeypatch.setattr(folders, "MOST", count - 1)
    with pytest.raises(InputError, match="names more than"):
        find("src")


def test_a_file_whose_name_looks_like_a_pattern_is_one_file(tree: Path) -> None:
    Path("a[1].txt").write_text("x")
    assert [is_several(name) for name in ("a[1].txt", "a[2].txt", "src", "no.txt")] == [
        False, True, True, False,
    ]  # fmt: skip


def test_numbers_in_names_count_as_numbers() -> None:
    names = ["page10", "page2", "Page1", "page", "2", "10", "a/2", "a/10", "²"]
    assert sorted(names, key=natural) == [
        "2",
        "10",
        "a/2",
        "a/10",
        "page",
        "Page1",
        "page2",
        "page10",
        "²",
    ]


@given(st.lists(st.text()))
def test_any_names_can_be_ordered(names: list[str]) -> None:
    assert sorted(sorted(names, key=natural), key=natural) == sorted(names, key=natural)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root reads everything")
def test_a_folder_that_cannot_be_read_is_told_and_one_below_it_is_counted(tmp_path: Path) -> None:
    (tmp_path / "src/closed").mkdir(parents=True)
    (tmp_path / "src/a.txt").write_text("a")
    (tmp_path / "src/closed").chmod(0)
    found = find(str(tmp_path / "src"))
    assert (len(found.paths), found.left_out["unreadable"]) == (1, 1)
    (tmp_path / "src").chmod(0o300)
    with pytest.raises(InputUnreadable, match="src: Permission denied"):
        find(str(tmp_path / "src"))
