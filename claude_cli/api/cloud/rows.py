"""The platforms beside the direct API, a row each, made for the place that the user named.

Source: Anthropic's pages on Amazon Bedrock, Claude Platform on AWS, Vertex AI, Claude on Google
Cloud and Microsoft Foundry; the official SDK's classes for them, 2.14.
"""

from functools import partial
from typing import Any
from urllib.parse import quote

from claude_cli.api.cloud import bedrock as bedrock_wire
from claude_cli.api.cloud import foundry as foundry_wire
from claude_cli.api.cloud import vertex as vertex_wire
from claude_cli.api.messages import COUNT_PATH, PATH
from claude_cli.api.platforms import WORKSPACE, Call, Platform, StreamKind
from claude_cli.errors import InputError
from claude_cli.models.platform_ids import bedrock_base_id, has_regional_profile, platform_id

LIVE = "batch --live asks row by row"
ATTACH = "attach the file itself, by its path"
DIRECT_ONLY = "--platform direct serves it"
BATCHES, MODELS, FILES, SKILLS = f"{PATH}/batches", "/v1/models", "/v1/files", "/v1/skills"
ONLY_MESSAGES = {
    BATCHES: LIVE,
    MODELS: "claude-cli models list --platform direct; -m takes any id",
    FILES: ATTACH,
    SKILLS: DIRECT_ONLY,
}
LARGEST_BEDROCK, LARGEST_VERTEX = 20 * 1000 * 1000, 30 * 1000 * 1000
BEDROCK_FRAMES = StreamKind(bedrock_wire.CONTENT_TYPE, bedrock_wire.FrameEvents)

_HOSTED_TOOLS = ("web_fetch", "code_execution", "mcp", "skills", "files", "url", "fallbacks")


def foundry(resource: str) -> Platform:
    """Microsoft Foundry: models are deployments, by default called as in the catalogue."""
    return Platform(
        "foundry",
        f"https://{resource}.services.ai.azure.com/anthropic",
        missing={BATCHES: LIVE, MODELS: ONLY_MESSAGES[MODELS]},
        read_failure=foundry_wire.read_failure,
        lacking=("fallbacks",),
    )


def aws(region: str, workspace_id: str) -> Platform:
    """Claude Platform on AWS: all of the direct API, at an address of AWS."""
    return Platform(
        "aws",
        f"https://aws-external-anthropic.{region}.api.aws",
        headers=((WORKSPACE, workspace_id),),
        lacking=("fallbacks", "fast"),
    )


def mantle(region: str) -> Platform:
    """Amazon Bedrock's Messages endpoint."""
    return Platform(
        "mantle",
        f"https://bedrock-mantle.{region}.api.aws/anthropic",
        adapt=partial(_with_model_id, "mantle"),
        missing=ONLY_MESSAGES,
        lacking=("web_search", "schema", *_HOSTED_TOOLS),
    )


def google(region: str, project: str, workspace_id: str) -> Platform:
    """Claude on Google Cloud, operated by Anthropic."""
    place = "/".join(
        f"{name}/{quote(value, safe='')}"
        for name, value in (
            ("projects", project),
            ("locations", region),
            ("workspaces", workspace_id),
        )
    )
    return Platform("google", f"https://claude.googleapis.com/v1/{place}/invoke")


def vertex(region: str, project: str) -> Platform:
    """Vertex AI, operated by Google."""
    return Platform(
        "vertex",
        f"https://{vertex_wire.host(region)}/v1",
        adapt=partial(_vertex_call, vertex_wire.models_folder(project, region)),
        missing=ONLY_MESSAGES,
        read_failure=vertex_wire.read_failure,
        largest_body=LARGEST_VERTEX,
        sends_version=False,
        lacking=_HOSTED_TOOLS,
        is_regional=lambda model: region != "global",
    )


def bedrock(region: str) -> Platform:
    """Amazon Bedrock, operated by AWS."""
    return Platform(
        "bedrock",
        f"https://bedrock-runtime.{region}.amazonaws.com",
        adapt=partial(_bedrock_call, region),
        missing=ONLY_MESSAGES,
        stream=BEDROCK_FRAMES,
        read_failure=bedrock_wire.read_failure,
        largest_body=LARGEST_BEDROCK,
        sends_version=False,
        sends_betas=False,
        lacking=("web_search", *_HOSTED_TOOLS),
        count_ids=partial(_bedrock_count_ids, region),
        is_regional=lambda model: has_regional_profile(platform_id(model, "bedrock", region)),
    )


def _with_model_id(platform: str, call: Call) -> Call:
    if not isinstance(call.body, dict) or not isinstance(call.body.get("model"), str):
        return call
    return call._replace(body={**call.body, "model": platform_id(call.body["model"], platform)})


def _vertex_call(folder: str, call: Call) -> Call:
    model = platform_id(_model(call), "vertex")
    if call.path == COUNT_PATH:
        return vertex_wire.count(call, folder, model)
    return vertex_wire.predict(call, folder, model)


def _bedrock_call(region: str, call: Call) -> Call:
    if call.path == COUNT_PATH:
        return bedrock_wire.count(call, _model(call))
    return bedrock_wire.invoke(call, platform_id(_model(call), "bedrock", region))


def _bedrock_count_ids(region: str, model: str) -> list[str]:
    """Some models are counted by their own id alone, some by that of an inference profile."""
    return [*dict.fromkeys([bedrock_base_id(model), platform_id(model, "bedrock", region)])]


def _model(call: Call) -> str:
    body: Any = call.body
    model = body.get("model") if isinstance(body, dict) else None
    if not isinstance(model, str):
        raise InputError("model is no text in the request body")
    return model
