"""Why some tests of the SDK's own suite fail against the simulator: each refusal, seen here."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from claude_cli.simulator.server.server import Simulator
from tests.simulator.sdk_suite import PLACEHOLDERS, judge

if TYPE_CHECKING:
    import anthropic
else:
    anthropic = pytest.importorskip("anthropic")

pytestmark = pytest.mark.sdk

ASKED: dict[str, Any] = {
    "model": "claude-opus-5",
    "max_tokens": 9,
    "messages": [{"role": "user", "content": "hi"}],
}
TOOL: Any = {"name": "t", "input_schema": {"type": "object", "properties": {"location": "bar"}}}
PROVOKED: dict[str, Callable[["anthropic.Anthropic"], Any]] = {
    "model: model_id": lambda sdk: sdk.models.retrieve("model_id"),
    "batch: message_batch_id": lambda sdk: sdk.messages.batches.retrieve("message_batch_id"),
    "file: file_id": lambda sdk: sdk.files.delete("file_id"),
    "skill: skill_id": lambda sdk: sdk.skills.retrieve("skill_id"),
    "files: no SKILL.md at the root of a top-level directory": lambda sdk: sdk.skills.create(
        files=[b"Example data"]
    ),
    "after_id: no such id: 'after_id'": lambda sdk: sdk.models.list(after_id="after_id"),
    "page: no such page": lambda sdk: sdk.files.list(page="page"),
    "inference_geo: Input should be 'us' or 'global'": lambda sdk: sdk.messages.create(
        **ASKED, inference_geo="inference_geo"
    ),
    "billing_policy: Extra inputs are not permitted": lambda sdk: sdk.messages.create(
        **ASKED, extra_body={"billing_policy": {"type": "billing_policy"}}
    ),
    "tools.0.input_schema.properties.location: Input should be a valid object": lambda sdk: (
        sdk.messages.create(**ASKED, tools=[TOOL])
    ),
    "model: claude-mythos-preview": lambda sdk: sdk.messages.create(
        **ASKED | {"model": "claude-mythos-preview"}
    ),
}


def test_every_refusal_is_provoked_here() -> None:
    assert set(PROVOKED) == set(PLACEHOLDERS)


@pytest.mark.filterwarnings("ignore:The model:DeprecationWarning")
@pytest.mark.parametrize("expected", PLACEHOLDERS)
def test_a_placeholder_is_refused_with_these_words(simulator: Simulator, expected: str) -> None:
    with (
        anthropic.Anthropic(api_key="k", base_url=simulator.base_url, max_retries=0) as sdk,
        pytest.raises(anthropic.APIStatusError) as refused,
    ):
        PROVOKED[expected](sdk)
    assert refused.value.body["error"]["message"] == expected  # type: ignore[index]


def report(tmp_path: Path, *cases: str) -> Path:
    path = tmp_path / "junit.xml"
    path.write_text(f"<testsuite>{''.join(cases)}</testsuite>", encoding="utf-8")
    return path


def case(failure: str = "") -> str:
    failed = f'<failure message="Error code: 404 - {{&apos;message&apos;: {failure}}}"/>'
    return f'<testcase classname="c" name="n">{failed if failure else ""}</testcase>'


def test_a_report_is_judged_by_what_failed(tmp_path: Path) -> None:
    fine = [case()] * 300 + [case(f"&quot;{words}&quot;") for words in PLACEHOLDERS]
    assert judge(report(tmp_path, *fine)) == []
    assert judge(report(tmp_path, *fine[:-1])) != []
    assert judge(report(tmp_path, *fine[1:])) == ["only 299 tests passed"]
    assert "500" in judge(report(tmp_path, *fine, case("500 a bug in the simulator")))[0]
