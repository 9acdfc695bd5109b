"""As whom a cloud is asked: what the environment has, what the cloud's own login gives."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from claude_cli.api.authorizer import Authorizer, FixedCredential
from claude_cli.api.cloud.authorizers import AwsSignature, BearerToken
from claude_cli.api.cloud.sigv4 import Scope
from claude_cli.api.connection import Connection
from claude_cli.api.network.plain import PlainHttp
from claude_cli.commandline.flags.connection import ConnectionFlags
from claude_cli.turn.platforms.place import ROWS, Environment, Place, place_of
from claude_cli.types import AwsKey

Hide = Callable[[list[str]], None]
"""Is told each secret before it is used."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a credential comes from; `make` gets it."""

    called: str
    make: Callable[[Hide], Authorizer | None]
    key: str | None = field(default=None, repr=False)
    """What is known of it so far; only its last characters may be shown."""


def authorizer_of(
    place: Place,
    flags: ConnectionFlags,
    environ: Environment,
    hide: Hide,
) -> Authorizer | None:
    """Who asks; None where a gateway adds that. `hide` is told each secret before it is sent.

    Raises ConfigError where there is no credential, AccessDenied where one is refused.
    """
    return source_of(place, flags, environ).make(hide)


def source_of(place: Place, flags: ConnectionFlags, environ: Environment) -> Source:
    """Where the credential of a platform comes from. Raises ConfigError for half a key."""
    name = place.platform.name
    row = ROWS[name]
    if row.skip_auth and environ.get(row.skip_auth):
        return Source(f"none: {row.skip_auth} is set", lambda hide: None)
    if row.signed_as:
        scope = Scope(place.settings["region"], row.signed_as)
        return _of_aws(row.bearer_keys, scope, flags, environ)
    if name == "foundry":
        return _of_foundry(environ)
    return Source("application-default credentials", partial(_of_google, flags))


def secret_variables(name: str) -> Sequence[str]:
    """The variables that may hold a secret of a platform's credential."""
    from claude_cli.clouds import aws, azure

    if ROWS[name].signed_as:
        return (*ROWS[name].bearer_keys, *aws.SECRETS)
    return azure.SECRETS if name == "foundry" else ()


def stand_in(place: Place) -> Authorizer:
    """A credential of the platform's form that opens nothing."""
    name = place.platform.name
    service = ROWS[name].signed_as
    if service is None:
        header, value = ("x-api-key", "k") if name == "foundry" else ("authorization", "Bearer t")
        return FixedCredential(header, value)
    scope = Scope(place.settings["region"], service)
    return AwsSignature(lambda anew: AwsKey("AKIDSIMULATED", "no-key-is-needed"), scope, False)


def _fixed(variable: str, secret: str, header: str, value: str) -> Source:
    def make(hide: Hide) -> Authorizer:
        hide([secret])
        return FixedCredential(header, value)

    return Source(variable, make, secret)


def _of_aws(
    bearer_keys: Sequence[str], scope: Scope, flags: ConnectionFlags, environ: Environment
) -> Source:
    from claude_cli.clouds.aws import ACCESS_KEY, Chain, FetchKey, key_in

    if flags.aws_profile is None:
        for variable in bearer_keys:
            if token := environ.get(variable):
                return _fixed(variable, token, "authorization", f"Bearer {token}")
        if key := key_in(environ):
            sign = partial(_signed, scope, lambda anew: key, False)
            return Source(ACCESS_KEY, sign, key.access_key)

    def search(hide: Hide) -> Authorizer:
        fetch: FetchKey = Chain(flags.aws_profile).fetch
        return _signed(scope, fetch, True, hide)

    profile = flags.aws_profile or environ.get("AWS_PROFILE")
    return Source(f"AWS profile {profile}" if profile else "the search of botocore", search)


def _signed(
    scope: Scope, fetch: Callable[[bool], AwsKey], can_renew: bool, hide: Hide
) -> Authorizer:
    def hidden(anew: bool) -> AwsKey:
        key = fetch(anew)
        hide(key.secrets)
        return key

    return AwsSignature(hidden, scope, can_renew)


def _of_foundry(environ: Environment) -> Source:
    variable = "ANTHROPIC_FOUNDRY_AUTH_TOKEN"
    if token := environ.get(variable):
        return _fixed(variable, token, "authorization", f"Bearer {token}")
    variable = "ANTHROPIC_FOUNDRY_API_KEY"
    if key := environ.get(variable):
        return _fixed(variable, key, "x-api-key", key)
    return Source("a login with Azure", partial(_of_azure, environ))


def _of_azure(environ: Environment, hide: Hide) -> Authorizer:
    from claude_cli.clouds import azure
    from claude_cli.clouds.tokens import TokenSource

    return BearerToken(TokenSource(lambda: azure.fetch(environ), hide))


def _of_google(flags: ConnectionFlags, hide: Hide) -> Authorizer:
    from claude_cli.clouds.google import Credentials
    from claude_cli.clouds.tokens import TokenSource

    http = PlainHttp(flags.proxy, Path(flags.ca_bundle) if flags.ca_bundle else None)
    credentials = Credentials(http.send, hide)
    source = TokenSource(credentials.fetch, hide)
    source(False)  # so that the project that pays is known
    payer = credentials.quota_project
    lines = [("x-goog-user-project", payer)] if payer else []
    return BearerToken(source, lines, credentials.account)


def curl_credential(
    connection: Connection, flags: ConnectionFlags
) -> tuple[str | None, str | None]:
    """curl's arguments for the credential of a cloud, None for the direct API, and a note."""
    from claude_cli.curl import OF_PLATFORMS, aws_credential

    name = connection.platform.name
    row = ROWS.get(name)
    if row is None or row.signed_as is None:
        return OF_PLATFORMS.get(name), None
    variable = next(filter(os.environ.get, row.bearer_keys), None)
    if variable and not flags.aws_profile:
        return f'-H "authorization: Bearer ${variable}"', None
    region = place_of(name, flags, os.environ, offline=True).settings["region"]
    temporary = bool(flags.aws_profile or os.environ.get("AWS_SESSION_TOKEN"))
    note = 'eval "$(aws configure export-credentials --format env)" sets the variables of a profile'
    credential = aws_credential(region, row.signed_as, temporary=temporary)
    return credential, note if flags.aws_profile else None
