"""Whose account a cloud's credential is: AWS's by its number, Google's by its address."""

import hashlib
import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from claude_cli.api.authorizer import Authorizer
from claude_cli.api.cloud.authorizers import AwsSignature, BearerToken
from claude_cli.api.cloud.sigv4 import Scope
from claude_cli.api.headers import merge
from claude_cli.api.network.plain import PlainHttp
from claude_cli.commandline.flags.connection import ConnectionFlags
from claude_cli.errors import ClaudeCliError, ProtocolError
from claude_cli.turn.platforms.credentials import Hide, authorizer_of
from claude_cli.turn.platforms.place import Place

STS = "AWS_ENDPOINT_URL_STS"
"""AWS's own variable for another address of its Security Token Service."""
ASKED = b"Action=GetCallerIdentity&Version=2011-06-15"
SECONDS = 10.0
_ACCOUNT = re.compile(rb"<Account>(\d{12})</Account>")

Tell = Callable[[str], None]


def account_of(place: Place, flags: ConnectionFlags, hide: Hide, tell: Tell) -> str | None:
    """The account that the credential belongs to; None where that is not known.

    `tell` learns why AWS did not say. What is wrong with the credential itself, its use will say.
    """
    try:
        authorizer = authorizer_of(place, flags, os.environ, hide)
    except ClaudeCliError:
        return None
    if isinstance(authorizer, BearerToken):
        return authorizer.account
    if not isinstance(authorizer, AwsSignature):
        return None
    try:
        return _aws_account(authorizer, flags)
    except ClaudeCliError as error:
        tell(f"the AWS account is not known: {error.message}")
        return None


def _aws_account(signer: AwsSignature, flags: ConnectionFlags) -> str | None:
    """Ask AWS whose key it is; that needs no permission. Source: AWS STS, GetCallerIdentity."""
    region = signer.scope.region
    url = os.environ.get(STS) or f"https://sts.{region}.amazonaws.com"
    of_sts: Authorizer = replace(signer, scope=Scope(region, "sts"))
    headers = [("content-type", "application/x-www-form-urlencoded")]
    signed = of_sts.lines("POST", f"{url}/", headers, hashlib.sha256(ASKED).hexdigest)
    http = PlainHttp(flags.proxy, Path(flags.ca_bundle) if flags.ca_bundle else None)
    reply = http.send("POST", f"{url}/", dict(merge(headers, signed)), ASKED, SECONDS)
    if reply.status != 200:
        raise ProtocolError(f"{url} answered {reply.status}")
    found = _ACCOUNT.search(reply.data)
    return found[1].decode() if found else None
