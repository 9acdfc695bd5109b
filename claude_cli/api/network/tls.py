"""Whom we trust to be the API: the certificates of a TLS connection. Never an insecure fallback."""

import os
import ssl
from collections.abc import Mapping
from pathlib import Path

from claude_cli.disk import inputfile
from claude_cli.errors import ConfigError, InputUnreadable

LARGEST_BUNDLE = 64 * 1024 * 1024
"""Bytes; those of the usual authorities are a quarter of one MB."""


def trusting_context(ca_bundle: Path | None, environ: Mapping[str, str]) -> ssl.SSLContext:
    """Return a context that trusts --ca-bundle, else SSL_CERT_FILE or SSL_CERT_DIR, else certifi.

    Raises ConfigError when what is named there cannot be read or holds no certificate.
    """
    if ca_bundle is not None:
        return _trust_file(str(ca_bundle), "--ca-bundle", flag="ca_bundle")
    if file := environ.get("SSL_CERT_FILE"):
        return _trust_file(file, "SSL_CERT_FILE")
    if folders := environ.get("SSL_CERT_DIR"):
        return _trust_folders(folders)
    import httpx

    try:
        return httpx.create_ssl_context(trust_env=False)
    except OSError as error:
        raise _key_log_failure(error) or error from error


def bare_context() -> ssl.SSLContext:
    """Return a context that verifies and trusts nobody: for plain http, where none is needed.

    Loading certificates takes half as long as importing httpx.
    """
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _trust_file(path: str, source: str, flag: str | None = None) -> ssl.SSLContext:
    _require_file(path, source, flag)
    try:
        return ssl.create_default_context(cafile=path)
    except ssl.SSLError as error:
        raise ConfigError(f"{source}: no certificate in {path}", flag=flag) from error
    except OSError as error:
        what = f"{source}: cannot read {path}: {error.strerror}"
        raise _key_log_failure(error) or ConfigError(what, flag=flag) from error


def _require_file(path: str, source: str, flag: str | None) -> None:
    """OpenSSL itself would wait for the writer of a named pipe, and read a device for ever."""
    if inputfile.is_passed_pipe(path):
        return
    try:
        with inputfile.open_regular(path) as file:
            size = os.fstat(file.fileno()).st_size
    except InputUnreadable as error:
        raise ConfigError(f"{source}: {error.message}", flag=flag) from error
    if size > LARGEST_BUNDLE:
        raise ConfigError(f"{source}: {path} is larger than {LARGEST_BUNDLE:,} bytes", flag=flag)


def _trust_folders(folders: str) -> ssl.SSLContext:
    """OpenSSL itself says nothing of a folder that is not there, and then trusts nobody."""
    if not any(os.path.isdir(folder) for folder in folders.split(os.pathsep)):
        raise ConfigError(f"SSL_CERT_DIR: no such folder: {folders}")
    try:
        return ssl.create_default_context(capath=folders)
    except OSError as error:
        raise _key_log_failure(error) or error from error


def _key_log_failure(error: OSError) -> ConfigError | None:
    """Return the failure of a file that Python itself opens to write, where it was that one.

    Its error names no file; it opens one only where the variable is set.
    """
    path = os.environ.get("SSLKEYLOGFILE")
    if not path:
        return None
    try:
        with open(path, "ab"):
            return None
    except OSError:
        what = f"SSLKEYLOGFILE: cannot write {path}: {error.strerror}"
        return ConfigError(what, hint="unset it, or name a file that can be written")
