"""How many examples a property test tries: a thousand, or a hundred thousand in `.ci/long fuzz`."""

import os

from hypothesis import HealthCheck, settings

THOROUGH = os.environ.get("CLAUDE_CLI_THOROUGH") == "1"

MANY = settings(
    max_examples=100_000 if THOROUGH else 1_000,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
"""For what decodes text or bytes and touches nothing."""
