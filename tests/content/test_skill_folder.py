"""A folder is checked before it becomes a skill."""

import os
from pathlib import Path

import pytest

from claude_cli.content import skill_folder
from claude_cli.content.skill_folder import read_skill_folder
from claude_cli.errors import InputError, InputUnreadable
from tests.exhausted import no_file_can_be_opened

TEXT = "---\nname: charts\ndescription: Makes charts.\n---\n# Charts\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "Any Name"
    (made / "scripts").mkdir(parents=True)
    (made / "SKILL.md").write_text(TEXT)
    (made / "scripts" / "a.py").write_text("print(1)")
    (made / "A.txt").write_text("before S")
    return made


def names(folder: Path) -> list[str]:
    return [file.name for file in read_skill_folder(str(folder)).files]


def test_every_file_stands_below_the_name_of_the_skill(folder: Path) -> None:
    found = read_skill_folder(str(folder))
    assert (found.name, found.description) == ("charts", "Makes charts.")
    assert names(folder) == ["charts/SKILL.md", "charts/A.txt", "charts/scripts/a.py"]
    assert found.size == sum(file.size for file in found.files) == len(TEXT) + 16
    assert all(file.path.is_file() for file in found.files)


def test_what_is_hidden_ignored_or_a_cache_stays_here(folder: Path) -> None:
    for path in (".git/config", ".env", "scripts/.key", "scripts/__pycache__/a.pyc", "out/big.bin"):
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text("secret")
    (folder / ".gitignore").write_text("out/\n")
    assert names(folder) == ["charts/SKILL.md", "charts/A.txt", "charts/scripts/a.py"]
    left_out = read_skill_folder(str(folder)).left_out
    assert left_out == {"hidden": 4, "ignored by git": 1, "of caches": 1}


def test_without_a_name_the_skill_is_called_as_its_folder(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    renamed = folder.rename(folder.with_name("my-charts"))
    (renamed / "SKILL.md").write_text("---\ndescription: d\n---\n")
    monkeypatch.chdir(renamed)
    assert read_skill_folder(".").name == "my-charts"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("# Charts\n", "has no front matter"),
        ("---\nname: My Charts\ndescription: d\n---\n", "a name has 1 to 64"),
        ("---\ndescription: d\n---\n", "a name has 1 to 64 of a-z, 0-9 and -, not 'Any Name'"),
        ("---\nname: charts\n---\n", "there is no description"),
        ("---\nname: charts\ndescription: <b>d</b>\n---\n", "no tags"),
    ],
)
def test_a_front_matter_that_the_api_refuses_is_refused_here(
    folder: Path, text: str, problem: str
) -> None:
    (folder / "SKILL.md").write_text(text)
    with pytest.raises(InputError, match=problem):
        read_skill_folder(str(folder))


def test_a_text_that_is_not_utf8_is_told(folder: Path) -> None:
    (folder / "SKILL.md").write_bytes(TEXT.encode() + b"\xff")
    with pytest.raises(InputError, match="not UTF-8"):
        read_skill_folder(str(folder))


def test_a_folder_without_its_text_is_no_skill(folder: Path) -> None:
    (folder / "SKILL.md").rename(folder / "skill.md")
    with pytest.raises(InputError, match=r"has no SKILL\.md"):
        read_skill_folder(str(folder))


@pytest.mark.parametrize("path", ["nowhere", "Any Name/SKILL.md"])
def test_what_is_no_folder_is_told(folder: Path, path: str) -> None:
    with pytest.raises(InputUnreadable, match="is no folder"):
        read_skill_folder(str(folder.parent / path))


def test_a_link_inside_the_folder_is_the_file_that_it_names(folder: Path) -> None:
    (folder / "b.py").symlink_to(folder / "scripts" / "a.py")
    assert "charts/b.py" in names(folder)


