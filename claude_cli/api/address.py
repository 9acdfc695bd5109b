"""Base URLs and the URLs below them: which ones may be given the key. Pure, no look-ups.

One strict pattern decides what a URL is, so that nothing else can read the host differently.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import quote, urlencode

from claude_cli.errors import ConfigError, InputError, ProtocolError

PORTS = {"http": 80, "https": 443}
PATTERN = re.compile(
    r"""(?P<scheme>https?)://
        (?P<host>\[[0-9A-Fa-f:.]+\] | [A-Za-z0-9._-]+)
        (?: :(?P<port>[0-9]{1,5}) )?
        (?P<path>(?:/[A-Za-z0-9._~!$&'()*+,;=:@%-]*)*)
        (?:\?(?P<query>[A-Za-z0-9._~!$&'()*+,;=:@%/?\[\]-]*))?""",
    re.VERBOSE | re.IGNORECASE,
)
"""An http(s) URL without user name, password and fragment."""

_ENDPOINT = re.compile(r"/v1(/messages)?/?$")

BASE_URL_HINT = "write https://HOST, with :PORT or /PATH where needed"


class Address(NamedTuple):
    """The parts of a URL; `host` is in lower case and without brackets."""

    scheme: str
    host: str
    port: int
    path: str
    query: str

    @property
    def origin(self) -> tuple[str, str, int]:
        return self[:3]

    @property
    def server(self) -> str:
        """The origin as a URL, without the port that its scheme implies."""
        if self.port == PORTS[self.scheme]:
            return f"{self.scheme}://{in_brackets(self.host)}"
        return f"{self.scheme}://{place(self.host, self.port)}"


def place(host: str, port: int) -> str:
    """`HOST:PORT`, as a URL has it (RFC 3986, section 3.2)."""
    return f"{in_brackets(host)}:{port}"


def in_brackets(host: str) -> str:
    """The host as a URL has it: an IPv6 address in brackets."""
    return f"[{host}]" if ":" in host else host


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine by its very name, so that no look-up can say otherwise."""
    if host == "localhost":
        return True
    from ipaddress import ip_address

    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def parse(url: str) -> Address | None:
    """Take `url` apart; None when it is no plain http or https URL."""
    match = PATTERN.fullmatch(url)
    if match is None:
        return None
    scheme = match["scheme"].lower()
    port = int(match["port"] or PORTS[scheme])
    if port > 65535:
        return None
    host = match["host"].strip("[]").lower()
    return Address(scheme, host, port, match["path"], match["query"] or "")


def check_base_url(url: str, *, allow_insecure_http: bool = False) -> str:
    """Return `url` without one trailing slash.

    Raises ConfigError for what is no base URL, and for plain http beyond this machine unless
    `allow_insecure_http`. A URL that may hold a password or a token is not repeated.
    """
    if "?" in url or "#" in url:
        raise _no_base_url("the base URL has a query or a fragment")
    if "@" in url:
        raise _no_base_url("the base URL holds a user name or password", "use --header for it")
    address = parse(url)
    if address is None:
        raise _no_base_url(f"not a base URL: {url}")
    if address.scheme == "http" and not is_loopback(address.host) and not allow_insecure_http:
        raise _no_base_url(
            f"plain http would send the key readable to {address.host}",
            "use https, or --allow-insecure-http",
        )
    return url.removesuffix("/")


def _no_base_url(why: str, hint: str = BASE_URL_HINT) -> ConfigError:
    return ConfigError(why, hint=hint, flag="base_url")


def join(base_url: str, path: str, query: Iterable[tuple[str, str]] = ()) -> str:
    """Return the URL of `path` below `base_url`; an absolute URL is kept if its origin is the same.

    A base URL may end in `/v1` or `/v1/messages`, as in the settings of other programs.

    Raises ProtocolError for a URL elsewhere, which only a server can have named: it gets no key.
    """
    if path.startswith("/"):
        if path.startswith("/v1/"):
            base_url = _ENDPOINT.sub("", base_url)
        text = urlencode(list(query), quote_via=quote, errors="replace")
        return f"{base_url}{path}?{text}" if text else base_url + path
    here, there = parse(base_url), parse(path)
    if here is None or there is None or here.origin != there.origin:
        elsewhere = there.server if there else "an unreadable URL"
        asked = here.server if here else base_url
        raise ProtocolError(
            f"the server points to {elsewhere}, another server than {asked}: refused"
        )
    return path


def path_below(base_url: str, target: str) -> str:
    """Return what `join` put behind the base URL, of the path of a request and its query."""
    address = parse(_ENDPOINT.sub("", base_url))
    prefix = f"{address.path}/" if address else "/"
    return target[len(prefix) - 1 :] if target.startswith(prefix) else target


def segment(name: str) -> str:
    """Return `name` percent-encoded as one segment of a path.

    Raises InputError for names that mean another path: empty, `.` and `..`.
    """
    if name in ("", ".", ".."):
        raise InputError(f"not an id: {name!r}")
    return quote(name, safe="", errors="replace")
