"""What is shown of the MCP servers of a run."""

import pytest

from claude_cli.commandline.flags.connection import ConnectionFlags
from claude_cli.turn import mcp
from claude_cli.ui.notices import Notices


def test_what_a_server_reports_of_its_work_is_one_harmless_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown: list[str] = []
    notices = Notices()
    monkeypatch.setattr(notices.spinner, "tell", shown.append)
    monkeypatch.setattr(mcp, "McpServers", lambda connect, introduce, on_progress: on_progress)
    report = mcp.mcp_servers(ConnectionFlags(), notices)
    assert callable(report)
    report("half\x1b[2J way\u202e\n" + "x" * 1000)
    assert shown[0].startswith("half␛[2J way⟦U+202E⟧␊x") and len(shown[0]) == 200
