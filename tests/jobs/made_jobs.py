"""Jobs for the tests, made without a command line."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from claude_cli.jobs.draft import begin
from claude_cli.jobs.journal import Engine
from claude_cli.jobs.results import Results, read_result
from claude_cli.jobs.store import Job, JobStore

BASE_URL = "http://127.0.0.1:1"


def body(prompt: str) -> dict[str, Any]:
    return {
        "model": "claude-sonnet-4-6",
        "max_tokens": 100,
        "messages": [{"role": "user", "content": prompt}],
    }


def make_job(
    folder: Path, *prompts: str, engine: Engine = "hosted", base_url: str = BASE_URL
) -> Job:
    with begin(JobStore(folder)) as draft:
        for line, prompt in enumerate(prompts, 1):
            assert draft.add(line, body(prompt), None, {"line": prompt}) is None
        job, _ = draft.keep(engine, base_url, {"betas": []})
    return job


def result_line(custom_id: str, outcome: str = "succeeded") -> bytes:
    result = {"type": outcome, "message": {"id": custom_id}}
    return json.dumps({"custom_id": custom_id, "result": result}).encode()


def keep(results: Results, row: int, line: bytes) -> None:
    result = read_result(line)
    assert result
    results.keep(row, line, result)


class IdsCharged:
    """A bill: the ids of the answers that are on it for good, each time that it was written."""

    def __init__(self) -> None:
        self.written: list[list[str]] = []
        self._added: list[str] = []

    @property
    def ids(self) -> list[str]:
        return [name for names in self.written for name in names]

    def add(self, message: Mapping[str, Any]) -> None:
        self._added.append(message["id"])

    def write(self) -> None:
        self.written += [self._added] * bool(self._added)
        self._added = []