@pytest.mark.parametrize(
    ("target", "problem"),
    [
        ("../outside", "leaves the folder"),
        ("/etc/passwd", "leaves the folder"),
        ("..", "leaves the folder"),
        ("scripts", "names no file"),
        ("nothing", "names no file"),
    ],
)
def test_a_link_that_leaves_the_folder_is_refused(folder: Path, target: str, problem: str) -> None:
    (folder.parent / "outside").write_text("secret")
    (folder / "scripts" / "b").symlink_to(
        target if target != "scripts" else folder / "scripts", target_is_directory=False
    )
    if target == "../outside":
        (folder / "scripts" / "b").unlink()
        (folder / "scripts" / "b").symlink_to("../../outside")
    with pytest.raises(InputError, match=problem):
        read_skill_folder(str(folder))


def test_a_link_that_is_not_taken_is_no_obstacle(folder: Path) -> None:
    for path in ("venv/bin", ".venv", "__pycache__"):
        (folder / path).mkdir(parents=True)
        (folder / path / "python").symlink_to("/usr/bin/env")
    (folder / ".gitignore").write_text("venv/\n")
    assert names(folder) == ["charts/SKILL.md", "charts/A.txt", "charts/scripts/a.py"]


def test_the_folder_itself_may_be_a_link(folder: Path) -> None:
    link = folder.parent / "link"
    link.symlink_to(folder)
    assert names(link)[0] == "charts/SKILL.md"


@pytest.mark.parametrize("name", ['a"b', "a\nb", "a\\b", "a\x1b[31mb", b"a\xffb"])
def test_a_name_that_no_form_carries_is_refused(folder: Path, name: str | bytes) -> None:
    try:
        Path(os.fsdecode(os.path.join(os.fsencode(folder), os.fsencode(name)))).write_text("x")
    except OSError:
        pytest.skip("no file of this system is called so")
    with pytest.raises(InputError, match="takes no file called") as caught:
        read_skill_folder(str(folder))
    assert caught.value.message.isprintable()


def test_a_pipe_in_the_folder_does_not_hang(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    assert "charts/pipe" not in names(folder)


def test_too_much_is_told_before_anything_is_sent(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = read_skill_folder(str(folder)).size
    (folder / "big").touch()
    os.truncate(folder / "big", 30_000_000 - size)
    assert read_skill_folder(str(folder)).size == 30_000_000
    os.truncate(folder / "big", 30_000_001 - size)
    with pytest.raises(InputError, match="at most 30,000,000"):
        read_skill_folder(str(folder))
    (folder / "big").unlink()
    monkeypatch.setattr(skill_folder, "MOST_FILES", 3)
    assert len(read_skill_folder(str(folder)).files) == 3
    monkeypatch.setattr(skill_folder, "MOST_FILES", 2)
    with pytest.raises(InputError, match="3 files"):
        read_skill_folder(str(folder))


def test_a_folder_has_a_thousand_files_at_most(folder: Path) -> None:
    for number in range(1000 - len(read_skill_folder(str(folder)).files)):
        (folder / str(number)).touch()
    assert len(read_skill_folder(str(folder)).files) == 1000
    (folder / "more").touch()
    with pytest.raises(InputError, match="has 1,001 files, and 1,000 are the most"):
        read_skill_folder(str(folder))


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root reads everything")
@pytest.mark.parametrize("closed", [".", "scripts", "scripts/a.py", "SKILL.md"])
def test_what_cannot_be_read_is_told(folder: Path, closed: str) -> None:
    mode = (folder / closed).stat().st_mode
    (folder / closed).chmod(0)
    try:
        with pytest.raises(InputUnreadable, match="cannot read"):
            read_skill_folder(str(folder))
    finally:
        (folder / closed).chmod(mode)


def test_a_folder_that_cannot_be_opened_is_unreadable(folder: Path) -> None:
    with (
        no_file_can_be_opened(),
        pytest.raises(InputUnreadable, match=r"cannot read .*Any Name: Too many open files"),
    ):
        read_skill_folder(str(folder))
