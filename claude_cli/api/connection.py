"""Where the API is, as whom it is asked and how patiently: plain values, checked once."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from claude_cli.api.address import Address, check_base_url, join, parse
from claude_cli.api.authorizer import Authorizer
from claude_cli.api.headers import CREDENTIALS, Headers, merge
from claude_cli.api.payload import EMPTY, Payload
from claude_cli.api.platforms import DIRECT, Call, Platform
from claude_cli.errors import ConfigError
from claude_cli.types import RequestBody


def _as_it_is(body: RequestBody) -> RequestBody:
    return body


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Connection:
    """What an `ApiClient` is made of; whoever makes one has settled flags, environment and key.

    `authorizer` says who asks; None says nothing.
    `headers` and `betas` are the user's: headers replace ours, whatever their case, and the last
    one wins; betas are added to those that a request needs.
    `timeout` is the longest silence in seconds, which any byte ends; None means 600 until the
    response header came and 300 after it. `max_time` bounds a whole request, its retries and
    the waits between them included. `reader_fd` is our stdout where it is a pipe or a socket:
    once nobody reads it any more, requests end with ReaderGone.

    Raises ConfigError for a base URL that must not get the key and for a line that is no header.
    `complete` puts into a body what only the server may see, right before it is sent.
    What may hold a secret does not print.
    """

    base_url: str
    authorizer: Authorizer | None = None
    platform: Platform = DIRECT
    api_version: str = "2023-06-01"
    betas: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    timeout: float | None = None
    max_time: float | None = None
    retries: int = 2
    proxy: str | None = None
    ca_bundle: Path | None = None
    allow_insecure_http: bool = False
    reader_fd: int | None = None
    user_agent: str = "claude-cli"
    complete: Callable[[RequestBody], RequestBody] = _as_it_is

    def __post_init__(self) -> None:
        checked = check_base_url(self.base_url, allow_insecure_http=self.allow_insecure_http)
        object.__setattr__(self, "base_url", checked)
        for name in ("timeout", "max_time"):
            seconds = getattr(self, name)
            if seconds is not None and not seconds > 0:
                what = f"{name.replace('_', '-')} is not a number of seconds: {seconds}"
                raise ConfigError(what, flag=name)
        self.header_lines("application/json", self.betas)

    @property
    def address(self) -> Address:
        """The base URL, taken apart."""
        parsed = parse(self.base_url)
        if parsed is None:  # cannot be: __post_init__ has checked it
            raise ConfigError(f"not a base URL: {self.base_url}")
        return parsed

    def url(self, path: str, query: Iterable[tuple[str, str]] = ()) -> str:
        """Return the URL of `path`; see `address.join`."""
        return join(self.base_url, path, query)

    def rewrite(self, call: Call) -> Call:
        """Return `call` as the platform takes it, with the user's betas before those it needs.

        Raises InputError for what the platform does not serve.
        """
        return self.platform.rewrite(self._with_own_betas(call))

    def prepare(self, call: Call) -> Call:
        """Return the same with its body complete and encoded.

        Raises InputError for one that is too large, and what `complete` raises.
        """
        return self.platform.prepare(self._with_own_betas(call), self.complete)

    def _with_own_betas(self, call: Call) -> Call:
        return call._replace(betas=[*dict.fromkeys([*self.betas, *call.betas])])

    def header_lines(self, content_type: str | None = None, betas: Iterable[str] = ()) -> Headers:
        """Return the header lines of a request but for its credential; it needs `betas`.

        `content_type` is that of its body, None for none. The user's own betas are those of a
        call; see `prepare`.
        """
        defaults = [
            ("accept", "application/json"),
            ("user-agent", self.user_agent),
        ]
        if self.platform.sends_version:
            defaults.append(("anthropic-version", self.api_version))
        if content_type is not None:
            defaults.append(("content-type", content_type))
        return merge(defaults, self.headers, betas if self.platform.sends_betas else ())

    def authorized_lines(self, call: Call, url: str) -> Headers:
        """Return the header lines of one try of `call`; a credential of the user's own stays."""
        payload = call.body if isinstance(call.body, Payload) else None
        lines = self.header_lines(payload.content_type if payload else None, call.betas)
        if self.authorizer is None or any(name in CREDENTIALS for name, _ in lines):
            return lines
        body_hash = (payload or EMPTY).sha256
        return merge([*lines, *self.authorizer.lines(call.method, url, lines, body_hash)], ())
