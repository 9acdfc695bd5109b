"""`templates`, and `-t` on the commands that ask."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from claude_cli.simulator.server.server import Simulator
from tests.conftest import Run
from tests.controlling_terminal import ControllingTerminal

pytestmark = pytest.mark.usefixtures("no_model")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "home" / "config" / "templates"
    path.mkdir(parents=True)
    (path / "sum.toml").write_text(
        "model = 'haiku'\nsystem = 'Be brief.'\nmax-tokens = 50\n"
        "prompt = 'Sum up {input} for {who}.'\n"
    )
    return path


def texts(body: Any) -> list[str]:
    return [block["text"] for block in body["messages"][-1]["content"]]


@pytest.mark.parametrize("command", ["ask", "stream"])
def test_a_template_gives_prompt_and_flags(run: Run, folder: Path, command: str) -> None:
    ran = run(command, "--dry-run", "-t", "sum", "-p", "who=me", "Thanks.", stdin=b"the text")
    body = ran.json
    assert (ran.code, ran.stderr) == (0, "")
    assert texts(body) == ["Sum up the text for me.", "Thanks."]
    assert (body["system"], body["max_tokens"]) == ("Be brief.", 50)
    assert "haiku" in body["model"]


def test_count_counts_the_filled_template(simulator: Simulator, run: Run, folder: Path) -> None:
    assert run("count", "-t", "sum", "-p", "who=me", stdin=b"the text").code == 0
    assert texts(simulator.requests[-1].body) == ["Sum up the text for me."]


def test_typed_flags_win_over_the_template_and_it_wins_over_the_config(
    run: Run, folder: Path
) -> None:
    config = "max-tokens = 7\ntop-k = 3\n[profiles.work]\nmax-tokens = 8\n"
    (folder.parent / "config.toml").write_text(config)
    fields = ["-p", "who=me", "-p", "input=x"]
    for order in (["--profile", "work", "-t", "sum"], ["-t", "sum", "--profile", "work"]):
        body = run("ask", "--dry-run", *order, *fields).json
        assert (body["max_tokens"], body["top_k"]) == (50, 3)
    body = run("ask", "--dry-run", "-t", "sum", "--max-tokens", "9", *fields).json
    assert body["max_tokens"] == 9


def test_a_template_of_a_file_may_have_no_prompt(run: Run, folder: Path) -> None:
    Path("mine.toml").write_text("system = 'S'")
    body = run("ask", "--dry-run", "-t", "mine.toml", "hi").json
    assert (texts(body), body["system"]) == (["hi"], "S")


@pytest.mark.parametrize(
    ("arguments", "code", "expected"),
    [
        (["-t", "sum", "-p", "input=x"], 2, "{who}"),
        (["-t", "sum", "-p", "input=x", "-p", "how=1"], 2, "{how}"),
        (["-p", "who=x", "hi"], 2, "name the template with -t"),
        (["-t", "gone"], 66, "known templates: sum"),
        (["-t", "./gone.toml"], 66, "gone.toml"),
        (["-t", "wrong", "hi"], 78, "wrong.toml: temperature"),
        (["-t", "table", "hi"], 78, "table.toml: model: a table"),
    ],
)
def test_what_does_not_fit_is_told(
    run: Run, folder: Path, arguments: list[str], code: int, expected: str
) -> None:
    (folder / "wrong.toml").write_text("temperature = 'hot'")
    (folder / "table.toml").write_text("[model]\na = 1")
    ran = run("ask", "--dry-run", *arguments)
    assert ran.code == code
    assert expected in ran.stderr
    assert ran.stdout == b""


def test_a_key_that_is_no_flag_is_told_once_with_the_nearest(run: Run, folder: Path) -> None:
    (folder / "odd.toml").write_text("modle = 'x'")
    (folder.parent / "config.toml").write_text("max-tokns = 1\nretries = 1\nkey-command = 'x'\n")
    ran = run("ask", "--dry-run", "-t", "odd", "hi")
    assert ran.code == 0
    assert ran.stderr.count("warning") == 2
    assert "odd.toml: modle is no flag; did you mean model?" in ran.stderr
    assert "config.toml: max-tokns is no flag; did you mean max-tokens?" in ran.stderr
    assert run("ask", "--dry-run", "-q", "hi").stderr == ""


def test_a_key_of_another_command_is_no_unknown_key(run: Run, folder: Path) -> None:
    (folder.parent / "config.toml").write_text("concurrency = 2\nno-history = true\n")
    assert run("ask", "--dry-run", "hi").stderr == ""


def test_list_tells_fields_flags_and_what_is_wrong(run: Run, folder: Path) -> None:
    (folder / "broken.toml").write_text("prompt = ")
    rows = json.loads(run("templates", "list", "--format", "json").text)
    assert [row["name"] for row in rows] == ["broken", "sum"]
    assert "broken.toml" in rows[0]["problem"]
    assert rows[1]["fields"] == "{input} {who}"
    assert rows[1]["flags"] == "model system max-tokens"


@pytest.mark.usefixtures("folder")
def test_the_list_fits_into_a_narrow_window() -> None:
    with ControllingTerminal("templates", "list") as terminal:
        terminal.resize(24, 40)
        assert terminal.wait() == 0
    lines = re.sub(r"\x1b\[[0-9;]*m", "", terminal.received).splitlines()
    assert lines[0].split()[:2] == ["TEMPLATE", "FIELDS"]
    assert max(map(len, lines)) <= 40


def test_show_and_path(run: Run, folder: Path) -> None:
    assert run("templates", "show", "sum").stdout == (folder / "sum.toml").read_bytes()
    assert run("templates", "path").text == f"{folder}\n"
    assert run("templates", "path", "new").text == f"{folder / 'new.toml'}\n"
    assert run("templates", "show", "gone").code == 66


def test_show_tells_the_keys_as_json(run: Run, folder: Path) -> None:
    (folder / "odd.toml").write_text("max-tokens = 5\nprompt = 'x'\nwhen = 2026-01-02\n")
    assert run("templates", "show", "odd", "--format", "json").json == {
        "max-tokens": 5,
        "prompt": "x",
        "when": "2026-01-02",
    }


@pytest.mark.usefixtures("terminal")
def test_edit_makes_a_template_and_keeps_no_broken_one(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDITOR", "true")
    assert run("templates", "edit", "new").code == 0
    assert not (folder / "new.toml").exists()
    monkeypatch.setenv("EDITOR", "sh -c 'echo usage = true >> \"$0\"'")
    assert run("templates", "edit", "new").code == 0
    assert "{input}" in (folder / "new.toml").read_text()
    before = (folder / "sum.toml").read_text()
    monkeypatch.setenv("EDITOR", "sh -c 'echo broken >> \"$0\"'")
    ran = run("templates", "edit", "sum")
    assert ran.code == 65
    assert (folder / "sum.toml").read_text() == before
    rejected = folder / "sum.toml.rejected"
    assert f"nothing was changed; your text is in {rejected}" in ran.stderr
    assert rejected.read_text() == before + "broken\n"
    assert "rejected" not in run("templates", "list").text


# Templates of somebody else


DOORS: dict[str, object] = {
    "base-url": "http://127.0.0.1:9",
    "proxy": "http://127.0.0.1:9",
    "allow-insecure-http": True,
    "header": ["x: y"],
    "env-file": "other.env",
    "ca-bundle": "other.pem",
    "tool": ["x.py"],
    "approve": "always",
    "attach": ["/etc/passwd"],
    "body": "body.json",
    "param": ["metadata.user_id=x"],
    "system": "@/etc/passwd",
    "schema": "/etc/passwd",
    "name": "theirs",
    "beta": ["x"],
    "simulate": True,
    "max-cost": 9,
    "ledger": False,
    "unheard-of": 1,
}


@pytest.mark.parametrize("key", DOORS)
@pytest.mark.parametrize("way", ["flag", "config"])
def test_a_template_from_elsewhere_opens_no_door(
    run: Run, folder: Path, simulator: Simulator, key: str, way: str
) -> None:
    Path("x.py").write_text("open('pwned', 'w')\ndef f(a: int) -> str:\n    'x'\n    return 'y'\n")
    Path("theirs.toml").write_text(f"prompt = 'hello'\n{key} = {json.dumps(DOORS[key])}\n")
    if way == "config":
        (folder.parent / "config.toml").write_text("template = './theirs.toml'\n")
    ran = run("ask", *(["-t", "./theirs.toml"] if way == "flag" else []), "hi")
    assert (ran.code, ran.stdout) == (65, b"")
    assert f"theirs.toml: a template from elsewhere cannot set {key}" in ran.stderr
    assert not simulator.requests
    assert not Path("pwned").exists()


@pytest.mark.parametrize(
    "form", ["extract = true", """schema = '{"type": "object", "properties": {}}'"""]
)
@pytest.mark.usefixtures("folder")
def test_a_template_from_elsewhere_shapes_the_answer(run: Run, form: str) -> None:
    Path("theirs.toml").write_text(
        "prompt = 'hello {who}'\nmodel = 'haiku'\nsystem = '@@home'\nmax-tokens = 5000\n"
        f"thinking = 2000\nstop = ['END']\n{form}\nformat = 'text'\n"
        "[fields]\nwho = 'you'\n"
    )
    ran = run("ask", "--dry-run", "-t", "./theirs.toml")
    assert ran.code == 0, ran.stderr
    assert texts(ran.json) == ["hello you"]
    assert (ran.json["system"], ran.json["stop_sequences"]) == ("@home", ["END"])


@pytest.mark.parametrize("spec", ["mine", "{folder}/mine.toml", "{folder}/../templates/mine.toml"])
def test_a_template_of_ones_own_folder_may_set_everything(
    run: Run, folder: Path, spec: str
) -> None:
    (folder / "mine.toml").write_text("prompt = 'hello'\nbase-url = 'http://127.0.0.1:9'\n")
    ran = run("ask", "--curl", "-t", spec.format(folder=folder))
    assert "http://127.0.0.1:9/v1/messages" in ran.text


def test_a_link_in_ones_own_folder_is_ones_own(run: Run, folder: Path) -> None:
    Path("kept.toml").write_text("prompt = 'hello'\nbase-url = 'http://127.0.0.1:9'\n")
    (folder / "mine.toml").symlink_to(Path("kept.toml").absolute())
    assert run("ask", "--curl", "-t", "mine").code == 0


# Words, fields, the config's template, --save


def test_typed_words_fill_the_input(run: Run, folder: Path) -> None:
    ran = run("ask", "--dry-run", "-t", "sum", "-p", "who=me", "the", "words")
    assert texts(ran.json) == ["Sum up the words for me."]


def test_fields_of_the_file_stand_for_what_nobody_fills(run: Run, folder: Path) -> None:
    (folder / "to.toml").write_text(
        "prompt = 'Into {language}: {input}'\n[fields]\nlanguage = 'French'\n"
    )
    assert texts(run("ask", "--dry-run", "-t", "to", "hi").json) == ["Into French: hi"]
    given = run("ask", "--dry-run", "-t", "to", "-p", "language=Latin", "hi")
    assert texts(given.json) == ["Into Latin: hi"]
    Path("rows.jsonl").write_text('{"input": "one"}\n')
    batch = run("batch", "run", "rows.jsonl", "-t", "to", "--dry-run")
    assert "Into French: one" in batch.text


def test_fields_that_are_no_texts_are_refused(run: Run, folder: Path) -> None:
    (folder / "to.toml").write_text("prompt = '{a}'\n[fields]\na = 1\n")
    ran = run("ask", "--dry-run", "-t", "to", "hi")
    assert ran.code == 65
    assert "to.toml: fields is no table of texts" in ran.stderr


def test_the_config_may_name_a_template_and_none_switches_it_off(run: Run, folder: Path) -> None:
    assert run("config", "set", "template", "sum").code == 0
    assert run("config", "set", "profiles.work.template", "other").code == 0
    (folder / "other.toml").write_text("prompt = 'Other: {input}'\n")
    fields = ["-p", "who=me"]
    assert texts(run("ask", "--dry-run", *fields, "a").json) == ["Sum up a for me."]
    assert texts(run("ask", "--dry-run", "--profile", "work", "a").json) == ["Other: a"]
    assert texts(run("ask", "--dry-run", "-t", "other", "a").json) == ["Other: a"]
    assert texts(run("ask", "--dry-run", "-t", "none", "a").json) == ["a"]
    assert run("models", "list", "--simulate", "-q").code == 0


def test_save_keeps_the_command_line_as_a_template(
    run: Run, folder: Path, simulator: Simulator
) -> None:
    typed = ["-m", "haiku", "--stop", "END", "-s", "Be\nbrief.", "--max-tokens", "99", "-x"]
    typed += ["--retries", "0", "-n", "-p", "who=me", "Sum up", "{input} for\n{who}."]
    ran = run("ask", "--save", "mine", *typed)
    assert (ran.code, ran.stdout) == (0, b"")
    assert not simulator.requests
    assert "-t mine" in ran.stderr
    kept = run("templates", "show", "mine", "--format", "json").json
    assert kept == {
        "model": "haiku",
        "max-tokens": 99,
        "stop": ["END"],
        "system": "Be\nbrief.",
        "extract": True,
        "prompt": "Sum up {input} for\n{who}.",
        "fields": {"who": "me"},
    }
    body = run("ask", "--dry-run", "-t", "mine", "text").json
    assert texts(body) == ["Sum up text for\nme."]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--save", "sum", "hi"], "there is a template sum already"),
        (["--save", "./x.toml", "hi"], "takes a name"),
        (["--save", "none", "hi"], "not the name of a template"),
        (["--save", "new"], "nothing to save"),
        (["--save", "new", "-"], "neither stdin"),
        (["--save", "new", "-t", "sum", "hi"], "nor another template"),
        (["--save", "new", "a { brace"], "the prompt has a {"),
    ],
)
def test_what_cannot_be_saved_is_wrong_usage(
    run: Run, folder: Path, arguments: list[str], expected: str
) -> None:
    ran = run("ask", *arguments)
    assert ran.code == 2
    assert expected in ran.stderr
    assert not (folder / "new.toml").exists()
