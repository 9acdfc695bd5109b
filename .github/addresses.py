"""Tells a release where it comes from: python .github/addresses.py https://HOST/OWNER/NAME TAG.

Changes pyproject.toml and README.md in the current folder: `[project.urls]`, and links and pictures
leading somewhere from a page of PyPI too. The release workflow knows the repository; files do not.
"""

import re
import sys
from pathlib import Path

PICTURE = r"(!\[[^\]]*\]\()(?!https?:)([^)]+\))"
LINK = r"(?<!!)(\[[^\]]*\]\()(?!https?:|#)([^)]+\))"


def with_urls(project: str, repository: str) -> str:
    urls = {
        "Homepage": repository,
        "Documentation": f"{repository}/tree/main/docs",
        "Changelog": f"{repository}/blob/main/CHANGELOG.md",
        "Issues": f"{repository}/issues",
    }
    lines = [f'{name} = "{url}"' for name, url in urls.items()]
    table = "\n".join(["[project.urls]", *lines, "", "[project.scripts]"])
    assert project.count("[project.scripts]") == 1
    return project.replace("[project.scripts]", table)


def with_absolute_links(page: str, repository: str, tag: str) -> str:
    page = re.sub(PICTURE, rf"\1{repository}/raw/{tag}/\2", page)
    return re.sub(LINK, rf"\1{repository}/blob/{tag}/\2", page)


def main(repository: str, tag: str) -> None:
    project, readme = Path("pyproject.toml"), Path("README.md")
    project.write_text(with_urls(project.read_text(), repository))
    readme.write_text(with_absolute_links(readme.read_text(), repository, tag))


if __name__ == "__main__":
    main(*sys.argv[1:])
