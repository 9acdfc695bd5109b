"""What `ask` prints in place of an answer."""

import shlex

from tests.conftest import Run


def test_a_curl_command_never_names_a_simulator_that_is_gone(run: Run) -> None:
    plain, simulated = run("ask", "--curl", "hi"), run("ask", "--curl", "--simulate", "hi")
    assert (simulated.code, simulated.stderr) == (0, "")
    assert simulated.stdout == plain.stdout
    words = shlex.split(plain.text.replace("\\\n", "").partition("<<")[0])
    assert "https://api.anthropic.com/v1/messages" in words
