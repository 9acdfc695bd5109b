"""Microsoft Entra tokens for Foundry: from `az`, or from azure-identity's chain.

azure-identity (the extra `foundry`) is asked where the environment names an identity, or where
there is no `az`; it costs 0.4 s.
"""

import logging
import shutil
import time
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from claude_cli.child.run import run
from claude_cli.clouds.tokens import Token
from claude_cli.errors import AccessDenied, ConfigError, ProtocolError
from claude_cli.values.strict_json import decode_json

SCOPE = "https://ai.azure.com/.default"
RESOURCE = "https://ai.azure.com"
LOGIN = "az login"
EXTRA = "pip install 'claude-cli[foundry]'"
OF_AN_IDENTITY = ("AZURE_", "IDENTITY_")
SECRETS = ("AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PASSWORD", "IDENTITY_HEADER")
"""Variables that azure-identity reads and nobody else needs."""
COMMAND_SECONDS = 30.0


def fetch(environ: Mapping[str, str]) -> Token:
    """A new token. Raises ConfigError where nobody can be asked for one, AccessDenied where none is
    given."""
    names_identity = any(name.startswith(OF_AN_IDENTITY) for name in environ)
    if names_identity or shutil.which("az", path=environ.get("PATH")) is None:
        return _from_library()
    return _from_az()


def _from_az() -> Token:
    command = ("az", "account", "get-access-token", "--output", "json", "--resource", RESOURCE)
    try:
        ended = run(command, seconds=COMMAND_SECONDS)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise ConfigError(f"az cannot be started: {why}", hint=EXTRA) from error
    if ended.status != 0:
        why = ended.stderr.strip().splitlines() or [ended.trouble or "it printed no token"]
        raise AccessDenied(f"az: {why[0]}", hint=LOGIN)
    try:
        printed = decode_json(ended.stdout)
    except ProtocolError as error:
        raise AccessDenied("az printed no token", hint=LOGIN) from error
    token, expires = (
        (printed.get("accessToken"), printed.get("expires_on"))
        if isinstance(printed, dict)
        else (None, None)
    )
    if not isinstance(token, str) or not token:
        raise AccessDenied("az printed no token", hint=LOGIN)
    return Token(token, float(expires) if isinstance(expires, int | float) else time.time() + 300)


def _from_library() -> Token:
    try:
        identity: Any = import_module("azure.identity")
        exceptions: Any = import_module("azure.core.exceptions")
    except ImportError as error:
        what = "no key and no az: azure-identity is not installed"
        raise ConfigError(what, hint=f"{EXTRA}, or set ANTHROPIC_FOUNDRY_API_KEY") from error
    logging.getLogger("azure").addHandler(logging.NullHandler())  # else it writes to our stderr
    try:
        with identity.DefaultAzureCredential() as credential:
            token = credential.get_token(SCOPE)
    except exceptions.ClientAuthenticationError as error:
        raise AccessDenied(f"Azure: {_first_line(error)}", hint=LOGIN) from error
    return Token(token.token, float(token.expires_on))


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or ["no reason was given"])[0]
