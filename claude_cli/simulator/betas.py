"""The names that `anthropic-beta` takes; an unknown one is a 400. Data, no rules."""

DOCUMENTED = (
    "interleaved-thinking-2025-05-14",
    "context-management-2025-06-27",
    "compact-2026-01-12",
    "compact-2026-09-04",
    "mcp-client-2025-04-04",
    "mcp-client-2025-11-20",
    "mcp-client-2026-09-15",
    "structured-outputs-2025-11-13",
    "fast-mode-2026-02-01",
    "output-300k-2026-03-24",
    "server-side-fallback-2026-06-01",
    "server-side-fallback-2026-07-01",
    "fallback-credit-2026-06-01",
    "fallback-credit-2026-07-01",
    "mid-conversation-tool-changes-2026-07-01",
    "mid-conversation-output-config-2026-07-01",
    "mid-conversation-system-clear-at-2026-08-21",
    "computer-use-2024-10-22",
    "computer-use-2025-01-24",
    "computer-use-2025-11-24",
    "files-api-2025-04-14",
    "skills-2025-10-02",
    "code-execution-2025-05-22",
    "code-execution-2025-08-25",
    "advisor-tool-2026-03-01",
    "task-budgets-2026-03-13",
    "inline-tools-2026-09-15",
    "thinking-token-count-2026-05-13",
    "thinking-display-updates-2026-08-18",
    "thinking-binding-controls-2026-08-01",
    "user-profiles-2026-03-24",
    "user-profiles-2026-08-18",
    "user-profiles-2026-09-04",
    "message-threads-2026-08-12",
    "agent-memory-2026-07-22",
    "dev-full-thinking-2025-05-14",
    "oauth-2025-04-20",
)

HARMLESS = (
    "extended-cache-ttl-2025-04-11",
    "prompt-caching-2024-07-31",
    "message-batches-2024-09-24",
    "pdfs-2024-09-25",
    "token-counting-2024-11-01",
    "output-128k-2025-02-19",
    "context-1m-2025-08-07",
    "fine-grained-tool-streaming-2025-05-14",
    "token-efficient-tools-2025-02-19",
    "cache-diagnosis-2026-04-07",
    "model-context-window-exceeded-2025-08-26",
)
"""Their features are for everybody by now, or gone."""

UNDOCUMENTED = (
    "claude-code-20250219",
    "effort-2025-11-24",
    "mid-conversation-system-2026-04-07",
    "prompt-caching-scope-2026-01-05",
    "structured-outputs-2025-12-15",
)
"""Seen from clients in the field."""

BETAS = frozenset((*DOCUMENTED, *HARMLESS, *UNDOCUMENTED))
