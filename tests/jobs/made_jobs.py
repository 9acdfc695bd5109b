"""Jobs for the tests, made without a command line."""

import json
from pathlib import Path
from typing import Any

from claude_cli.jobs.draft import begin
from claude_cli.jobs.journal import Engine
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
    return json.dumps({"custom_id": custom_id, "result": {"type": outcome}}).encode()
