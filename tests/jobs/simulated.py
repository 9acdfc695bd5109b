"""What the simulator received of a job, and what it answered; for the tests of batches."""

import json
import re
from typing import Any

import httpx
import pytest

from claude_cli.simulator.server.server import Simulator
from tests.conftest import CANARY, Ran
from tests.simulator.bodies import HEADERS, message_body, user

CREATE = "POST /v1/messages/batches"

_SAID = re.compile(r'You said: "(.*)"')


def reach(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Point the program at a simulator that the test has made itself."""
    monkeypatch.setenv("ANTHROPIC_BASE_URL", simulator.base_url)
    monkeypatch.setenv("ANTHROPIC_API_KEY", CANARY)


def prompt_of(params: dict[str, Any]) -> str:
    """The text of the last user turn."""
    content = params["messages"][-1]["content"]
    return content if isinstance(content, str) else str(content[-1].get("text"))


def sent(simulator: Simulator) -> list[dict[str, Any]]:
    """Every request of every batch that was made, in the order of its coming."""
    return [request for made in simulator.batches for request in made.rows]


def sent_ids(simulator: Simulator) -> list[str]:
    return [request["custom_id"] for request in sent(simulator)]


def asked(simulator: Simulator) -> list[str]:
    """Each prompt that came whole to /v1/messages and was not refused."""
    return [
        prompt_of(received.body)
        for received in simulator.requests
        if received.path == "/v1/messages" and received.body and received.status in (None, 200)
    ]


def calls(simulator: Simulator) -> list[str]:
    return [f"{received.method} {received.path}" for received in simulator.requests]


def make_batch(simulator: Simulator, *ids: str) -> str:
    """A batch that no job here has made."""
    requests = [{"custom_id": name, "params": message_body(user(f"I am {name}"))} for name in ids]
    response = httpx.post(
        f"{simulator.base_url}/v1/messages/batches", json={"requests": requests}, headers=HEADERS
    )
    made: str = response.json()["id"]
    return made


def results_of(ran: Ran) -> list[tuple[str, str]]:
    """The type of each result, and the prompt that it answers; empty where it answers none."""
    found = []
    for line in ran.text.splitlines():
        result = json.loads(line)["result"]
        text = result["message"]["content"][0]["text"] if "message" in result else ""
        found.append((result["type"], "".join(_SAID.findall(text))))
    return found


def prompts_answered(text: str) -> list[str]:
    """The prompts that simulated answers repeat."""
    return _SAID.findall(text)


def succeeded(text: str, stop_reason: str = "end_turn") -> dict[str, Any]:
    """A result of a batch, as `Batches.order` takes it."""
    return {
        "type": "succeeded",
        "message": {
            "id": "msg_01",
            "type": "message",
            "role": "assistant",
            "model": "claude-sonnet-4-6",
            "content": [{"type": "text", "text": text}],
            "stop_reason": stop_reason,
            "stop_sequence": None,
            "usage": {"input_tokens": 10, "output_tokens": 5},
        },
    }
