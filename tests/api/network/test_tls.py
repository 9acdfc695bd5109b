"""Where trusted certificates come from, and what happens when they are not there."""

import os
import ssl
import sys
from pathlib import Path

import pytest

from claude_cli.api.network import tls
from claude_cli.api.network.tls import bare_context, trusting_context
from claude_cli.errors import ConfigError
from tests.faulty_server import PEM


def trusted(context: ssl.SSLContext) -> list[object]:
    return [authority["subject"] for authority in context.get_ca_certs()]


TESTS = ((("commonName", "claude-cli tests"),),)


def test_a_ca_bundle_goes_before_the_environment(tmp_path: Path) -> None:
    context = trusting_context(PEM, {"SSL_CERT_FILE": str(tmp_path / "missing.pem")})
    assert trusted(context) == [TESTS]


def test_ssl_cert_file_is_heeded() -> None:
    assert trusted(trusting_context(None, {"SSL_CERT_FILE": str(PEM)})) == [TESTS]


def test_without_either_the_usual_authorities_are_trusted() -> None:
    assert len(trusting_context(None, {}).get_ca_certs()) > 50


@pytest.mark.parametrize("content", [None, b"", b"no certificate"])
def test_a_missing_or_empty_file_is_a_configuration_error(
    tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"--ca-bundle.*ca\.pem") as raised:
        trusting_context(path, {})
    assert raised.value.flag == "ca_bundle"
    with pytest.raises(ConfigError, match=r"SSL_CERT_FILE.*ca\.pem") as raised:
        trusting_context(None, {"SSL_CERT_FILE": str(path)})
    assert raised.value.flag is None


def test_a_folder_is_no_bundle(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--ca-bundle"):
        trusting_context(tmp_path, {})


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX file kinds")
def test_what_is_no_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "huge").touch()
    os.truncate(tmp_path / "huge", 10 << 30)
    for path in (tmp_path / "fifo", tmp_path / "huge", Path("/dev/zero")):
        with pytest.raises(ConfigError, match=f"--ca-bundle: {path} is "):
            trusting_context(path, {})


def test_a_bundle_may_be_as_large_as_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    size = PEM.stat().st_size
    monkeypatch.setattr(tls, "LARGEST_BUNDLE", size)
    assert TESTS in trusted(trusting_context(PEM, {}))
    monkeypatch.setattr(tls, "LARGEST_BUNDLE", size - 1)
    with pytest.raises(ConfigError, match="is larger than"):
        trusting_context(PEM, {})


def test_a_bundle_has_64_mb_at_most(tmp_path: Path) -> None:
    path, most = tmp_path / "nothing.pem", 64 * 1024 * 1024
    path.touch()
    for size, problem in ((most, "no certificate in"), (most + 1, "larger than 67,108,864 bytes")):
        os.truncate(path, size)
        with pytest.raises(ConfigError, match=problem):
            trusting_context(path, {})


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a pipe cannot be opened twice")
def test_a_bundle_may_come_through_a_pipe() -> None:
    reader, writer = os.pipe()
    os.set_inheritable(reader, True)
    os.write(writer, PEM.read_bytes())
    os.close(writer)
    assert trusted(trusting_context(Path(f"/dev/fd/{reader}"), {})) == [TESTS]
    os.close(reader)


def test_a_missing_certificate_folder_is_a_configuration_error(tmp_path: Path) -> None:
    assert trusted(trusting_context(None, {"SSL_CERT_DIR": str(tmp_path)})) == []
    with pytest.raises(ConfigError, match="SSL_CERT_DIR"):
        trusting_context(None, {"SSL_CERT_DIR": str(tmp_path / "missing")})


@pytest.mark.parametrize("context", [bare_context(), trusting_context(PEM, {})])
def test_every_context_verifies(context: ssl.SSLContext) -> None:
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.check_hostname


def test_the_context_for_plain_http_trusts_nobody() -> None:
    assert bare_context().get_ca_certs() == []


@pytest.mark.parametrize("given", [None, "bundle", "folder"])
def test_a_log_of_keys_that_cannot_be_written_blames_no_other_file(
    given: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "nowhere" / "log"))
    environ = {"SSL_CERT_DIR": str(tmp_path)} if given == "folder" else {}
    with pytest.raises(ConfigError, match="SSLKEYLOGFILE: cannot write"):
        trusting_context(PEM if given == "bundle" else None, environ)
