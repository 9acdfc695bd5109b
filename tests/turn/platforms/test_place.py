"""Which platform, and where: flags before variables, and what is missing is named."""

from typing import Any

import pytest

from claude_cli.commandline.flags.connection import ConnectionFlags
from claude_cli.errors import ConfigError
from claude_cli.turn.platforms.place import ROWS, SWITCHES, choose, place_of, unused_variables


def flags(**given: Any) -> ConnectionFlags:
    return ConnectionFlags(**given, given=frozenset(given))


@pytest.mark.parametrize(("switch", "name"), SWITCHES.items())
def test_a_switch_of_claude_code_chooses(switch: str, name: str) -> None:
    assert choose(flags(), {switch: "1"}) == (name, switch)
    assert choose(flags(), {switch: ""}) == ("direct", None)
    assert choose(flags(platform="direct"), {switch: "1"}) == ("direct", None)


def test_two_switches_are_refused_unless_a_flag_decides() -> None:
    both = {"CLAUDE_CODE_USE_BEDROCK": "1", "CLAUDE_CODE_USE_VERTEX": "1"}
    with pytest.raises(ConfigError, match="CLAUDE_CODE_USE_BEDROCK and CLAUDE_CODE_USE_VERTEX"):
        choose(flags(), both)
    assert choose(flags(platform="vertex"), both) == ("vertex", None)


@pytest.mark.parametrize("name", ROWS)
def test_what_is_missing_is_named_with_its_flag_and_variable(name: str) -> None:
    with pytest.raises(ConfigError) as raised:
        place_of(name, flags(), {}, offline=False)
    setting = next(s for s in ROWS[name].settings if s.default is None)
    assert f"--{setting.flag.replace('_', '-')}" in raised.value.message
    assert setting.variables[0] in (raised.value.hint or "")


@pytest.mark.parametrize("name", ROWS)
def test_nothing_need_be_known_where_nothing_is_sent(name: str) -> None:
    assert place_of(name, flags(), {}, offline=True).base_url.startswith("https://")


def test_a_flag_goes_before_a_variable_and_a_variable_that_is_no_name_counts_as_none() -> None:
    environ = {"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "us-east-1"}
    typed = place_of("bedrock", flags(region="us-west-2"), environ, offline=False)
    assert "us-west-2" in typed.base_url
    assert "eu-west-1" in place_of("bedrock", flags(), environ, offline=False).base_url
    odd = environ | {"AWS_REGION": "evil.example/"}
    assert "us-east-1" in place_of("bedrock", flags(), odd, offline=False).base_url
    with pytest.raises(ConfigError, match="--region is no name"):
        place_of("bedrock", flags(region="evil.example/"), {}, offline=False)


def test_the_base_url_of_the_direct_api_is_not_the_platforms() -> None:
    environ = {"ANTHROPIC_BASE_URL": "https://direct.example", "ANTHROPIC_API_KEY": "k"}
    from_variable = ConnectionFlags(base_url="https://direct.example", resource="r")
    assert "azure.com" in place_of("foundry", from_variable, environ, offline=False).base_url
    typed = flags(base_url="https://direct.example", resource="r")
    assert place_of("foundry", typed, environ, offline=False).base_url == "https://direct.example"
    own = {"ANTHROPIC_FOUNDRY_BASE_URL": "https://gateway.example/x"}
    assert place_of("foundry", flags(resource="r"), own, offline=False).base_url == (
        "https://gateway.example/x"
    )
    assert unused_variables("foundry", environ) == ["ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY"]
    assert unused_variables("direct", environ) == []


def test_a_workspace_is_a_header_line() -> None:
    known = flags(region="eu-west-1", workspace_id="wrkspc_1")
    expected = (("anthropic-workspace-id", "wrkspc_1"),)
    assert place_of("aws", known, {}, offline=False).platform.headers == expected
    assert (
        place_of("direct", flags(workspace_id="wrkspc_1"), {}, offline=False).platform.headers
        == expected
    )
