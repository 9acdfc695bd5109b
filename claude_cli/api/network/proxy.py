"""Which proxy stands between us and the API: --proxy, or what the environment says.

As in curl, the variable of the scheme goes before ALL_PROXY, lower case before upper case, and
NO_PROXY names exceptions. Plain http to this machine never takes a proxy of the environment: it
would carry the key away from here, readable.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from claude_cli.api.address import Address, is_loopback, place
from claude_cli.errors import ConfigError

FLAG = "--proxy"
PORTS = {"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080}
ALIASES = {"socks": "socks5"}
"""What GNOME calls it in the variables that it sets."""


class Proxy(NamedTuple):
    """A proxy and the flag or variable that named it; as text it is its URL, without password."""

    scheme: str
    host: str
    port: int
    source: str
    auth: tuple[str, str] | None = None

    def __repr__(self) -> str:
        return f"Proxy({self})"

    def __str__(self) -> str:
        return f"{self.scheme}://{place(self.host, self.port)}"


def choose_proxy(
    address: Address,
    flag: str | None,
    environ: Mapping[str, str],
    *,
    allow_insecure_http: bool = False,
) -> Proxy | None:
    """Return the proxy to reach `address` through, None for none.

    A variable that is not used for `address` is not looked at. Raises ConfigError for a malformed
    proxy, naming its variable and not its value; for a SOCKS proxy that would need a package that
    is not installed; and where plain http would carry the key to a proxy on another machine.
    """
    proxy = parse_proxy(flag, FLAG) if flag else _from_environment(address, environ)
    if proxy is None:
        return None
    if proxy.scheme.startswith("socks") and not _socks_is_supported():
        raise _refusal(
            proxy.source,
            ": a SOCKS proxy needs the package socksio, which is not installed",
            "pip install socksio",
        )
    if address.scheme == "http" and not (allow_insecure_http or is_loopback(proxy.host)):
        raise _refusal(
            proxy.source,
            f": plain http would send the key readable to the proxy {proxy}",
            "use https, or --allow-insecure-http",
        )
    return proxy


def parse_proxy(url: str, source: str) -> Proxy:
    """Take the URL of a proxy apart; one without scheme is http. Raises ConfigError."""
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise _refusal(source, " is not the URL of a proxy") from error
    scheme = ALIASES.get(parts.scheme, parts.scheme)
    if scheme not in PORTS:
        raise _refusal(source, f": {parts.scheme}:// is no kind of proxy", "http, https or socks5")
    if not host or not host.isascii() or not host.isprintable() or " " in host:
        raise _refusal(source, " is not the URL of a proxy")
    auth = None
    if parts.username or parts.password:
        auth = unquote(parts.username or ""), unquote(parts.password or "")
    return Proxy(scheme, host, port or PORTS[scheme], source, auth)


def _refusal(source: str, why: str, hint: str | None = None) -> ConfigError:
    return ConfigError(source + why, hint=hint, flag="proxy" if source == FLAG else None)


def _socks_is_supported() -> bool:
    from importlib.util import find_spec

    return find_spec("socksio") is not None


def _from_environment(address: Address, environ: Mapping[str, str]) -> Proxy | None:
    name = _name_of(address.scheme, environ) or _name_of("all", environ)
    if name is None or (address.scheme == "http" and is_loopback(address.host)):
        return None
    if any(
        exception == "*" or f".{host}".endswith(f".{exception}")
        for exception in _exceptions(environ)
        for host in (address.host, f"{address.host}:{address.port}")
    ):
        return None
    return parse_proxy(environ[name], name)


def _name_of(scheme: str, environ: Mapping[str, str]) -> str | None:
    """Return the variable that names the proxy for `scheme`."""
    names = [f"{scheme}_proxy", f"{scheme}_proxy".upper()]
    if scheme == "http" and "REQUEST_METHOD" in environ:
        names.pop()  # in a CGI program HTTP_PROXY is the client's Proxy header (CVE-2016-5385)
    return _first_set(names, environ)


def _first_set(names: Iterable[str], environ: Mapping[str, str]) -> str | None:
    """Return the first of `names` that is set; None as well when it is set to nothing."""
    name = next((name for name in names if name in environ), None)
    return name if name and environ[name].strip() else None


def _exceptions(environ: Mapping[str, str]) -> list[str]:
    """Return the entries of NO_PROXY: hosts and domains, without the dot in front of a domain."""
    name = _first_set(("no_proxy", "NO_PROXY"), environ)
    entries = environ[name].lower().split(",") if name else []
    return [exception for entry in entries if (exception := _exception(entry.strip(), name))]


def _exception(entry: str, name: str | None) -> str:
    host, bracket, port = entry.removeprefix("[").partition("]")
    if entry.startswith("[") != bool(bracket) or "[" in host:
        raise ConfigError(f"{name}: {entry} is not a host")
    return f"{host}{port}".lstrip(".")
