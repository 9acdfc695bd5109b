"""What a child that reads something hostile may use."""

import subprocess
import sys

import pytest

pytest.importorskip("resource")

TELL = """
import resource
from claude_cli.child.limits import limit_ourselves
limit_ourselves()
print(*resource.getrlimit(resource.RLIMIT_CPU), *resource.getrlimit(resource.RLIMIT_AS))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="macOS may refuse a limit of memory")
def test_it_has_thirty_seconds_of_cpu_and_a_gigabyte_and_cannot_take_more() -> None:
    told = subprocess.run([sys.executable, "-c", TELL], stdout=subprocess.PIPE, check=True)
    assert told.stdout.split() == [b"30", b"30", b"1073741824", b"1073741824"]
