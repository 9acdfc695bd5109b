"""How a command line is read: what outranks what, how help and mistakes are told."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from claude_cli.app import COMMANDS
from claude_cli.simulator.server.server import Simulator
from tests.command_tree import arguments_of, every_command, flags_of, spelled
from tests.conftest import Ran, Run

WriteConfig = Callable[[str], Path]


@pytest.fixture
def write_config(tmp_path: Path) -> WriteConfig:
    """Write the config file and return its path."""

    def write(text: str) -> Path:
        path = tmp_path / "home" / "config" / "config.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    return write


def refused(ran: Ran, code: int, *words: str) -> None:
    """Check that the command line was refused in one error line that has `words`."""
    error, *hints = ran.stderr.splitlines()
    assert (ran.code, ran.stdout) == (code, b""), ran
    assert error.startswith("error: ")
    assert [word for word in words if word not in error] == []
    assert len(hints) <= 1 and all(hint.startswith("hint: ") for hint in hints)


# Precedence

RANKS = ["flag", "body", "session", "environment", "profile", "config"]
"""From the strongest to the weakest; the built-in default is weaker than all."""

MODELS = {rank: f"of-{rank}" for rank in RANKS} | {"session": "claude-haiku-4-5"}
"""A session has a model once that has answered."""

FLAGS: dict[str, tuple[str, dict[str, Any], Any]] = {
    "model": ("model", MODELS, "claude-sonnet-5-5"),
    "max-tokens": ("max_tokens", {rank: 100 + n for n, rank in enumerate(RANKS)}, 16_000),
    "temperature": ("temperature", {rank: n / 10 for n, rank in enumerate(RANKS)}, None),
    "stop": ("stop_sequences", {rank: [f"of {rank}"] for rank in RANKS}, None),
    "service-tier": (
        "service_tier",
        {r: ("auto", "standard_only")[n % 2] for n, r in enumerate(RANKS)},
        None,
    ),
    "system": ("system", {rank: f"of {rank}" for rank in RANKS}, None),
}
"""Flag → its body key, a value for each rank, the built-in default."""

IN_ENVIRONMENT = {"model": "ANTHROPIC_MODEL"}
IN_SESSION = ("model", "system")

CASES = [
    (flag, rank)
    for flag in FLAGS
    for rank in [*RANKS, "default"]
    if (rank != "environment" or flag in IN_ENVIRONMENT)
    and (rank != "session" or flag in IN_SESSION)
]


@pytest.mark.usefixtures("no_model")
@pytest.mark.parametrize(("flag", "strongest"), CASES)
def test_what_outranks_what(
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    write_config: WriteConfig,
    simulator: Simulator,
    flag: str,
    strongest: str,
) -> None:
    """Everything from `strongest` downwards is given; `strongest` must be what counts."""
    key, values, default = FLAGS[flag]
    given = [*RANKS, "default"][[*RANKS, "default"].index(strongest) :]
    line = ["ask", "hi", "--dry-run"]
    if "session" in given and flag in IN_SESSION:
        run("ask", "first", "--name", "talk", *as_flag(flag, values["session"]))
        line += ["-r", "talk"]
    if "environment" in given and flag in IN_ENVIRONMENT:
        monkeypatch.setenv(IN_ENVIRONMENT[flag], values["environment"])
    if "config" in given:
        text = f"{flag} = {json.dumps(values['config'])}\n"
        if "profile" in given:
            text += f"[profiles.work]\n{flag} = {json.dumps(values['profile'])}\n"
            line += ["--profile", "work"]
        write_config(text)
    if "body" in given:
        Path("body.json").write_text(json.dumps({key: values["body"]}))
        line += ["--body", "body.json"]
    if "flag" in given:
        line += as_flag(flag, values["flag"])
    ran = run(*line)
    assert ran.code == 0, ran
    assert ran.json.get(key) == (default if strongest == "default" else values[strongest])


def as_flag(flag: str, value: Any) -> list[str]:
    return [f"--{flag}", value[0] if isinstance(value, list) else str(value)]


def test_param_outranks_everything(run: Run) -> None:
    ran = run("ask", "hi", "--dry-run", "--max-tokens", "5", "-o", "max_tokens:=7")
    assert ran.json["max_tokens"] == 7


@pytest.mark.usefixtures("no_model")
def test_the_profile_may_come_from_the_environment_and_the_flag_outranks_it(
    run: Run, monkeypatch: pytest.MonkeyPatch, write_config: WriteConfig
) -> None:
    write_config("[profiles.a]\nmodel = 'of-a'\n[profiles.b]\nmodel = 'of-b'\n")
    monkeypatch.setenv("CLAUDE_CLI_PROFILE", "a")
    assert run("ask", "hi", "--dry-run").json["model"] == "of-a"
    assert run("ask", "hi", "--dry-run", "--profile", "b").json["model"] == "of-b"
    assert run("ask", "hi", "--profile", "b", "--dry-run").json["model"] == "of-b"


@pytest.mark.usefixtures("simulator")
@pytest.mark.parametrize("flags", [("--name", "kept"), ("--fork", "-r", "old")])
def test_a_session_that_is_asked_for_is_kept_although_the_config_keeps_none(
    run: Run, write_config: WriteConfig, flags: tuple[str, ...]
) -> None:
    run("ask", "hi", "--name", "old")
    write_config("no-save = true")
    assert run("ask", "hi", *flags).code == 0
    assert len(run("sessions", "list", "--format", "json").json) == 2
    assert "exclude each other" in run("ask", "hi", "-n", *flags).stderr


@pytest.mark.usefixtures("no_model")
@pytest.mark.parametrize("name", ["ANTHROPIC_MODEL", "ANTHROPIC_BASE_URL", "ANTHROPIC_VERSION"])
def test_an_empty_variable_is_no_variable(
    run: Run, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    before = run("ask", "hi", "--curl")
    monkeypatch.setenv(name, "")
    assert run("ask", "hi", "--curl") == before


def test_booleans_and_numbers_of_the_config_file_reach_their_flags(
    simulator: Simulator, run: Run, write_config: WriteConfig
) -> None:
    betas = ["context-1m-2025-08-07", "files-api-2025-04-14"]
    write_config(f"usage = true\nquiet = false\nno-stream = true\nbeta = {betas}\n")
    assert " in, " in run("ask", "hi").stderr
    sent = simulator.requests[-1]
    assert sent.body["stream"] is False
    headers = {name.lower(): value for name, value in sent.headers.items()}
    assert headers["anthropic-beta"] == ",".join(betas)


# Mistakes


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("max-tokens = 'many'", "max-tokens"),
        ("max-tokens = 1.5", "max-tokens"),
        ("max-tokens = 1e400", "max-tokens"),
        ("max_tokens = -1", "max-tokens"),
        ("max-tokens = 2026-01-02", "max-tokens"),
        ("temperature = 7", "temperature"),
        ("temperature = true", "temperature"),
        ("stop = 'a'", "stop"),
        ("model = ['a']", "model"),
        ("[model]\na = 1", "model"),
        ("usage = 'maybe'", "usage"),
        ("format = 'pdf'", "format"),
        ("profiles = 5", "profiles"),
        ("[profiles.work]\nretries = 'many'", "retries"),
        ("[profiles.work]\nmodel = {}", "model"),
        ("profiles.work = 3", "work"),
    ],
)
def test_a_wrong_value_in_the_config_file_is_told_with_key_and_file(
    run: Run, write_config: WriteConfig, text: str, key: str
) -> None:
    path = write_config(text)
    arguments = ["--profile", "work"] if "profiles" in text else []
    refused(run("ask", "hi", "--dry-run", *arguments), 78, str(path), key)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("thinking", "'much'"),
        ("thinking", "12"),
        ("temperature", "nan"),
        ("max-time", "inf"),
        ("prefill", "'So '"),
        ("base-url", "'ftp://x'"),
        ("base-url", "'http://api.example'"),
        ("proxy", "'ftp://x'"),
        ("ca-bundle", "'/nonexistent.pem'"),
        ("header", "['no colon']"),
        ("header", "['content-length: 1']"),
        ("api-version", "''"),
        ("beta", "['\u00e9']"),
    ],
)
def test_a_value_that_is_found_wrong_late_is_told_with_key_and_file_too(
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    write_config: WriteConfig,
    key: str,
    value: str,
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-x")
    path = write_config(f"{key} = {value}\n[profiles.work]\n")
    url = [] if key == "base-url" else ["--base-url", "https://127.0.0.1:9"]
    ran = run("ask", "hi", "--retries", "0", "--profile", "work", *url)
    refused(ran, 78, f"error: {path}: {key}: ")


def test_a_bad_value_that_a_flag_outranks_does_no_harm(run: Run, write_config: WriteConfig) -> None:
    write_config("thinking = 'much'\n")
    assert run("ask", "hi", "--dry-run", "--thinking", "off").code == 0
    refused(run("ask", "hi", "--dry-run", "--thinking", "more"), 2, "error: --thinking is")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a = \n", "line 1"),
        ("a = 1\na = 2\n", "line 2"),
        ("\n[profiles\n", "line 2"),
        ("x = '\x00'\n", "line 1"),
        ("a = ", "at end of document"),
        ("\udcff = 1", "offset 0"),
    ],
)
def test_a_config_file_that_cannot_be_parsed_is_told_with_its_line(
    run: Run, write_config: WriteConfig, text: str, place: str
) -> None:
    path = write_config("")
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    refused(run("ask", "hi", "--dry-run"), 78, str(path), place)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ANTHROPIC_API_KEY", "sk ant"),
        ("ANTHROPIC_AUTH_TOKEN", "'tok'"),
        ("ANTHROPIC_VERSION", "é"),
        ("ANTHROPIC_CUSTOM_HEADERS", "no colon"),
        ("ANTHROPIC_CUSTOM_HEADERS", "fine: 1\n: empty"),
        ("HTTPS_PROXY", "ftp://x"),
        ("SSL_CERT_FILE", "/nonexistent.pem"),
        ("CLAUDE_CLI_HOME", "relative"),
    ],
)
def test_a_wrong_value_in_the_environment_is_told_with_its_variable(
    run: Run, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    if name != "ANTHROPIC_AUTH_TOKEN":
        monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-x")
    monkeypatch.setenv(name, value)
    refused(run("ask", "hi", "--base-url", "https://127.0.0.1:9", "--retries", "0"), 78, name)


@pytest.mark.parametrize("url", ["ftp://x", "http://api.example", "https://me@api.example"])
def test_a_base_url_of_the_environment_is_told_with_its_variable(
    run: Run, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-x")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", url)
    refused(run("ask", "hi"), 78, "error: environment variable ANTHROPIC_BASE_URL: ")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (["asl"], ["'asl'", "no such command", "Did you mean 'ask'"]),
        (["--versoin"], ["--versoin", "--version"]),
        (["ask", "hi", "--modle", "x"], ["--modle", "--model"]),
        (["ask", "-m"], ["error: option '-m'"]),
        (["ask", "hi", "--format", "pdf"], ["--format", "'pdf'", "'json'"]),
        (["ask", "hi", "--temperature", "3"], ["--temperature", "0<=x<=1"]),
        (["ask", "hi", "--max-tokens", "x\x1b[2J\ny"], ["--max-tokens", r"x\x1b[2J\ny"]),
        (["ask", "hi", "--retries", "-1"], ["--retries"]),
        (["ask", "hi", "--dry-run", "-o", "a"], ["-o a", "PATH=TEXT"]),
        (["ask", "hi", "--dry-run", "-o", "a:=["], ["-o a", "JSON"]),
        (["ask", "hi", "--dry-run", "--thinking", "much"], ["--thinking", "'much'"]),
        (["ask", "hi", "--dry-run", "--prefill", "So "], ["--prefill"]),
        (["ask", "hi", "--simulate", "-H", "no colon"], ["Name: value"]),
        (["sessions", "lst"], ["'lst'", "Did you mean 'list'"]),
        (["sessions", "show"], ["NAME_OR_ID"]),
        (["completion"], ["Choose from: bash, zsh"]),
    ],
)
def test_a_mistake_on_the_command_line_is_one_line_in_our_words(
    run: Run, line: list[str], words: list[str]
) -> None:
    ran = run(*line)
    ran = Ran(ran.code, ran.stdout, ran.stderr.removeprefix(SIMULATED))
    refused(ran, 2, *words)
    assert "\x1b" not in ran.stderr
    assert "Usage:" not in ran.stderr


def test_who_takes_o_for_an_output_file_is_told_what_writes_one(run: Run) -> None:
    assert "an answer goes into a file by > FILE" in run("ask", "hi", "-o", "out.md").stderr


SIMULATED = "the answer is simulated: nothing was sent to Anthropic\n"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (["ask", "hi", "--temperature", "warm"], "'--temperature': 'warm' is no number"),
        (["ask", "hi", "--max-tokens", "x"], "'--max-tokens': 'x' is no whole number"),
        (["simulator", "--port", "x"], "'--port': 'x' is no whole number"),
        (["batch", "wait", "x", "--poll", "nan"], "--poll is no number: nan"),
    ],
)
def test_what_is_no_number_is_told_as_that(run: Run, line: list[str], expected: str) -> None:
    refused(run(*line), 2, expected)


@pytest.mark.parametrize("command", every_command())
def test_every_command_takes_quiet_and_debug(run: Run, command: str) -> None:
    names = {name for flag in flags_of(every_command()[command]) for name in flag.opts}
    assert {"-q", "--quiet", "-v", "--verbose", "--debug"} <= names


def test_debug_adds_a_traceback_for_a_command_that_has_it(run: Run) -> None:
    traced = run("sessions", "show", "--debug", "none").stderr
    assert traced.startswith("  File ")
    assert "error: " in traced
    for line in (["--debug", "ask"], ["sessions", "--debug", "list"]):
        refused(run(*line), 2, "no such option: --debug")
    refused(run("ask", "--dry-run", "-o", "a", "--", "--debug"), 2, "-o a")


def test_a_mistake_names_the_help_of_its_command(run: Run) -> None:
    assert run("ask", "--nope").stderr.endswith("\nhint: claude-cli ask --help\n")
    assert run("sessions", "show", "--nope").stderr.endswith(
        "\nhint: claude-cli sessions show --help\n"
    )
    assert run("--nope").stderr.endswith("\nhint: claude-cli --help\n")


# Help


@pytest.mark.parametrize(
    ("flag", "hint"),
    [("-m", "claude-cli ask -m …"), ("--model", "ask --model …"), ("--nonsense", "--help")],
)
def test_a_flag_before_the_command_is_told_its_place(run: Run, flag: str, hint: str) -> None:
    ran = run(flag, "opus", "hi")
    assert (ran.code, hint in ran.stderr) == (2, True), ran.stderr


@pytest.mark.parametrize("prompt", ["- one item", "-5 + 3 is what?", "--- a/file b/file"])
def test_a_prompt_that_begins_with_a_dash_is_told_its_place(
    run: Run, simulator: Simulator, prompt: str
) -> None:
    for line in ([prompt], ["ask", prompt], ["ask", "-x", prompt, "more"]):
        ran = run(*line)
        assert (ran.code, "claude-cli ask -- WORDS" in ran.stderr) == (2, True), ran.stderr
    assert run("ask", "--", prompt).code == 0
    assert simulator.requests[-1].body["messages"][0]["content"][0]["text"] == prompt


def test_alone_it_prints_the_help(run: Run) -> None:
    ran = run()
    assert (ran.code, ran.stderr) == (0, "")
    assert ran.text == run("--help").text
    for command in COMMANDS:
        assert f" {command} " in ran.text


def test_the_version(run: Run) -> None:
    from claude_cli import __version__

    assert run("--version").text == f"claude-cli {__version__}\n"


PANELS = ["What is asked", "How it is answered", "Tools", "Session", "Guards", "Output"]


@pytest.mark.parametrize("command", ["ask", "stream"])
def test_the_help_has_all_flags_in_panels_and_the_short_help_those_of_every_day(
    run: Run, command: str
) -> None:
    long, short = run(command, "--help"), run(command, "-h")
    assert (long.code, short.code, long.stderr + short.stderr) == (0, 0, "")
    for panel in [*PANELS, "Connection"]:
        assert f"─ {panel} ─" in long.text
    for flag in (
        "--model",
        "--attach",
        "--resume",
        "--format",
        "--simulate",
        "--dry-run",
        "--help",
    ):
        assert flag in short.text and flag in long.text
    for flag in ("--top-k", "--proxy", "--service-tier", "--ca-bundle", "--tool-choice"):
        assert flag in long.text and flag not in short.text
    assert len(short.text.splitlines()) < len(long.text.splitlines()) / 2


@pytest.mark.parametrize("command", every_command())
def test_the_short_help_has_what_must_be_known_and_hides_flags_only_of_many(
    run: Run, command: str
) -> None:
    """Arguments, what is required, what only this command has; all flags where they are few."""
    short, built = run(*command.split(), "-h"), every_command()[command]
    assert (short.code, short.stderr) == (0, "")
    for argument in arguments_of(built):
        assert argument.metavar in short.text
    flags = flags_of(built)
    for flag in flags:
        if flag.required or flag.rich_help_panel is None or len(flags) <= 12:
            assert f" {spelled(flag)} " in short.text
    hidden = [flag for flag in flags if f" {spelled(flag)} " not in short.text]
    assert bool(hidden) is (len(flags) > 12)


OF_A_BATCH = ("[INPUT]", "[PROMPT]", "-O", "--format", "--each", "--live", "--dry-run", "--model")


def test_the_short_help_of_a_batch_has_what_a_batch_is_made_of(run: Run) -> None:
    text = run("batch", "run", "-h").text
    for word in [*OF_A_BATCH, "--system", "--max-tokens"]:
        assert f" {word}" in text
    assert "--adopt" not in text


@pytest.mark.parametrize("command", [line for line in COMMANDS if line not in every_command()])
def test_a_command_of_commands_has_a_short_help_too(run: Run, command: str) -> None:
    assert run(command, "-h") == run(command, "--help") == run(command)


@pytest.mark.parametrize("command", every_command())
def test_the_help_says_what_each_flag_is_and_eats_no_word_of_it(
    run: Run, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """Brackets are text, not markup: on a wide screen each line stands as it is written."""
    monkeypatch.setenv("COLUMNS", "2000")
    text = run(*command.split(), "--help").text
    built = every_command()[command]
    for param in [*arguments_of(built), *flags_of(built)]:
        assert param.help
        assert param.help in text
    first, *paragraphs = built.help.split("\n\n")
    for paragraph in [first, *paragraphs]:
        assert " ".join(paragraph.split()) in text


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_that_fits_80_columns(run: Run, command: str) -> None:
    ran = run(command, "--help")
    assert (ran.code, ran.stderr) == (0, "")
    assert f"Usage: claude-cli {command} " in ran.text
    assert "\x1b" not in ran.text
    assert max(map(len, ran.text.splitlines())) <= 80


def test_no_help_shows_a_flag_that_is_not_there(run: Run) -> None:
    """The short help hides flags for that one run alone."""
    run("ask", "-h")
    assert "--top-k" in run("ask", "--help").text


# Prompts that look like flags


def asked(ran: Ran) -> list[str]:
    return [block["text"] for block in ran.json["messages"][-1]["content"]]


@pytest.mark.parametrize("prompt", ["-5 + 3?", "--help", "-", "--", "-h"])
def test_after_a_double_dash_everything_is_the_prompt(run: Run, prompt: str) -> None:
    ran = run("ask", "--dry-run", "--", prompt, "x")
    assert (ran.code, asked(ran)) == (0, [f"{prompt} x"])


def test_a_prompt_that_begins_with_a_dash_is_an_unknown_flag_without_it(run: Run) -> None:
    refused(run("ask", "--dry-run", "-5 + 3?"), 2, "-5")


def test_flags_may_stand_between_the_words(run: Run) -> None:
    ran = run("ask", "one", "--dry-run", "two", "-m", "x", "three")
    assert (asked(ran), ran.json["model"]) == (["one two three"], "x")


@pytest.mark.parametrize("prompt", ["", " ", "\n"])
def test_an_empty_prompt_is_wrong_usage(run: Run, prompt: str) -> None:
    refused(run("ask", "--dry-run", "--", prompt), 2, "empty")


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_every_command_has_an_example(run: Run, command: str) -> None:
    assert "Example" in run(command, "--help").text


# A question needs no command


@pytest.mark.parametrize("question", ["how tall is Yushan?", "玉山？", "a\ttab", "café"])
def test_a_question_needs_no_command(run: Run, question: str) -> None:
    ran = run(question, "--dry-run", "-s", "be brief")
    assert ran.code == 0, ran.stderr
    assert ran.json == run("ask", question, "--dry-run", "-s", "be brief").json


@pytest.mark.parametrize("line", [["ask", "-m"], ["ask", "--modle"], ["ask", "--format", "pdf"]])
def test_the_hint_of_a_mistake_is_the_help_of_its_command(run: Run, line: list[str]) -> None:
    assert run(*line).stderr.endswith("hint: claude-cli ask --help\n")


def test_one_unknown_word_is_no_question_but_the_way_to_ask_it_is_named(run: Run) -> None:
    ran = run("hello")
    assert ran.code == 2
    assert "error: no such command 'hello'" in ran.stderr
    assert 'hint: to ask it: claude-cli ask "hello"' in ran.stderr


@pytest.mark.parametrize("command", ["ask", "batch run", "sessions", ""])
def test_help_is_a_command_too(run: Run, command: str) -> None:
    ran = run("help", *command.split())
    assert (ran.code, ran.stderr) == (0, "")
    assert ran.text == run(*command.split(), "--help").text


def test_the_version_has_a_short_flag(run: Run) -> None:
    assert run("-V").text == run("--version").text


# Models by other names


def test_aliases_of_the_config_file_are_models(
    run: Run, write_config: WriteConfig, simulator: Simulator
) -> None:
    write_config("[aliases]\nfast = 'haiku'\nold = 'opus-4-6'\n")
    assert run("ask", "hi", "--dry-run", "-m", "fast").json["model"] == "claude-haiku-5-5"
    assert run("chat", "-m", "old", "-n", stdin=b"hi").code == 0
    assert simulator.requests[-1].body["model"] == "claude-opus-4-6"
    assert "claude-opus-4-6" in run("models", "show", "old").text
    Path("rows.txt").write_text("one\n")
    assert '"claude-haiku-5-5"' in run("batch", "run", "rows.txt", "--dry-run", "-m", "fast").text


def test_an_alias_that_is_no_name_is_told_with_its_place(
    run: Run, write_config: WriteConfig
) -> None:
    write_config("[aliases]\nfast = 3\n")
    refused(run("ask", "hi", "--dry-run"), 78, "config.toml: aliases.fast is no name of a model")


def test_a_model_that_nobody_knows_gets_the_nearest_name(run: Run, simulator: Simulator) -> None:
    ran = run("ask", "hi", "-m", "claude-sonet-5-5")
    assert ran.code == 65
    assert "did you mean claude-sonnet-5-5?" in ran.stderr.splitlines()[0]
    assert "hint: did you mean claude-sonnet-5-5?" in ran.stderr
    assert "did you mean" not in run("ask", "hi", "--dry-run", "-m", "my-own-model").stderr


# A flag given twice


@pytest.mark.parametrize(
    "line",
    [
        ["ask", "hi", "-s", "a", "--system", "b"],
        ["ask", "hi", "-sa", "-xs", "b"],
        ["chat", "-s", "a", "-s", "b"],
        ["batch", "run", "rows.txt", "-s", "a", "-s", "b"],
        ["count", "hi", "-s", "a", "-s=b"],
    ],
)
def test_a_second_system_prompt_is_a_mistake(run: Run, line: list[str]) -> None:
    refused(run(*line), 2, "--system was given more than once")


def test_a_second_schema_is_a_mistake(run: Run) -> None:
    refused(run("ask", "hi", "--schema", "{}", "--schema", "{}"), 2, "--schema was given more")


def test_of_other_flags_given_twice_the_last_counts(run: Run) -> None:
    body = run("ask", "hi", "--dry-run", "--max-tokens", "1", "--max-tokens", "2").json
    assert body["max_tokens"] == 2
