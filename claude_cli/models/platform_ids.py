"""A model's name in the catalogue ↔ its id on a platform. Pure but for the table of models.

Source: Amazon Bedrock, "Supported foundation models" and "inference profiles"; Vertex AI, "Claude
models"; Microsoft Foundry and Claude Platform on AWS take the catalogue's own ids.
"""

import re

from claude_cli.models import catalog

_CATALOGUE_ID = re.compile(r"claude-[a-z0-9-]+")
_PROFILES = (("us-gov-", "us-gov"), ("us-", "us"), ("eu-", "eu"), ("ap-", "apac"))
"""Start of a region → the inference profile that serves it; the others have `global`."""
_TAIL = re.compile(r"-v\d+(?::\d+)?$")


def platform_id(model: str, platform: str, region: str | None = None) -> str:
    """The id by which `platform` knows a model of the catalogue; any other name as it is."""
    if not _CATALOGUE_ID.fullmatch(model):
        return model
    if platform == "bedrock":
        return _profile(model, region or "") + bedrock_base_id(model)
    if platform == "mantle":
        return f"anthropic.{_without_date(model)}"
    if platform == "vertex":
        name, dash, date = catalog.whole_id(model).rpartition("-")
        return f"{name}@{date}" if dash and len(date) == 8 and date.isdigit() else model
    return model


def bedrock_base_id(model: str) -> str:
    """The id of a model without an inference profile: what CountTokens takes."""
    if not _CATALOGUE_ID.fullmatch(model):
        return model.removeprefix(_profile_of(model))
    whole = catalog.whole_id(model)
    if whole[-8:].isdigit():
        return f"anthropic.{whole}-v1:0"
    return catalog.bedrock()["ids"].get(model) or f"anthropic.{model}"


def catalogue_id(name: str) -> str:
    """The catalogue's name of what a platform calls `name`; what says nothing stays as it is."""
    if name.startswith("arn:"):
        return name
    plain = name.removeprefix(_profile_of(name)).removeprefix("anthropic.")
    plain = _TAIL.sub("", plain).replace("@", "-")
    return plain if _CATALOGUE_ID.fullmatch(plain) else name


def has_regional_profile(name: str) -> bool:
    """Whether a Bedrock id has an inference profile of one continent or country: `us.`, `eu.`…"""
    return _profile_of(name) not in ("", "global.")


def _profile(model: str, region: str) -> str:
    """`eu.` where the region has an inference profile that serves the model, else `global.`."""
    found = next((name for start, name in _PROFILES if region.startswith(start)), "global")
    lacking = catalog.bedrock()["without_apac"]
    return "global." if found == "apac" and _without_date(model) in lacking else f"{found}."


def _profile_of(name: str) -> str:
    profile, dot, rest = name.partition(".")
    return profile + dot if rest.startswith("anthropic.") else ""


def _without_date(model: str) -> str:
    return re.sub(r"-\d{8}$", "", model)
