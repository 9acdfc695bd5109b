"""What is released holds what it should: `python -m tests.packages DIST ENVIRONMENT`.

DIST has a wheel and an sdist; in ENVIRONMENT the wheel was installed, and nothing else by us.
Needs no package but the standard library's.
"""

import email
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

from claude_cli import __version__

ROOT = Path(__file__).parent.parent
NAME = f"claude_cli-{__version__}"
PLACES = {
    "docs/claude-cli.1": "share/man/man1/claude-cli.1",
    "completions/claude-cli.bash": "share/bash-completion/completions/claude-cli",
    "completions/_claude-cli": "share/zsh/site-functions/_claude-cli",
    "completions/claude-cli.fish": "share/fish/vendor_completions.d/claude-cli.fish",
}
"""File of the repository → where the wheel puts it, below the environment."""


def check_sdist(path: Path) -> None:
    """It is what git has: packagers build the wheel and run the tests of it."""
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, stdout=subprocess.PIPE, check=True)
    with tarfile.open(path) as archive:
        members = {name.removeprefix(f"{NAME}/") for name in archive.getnames()}
    assert members == {*tracked.stdout.decode().splitlines(), "PKG-INFO"}


def check_wheel(path: Path) -> None:
    """The package, what lies beside it, and nothing of the tests."""
    modules = {f.relative_to(ROOT).as_posix() for f in tracked_package()}
    data = {f"{NAME}.data/data/{place}" for place in PLACES.values()}
    with zipfile.ZipFile(path) as archive:
        members = {name for name in archive.namelist() if ".dist-info/" not in name}
        metadata = email.message_from_bytes(archive.read(f"{NAME}.dist-info/METADATA"))
    assert members == modules | data
    assert metadata["Version"] == __version__
    assert metadata["License-Expression"] == "MIT"


def tracked_package() -> list[Path]:
    found = [path for path in (ROOT / "claude_cli").rglob("*") if path.is_file()]
    return [path for path in found if "__pycache__" not in path.parts]


def check_environment(folder: Path) -> None:
    for source, place in PLACES.items():
        assert (folder / place).read_bytes() == (ROOT / source).read_bytes(), place
    program = folder / "bin" / "claude-cli"
    told = subprocess.run([program, "--version"], stdout=subprocess.PIPE, check=True)
    assert told.stdout.decode() == f"claude-cli {__version__}\n"
    subprocess.run([program, "ask", "--simulate", "--no-save", "hi"], cwd=folder, check=True)


def main(dist: Path, environment: Path) -> None:
    check_sdist(dist / f"{NAME}.tar.gz")
    check_wheel(dist / f"{NAME}-py3-none-any.whl")
    check_environment(environment.resolve())
    print(f"{NAME}: sdist, wheel and what it installs are as they should be")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
