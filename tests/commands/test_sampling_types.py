"""The sampling parameters, held against the last SDK before 1.0: the later ones dropped them."""

from typing import Any, get_type_hints

import pytest

from tests.conftest import Run


@pytest.mark.sdk
def test_sampling_flags_have_the_types_of_the_sdk(run: Run) -> None:
    anthropic = pytest.importorskip("anthropic")
    if int(anthropic.__version__.split(".")[0]) >= 1:
        pytest.skip("this SDK has no sampling parameters: .ci/run takes an older one")
    from pydantic import TypeAdapter

    hints: dict[str, Any] = get_type_hints(anthropic.types.MessageCreateParams.__args__[0])
    body = run("ask", "--dry-run", "hi", "--temperature", "0.5", "--top-k", "3").json
    body |= run("ask", "--dry-run", "hi", "--top-p", "0.9", "--stop", "END").json
    for name in ("temperature", "top_p", "top_k", "stop_sequences"):
        TypeAdapter(hints[name]).validate_python(body[name], strict=name != "stop_sequences")
