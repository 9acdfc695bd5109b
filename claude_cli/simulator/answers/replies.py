"""Request → message, without chance or clock: what the simulator answers when no script does."""

import json
from dataclasses import dataclass
from typing import Any

from claude_cli.simulator.answers.calls import Call, choose_calls
from claude_cli.simulator.answers.compaction import is_due, pauses, summary, with_iterations
from claude_cli.simulator.answers.describe import describe
from claude_cli.simulator.answers.instances import make_instance
from claude_cli.simulator.answers.limits import end_answer
from claude_cli.simulator.answers.prompt_cache import InputUse
from claude_cli.simulator.answers.server_tools import call_server_tool, end_call
from claude_cli.simulator.checks.binding import sign_thinking
from claude_cli.simulator.checks.models import Model
from claude_cli.simulator.checks.open_calls import by_code, named_container, pending_calls
from claude_cli.simulator.checks.prompt import asked_skills, output_format, skips_thinking, thinks
from claude_cli.simulator.checks.tokens import block_tokens, count_input
from claude_cli.simulator.checks.tools import allowed_callers
from claude_cli.simulator.wire.stream import DELTA_CHARACTERS


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer, a Message as the API sends it.

    `cut_input`: of a tool call that ended too early, the JSON as far as it got. Only a stream
    shows it.
    """

    message: dict[str, Any]
    cut_input: str | None = None
    events: list[bytes] | None = None
    """The stream of the content, where it was encoded before."""
    delta_characters: int = DELTA_CHARACTERS


def make_reply(body: dict[str, Any], model: Model, fingerprint: str, use: InputUse) -> Reply:
    """The answer to a checked request. `fingerprint`: hexadecimal digits that ids are made of."""
    room = model.max_input_tokens - sum(use)
    limit = min(body["max_tokens"], room)
    blocks = _intended_blocks(body, model, fingerprint)
    ending = end_answer(blocks, limit, body.get("stop_sequences", []))
    stop_reason = ending.stop_reason or usual_stop_reason(blocks)
    if stop_reason == "max_tokens" and room < body["max_tokens"]:
        stop_reason = "model_context_window_exceeded"
    message: dict[str, Any] = {
        "id": message_id(fingerprint),
        "type": "message",
        "role": "assistant",
        "model": model.id,
        "content": sign_thinking(_displayed(ending.content, body, model), body, model),
        "stop_reason": stop_reason,
        "stop_sequence": ending.stop_sequence,
        "usage": make_usage(body, model, use, ending.content),
        **({"context_management": {"applied_edits": []}} if "context_management" in body else {}),
        **_container(body, ending.content, fingerprint),
    }
    return Reply(message, ending.cut_input)


def message_id(fingerprint: str) -> str:
    return f"msg_{fingerprint[:24]}"


def tool_use_id(fingerprint: str, index: int, *, on_server: bool = False) -> str:
    return f"{'srvtoolu' if on_server else 'toolu'}_{fingerprint[:22]}{index:02}"


def usual_stop_reason(content: list[dict[str, Any]]) -> str:
    """Of an answer that nothing cut short."""
    if content and content[-1]["type"] == "compaction":
        return "compaction"
    return "tool_use" if any(block["type"] == "tool_use" for block in content) else "end_turn"


def make_usage(
    body: dict[str, Any], model: Model, use: InputUse, content: list[dict[str, Any]]
) -> dict[str, Any]:
    """The usage of an answer with this content, in which thinking still has its full text."""
    thinking = sum(block_tokens(block) for block in content if block["type"] == "thinking")
    searches, fetches = (
        sum(block["type"] == f"{name}_tool_result" for block in content)
        for name in ("web_search", "web_fetch")
    )
    requests = {"web_search_requests": searches, "web_fetch_requests": fetches}
    usage = {
        "input_tokens": use.uncached,
        "cache_creation_input_tokens": use.written_5m + use.written_1h,
        "cache_read_input_tokens": use.read,
        "cache_creation": {
            "ephemeral_5m_input_tokens": use.written_5m,
            "ephemeral_1h_input_tokens": use.written_1h,
        },
        "output_tokens": sum(block_tokens(block) for block in content),
        "output_tokens_details": {"thinking_tokens": thinking} if thinking else None,
        "server_tool_use": requests if searches or fetches else None,
        "service_tier": "standard",
        **({"inference_geo": body["inference_geo"]} if body.get("inference_geo") else {}),
        **({"speed": _speed(body["speed"], model)} if body.get("speed") else {}),
    }
    return with_iterations(usage, body, content)


def _speed(asked: str, model: Model) -> str:
    """How it is served: one model takes `fast` and serves it as any other request."""
    return "standard" if model.facts.fast == "standard" else asked


def _container(
    body: dict[str, Any], content: list[dict[str, Any]], fingerprint: str
) -> dict[str, Any]:
    """The container that code of this answer runs in, the one of the request if it names one."""
    codes = [tool for tool in body.get("tools", []) if _runs_code(tool)]
    runs = any(b["type"] == "server_tool_use" or by_code(b) for b in content)
    if not codes or not (runs or asked_skills(body)):
        return {}
    container_id = named_container(body) or f"container_{fingerprint[:24]}"
    return {"container": {"id": container_id, "expires_at": _EXPIRES}}


_EXPIRES = "2099-12-31T00:00:00Z"


def _runs_code(tool: dict[str, Any]) -> bool:
    is_code = (tool.get("type") or "").startswith("code_execution_")
    return is_code or allowed_callers(tool) != ["direct"]


def _intended_blocks(body: dict[str, Any], model: Model, fingerprint: str) -> list[dict[str, Any]]:
    """The answer without regard to its length."""
    compacted = [summary(body, model)] if body.get("compaction") else []
    if is_due(body, count_input(body)):
        compacted = [summary(body, model)]
    if compacted and pauses(body):
        return compacted
    blocks = [*compacted, *(block for call in pending_calls(body) for block in end_call(call))]
    if thinks(body, model) and not skips_thinking(body):
        count = len(body["messages"])
        text = f"{count} message(s) came in. I am a simulator: describing them is all I can do."
        blocks.append({"type": "thinking", "thinking": text})
    calls = choose_calls(body)
    for index, call in enumerate(calls):
        blocks += _call_blocks(call, body, fingerprint, index)
    if not calls or calls[-1].on_server:
        blocks.append({"type": "text", "text": _text(body, model)})
    return blocks


def _call_blocks(
    call: Call, body: dict[str, Any], fingerprint: str, index: int
) -> list[dict[str, Any]]:
    server_id = tool_use_id(fingerprint, index, on_server=True)
    if call.on_server:
        return call_server_tool(call.tool, body, server_id)
    name = call.tool["name"]
    block = {"type": "tool_use", "id": tool_use_id(fingerprint, index), "name": name,
             "input": call.input}  # fmt: skip
    callers = allowed_callers(call.tool)
    if "direct" in callers:
        return [block]
    code = {"type": "server_tool_use", "id": server_id, "name": "code_execution",
            "input": {"code": f"print(await {name}())"}}  # fmt: skip
    return [code, {**block, "caller": {"type": callers[0], "tool_id": server_id}}]


def _text(body: dict[str, Any], model: Model) -> str:
    schema = output_format(body)
    if schema is None:
        return describe(body, model)
    return json.dumps(make_instance(schema), ensure_ascii=False)


def _displayed(
    content: list[dict[str, Any]], body: dict[str, Any], model: Model
) -> list[dict[str, Any]]:
    """The thinking with its text, or without."""
    default = "summarized" if model.facts.shows_thinking else "omitted"
    if ((body.get("thinking") or {}).get("display") or default) == "summarized":
        return content
    return [{**block, "thinking": ""} if "thinking" in block else block for block in content]
