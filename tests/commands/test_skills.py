"""`skills`: folders checked, uploaded, shown and brought back, against the simulator."""

import zipfile
from pathlib import Path

import pytest

from claude_cli.simulator.server.server import Simulator
from tests.conftest import Run
from tests.controlling_terminal import ControllingTerminal

TEXT = "---\nname: charts\ndescription: Makes charts.\n---\n"


@pytest.fixture(autouse=True)
def folder(clean_environment: None) -> None:
    Path("charts/scripts").mkdir(parents=True)
    Path("charts/SKILL.md").write_text(TEXT)
    Path("charts/scripts/a.py").write_text("print(1)")
    Path("charts/.env").write_text("SECRET=1")


def create(run: Run) -> str:
    ran = run("skills", "create", "charts")
    assert ran.code == 0, ran.stderr
    return ran.text.strip()


def test_create_shows_what_it_uploads_and_prints_the_id(simulator: Simulator, run: Run) -> None:
    ran = run("skills", "create", "charts", "--name", "My charts")
    assert ran.code == 0
    assert ran.text.startswith("skill_")
    assert ran.stderr.splitlines() == [
        "skill charts: 2 files, 1 KB; left out: 1 hidden",
        "  charts/SKILL.md",
        "  charts/scripts/a.py",
    ]
    stored = simulator.skills.find(ran.text.strip())
    assert stored is not None
    assert stored.display_name == "My charts"
    assert set(stored.versions[0].files) == {"SKILL.md", "scripts/a.py"}


def test_of_many_files_the_first_are_named(simulator: Simulator, run: Run) -> None:
    for number in range(30):
        Path(f"charts/{number}.txt").write_text("x")
    shown = run("skills", "create", "charts").stderr.splitlines()
    assert len(shown) == 22
    assert shown[-1] == "  … and 12 more; -v shows all"
    for number in range(12):
        Path(f"charts/{number}.txt").unlink()
    assert len(run("skills", "create", "charts").stderr.splitlines()) == 21


def test_update_makes_a_version_and_prints_its_id(simulator: Simulator, run: Run) -> None:
    skill_id = create(run)
    ran = run("skills", "update", skill_id, "charts")
    assert ran.code == 0
    shown = run("skills", "show", skill_id, "--format", "json").json
    assert shown["latest_version_id"] == ran.text.strip()
    assert len(shown["versions"]) == 2
    version = run("skills", "show", f"{skill_id}@{ran.text.strip()}", "--format", "json").json
    assert version == shown["versions"][0]


@pytest.mark.parametrize("way", ["create", "update"])
def test_a_folder_that_is_no_skill_is_refused_before_anything_is_sent(
    simulator: Simulator, run: Run, way: str
) -> None:
    Path("charts/SKILL.md").write_text("no front matter")
    ran = run("skills", way, *(["skill_1"] if way == "update" else []), "charts")
    assert (ran.code, ran.text) == (65, "")
    assert "hint: it begins with ---" in ran.stderr
    assert not simulator.requests


def test_a_list_is_tab_separated_or_json(simulator: Simulator, run: Run) -> None:
    skill_id = create(run)
    rows = [line.split("\t") for line in run("skills", "list").text.splitlines()]
    assert rows[0][:3] == [skill_id, "charts", "custom"]
    assert len(rows) == 5
    own = run("skills", "list", "--source", "custom", "--format", "json").json
    assert [skill["source"] for skill in own] == [{"type": "custom"}]


def test_a_skill_is_shown_with_its_versions(simulator: Simulator, run: Run) -> None:
    lines = run("skills", "show", create(run)).text.splitlines()
    assert "source\tcustom" in lines
    assert lines[-1].endswith("\tMakes charts.")


def test_a_download_is_the_archive_and_never_over_a_file(simulator: Simulator, run: Run) -> None:
    skill_id = create(run)
    ran = run("skills", "download", skill_id)
    assert (ran.code, ran.text) == (0, "charts.zip\n")
    assert zipfile.ZipFile("charts.zip").namelist() == ["charts/SKILL.md", "charts/scripts/a.py"]
    before = Path("charts.zip").read_bytes()
    assert run("skills", "download", skill_id).code == 2
    assert run("skills", "download", skill_id, "-").stdout == before
    ran = run("skills", "download", f"{skill_id}@none", "other.zip")
    assert ran.code == 65
    assert not Path("other.zip").exists()


def test_an_archive_without_end_is_given_up(
    simulator: Simulator, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    skill_id = create(run)
    monkeypatch.setattr("claude_cli.api.skills.LARGEST_ARCHIVE", 100)
    ran = run("skills", "download", skill_id)
    assert (ran.code, ran.stdout, list(Path().glob("*.zip"))) == (76, b"", [])
    assert "larger than 100 bytes" in ran.stderr


def test_a_download_does_not_go_to_the_terminal(simulator: Simulator) -> None:
    with ControllingTerminal("skills", "download", "xlsx", "-") as terminal:
        terminal.wait_for("would go to the terminal")
        assert terminal.process.wait(30) == 2


def test_delete_takes_versions_and_skills(simulator: Simulator, run: Run) -> None:
    skill_id = create(run)
    old = run("skills", "show", f"{skill_id}@latest", "--format", "json").json["id"]
    run("skills", "update", skill_id, "charts")
    assert run("skills", "delete", f"{skill_id}@{old}").code == 0
    stored = simulator.skills.find(skill_id)
    assert stored is not None
    assert len(stored.versions) == 1
    assert run("skills", "delete", skill_id).code == 0
    assert simulator.skills.find(skill_id) is None
    assert run("skills", "delete", skill_id).code == 65


@pytest.mark.parametrize("spec", ["@1", "xlsx@", ""])
def test_what_names_no_skill_is_refused(simulator: Simulator, run: Run, spec: str) -> None:
    assert run("skills", "show", spec).code == 2
    assert not simulator.requests


def test_a_create_whose_reply_got_lost_says_where_to_look(simulator: Simulator, run: Run) -> None:
    simulator.inject("lost-createx1")
    ran = run("skills", "create", "charts")
    assert (ran.code, ran.text) == (75, "")
    assert "claude-cli skills list --source custom" in ran.stderr
    [line] = run("skills", "list", "--source", "custom").text.splitlines()
    skill_id = line.split("\t")[0]
    simulator.inject("lost-createx1")
    ran = run("skills", "update", skill_id, "charts")
    assert (ran.code, ran.text) == (75, "")
    assert f"claude-cli skills show {skill_id}" in ran.stderr


@pytest.mark.parametrize("platform", ["bedrock", "vertex", "mantle"])
def test_a_platform_without_skills_says_so(run: Run, platform: str) -> None:
    ran = run("skills", "list", "--simulate", "--platform", platform)
    assert ran.code == 65
    assert "does not serve /v1/skills" in ran.stderr
