"""The system's keyring, with a module in its place: what a keyring is to us is a module that
answers in a process of its own."""

import time
from pathlib import Path

import pytest

from claude_cli.errors import CannotWrite
from claude_cli.keys import keyring
from claude_cli.keys.keyring import (
    KeyringTrouble,
    delete_from_keyring,
    has_keyring,
    read_keyring,
    write_keyring,
)
from claude_cli.keys.places import Search, find_credential

MODULE = """
import pathlib
FILE = pathlib.Path(__file__).with_name("stored")
def get_password(service, account):
    assert (service, account) == ("claude-cli", "api-key")
    return FILE.read_text() if FILE.exists() else None
def set_password(service, account, secret): FILE.write_text(secret)
def delete_password(service, account): FILE.unlink()
"""
ERRORS = "class KeyringError(Exception): pass\nclass NoKeyringError(KeyringError): pass\n"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package `keyring` that the child imports, and that keeps the key in a file."""
    folder = tmp_path / "site" / "keyring"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text(MODULE)
    (folder / "errors.py").write_text(ERRORS)
    monkeypatch.setenv("PYTHONPATH", str(folder.parent))
    monkeypatch.syspath_prepend(str(folder.parent))
    return folder


def raising(package: Path, what: str) -> None:
    lines = f"import keyring.errors as e\ndef get_password(*_): {what}\nset_password = get_password"
    (package / "__init__.py").write_text(lines)


def test_a_key_is_stored_read_and_deleted(package: Path) -> None:
    assert has_keyring()
    assert read_keyring() is None
    write_keyring("sk-1")
    assert read_keyring() == "sk-1"
    assert delete_from_keyring()
    assert not delete_from_keyring()


def test_only_a_key_that_was_stored_is_asked_for(package: Path) -> None:
    """To start the child and to find a keyring takes 0.2 s, each time."""
    (package / "stored").write_text("sk-of-another-program")
    assert read_keyring() is None
    write_keyring("sk-1")
    delete_from_keyring()
    raising(package, "raise AssertionError")
    assert read_keyring() is None


def test_a_key_that_could_not_be_stored_is_not_asked_for(package: Path) -> None:
    raising(package, "raise e.KeyringError('it is locked')")
    with pytest.raises(CannotWrite, match="it is locked"):
        write_keyring("sk-1")
    assert read_keyring() is None


def test_an_older_key_outlives_one_that_could_not_be_stored(package: Path) -> None:
    write_keyring("sk-old")
    refusing = (
        f"{MODULE}\nimport keyring.errors as e\ndef set_password(*_): raise e.KeyringError('full')"
    )
    (package / "__init__.py").write_text(refusing)
    with pytest.raises(CannotWrite, match="full"):
        write_keyring("sk-new")
    assert read_keyring() == "sk-old"


def test_it_goes_before_the_key_file_and_after_the_environment(package: Path) -> None:
    write_keyring("sk-ring")
    assert find_credential(Search({})).source == "keyring"
    assert find_credential(Search({"ANTHROPIC_API_KEY": "sk-1"})).value == "sk-1"


def test_no_keyring_to_talk_to_is_no_key(package: Path) -> None:
    write_keyring("sk-1")
    raising(package, "raise e.NoKeyringError('none')")
    assert read_keyring() is None
    assert not has_keyring()
    with pytest.raises(CannotWrite, match="no keyring"):
        write_keyring("sk-1")


def test_a_keyring_that_fails_is_told_and_passed_over(package: Path, tmp_path: Path) -> None:
    write_keyring("sk-1")
    raising(package, "raise e.KeyringError('it is locked')")
    with pytest.raises(KeyringTrouble, match=r"^the keyring failed: KeyringError: it is locked$"):
        read_keyring()
    assert not has_keyring()
    (tmp_path / ".env").write_text("ANTHROPIC_API_KEY=sk-e\n")
    notices: list[str] = []
    assert find_credential(Search({}, folder=tmp_path, tell=notices.append)).value == "sk-e"
    assert "it is locked" in notices[0]


def test_a_keyring_that_hangs_is_given_up(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_keyring("sk-1")
    monkeypatch.setattr(keyring, "PATIENCE", 0.5)
    raising(package, "import time; time.sleep(60)")
    started = time.monotonic()
    with pytest.raises(KeyringTrouble, match="did not end within"):
        read_keyring()
    assert time.monotonic() - started < 8
