"""AWS credentials: from the environment by us, from everywhere else by botocore.

botocore (the extra `bedrock`) knows profiles, SSO, `credential_process`, web identity, containers
and instances; it is imported only where the environment has no key, for that costs 0.3 s.
"""

import threading
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from claude_cli.errors import AccessDenied, ConfigError, Unreachable
from claude_cli.types import AwsKey

ACCESS_KEY, SECRET_KEY = "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"
SESSION_TOKEN = "AWS_SESSION_TOKEN"
SECRETS = (SECRET_KEY, SESSION_TOKEN, "AWS_CONTAINER_AUTHORIZATION_TOKEN")
"""Variables that hold one; the last is that with which a container asks for its key."""
EXTRA = "pip install 'claude-cli[bedrock]'"
LOGIN = "aws sso login, or aws configure"


FetchKey = Callable[[bool], AwsKey]
"""The key that is valid now; with True a new one, for the last was refused."""


def key_in(environ: Mapping[str, str]) -> AwsKey | None:
    """The key in the environment. Raises ConfigError where half of it is there."""
    access_key, secret_key = environ.get(ACCESS_KEY), environ.get(SECRET_KEY)
    if not access_key and not secret_key:
        return None
    if not access_key or not secret_key:
        there, missing = (ACCESS_KEY, SECRET_KEY) if access_key else (SECRET_KEY, ACCESS_KEY)
        raise ConfigError(f"{there} is set, and {missing} is not")
    return AwsKey(access_key, secret_key, environ.get(SESSION_TOKEN) or None)


class Chain:
    """botocore's search for credentials, for one profile or the default one.

    Raises ConfigError where botocore is not installed, the profile is unknown, or nothing is found.
    """

    def __init__(self, profile: str | None) -> None:
        self._session = _session(profile)
        self._credentials: Any = None
        self._lock = threading.Lock()

    @property
    def region(self) -> str | None:
        """The region of the profile."""
        region = _told(lambda: self._session.get_config_variable("region"))
        return region if isinstance(region, str) else None

    def fetch(self, anew: bool) -> AwsKey:
        """See FetchKey; botocore itself renews a key that is about to expire."""
        with self._lock:  # a session of botocore is for one thread
            if anew or self._credentials is None:
                self._session._credentials = None
                self._credentials = _told(self._session.get_credentials)
            if self._credentials is None:
                raise ConfigError("no AWS credentials were found", hint=LOGIN)
            frozen = _told(self._credentials.get_frozen_credentials)
        return AwsKey(frozen.access_key, frozen.secret_key, frozen.token)


def _session(profile: str | None) -> Any:
    try:
        session: Any = import_module("botocore.session")
    except ImportError as error:
        what = f"{ACCESS_KEY} is not set, and botocore is not installed"
        raise ConfigError(what, hint=EXTRA) from error
    return _told(lambda: session.Session(profile=profile))


def _told(work: Callable[[], Any]) -> Any:
    """What `work` gives; botocore's exceptions in our terms."""
    exceptions: Any = import_module("botocore.exceptions")
    try:
        return work()
    except (
        exceptions.SSOTokenLoadError,
        exceptions.UnauthorizedSSOTokenError,
        exceptions.TokenRetrievalError,
    ) as error:
        raise AccessDenied(f"AWS: {error}", hint="aws sso login") from error
    except exceptions.ProfileNotFound as error:
        raise ConfigError(f"AWS: {error}", hint="aws configure list-profiles") from error
    except exceptions.HTTPClientError as error:
        raise Unreachable(f"AWS: {type(error).__name__}: no credentials can be had") from error
    except exceptions.ClientError as error:
        raise AccessDenied(f"AWS: {error}", hint=LOGIN) from error
    except exceptions.BotoCoreError as error:
        raise ConfigError(f"AWS: {error}", hint=LOGIN) from error
