"""Which platform serves the model, where, and as whom: flags and environment → a row and a key.

What a run does not need it neither looks for nor imports: `direct` ends in the first lines.
"""

import os
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from claude_cli.api.platforms import DIRECT, WORKSPACE, Platform
from claude_cli.commandline.flags.connection import ConnectionFlags
from claude_cli.errors import ConfigError

SWITCHES = {
    "CLAUDE_CODE_USE_BEDROCK": "bedrock",
    "CLAUDE_CODE_USE_VERTEX": "vertex",
    "CLAUDE_CODE_USE_FOUNDRY": "foundry",
    "CLAUDE_CODE_USE_MANTLE": "mantle",
    "CLAUDE_CODE_USE_ANTHROPIC_AWS": "aws",
}
"""Claude Code's variables, of which one may say which platform is meant; an empty one is off."""

OF_DIRECT_ALONE = ("ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY")

Environment = Mapping[str, str]


class Setting(NamedTuple):
    """Something that a platform needs to know: its flag, and the variables that may say it."""

    flag: str
    variables: tuple[str, ...]
    stand_in: str
    """What stands for it where nothing is sent to the platform."""
    default: str | None = None


_AWS_REGION = Setting("region", ("AWS_REGION", "AWS_DEFAULT_REGION"), "us-east-1")
_PROJECTS = ("GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT")


class Row(NamedTuple):
    """How a platform is set up; the function of its name in `api/cloud/rows.py` takes its settings.

    `skip_auth`: the variable by which a gateway says that it adds the credential. `signed_as`: the
    name of the service in AWS signatures. `bearer_keys`: the variables that may hold a key of its
    own, the first that is set counts.
    """

    settings: tuple[Setting, ...]
    base_url: str
    skip_auth: str | None = None
    signed_as: str | None = None
    bearer_keys: tuple[str, ...] = ()


_BEDROCK_KEY, _AWS_KEY = "AWS_BEARER_TOKEN_BEDROCK", "ANTHROPIC_AWS_API_KEY"

ROWS = {
    "bedrock": Row(
        (_AWS_REGION,),
        "ANTHROPIC_BEDROCK_BASE_URL",
        "CLAUDE_CODE_SKIP_BEDROCK_AUTH",
        "bedrock",
        (_BEDROCK_KEY,),
    ),
    "mantle": Row(
        (_AWS_REGION,),
        "ANTHROPIC_BEDROCK_MANTLE_BASE_URL",
        "CLAUDE_CODE_SKIP_MANTLE_AUTH",
        "bedrock-mantle",
        (_BEDROCK_KEY, _AWS_KEY),
    ),
    "aws": Row(
        (_AWS_REGION, Setting("workspace_id", ("ANTHROPIC_AWS_WORKSPACE_ID",), "wrkspc_x")),
        "ANTHROPIC_AWS_BASE_URL",
        "CLAUDE_CODE_SKIP_ANTHROPIC_AWS_AUTH",
        "aws-external-anthropic",
        (_AWS_KEY,),
    ),
    "vertex": Row(
        (
            Setting("region", ("CLOUD_ML_REGION",), "global"),
            Setting("project", ("ANTHROPIC_VERTEX_PROJECT_ID", *_PROJECTS), "project"),
        ),
        "ANTHROPIC_VERTEX_BASE_URL",
        "CLAUDE_CODE_SKIP_VERTEX_AUTH",
    ),
    "google": Row(
        (
            Setting("region", ("ANTHROPIC_GOOGLE_CLOUD_LOCATION",), "global", "global"),
            Setting("project", ("ANTHROPIC_GOOGLE_CLOUD_PROJECT", *_PROJECTS), "project"),
            Setting("workspace_id", ("ANTHROPIC_GOOGLE_CLOUD_WORKSPACE_ID",), "wrkspc_x"),
        ),
        "ANTHROPIC_GOOGLE_CLOUD_BASE_URL",
    ),
    "foundry": Row(
        (Setting("resource", ("ANTHROPIC_FOUNDRY_RESOURCE",), "resource"),),
        "ANTHROPIC_FOUNDRY_BASE_URL",
        "CLAUDE_CODE_SKIP_FOUNDRY_AUTH",
    ),
}

PLATFORMS = (DIRECT.name, *ROWS)


class Place(NamedTuple):
    """A platform at one place: its base URL there, and the settings that say where it is."""

    platform: Platform
    base_url: str
    settings: Mapping[str, str] = MappingProxyType({})


def choose(flags: ConnectionFlags, environ: Environment) -> tuple[str, str | None]:
    """The platform's name, and the switch of the environment that named it, if one did.

    Raises ConfigError where two are on.
    """
    if flags.platform is not None:
        return flags.platform, None
    switched = [name for name in SWITCHES if environ.get(name)]
    if len(switched) > 1:
        what = f"{' and '.join(switched)} are both set"
        raise ConfigError(what, hint="choose one with --platform")
    return (SWITCHES[switched[0]], switched[0]) if switched else (DIRECT.name, None)


def place_of(name: str, flags: ConnectionFlags, environ: Environment, *, offline: bool) -> Place:
    """Where a platform's requests go. With `offline` nothing need be known of the place.

    Raises ConfigError for what is missing, naming flag and variable.
    """
    if name == DIRECT.name:
        direct = DIRECT
        if flags.workspace_id:
            direct = DIRECT._replace(headers=((WORKSPACE, flags.workspace_id),))
        return Place(direct, flags.base_url or DIRECT.base_url)
    from claude_cli.api.cloud import rows

    row = ROWS[name]
    values = {s.flag: _value(s, name, flags, environ, offline=offline) for s in row.settings}
    platform: Platform = getattr(rows, name)(**values)
    base_url = _own_base_url(flags, environ) or environ.get(row.base_url) or platform.base_url
    return Place(platform, base_url, values)


def unused_variables(name: str, environ: Environment) -> list[str]:
    """The variables that are set and belong to the direct API alone."""
    if name == DIRECT.name:
        return []
    return [variable for variable in OF_DIRECT_ALONE if environ.get(variable)]


def _value(
    setting: Setting, name: str, flags: ConnectionFlags, environ: Environment, *, offline: bool
) -> str:
    typed = getattr(flags, setting.flag)
    found = next((v for v in map(environ.get, setting.variables) if v and _is_name(v)), None)
    value = typed or found or setting.default
    if value is None and setting.flag == "region" and name == "bedrock" and not offline:
        value = _region_of_profile(flags)
    if value is None and offline:
        return setting.stand_in
    flag = f"--{setting.flag.replace('_', '-')}"
    if value is None:
        what = f"--platform {name} needs {flag}"
        raise ConfigError(what, hint=f"give {flag}, or set {setting.variables[0]}")
    if not _is_name(value):
        raise ConfigError(f"{flag} is no name: {value!r}", flag=setting.flag)
    return str(value)


def _is_name(value: str) -> bool:
    """Whether a region, project, resource or workspace can be called so: it becomes a host name or
    a part of a path."""
    return re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_:-]{0,99}", value) is not None


def _region_of_profile(flags: ConnectionFlags) -> str | None:
    if not (flags.aws_profile or os.environ.get("AWS_PROFILE")):
        return None
    from claude_cli.clouds.aws import Chain

    return Chain(flags.aws_profile).region


def _own_base_url(flags: ConnectionFlags, environ: Environment) -> str | None:
    """--base-url; what only ANTHROPIC_BASE_URL says is meant for the direct API."""
    from_environment = flags.base_url == environ.get("ANTHROPIC_BASE_URL")
    return None if from_environment and "base_url" not in flags.given else flags.base_url
