"""Which betas a request body needs, and that they go with every request that needs them."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_cli.api.betas import BatchBetas, needed_betas
from claude_cli.simulator.server.server import Simulator
from tests.conftest import Run

CLEAR, COMPACT_EDIT = "context-management-2025-06-27", "compact-2026-01-12"
COMPACT = "compact-2026-09-04"
MCP, LISTING = "mcp-client-2025-11-20", "mcp-client-2026-09-15"
CHANGES, INLINE = "mid-conversation-tool-changes-2026-07-01", "inline-tools-2026-09-15"
FAST = "fast-mode-2026-02-01"
INTERLEAVED = "interleaved-thinking-2025-05-14"


def edits(*kinds: str) -> dict[str, Any]:
    return {"context_management": {"edits": [{"type": kind} for kind in kinds]}}


def by_system(content: Any = "x", **fields: Any) -> dict[str, Any]:
    return {"messages": [{"role": "system", "content": content, **fields}]}


def change(kind: str, **tool: Any) -> dict[str, Any]:
    return {"type": kind, "tool": tool}


def compacted(**fields: Any) -> dict[str, Any]:
    block = {"type": "compaction", "content": "so far", **fields}
    return {"messages": [{"role": "assistant", "content": [block]}]}


DEFINED = change("tool_addition", type="tool_definition", definition={"name": "mine"})
REMOVED = change("tool_removal", type="tool_reference", name="mine")
TOOLSET = change("tool_addition", type="tool_definition", definition={"type": "mcp_toolset"})


@pytest.mark.parametrize(
    ("body", "betas"),
    [
        (edits(), [CLEAR]),
        (edits("clear_tool_uses_20250919", "clear_thinking_20251015"), [CLEAR]),
        (edits("compact_20260112"), [COMPACT_EDIT]),
        (edits("clear_thinking_20251015", "compact_20260112"), [CLEAR, COMPACT_EDIT]),
        ({"compaction": {"type": "summarize"}}, [COMPACT]),
        (compacted(), [COMPACT_EDIT]),
        (compacted(signature="s"), [COMPACT]),
        (compacted(signature="s") | edits("compact_20260112"), [COMPACT_EDIT]),
        ({"fallbacks": "default"}, ["server-side-fallback-2026-07-01"]),
        ({"fallback_credit_token": "t"}, ["fallback-credit-2026-07-01"]),
        (
            {"thinking": {"type": "adaptive", "block_binding": {}}},
            ["thinking-binding-controls-2026-08-01"],
        ),
        ({"thinking": {"display": "updates"}}, ["thinking-display-updates-2026-08-18"]),
        ({"output_config": {"task_budget": {}}}, ["task-budgets-2026-03-13"]),
        ({"output_format": {}}, ["structured-outputs-2025-11-13"]),
        ({"tools": [{"type": "advisor_20260301"}]}, ["advisor-tool-2026-03-01"]),
        ({"tools": [{"type": "computer_20241022"}]}, ["computer-use-2024-10-22"]),
        ({"tools": [{"type": "computer_20250124"}] * 2}, ["computer-use-2025-01-24"]),
        ({"tools": [{"type": "computer_20251124"}]}, ["computer-use-2025-11-24"]),
        ({"mcp_servers": [{}], "tools": [{"type": "mcp_toolset"}]}, [MCP]),
        ({"tools": [{"type": "mcp_toolset", "tools": []}]}, [MCP, LISTING]),
        (by_system(clear_at="never"), ["mid-conversation-system-clear-at-2026-08-21"]),
        (
            by_system(output_config={"effort": "low"}),
            ["mid-conversation-output-config-2026-07-01"],
        ),
        (by_system([REMOVED]), [CHANGES]),
        (by_system([DEFINED]), [INLINE]),
        (by_system([DEFINED, REMOVED]), [INLINE]),
        (by_system([TOOLSET]), [INLINE, LISTING]),
        ({"thread": {"type": "create"}}, ["message-threads-2026-08-12"]),
        ({"billing_policy": {}}, ["user-profiles-billing-2026-10-01"]),
        ({"model": "claude-opus-5", "speed": "standard"}, [FAST]),
        ({"model": "anthropic.claude-opus-5-v1:0", "speed": "fast"}, [FAST]),
        (
            {"fallbacks": [{"model": "claude-opus-5", "speed": "fast"}]},
            ["server-side-fallback-2026-07-01", FAST],
        ),
        (
            {
                "model": "claude-sonnet-4-5-20250929",
                "thinking": {"type": "enabled", "budget_tokens": 9000},
                "max_tokens": 4000,
            },
            [INTERLEAVED],
        ),
    ],
)
def test_a_gated_field_needs_its_beta(body: dict[str, Any], betas: list[str]) -> None:
    assert needed_betas(body) == betas


@pytest.mark.parametrize(
    "body",
    [
        {"context_management": None, "compaction": None, "tools": "none", "messages": "x"},
        by_system(),
        {"messages": [{"role": "user", "content": [{"type": "container_upload"}]}]},
        {"container": {"skills": []}, "diagnostics": {}, "cache_control": {"ttl": "1h"}},
        {"tools": [{"type": "computer_toolset_20260801"}, {"type": "web_search_20260318"}, 3]},
        {"model": "claude-opus-5-5", "speed": "fast"},
        {
            "model": "claude-opus-5",
            "thinking": {"type": "enabled", "budget_tokens": 9000},
            "max_tokens": 4000,
        },
    ],
)
def test_what_is_open_to_all_needs_none(body: dict[str, Any]) -> None:
    assert needed_betas(body) == []


@given(
    st.recursive(
        st.none() | st.integers() | st.sampled_from(["system", "compaction", "mcp_toolset"]),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "type",
                        "tool",
                        "tools",
                        "messages",
                        "role",
                        "content",
                        "name",
                        "definition",
                        "edits",
                        "model",
                    ]
                ),
                inner,
            )
        ),
    )
)
def test_a_body_of_any_shape_is_looked_through(value: Any) -> None:
    body = dict.fromkeys(("messages", "tools", "context_management", "thinking", "speed"), value)
    assert all(isinstance(beta, str) for beta in needed_betas(body | {"model": value}))


def of_batch(*bodies: dict[str, Any]) -> list[str]:
    betas = BatchBetas()
    for body in bodies:
        betas.add(body)
    return betas.needed


def test_only_a_batch_opens_the_longest_answers() -> None:
    long = {"max_tokens": 128_001}
    assert of_batch(long) == ["output-300k-2026-03-24"]
    assert of_batch({"max_tokens": 128_000}) == needed_betas(long) == []


def test_a_batch_needs_what_any_of_its_requests_needs() -> None:
    plain: dict[str, Any] = {"messages": []}
    called = {"messages": [{"role": "assistant", "content": [{"type": "mcp_tool_use"}]}]}
    fast = {"messages": [], "speed": "fast", "model": "claude-opus-5"}
    assert of_batch(plain) == []
    expected = [*needed_betas(called), *needed_betas(fast)]
    assert of_batch(plain, called, fast, plain) == expected
    assert len(expected) == 2


@pytest.mark.parametrize(
    "parameter",
    [
        'context_management:={"edits":[]}',
        "compaction.type=summarize",
        "fallbacks=default",
        'tools:=[{"type":"advisor_20260301","name":"advisor","model":"claude-opus-4-8"}]',
        'output_config.task_budget:={"type":"tokens","total":20000}',
    ],
)
@pytest.mark.parametrize("command", ["ask", "stream"])
def test_a_parameter_of_a_beta_is_accepted_as_it_stands(
    simulator: Simulator, run: Run, command: str, parameter: str
) -> None:
    ran = run(command, "hi", "-m", "claude-opus-4-8", "-o", parameter)
    assert (ran.code, "error" in ran.stderr) == (0, False)


@pytest.mark.parametrize("command", ["ask", "count"])
def test_a_request_has_the_betas_of_the_user_and_its_own(
    simulator: Simulator, run: Run, command: str
) -> None:
    context = ["-o", 'context_management:={"edits":[]}', "-m", "claude-opus-4-8"]
    assert run(command, "hi", *context, "--beta", COMPACT, "--beta", CLEAR).code == 0
    assert simulator.requests[0].headers["anthropic-beta"] == f"{COMPACT},{CLEAR}"


def test_a_batch_has_the_betas_of_all_its_rows(simulator: Simulator, run: Run) -> None:
    message = {"role": "user", "content": "hi"}
    rows = [
        {"custom_id": "a", "params": {"messages": [message], "max_tokens": 200_000}},
        {"custom_id": "b", "params": {"messages": [message]} | edits()},
        {"custom_id": "c", "params": {"messages": [message]}},
    ]
    stdin = "\n".join(map(json.dumps, rows)).encode()
    assert run("batch", "submit", "-", "-m", "claude-opus-4-8", stdin=stdin).code == 0
    created = [r for r in simulator.requests if r.path == "/v1/messages/batches"]
    assert [request.headers["anthropic-beta"] for request in created] == [
        f"output-300k-2026-03-24,{CLEAR}"
    ]


def test_the_curl_command_has_the_betas_too(run: Run) -> None:
    ran = run("ask", "hi", "-o", "fallbacks=default", "--curl")
    assert "anthropic-beta: server-side-fallback-2026-07-01" in ran.text
