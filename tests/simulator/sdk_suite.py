"""The SDK's own test-suite against the simulator: which of its failures are no fault of ours.

`.ci/long sdk-suite` runs `tests/api_resources` of the SDK's source archive. It was written for
a server that takes every value of the right type; a simulator knows which ids there are. What it
refuses there is listed here, by its message, and nothing else may fail:

    python -m tests.simulator.sdk_suite JUNIT.xml    # 1 if something else did
"""

import sys
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

PLACEHOLDERS = {
    "model: model_id": "no model has this id",
    "batch: message_batch_id": "no batch has this id",
    "file: file_id": "no file has this id",
    "skill: skill_id": "no skill has this id",
    "files: no SKILL.md at the root of a top-level directory": "what the suite uploads is no skill",
    "after_id: no such id: 'after_id'": "no item of the list has this id",
    "page: no such page": "no page has this token",
    "inference_geo: Input should be 'us' or 'global'": "there is no place called inference_geo",
    "billing_policy: Extra inputs are not permitted": "the field needs a beta; the suite says none",
    "tools.0.input_schema.properties.location: Input should be a valid object": (
        "a schema is an object; the suite has a text there"
    ),
    "model: claude-mythos-preview": "the model was retired on 30 June 2026",
}
"""The message of a refusal, and why it is right."""
LEAST_PASSED = 300
"""Tests that have to pass: an archive whose tests do not run proves nothing."""


def judge(report: Path) -> list[str]:
    """What is wrong with a run of the suite, told by its JUnit report; nothing if all is well."""
    unexpected, outcomes = [], Counter[str]()
    for case in ElementTree.parse(report).iter("testcase"):
        failure = next((e for e in case if e.tag in ("failure", "error")), None)
        if failure is None:
            outcomes["skipped" if case.find("skipped") is not None else "passed"] += 1
            continue
        message = failure.get("message", "")
        known = next((p for p in PLACEHOLDERS if f'"{p}"' in message or f"'{p}'" in message), None)
        outcomes[known or "unexpected"] += 1
        if known is None:
            unexpected.append(f"{case.get('classname')}::{case.get('name')}: {message[:300]}")
    for name, count in outcomes.most_common():
        print(f"{count:5} {name}")
    gone = [f"nothing failed by this any more: {p}" for p in PLACEHOLDERS if not outcomes[p]]
    few = [] if outcomes["passed"] >= LEAST_PASSED else [f"only {outcomes['passed']} tests passed"]
    return [*unexpected, *gone, *few]


if __name__ == "__main__":
    wrong = judge(Path(sys.argv[1]))
    print("\n".join(wrong))
    sys.exit(bool(wrong))
