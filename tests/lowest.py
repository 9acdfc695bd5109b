"""The lowest releases that pyproject.toml allows, as constraints for pip.

`python -m tests.lowest` prints them; it needs nothing installed.
"""

import re
import tomllib
from pathlib import Path

PROJECT = Path(__file__).parent.parent / "pyproject.toml"

REQUIREMENT = re.compile(r"([\w.-]+)(?:\[.*\])?>=([\w.]+)")


def constraints() -> list[str]:
    project = tomllib.loads(PROJECT.read_text())["project"]
    required = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    found = [REQUIREMENT.match(line) for line in required]
    return [f"{match[1]}=={match[2]}" for match in found if match]


if __name__ == "__main__":
    print("\n".join(constraints()))
